"""On the command line: an object behind a piece of the background, and one that touches another in its own photo."""

import numpy as np
import pictures
import pytest

from blendstudio.engine import pipeline

BRANCH = slice(46, 56)  # columns, before the middle of the bird


@pytest.fixture
def pair(here, monkeypatch):
    """pair.png, in which a word finds two birds that touch."""
    photo, both = pictures.touching()
    monkeypatch.setattr(pipeline, "find", lambda *_: both)
    return pictures.save(here / "pair.png", photo)


@pytest.fixture
def blend(here, run):
    """Blends into sea.png; returns the picture and all events."""

    def call(*words):
        code, events, errors = run("blend", "--background", "sea.png", *words, "-o", here / "out.png", "--json")
        assert code == 0, errors
        return pictures.load(here / "out.png"), events

    return call


@pytest.mark.parametrize("method", ["copy-paste", "alpha", "poisson"])
def test_what_stands_in_front_keeps_its_bytes_and_a_work_is_made_again_as_it_was(here, run, blend, method):
    front = np.zeros((pictures.HEIGHT, pictures.WIDTH), np.uint8)
    front[:, BRANCH] = 255
    pictures.save(here / "front.png", front)
    words = ("--source", "bird.png", "--mask", "mask.png", "--front", here / "front.png", "--method", method)
    picture, _ = blend(*words, "--set", "context=4", "--project", here / "work.ora")
    sea = pictures.load("sea.png")
    assert (picture[front > 0] == sea[front > 0]).all()
    changed = (picture != sea).any(-1)
    assert changed[:, : BRANCH.start].sum() > 100
    assert changed[:, BRANCH.stop :].sum() > 100
    for verb in ("export", "run"):
        assert run(verb, here / "work.ora", "-o", here / "again.png", "--json")[0] == 0
        assert (pictures.load(here / "again.png") == picture).all()


def test_a_mask_of_what_is_in_front_has_the_backgrounds_size(here, run):
    pictures.save(here / "small.png", np.full((5, 5), 255, np.uint8))
    words = ("blend", "--source", "bird.png", "--background", "sea.png", "--mask", "mask.png", "-o", here / "out.png")
    code, _, errors = run(*words, "--front", here / "small.png")
    assert code == 3
    assert "The mask is 5×5, but its picture is 128×96." in errors


@pytest.mark.parametrize("place", [(), ("--at", "66.3,50.2", "--scale", "0.8", "--rotate", "20")])
def test_a_neighbour_is_named_and_left_out_when_asked(pair, blend, place):
    words = ("--source", pair, "--prompt", "bird", "--method", "copy-paste", "--set", "context=12", *place)
    picture, events = blend(*words)
    (warning,) = [event for event in events if event["event"] == "warning"]
    assert warning["what"] == "The ring reaches another bird."
    assert "--exclude-others" in warning["next"]
    assert pictures.magenta(picture).sum() > 30
    picture, events = blend(*words, "--exclude-others")
    assert "warning" not in [event["event"] for event in events]
    assert not pictures.magenta(picture).any()
    assert pictures.red(picture).sum() > 300


def test_people_read_the_warning_too(pair, here, capsys):
    from blendstudio.cli import main

    words = ["--source", str(pair), "--background", "sea.png", "--prompt", "bird", "--method", "alpha"]
    assert main(["blend", *words, "--set", "context=5", "-o", str(here / "out.png")]) == 0
    said = capsys.readouterr().out
    assert "The ring reaches another bird. Leave it out with --exclude-others." in said
