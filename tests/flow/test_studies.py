"""Studies from the command line, on tiny nets and few small pairs."""

import json

import pictures
import pytest

from blendstudio import cli, commands

FEW = ("--pairs", "1", "--seeds", "1", "--side", "64", "--evaluations", "5")


@pytest.fixture
def study(here, run):
    """Runs a study; returns its folder and what it said."""

    def call(what, *words):
        out = here / what
        code, events, errors = run("study", what, "-o", out, "--json", *words)
        assert code == 0, errors
        assert events[-1] == {"event": "result", "out": str(out)}
        return out, [event["text"] for event in events if event["event"] == "line"]

    return call


def page_of(folder):
    """The report, all of whose pictures are there."""
    page = (folder / "report.html").read_text("utf-8")
    names = [part.split('"')[0] for part in page.split('<img src="')[1:]]
    assert names
    assert all((folder / name).is_file() for name in names)
    return page


def test_table_2_lists_every_method_and_judges_the_paper(study):
    folder, said = study("table2", *FEW, "--methods", "copy-paste,poisson,two-stage paper")
    page = page_of(folder)
    for row in ("background alone", "half opacity", "copy-paste", "poisson", "two-stage paper"):
        assert any(line.startswith(row) for line in said)
        assert row in page
    assert any("Poisson Blending (21.77) better than Copy and Paste" in line and "hold" in line for line in said)
    assert "cut short: 5 of 60, 5 of 40 evaluations" in page
    assert "18.75 dB" in page  # the paper's copy-paste row cannot be


def test_table_3_has_eight_rows_and_says_what_is_nil(study):
    folder, said = study("table3", *FEW[:-1], "1")
    page = page_of(folder)
    rows = json.loads((folder / "table3.json").read_text())["rows"]
    assert len({row["arm"] for row in rows}) == 8
    assert "nil" in page
    assert any("without PAN the picture loses clarity" in line for line in said)


def test_saturation_draws_the_seam_and_the_steps(study):
    folder, said = study("saturation", *FEW)
    page = page_of(folder)
    for part in ("Fig. 6", "Fig. 7, 3", "Step: stage 1", "Step: stage 2", "eroded by"):
        assert part in page
    assert any("stage 1 and PAN" in line for line in said)


def test_a_sheet_of_own_files_and_a_vote_on_it(study, here, monkeypatch):
    own = ("--source", "bird.png", "--background", "sea.png", "--mask", "mask.png", "--at", "60,40", "--scale", "0.8")
    folder, said = study("sheet", *own, "--methods", "copy-paste,poisson,alpha")
    assert "bird on sea" in page_of(folder)
    assert pictures.load(folder / "sheet.png").ndim == 3
    assert [line.split()[0] for line in said[1:-1]] == ["alpha", "copy-paste", "poisson"]
    listed = json.loads((folder / "pictures.json").read_text())
    red = pictures.red(pictures.load(folder / next(one["file"] for one in listed if one["method"] == "copy-paste")))
    assert pictures.centre(red) == (pytest.approx(60, abs=2), pytest.approx(40, abs=2))

    def person(questions, answered):
        for number in range(len(questions)):
            answered(number, 1)

    monkeypatch.setattr(commands, "ask", person)
    voted, said = study("vote", "--data", folder)
    assert said[0].startswith("3 answers")
    assert len(json.loads((voted / "answers.json").read_text())) == 3
    assert "Preference" in (voted / "report.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sheet", "--source", "bird.png"), "three"),
        (("table2", "--methods", "magic"), "magic"),
        (("table2", "--pairs", "many"), "whole number"),
        (("sheet", "--at", "here"), "X,Y"),
        (("vote",), "--data"),
        (("masks",), "--data"),
        (("dreams",), "dreams"),
    ],
)
def test_what_cannot_be_studied_is_said(here, run, words, said):
    code, _, errors = run("study", *words, "-o", here / "out", "--json")
    assert code == 2
    assert said in errors


def test_a_vote_without_a_screen_is_refused(study, here, run, monkeypatch, capsys):
    own = ("--source", "bird.png", "--background", "sea.png", "--mask", "mask.png")
    folder, _ = study("sheet", *own, "--methods", "copy-paste,poisson")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["study", "vote", "--data", str(folder), "-o", str(here / "vote")]) == 2
    assert "no screen" in capsys.readouterr().err
