"""Before and after a blend: side by side, or for as long as a key is held."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

LEFT, RIGHT = (70, 72), (94, 72)  # on the bird, on either side of a line in the middle of it
MIDDLE = 82


@pytest.fixture
def blended(cut_out):
    """Somebody with a blended bird near the middle of the sea; returns the person, before and after."""
    before = cut_out.picture()
    cut_out.tab("Blend")
    cut_out.pick("Poisson", cut_out.window.blend_panel.method)
    cut_out.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    return cut_out, before, cut_out.picture()


def at(person, picture, place):
    spot = person.on_canvas(*place)
    return tuple(map(int, picture[spot.y(), spot.x()]))


def differs(a, b):
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) > 10


def test_m_puts_before_on_the_left_and_after_on_the_right(blended):
    person, before, after = blended
    assert all(differs(at(person, before, place), at(person, after, place)) for place in (LEFT, RIGHT))
    person.key(Qt.Key.Key_M)
    person.drag((96, 100), (MIDDLE, 100))
    split = person.picture()
    assert at(person, split, LEFT) == at(person, before, LEFT)
    assert at(person, split, RIGHT) == at(person, after, RIGHT)
    person.key(Qt.Key.Key_M)
    assert (person.picture() == after).all()


def test_the_line_follows_the_hand_and_stays_in_the_picture(blended):
    person, before, after = blended
    person.key(Qt.Key.Key_M)
    person.drag((96, 100), (60, 100), (110, 100))
    split = person.picture()
    assert [at(person, split, place) for place in (LEFT, RIGHT)] == [at(person, before, x) for x in (LEFT, RIGHT)]
    person.drag((110, 100), (55, 100))
    split = person.picture()
    assert [at(person, split, place) for place in (LEFT, RIGHT)] == [at(person, after, x) for x in (LEFT, RIGHT)]
    line = person.on_canvas(55, 20)
    assert split[line.y(), line.x()].min() > 150
    person.drag((55, 100), (-30, 100))
    split = person.picture()
    edge = person.on_canvas(0, 20)
    assert split[edge.y(), edge.x()].min() > 150  # it can still be taken
    person.drag((0, 100), (MIDDLE, 100))
    assert at(person, person.picture(), LEFT) == at(person, before, LEFT)


def test_escape_leaves_the_comparison(blended):
    person, _, after = blended
    person.key(Qt.Key.Key_M)
    assert (person.picture() != after).any()
    person.key(Qt.Key.Key_Escape)
    assert (person.picture() == after).all()
    assert not person.window.actions_["split"].isChecked()


def test_the_object_stays_put_while_it_is_compared(blended):
    person, _, _ = blended
    steps = person.steps()
    person.key(Qt.Key.Key_M)
    person.drag(LEFT, (40, 40))
    person.rest()
    assert person.steps() == steps
    assert not person.reads("out of date")


def test_the_apostrophe_shows_before_as_long_as_it_is_held(blended):
    person, before, after = blended
    person.hold(Qt.Key.Key_Apostrophe)
    held = person.picture()
    assert at(person, held, LEFT) == at(person, before, LEFT)
    assert at(person, held, RIGHT) == at(person, before, RIGHT)
    person.let_key_go(Qt.Key.Key_Apostrophe)
    assert (person.picture() == after).all()


def test_without_a_blend_both_sides_are_the_same(cut_out):
    plain = cut_out.picture()
    cut_out.key(Qt.Key.Key_M)
    split = cut_out.picture()
    line = cut_out.on_canvas(96, 0).x()
    y = cut_out.on_canvas(0, 60).y()
    beside = np.r_[line - 60 : line - 10, line + 10 : line + 20]  # of the bird's own pixels, within its frame
    assert (split[y, beside] == plain[y, beside]).all()
