import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from blendstudio.study.report import Report, aligned, shown


@pytest.fixture
def report(tmp_path):
    return Report(tmp_path / "deep" / "out", "sums", "Sums & more")


def test_the_page_holds_what_was_told(report):
    report.heading("One <two>")
    report.text("a < b", said=True)
    report.table("rows", [{"way": "plain", "dB": 23.456}, {"way": "better & best", "dB": 0.01234}], said=True)
    lines = report.write()
    page = (report.folder / "report.html").read_text("utf-8")
    for told in (
        "<h2>One &lt;two&gt;</h2>",
        "a &lt; b",
        "<td>23.46</td>",
        "<td>better &amp; best</td>",
        "Sums &amp; more",
    ):
        assert told in page
    assert lines == ["a < b", "way                 dB", "plain            23.46", "better & best  0.01234"]


def test_rows_go_to_the_listing_with_all_their_digits(report):
    report.table("rows", [{"way": "plain", "dB": 23.456789}])
    report.keep("many", [{"n": 1}])
    report.table("none", [])
    report.write()
    listed = json.loads((report.folder / "sums.json").read_text("utf-8"))
    assert listed == {"rows": [{"way": "plain", "dB": 23.456789}], "many": [{"n": 1}], "none": []}
    assert "<td>1</td>" not in (report.folder / "report.html").read_text("utf-8")


def test_pictures_and_plots_lie_beside_the_page(report):
    report.picture(np.zeros((8, 12, 3), np.uint8), "black “square”")
    figure = Figure()
    figure.subplots().plot([0, 1], [1, 0])
    report.plot(figure, "falls")
    report.write()
    page = (report.folder / "report.html").read_text("utf-8")
    files = sorted(file.name for file in report.folder.glob("*.png"))
    assert len(files) == 2
    assert all(f'src="{name}"' in page for name in files)
    assert "black “square”" in page


def test_numbers_have_the_digits_that_mean_something():
    assert [shown(value) for value in (12.3456, 0.012345, 3, "3 of 4", -0.5)] == [
        *("12.35", "0.01235", "3", "3 of 4", "-0.5")
    ]
    assert aligned([["a", "10"], ["long", "9"]]) == ["a     10", "long   9"]
