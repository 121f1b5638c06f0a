import json

import cv2
import numpy as np
import pytest
import tiny_paper
from tiny import tiny_home

from blendstudio.core.geometry import Rect
from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import shipped
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import Cancelled, CannotRead, FileError
from blendstudio.study import masks
from blendstudio.study.asked import Asked
from blendstudio.study.cases import read_cases
from blendstudio.study.figures import figures, interval, overlap
from blendstudio.study.sheets import ROWS, Tile, framed, sheets, shown

HEIGHT, WIDTH = 120, 160


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tiny_home(tmp_path / "home")))
    return Nets(Store.default(), "starter", "cpu")


class NoModels:
    def __init__(self, tier="starter"):
        self.tier = tier

    def of(self, tier):
        return NoModels(tier)

    def has(self, role):
        return False

    def net(self, role):
        raise AssertionError(role)


def write_photo(folder, name, centres, words):
    rgb = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    things = []
    for number, (centre, word) in enumerate(zip(centres, words, strict=True)):
        truth = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.circle(truth, centre, 28, 255, -1)
        rgb[truth > 0] = (230, 20, 20)
        cv2.imwrite(str(folder / f"{name}_{number}.png"), truth)
        things.append({"word": word, "mask": f"{name}_{number}.png"})
    cv2.imwrite(str(folder / f"{name}.png"), rgb[..., ::-1])
    return {"id": name, "image": f"{name}.png", "objects": things}


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data" / "masks"
    folder.mkdir(parents=True)
    listed = [
        write_photo(folder, "one", [(80, 60)], ["bird"]),
        write_photo(folder, "two", [(45, 60), (115, 60)], ["giraffe", "dog"]),
    ]
    (folder / "dataset.json").write_text(json.dumps(listed))
    return tmp_path / "data"


def test_cases_are_read_from_the_folder_or_the_one_above(data):
    above, inside = read_cases(data), read_cases(data / "masks")
    assert [case.id for case in above] == [case.id for case in inside] == ["one", "two"]
    assert above[1].words == ("dog", "giraffe")
    assert above[0].photo().shape == (HEIGHT, WIDTH, 3)
    assert above[0].things[0].truth()[60, 80]


def test_a_folder_without_a_listing_is_refused(tmp_path):
    with pytest.raises(CannotRead) as caught:
        read_cases(tmp_path)
    assert "dataset.json" in caught.value.what


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '[{"id": 1}]', '[{"id": 1, "image": "a", "objects": [3]}]'])
def test_a_listing_of_something_else_is_refused(tmp_path, content):
    (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(FileError):
        read_cases(tmp_path)


def test_the_study_measures_text_boxes_and_clicks(data, models, tmp_path):
    out = tmp_path / "out"
    lines = masks.run(Asked(data, out), models, Progress())
    rows = json.loads((out / "masks.json").read_text("utf-8"))["rows"]
    text = {row["word"]: row for row in rows if row["prompt"] == "text" and row["method"] == "starter"}
    assert text["bird"]["overlap"] > 0.9
    assert (text["giraffe"]["overlap"], text["giraffe"]["note"]) == (0, "unknown word")
    assert (text["dog"]["overlap"], text["dog"]["note"]) == (0, "not found")
    boxes = [row for row in rows if row["prompt"] == "box" and row["method"] == "starter"]
    assert len(boxes) == 3
    assert all(row["overlap"] > 0.8 for row in boxes)
    mean = sum(row["overlap"] for row in text.values()) / 3
    said = next(line for line in lines if line.split()[:2] == ["text", "starter"])
    assert f"mean {mean:.3f}" in said
    assert said.endswith("n 3")


def test_the_study_writes_a_report_with_its_sheets(data, models, tmp_path):
    out = tmp_path / "deep" / "out"
    masks.run(Asked(data, out), models, Progress())
    report = (out / "report.html").read_text("utf-8")
    sheets_written = sorted(file.name for file in out.glob("*.png"))
    assert {"text-starter-1.png", "box-starter-1.png", "compared-1.png"} <= set(sheets_written)
    assert all(f'src="{name}"' in report for name in sheets_written)
    assert "giraffe" in report


def test_methods_without_weights_are_listed_as_not_run(data, tmp_path):
    lines = masks.run(Asked(data, tmp_path / "out"), NoModels(), Progress())
    said = {tuple(line.split()[:2]): line for line in lines}
    assert said["text", "starter"].endswith("not run: weights absent")
    assert said["box", "starter"].endswith("not run: weights absent")
    assert "mean" in said["box", "grabcut"]
    for name in ("grounding-dino", "mask-rcnn"):
        assert said["text", name].endswith("not run: weights absent")
    for name in ("sam", "mask-rcnn"):
        assert said["box", name].endswith("not run: weights absent")
        assert said["click", name].endswith("not run: weights absent")


def test_every_method_is_measured_with_the_nets_of_its_own_tier(data, tmp_path):
    home = tiny_paper.paper_home(tmp_path / "home")
    nets = Nets(Store(home / "models", shipped()), "auto", "cpu")
    lines = masks.run(Asked(data, tmp_path / "out"), nets, Progress())
    said = {tuple(line.split()[:2]): line for line in lines}
    for prompt, name in (("text", "starter"), ("text", "grounding-dino"), ("box", "starter"), ("box", "sam")):
        assert "mean" in said[prompt, name]
    assert said["box", "mask-rcnn"].endswith("not run: weights absent")
    assert said["nets", "starter"].split()[2:] == ["efficientnet-lite0,", "u2netp"]
    assert said["nets", "grounding-dino"].split()[2:] == ["grounding-dino-swint,", "bert-words"]
    assert said["nets", "sam"].split()[2:] == ["sam-vit-b"]
    assert ("nets", "mask-rcnn") not in said
    assert (tmp_path / "out" / "compared-1.png").exists()


def test_a_study_of_one_tier_is_silent_about_the_other(data, models, tmp_path):
    lines = masks.run(Asked(data, tmp_path / "out"), models, Progress())
    assert {line.split()[1] for line in lines} == {"starter", "grabcut"}


def test_the_study_can_be_stopped(data, tmp_path):
    with pytest.raises(Cancelled):
        masks.run(Asked(data, tmp_path / "out"), NoModels(), Progress(cancelled=lambda: True))


def test_jittered_boxes_stay_within_a_tenth_and_in_the_picture():
    picture, random = Rect(0, 0, 100, 100), np.random.default_rng(0)
    for _ in range(50):
        moved = masks.jittered(Rect(20, 30, 60, 90), picture, random)
        assert np.all(np.abs(np.subtract(moved, (20, 30, 60, 90))) <= (4.001, 6.001, 4.001, 6.001))
        edge = masks.jittered(Rect(0, 0, 100, 100), picture, random)
        assert edge.x0 >= 0
        assert edge.y1 <= 100


def test_a_click_falls_in_the_middle():
    truth = np.zeros((50, 80), bool)
    truth[10:41, 20:51] = True
    point = masks.middle_of(truth)
    assert abs(point.x - 35.5) <= 1
    assert abs(point.y - 25.5) <= 1


def test_figures_are_those_of_the_list():
    found = figures([0.0, 0.5, 0.8, 0.9], ["a", "a", "b", "c"], [1.0, 2.0, 3.0, 4.0])
    assert found.mean == pytest.approx(0.55)
    assert found.median == pytest.approx(0.65)
    assert (found.good, found.bad) == (0.5, 0.25)
    assert found.low < 0.55 < found.high
    assert found.seconds == 2.5


def test_objects_of_one_photo_do_not_narrow_the_interval():
    values = np.array([0.2] * 10 + [0.8] * 10)
    low, high = interval(values, ["a"] * 10 + ["b"] * 10)
    assert (low, high) == (pytest.approx(0.2), pytest.approx(0.8))


def test_overlap_of_empty_masks_is_none():
    empty = np.zeros((4, 4), bool)
    assert overlap(empty, empty) == 0
    assert overlap(~empty, ~empty) == 1


def test_sheets_hold_every_row():
    tile = Tile(np.full((30, 60, 3), 90, np.uint8), "a bird – 0.5")
    pages = sheets([[tile, tile]] * (ROWS + 1), ("left", "right"))
    assert len(pages) == 2
    assert pages[0].shape[1] == pages[1].shape[1]
    assert pages[0].shape[0] > pages[1].shape[0]


def test_what_lies_outside_a_mask_fades():
    rgb = np.zeros((10, 10, 3), np.uint8)
    mask = np.zeros((10, 10), np.uint8)
    mask[:5] = 255
    picture = shown(rgb, mask)
    assert not picture[:5].any()
    assert (picture[5:] > 100).all()
    assert framed(rgb, Rect(2, 2, 8, 8)).any()
    assert framed(rgb, None) is rgb
