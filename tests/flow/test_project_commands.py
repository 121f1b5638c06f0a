"""A work is kept as a project by `blend --project`, and `export` makes the same picture of it again."""

import json
import zipfile

import numpy as np
import pictures
import pytest

from blendstudio import api, cli
from blendstudio.core.compose import flatten

GIVEN = ("blend", "--source", "bird.png", "--background", "sea.png", "--mask", "mask.png")


@pytest.fixture
def project(here, run):
    """A poisson blend, as out.png and work.ora."""
    words = ("--method", "poisson", "--at", "80,50", "-o", here / "out.png", "--project", here / "work.ora", "--json")
    code, _, errors = run(*GIVEN, *words)
    assert code == 0, errors
    return here / "work.ora"


def test_the_export_is_byte_for_byte_what_the_blend_wrote(here, run, project):
    code, events, errors = run("export", project, "-o", here / "again.png", "--json")
    assert (code, errors) == (0, "")
    assert events[-1] == {"event": "result", "out": str(here / "again.png"), "notes": []}
    assert (here / "again.png").read_bytes() == (here / "out.png").read_bytes()
    with zipfile.ZipFile(project) as archive:
        assert archive.read("mergedimage.png") == (here / "out.png").read_bytes()


def test_the_project_goes_on_where_the_blend_ended(project):
    opened = api.open_project(project)
    bird = opened.document.layer("object-1")
    assert opened.notes == ()
    assert bird.blend.recipe.method == "poisson"
    assert np.array_equal(bird.pixels.array[..., :3], pictures.load("bird.png"))
    assert (bird.mask.auto >= 128).sum() == (pictures.load("mask.png") >= 128).sum()
    outcome = api.blend(opened.document, "object-1", api.Settings("copy-paste"), api.nets("starter", "cpu"))
    assert not np.array_equal(outcome.picture.array, flatten(opened.document).array)


def test_people_are_told_what_is_not_as_it_was_saved(here, project, capsys):
    plain = here / "plain.ora"
    with zipfile.ZipFile(project) as old, zipfile.ZipFile(plain, "w") as new:
        for name in old.namelist():
            if not name.startswith("blendstudio/"):
                new.writestr(name, old.read(name))
    capsys.readouterr()
    assert cli.main(["export", str(plain), "-o", str(here / "plain.png")]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(str(here / "plain.png"))
    assert said[1].startswith("The layers have no masks and blends")
    difference = np.abs(pictures.load(here / "plain.png").astype(int) - pictures.load(here / "out.png"))
    assert difference.max() <= 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--project", "work.png"), "Let the name end in .ora."),
        (("--project", "bird.png"), "Let the name end in .ora."),
        (("-o", "out.ora"), "Let the name end in .png."),
    ],
)
def test_a_name_of_the_other_kind_is_refused_before_the_work(here, run, words, told, monkeypatch, shots):
    monkeypatch.chdir(here)
    given = [shots / word if word.endswith(".png") else word for word in GIVEN]
    out = () if "-o" in words else ("-o", "out.png")
    code, events, _ = run(*given, *words, *out, "--json")
    assert (code, events[-1]["next"]) == (2, told)
    assert list(here.iterdir()) == []


def test_an_export_never_replaces_the_project(here, run, project):
    before = project.read_bytes()
    code, events, _ = run("export", project, "-o", project, "--json")
    assert (code, project.read_bytes() == before) == (2, True)
    assert len(events) == 1


@pytest.mark.parametrize(
    ("name", "told"), [("nothing.ora", "cannot be read"), ("bird.png", "is not a project"), (".", "folder")]
)
def test_what_is_no_project_is_told(here, run, name, told):
    code, events, errors = run("export", name, "-o", here / "out.png", "--json")
    assert code == 3
    assert told in events[-1]["what"]
    assert json.dumps(events[-1]["next"]) != '""'
    assert "Traceback" not in errors
    assert list(here.iterdir()) == []
