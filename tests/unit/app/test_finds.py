"""Which answers are kept when there is room for few."""

import numpy as np

from blendstudio.app import finds
from blendstudio.app.finds import Find, Finds
from blendstudio.core.document import Layer, Prompt
from blendstudio.core.geometry import Point, Rect
from blendstudio.core.pixels import from_rgb
from blendstudio.engine.kinds import Candidate

LAYER = Layer("object-1", "Bird", from_rgb(np.zeros((10, 10, 3), np.uint8)))


def answer():
    found = Candidate("bird", 1.0, Rect(0, 0, 10, 10), np.full((10, 10), 255, np.uint8), True)
    return Find(LAYER.pixels, (found,), ((0,),), found)


def test_what_a_word_found_outlives_the_points_that_go_on_from_it(monkeypatch):
    monkeypatch.setattr(finds, "BUDGET", 250)  # two masks beside the last one
    kept, word = Finds(), answer()
    kept.keep(LAYER, Prompt("bird"), word)
    for number in range(5):
        assert kept.of(LAYER, Prompt("bird")) is word
        kept.keep(LAYER, Prompt("bird", (), ((Point(number, 0), True),)), answer())
    assert kept.of(LAYER, Prompt("bird")) is word
    assert kept.of(LAYER, Prompt("bird", (), ((Point(0, 0), True),))) is None
