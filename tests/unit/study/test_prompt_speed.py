"""The bench of prompts: every row is there and says which net it was, with tiny nets."""

import pytest
import tiny
import tiny_paper

from blendstudio import api
from blendstudio.core.geometry import Point, Rect
from blendstudio.engine.job import Progress
from blendstudio.errors import ModelMissing
from blendstudio.study import prompt_speed

PROMPTS = ["box", "first click", "third click", "box and two points"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home; a photo and a net of the real sizes would take seconds, so small ones stand in."""
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tmp_path))
    monkeypatch.setattr(prompt_speed, "SIDE", 100)
    monkeypatch.setattr(prompt_speed, "BOX", Rect(21, 4, 64, 94))
    monkeypatch.setattr(prompt_speed, "CLICKS", ((Point(43, 30), True), (Point(40, 70), True), (Point(82, 30), False)))
    monkeypatch.setattr(prompt_speed, "random_vit_b", tiny_paper.sam)
    return tmp_path


def measured():
    return list(prompt_speed.run(api.nets("starter"), api.nets("paper"), Progress(), times=1))


def names(net):
    return [f"{net}, {what}" for what in PROMPTS]


def test_without_sams_weights_its_rows_say_that_their_numbers_are_random(home):
    tiny.tiny_home(home)
    rows = measured()
    assert [row.what for row in rows] == [*names("starter"), "sam-vit-b, embedding", *names("sam-vit-b")]
    assert all(row.seconds > 0 for row in rows)
    for row in rows:
        assert ("random numbers" in row.note) == row.what.startswith("sam")


def test_weights_that_are_here_are_used_and_what_they_saw_is_not_kept(home):
    tiny_paper.paper_home(home)
    rows = measured()
    assert not any("random" in row.note for row in rows)
    assert [row.what for row in rows][4:] == ["sam-vit-b, embedding", *names("sam-vit-b")]
    assert not (home / "embeddings").exists()


def test_without_the_starter_nets_it_is_said_what_is_missing(home):
    with pytest.raises(ModelMissing, match="u2netp"):
        measured()
