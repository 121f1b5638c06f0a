"""The prompt as a list of things that lie on the photo: points and boxes that are moved, removed and joined."""

import numpy as np
import pictures
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from blendstudio.app.theme import Colour
from blendstudio.core.document import Refine

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
FIRST, SECOND, GREY = (50, 44), (104, 70), (80, 20)  # on the two birds of two.png, and on neither
ROUND_FIRST, ROUND_SECOND = ((24, 26), (78, 64)), ((84, 48), (124, 92))
SIGNS = {QColor(Colour.OK).getRgb()[:3]: "plus", QColor(Colour.DANGER).getRgb()[:3]: "minus"}
CORNERS = {QColor(colour).getRgb()[:3] for colour in (Colour.HANDLE, Colour.ACCENT)}


@pytest.fixture
def birds(person, photos):
    """A photo of two birds over the sea."""
    person.drop(photos / "sea.png", photos / "two.png")
    return person


def shows(person, place):
    """Whether a place of the photo, on a bird, is in the mask: there the red is the bird's own."""
    return tuple(person.colour(*place)) == pictures.RED


def dot(person, place):
    """The colour of a point's disc beside the sign in its middle: "plus" green, "minus" red, or nothing."""
    spot = person.on_canvas(*place)
    return SIGNS.get(tuple(person.picture()[spot.y() + 3, spot.x() + 3]), "")


def square(person, place):
    """Whether a box's corner is drawn at a place: a small bright square, or a blue one when it was touched last."""
    spot = person.on_canvas(*place)
    return tuple(person.picture()[spot.y(), spot.x()]) in CORNERS


def step(person):
    return person.steps()[-1]


def mask_pixels(person):
    """How many pixels of the canvas show a bird as it is."""
    return int((person.picture() == pictures.RED).all(-1).sum())


def with_point(person, place, key=Qt.Key.Key_P, keys=Qt.KeyboardModifier.NoModifier):
    person.key(key, keys)
    person.click(*place)
    person.rest()


def with_box(person, box, keys=Qt.KeyboardModifier.NoModifier):
    person.key(Qt.Key.Key_W)
    person.drag(box[0], ((box[0][0] + box[1][0]) / 2, box[1][1]), box[1], keys=keys)
    person.rest()


def test_a_point_is_dragged_to_the_other_bird_and_the_mask_goes_with_it(birds):
    with_point(birds, FIRST)
    assert dot(birds, FIRST) == "plus"
    birds.drag(FIRST, (80, 60), SECOND)
    birds.rest()
    assert dot(birds, SECOND) == "plus"
    assert dot(birds, FIRST) == ""
    assert shows(birds, (104, 80))
    assert not shows(birds, (50, 52))
    assert birds.steps()[-2:] == ["Cut out", "Move point"]


def test_while_a_point_is_dragged_it_is_under_the_pointer_and_nothing_is_asked(birds):
    with_point(birds, FIRST)
    before = birds.steps()
    birds.drag(FIRST, (80, 60), GREY, let_go=False)
    assert not birds.desk.runner.jobs
    assert dot(birds, GREY) == "plus"
    assert birds.steps() == before
    birds.key(Qt.Key.Key_Escape)
    assert dot(birds, FIRST) == "plus"
    birds.let_go(GREY)
    birds.rest()
    assert birds.steps() == before


def test_undo_brings_the_point_and_the_mask_back_together(birds):
    with_point(birds, FIRST)
    before = birds.picture()
    birds.drag(FIRST, (80, 60), SECOND)
    birds.rest()
    after = birds.picture()
    birds.undo()
    assert dot(birds, FIRST) == "plus"
    assert shows(birds, (50, 52))
    assert np.abs(birds.picture().astype(int) - before).mean() < 0.5  # all but the ring round what was touched
    birds.redo()
    assert np.abs(birds.picture().astype(int) - after).mean() < 0.5


def test_a_click_on_a_point_removes_it_and_with_the_last_one_the_mask(birds):
    with_point(birds, FIRST)
    with_point(birds, SECOND)
    assert shows(birds, (104, 80))
    birds.click(*SECOND)
    birds.rest()
    assert step(birds) == "Remove point"
    assert dot(birds, SECOND) == ""
    assert not shows(birds, (104, 80))
    assert shows(birds, (50, 52))
    birds.click(*FIRST)
    birds.rest()
    assert shows(birds, (50, 52))  # without a prompt all of the photo shows
    assert shows(birds, (104, 80))
    assert birds.chips() == []
    birds.undo()
    birds.rest()
    assert dot(birds, FIRST) == "plus"
    assert not shows(birds, (104, 80))
    assert birds.chips()


def test_a_double_click_sets_one_point_and_leaves_it(birds):
    birds.key(Qt.Key.Key_P)
    birds.double_click(*FIRST)
    birds.let_go(FIRST)
    birds.rest()
    assert dot(birds, FIRST) == "plus"
    assert birds.steps() == ["Open", "Place object", "Cut out"]


def test_two_quick_clicks_are_both_in_the_prompt(birds):
    birds.key(Qt.Key.Key_P)
    birds.click(*FIRST)
    birds.click(*SECOND)  # before the first is answered
    birds.rest()
    assert dot(birds, FIRST) == dot(birds, SECOND) == "plus"
    assert shows(birds, (50, 52))
    assert shows(birds, (104, 80))
    assert birds.steps() == ["Open", "Place object", "Cut out"]


def test_a_point_is_seen_before_its_mask_is_found(birds):
    birds.key(Qt.Key.Key_P)
    birds.click(*FIRST)
    spot = birds.on_canvas(*FIRST)
    assert SIGNS.get(tuple(birds.glance()[spot.y() + 3, spot.x() + 3])) == "plus"
    birds.rest()


def test_when_only_minus_points_are_left_it_says_what_to_do(birds):
    with_point(birds, FIRST)
    with_point(birds, GREY, Qt.Key.Key_P, SHIFT)
    assert dot(birds, GREY) == "minus"
    birds.click(*FIRST)
    birds.rest()
    assert birds.reads("Now nothing says what to cut out", birds.window.prompt)
    assert dot(birds, GREY) == "minus"
    assert shows(birds, (104, 80))


def test_a_mask_from_a_file_outlives_a_minus_point(cut_out):
    cut_out.key(Qt.Key.Key_Q)
    with_point(cut_out, GREY, Qt.Key.Key_P, SHIFT)
    cut_out.click(*GREY)
    cut_out.rest()
    assert dot(cut_out, GREY) == ""
    assert shows(cut_out, FIRST)
    assert not cut_out.reads("All of the photo shows.")
    with_point(cut_out, GREY, Qt.Key.Key_P, SHIFT)
    with_box(cut_out, ROUND_FIRST)
    assert cut_out.knob("Dilate").value() == Refine().dilate  # no more as the file's was


def test_shift_adds_a_box_and_a_plain_drag_replaces_them(birds):
    with_box(birds, ROUND_FIRST)
    with_box(birds, ROUND_SECOND, SHIFT)
    assert step(birds) == "Add box"
    assert all(square(birds, place) for place in (*ROUND_FIRST, *ROUND_SECOND))
    assert shows(birds, FIRST)
    assert shows(birds, SECOND)
    birds.undo()
    birds.rest()
    assert not square(birds, ROUND_SECOND[1])
    assert not shows(birds, SECOND)
    with_box(birds, ((82, 45), (126, 94)))
    assert not square(birds, ROUND_FIRST[0])
    assert shows(birds, SECOND)
    assert not shows(birds, FIRST)


def test_a_corner_is_dragged_until_the_box_holds_both_birds(birds):
    with_box(birds, ROUND_FIRST)
    alone = mask_pixels(birds)
    birds.drag(ROUND_FIRST[1], (100, 80), (126, 93))
    birds.rest()
    assert step(birds) == "Change box"
    assert square(birds, (126, 93))
    assert square(birds, ROUND_FIRST[0])
    assert mask_pixels(birds) > 1.2 * alone
    birds.undo()
    assert abs(mask_pixels(birds) - alone) < 0.05 * alone


def test_a_box_is_carried_by_its_side_to_the_other_bird(birds):
    with_box(birds, ((24, 24), (78, 66)))
    birds.drag((51, 24), (70, 30), (93, 50))
    birds.rest()
    assert step(birds) == "Change box"
    assert square(birds, (66, 50))
    assert square(birds, (120, 92))
    assert shows(birds, SECOND)
    assert not shows(birds, FIRST)


def test_a_box_cannot_be_carried_out_of_the_photo(birds):
    with_box(birds, ROUND_FIRST)
    birds.drag((51, 26), (20, 10), (-40, -40))
    birds.rest()
    assert square(birds, (0, 0))
    assert square(birds, (54, 38))


@pytest.mark.parametrize("by", ["alt", "delete"])
def test_a_box_goes_by_alt_click_and_by_delete(birds, by):
    with_box(birds, ROUND_FIRST)
    with_box(birds, ROUND_SECOND, SHIFT)
    if by == "alt":
        birds.click(*ROUND_SECOND[0], keys=ALT)
    else:
        birds.click(*ROUND_SECOND[0])
        birds.rest()
        assert step(birds) == "Add box"  # a click alone only takes hold of it
        birds.key(Qt.Key.Key_Delete)
    birds.rest()
    assert step(birds) == "Remove box"
    assert not square(birds, ROUND_SECOND[0])
    assert shows(birds, FIRST)
    assert not shows(birds, SECOND)


def test_delete_with_a_tool_of_the_prompt_never_takes_the_object(birds):
    with_point(birds, FIRST)
    birds.key(Qt.Key.Key_Delete)
    birds.rest()
    assert dot(birds, FIRST) == ""
    birds.key(Qt.Key.Key_Delete)
    birds.rest()
    assert birds.layers()[0] == "two"


def test_box_and_points_are_one_prompt(birds):
    with_box(birds, ROUND_FIRST)
    with_point(birds, SECOND)  # far from the box: that too
    assert square(birds, ROUND_FIRST[0])
    assert dot(birds, SECOND) == "plus"
    assert shows(birds, FIRST)
    assert shows(birds, (104, 80))


def test_a_word_and_a_point_are_one_prompt_and_the_word_comes_back_alone(birds):
    birds.ask_for("bird")
    birds.key(Qt.Key.Key_Q)
    first, second = shows(birds, (50, 52)), shows(birds, (104, 80))
    assert first != second
    other, place = (SECOND, (104, 80)) if first else (FIRST, (50, 52))
    with_point(birds, other)
    assert shows(birds, (50, 52))
    assert shows(birds, (104, 80))
    birds.click(*other)
    birds.rest()
    assert step(birds) == "Remove point"
    assert not shows(birds, place)
    assert [chip.text()[:7] for chip in birds.chips()] == ["1  bird", "2  bird"]


def test_a_minus_point_takes_from_what_the_word_found(birds):
    birds.ask_for("bird")
    birds.chip(2, SHIFT)
    birds.key(Qt.Key.Key_Q)
    assert shows(birds, (50, 52))
    assert shows(birds, (104, 80))
    with_point(birds, SECOND, Qt.Key.Key_P, SHIFT)
    assert not shows(birds, (104, 80))
    assert shows(birds, (50, 52))


def test_clear_prompt_keeps_what_was_painted(birds):
    with_point(birds, FIRST)
    birds.key(Qt.Key.Key_B)
    birds.drag((98, 80), (110, 80))
    birds.rest()
    assert shows(birds, (104, 80))
    birds.menu("clear-prompt")
    birds.rest()
    assert step(birds) == "Clear prompt"
    assert dot(birds, FIRST) == ""
    assert birds.chips() == []
    assert shows(birds, (104, 80))
    assert not shows(birds, (50, 52))
    birds.undo()
    birds.rest()
    assert dot(birds, FIRST) == "plus"
    assert shows(birds, (50, 52))


def test_the_cross_in_the_line_clears_the_prompt_and_all_of_the_photo_shows(birds):
    birds.ask_for("bird")
    birds.key(Qt.Key.Key_Q)
    line = birds.window.prompt._line
    line.actions()[-1].trigger()
    birds.rest()
    assert step(birds) == "Clear prompt"
    assert shows(birds, (50, 52))
    assert shows(birds, (104, 80))
    assert line.text() == ""


def test_what_only_the_eraser_took_stays_away_when_the_prompt_goes(birds):
    with_box(birds, ROUND_FIRST)
    birds.key(Qt.Key.Key_E)
    birds.drag((44, 52), (56, 52))
    birds.menu("clear-prompt")
    birds.rest()
    assert not shows(birds, (50, 52))
    assert shows(birds, (104, 80))
