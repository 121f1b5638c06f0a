"""The starter nets on photographs that everybody has: the thing is found, where it is and as large as it is."""

import numpy as np
import pytest
from skimage import data

from blendstudio.core.geometry import Point, Rect
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import DetectTask, SegmentTask
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import NothingFound

pytestmark = pytest.mark.real

# picture, word, its box as drawn by hand, and the least and most share of the picture that it covers
PHOTOS = [
    ("astronaut", "person", Rect(25, 0, 470, 512), 0.3, 0.75),
    ("chelsea", "cat", Rect(0, 0, 451, 300), 0.35, 0.95),
    ("coffee", "cup", Rect(150, 30, 470, 360), 0.12, 0.55),
    ("rocket", "rocket", Rect(304, 125, 340, 407), 0.01, 0.15),
]


@pytest.fixture(scope="module")
def models():
    return Nets(Store.default(), "starter", "cpu")


def call(kind, task, models):
    entry = registry.find(kind, "starter")
    return entry.call(task, entry.params(), models, Progress())


def covered(mask):
    return float((mask >= 128).mean())


@pytest.mark.parametrize(("name", "word", "box", "least", "most"), PHOTOS, ids=[photo[0] for photo in PHOTOS])
def test_a_word_finds_its_thing(models, name, word, box, least, most):
    rgb = np.ascontiguousarray(getattr(data, name)()[..., :3])
    found = call("detect", DetectTask(rgb, word), models)[0]
    assert found.label == word
    assert found.box.overlap(box) > 0.5
    assert least < covered(found.mask) < most


@pytest.mark.parametrize(("name", "word", "box", "least", "most"), PHOTOS, ids=[photo[0] for photo in PHOTOS])
def test_a_box_gives_what_it_shows(models, name, word, box, least, most):
    rgb = np.ascontiguousarray(getattr(data, name)()[..., :3])
    found = call("segment", SegmentTask(rgb, box), models)[0]
    assert found.box.overlap(box) > 0.6
    assert least < covered(found.mask) < most


def test_a_click_gives_the_cup(models):
    rgb = np.ascontiguousarray(data.coffee())
    found = call("segment", SegmentTask(rgb, None, ((Point(310, 250), True),)), models)[0]
    assert found.mask[250, 310] >= 128
    assert found.box.overlap(PHOTOS[2][2]) > 0.4


@pytest.mark.parametrize("word", ["elephant", "pizza", "toilet", "guitar"])
def test_what_is_not_there_is_not_found(models, word):
    with pytest.raises(NothingFound):
        call("detect", DetectTask(np.ascontiguousarray(data.chelsea()), word), models)
