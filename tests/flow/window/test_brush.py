"""The brush on the mask: what it adds and takes away shows at once, on the photo and in the picture."""

import numpy as np
import pictures
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
FREE = (104, 16)  # beside the bird
ON_BIRD = (62, 44)
MOVED = (32, 24)  # from the bird's photo to the sea


@pytest.fixture
def painter(cut_out):
    """Somebody with the brush in hand; the bird's mask is shown black and white."""
    cut_out.key(Qt.Key.Key_B)
    cut_out.pick("Black and white", cut_out.window.mask_panel.views)
    return cut_out


def mask(person, x, y):
    """The mask's value at a place of the photo, 0..255, as the canvas shows it."""
    red, green, blue = person.colour(x, y)
    assert red == green == blue
    return red


def dab(person, place, keys=Qt.KeyboardModifier.NoModifier):
    person.click(*place, keys=keys)
    person.rest()


def in_picture(person, place):
    """The colour of the whole picture where a place of the photo lies."""
    person.key(Qt.Key.Key_Return)
    return tuple(map(int, person.colour(place[0] + MOVED[0], place[1] + MOVED[1])))


def test_the_brush_adds_and_the_eraser_takes_away(painter):
    painter.drag((98, 16), FREE, (110, 16))
    painter.rest()
    assert mask(painter, *FREE) == 255
    painter.key(Qt.Key.Key_E)
    painter.key(Qt.Key.Key_BracketLeft)
    dab(painter, ON_BIRD)
    assert mask(painter, *ON_BIRD) == 0
    assert painter.steps()[-2:] == ["Brush", "Erase"]
    painter.pick("Overlay", painter.window.mask_panel.views)
    red, green, blue = map(int, painter.colour(*FREE))
    assert red == green == blue  # the photo's own grey, without the veil
    assert painter.colour(*ON_BIRD)[1] != pictures.RED[1]  # the veil over the bird
    red, green, blue = in_picture(painter, FREE)
    assert red == green == blue  # grey lies on the sea
    red, _, blue = in_picture(painter, ON_BIRD)
    assert blue > red  # the sea shows through


@pytest.mark.parametrize(("tool", "places"), [(Qt.Key.Key_B, (ON_BIRD, 0)), (Qt.Key.Key_E, (FREE, 255))])
def test_alt_does_the_opposite(painter, tool, places):
    painter.key(tool)
    dab(painter, places[0], ALT)
    assert mask(painter, *places[0]) == places[1]


def test_x_swaps_brush_and_eraser(painter):
    add, erase = painter.window.options.brush.add, painter.window.options.brush.erase
    assert add.isChecked()
    painter.key(Qt.Key.Key_X)
    assert erase.isVisible()
    assert erase.isChecked()
    dab(painter, ON_BIRD)
    assert mask(painter, *ON_BIRD) == 0
    painter.key(Qt.Key.Key_X)
    dab(painter, ON_BIRD)
    assert mask(painter, *ON_BIRD) == 255


def ring(person, place):
    """The radius of the brush's ring on the canvas, in photo pixels, with the pointer at a place."""
    person.point_at(*place)
    person.rest()
    with_ring = person.glance().astype(int)
    at = person.on_canvas(*place)
    line = np.abs(with_ring[at.y(), at.x() :] - with_ring[at.y(), at.x()]).sum(1)
    return np.flatnonzero(line > 300)[0] / person.canvas.view.zoom


def test_brackets_change_the_size_and_the_ring_shows_it(painter):
    size = painter.window.options.brush.diameter
    assert size.text() == "40 px"
    assert ring(painter, (10, 90)) == pytest.approx(20, abs=1)
    painter.key(Qt.Key.Key_BracketRight)
    assert size.text() == "50 px"
    assert ring(painter, (10, 90)) == pytest.approx(25, abs=1)
    for _ in range(3):
        painter.key(Qt.Key.Key_BracketLeft)
    assert size.text() == "26 px"
    assert ring(painter, (10, 90)) == pytest.approx(13, abs=1)
    for _ in range(25):
        painter.key(Qt.Key.Key_BracketLeft)
    assert size.text() == "1 px"
    dab(painter, (20.5, 80.5))
    assert mask(painter, 20.5, 80.5) > 100
    assert mask(painter, 22.5, 80.5) == 0  # a single pixel can be painted


def test_shift_and_brackets_change_the_hardness(painter):
    hardness = painter.window.options.brush.hardness
    assert hardness.text() == "80 %"
    painter.key(Qt.Key.Key_BracketLeft, SHIFT)
    assert hardness.text() == "70 %"
    for _ in range(12):
        painter.key(Qt.Key.Key_BracketLeft, SHIFT)
    assert hardness.text() == "0 %"
    dab(painter, FREE)
    soft = [int(mask(painter, FREE[0] - x, FREE[1])) for x in (0, 5, 10, 15)]
    assert soft == sorted(soft, reverse=True)
    assert soft[0] > 245
    assert 80 < soft[2] < 180
    painter.undo()
    for _ in range(12):
        painter.key(Qt.Key.Key_BracketRight, SHIFT)
    assert hardness.text() == "100 %"
    dab(painter, FREE)
    assert [mask(painter, FREE[0] - x, FREE[1]) for x in (0, 10, 18, 22)] == [255, 255, 255, 0]


def test_digits_set_the_opacity(painter):
    opacity = painter.window.options.brush.opacity
    painter.key(Qt.Key.Key_5)
    assert opacity.text() == "50 %"
    dab(painter, FREE)
    assert mask(painter, *FREE) == 128
    painter.drag(FREE, (108, 16), FREE, (100, 16), FREE)  # to and fro within one stroke does not add up
    painter.rest()
    assert mask(painter, *FREE) == 128
    painter.key(Qt.Key.Key_0)
    assert opacity.text() == "100 %"
    dab(painter, FREE)
    assert mask(painter, *FREE) == 255


def test_shift_draws_a_straight_line_from_the_last_stroke(painter):
    dab(painter, (16, 16))
    dab(painter, (112, 84), SHIFT)
    line = [mask(painter, 16 + 96 * share, 16 + 68 * share) for share in np.linspace(0, 1, 9)]
    assert line == [255] * 9
    assert mask(painter, 16, 84) == mask(painter, 112, 16) == 0
    assert painter.steps()[-2:] == ["Brush", "Brush"]


def test_painting_on_a_whole_photo_begins_with_nothing(at_work):
    assert at_work.reads("All of the photo shows.")
    at_work.key(Qt.Key.Key_B)
    dab(at_work, FREE)
    assert at_work.reads("Painted by hand.")
    red, green, blue = in_picture(at_work, FREE)
    assert red == green == blue
    assert not pictures.red(at_work.picture()).any()  # the bird is no part of the mask


def test_erasing_on_a_whole_photo_takes_from_all_of_it(at_work):
    at_work.key(Qt.Key.Key_E)
    dab(at_work, FREE)
    red, _, blue = in_picture(at_work, FREE)
    assert blue > red + 30
    assert in_picture(at_work, ON_BIRD) == pictures.RED
    red, green, blue = in_picture(at_work, (20, 80))
    assert red == green == blue  # and the rest of the photo as well


def test_a_stroke_may_leave_the_photo(painter):
    painter.drag((120, 70), (150, 70), (150, 130), (118, 110), (118, 84))
    painter.rest()
    assert mask(painter, 127, 70) == 255
    assert mask(painter, 1, 70) == mask(painter, 1, 1) == 0  # nothing comes in again on the other side
    assert mask(painter, 118, 84) == 255
    before, steps = painter.picture(), painter.steps()
    painter.drag((-60, 40), (-90, 60))  # all of it beside the photo
    painter.rest()
    assert painter.steps() == steps
    painter.point_at(*FREE)
    painter.point_at(118, 84)
    assert (painter.picture() == before).all()


def test_escape_gives_a_stroke_up(painter):
    dab(painter, (20, 80))  # which stays
    painter.point_at(*FREE)
    before, steps = painter.picture(), painter.steps()
    painter.drag((80, 16), FREE, let_go=False)
    assert mask(painter, *FREE) == 255  # it shows while it is drawn
    painter.key(Qt.Key.Key_Escape)
    assert mask(painter, *FREE) == 0
    QTest.mouseRelease(painter.canvas, Qt.MouseButton.LeftButton, pos=painter.on_canvas(*FREE))
    assert (painter.picture() == before).all()
    assert painter.steps() == steps
    assert painter.reads("Done")  # still at the photo: one level for each Esc
    painter.key(Qt.Key.Key_Escape)
    painter.rest()
    assert pictures.red(painter.picture()).any()
    assert painter.reads("Scale")


def test_strokes_are_undone_and_done_again_one_by_one(painter):
    painter.point_at(*FREE)
    shown = [painter.picture()]
    for place in (FREE, (20, 80), (100, 70)):
        dab(painter, place)
        painter.point_at(*FREE)
        shown.append(painter.picture())
    for state in shown[-2::-1]:
        painter.undo()
        assert (painter.picture() == state).all()
    for state in shown[1:]:
        painter.redo()
        assert (painter.picture() == state).all()


def test_the_strokes_can_be_dropped_and_what_was_found_stays(painter):
    painter.point_at(*FREE)
    before = painter.picture()
    dab(painter, FREE)
    dab(painter, ON_BIRD, ALT)
    painter.press("drop-strokes", painter.window.mask_panel)
    painter.point_at(*FREE)
    assert (painter.picture() == before).all()
    assert not painter.window.actions_["drop-strokes"].isEnabled()
    painter.undo()
    assert mask(painter, *ON_BIRD) == 0


def test_inverting_turns_found_and_painted_inside_out(painter):
    dab(painter, FREE)
    seen = painter.picture()
    painter.key(Qt.Key.Key_I, CONTROL)
    assert [mask(painter, *place) for place in (FREE, ON_BIRD, (20, 80))] == [0, 0, 255]
    painter.key(Qt.Key.Key_I, CONTROL)
    assert (painter.picture() == seen).all()


def test_clearing_shows_the_whole_photo_again(painter):
    painter.press("clear-mask", painter.window.mask_panel)
    assert painter.reads("All of the photo shows.")
    red, green, blue = in_picture(painter, FREE)
    assert red == green == blue
    assert in_picture(painter, ON_BIRD) == pictures.RED
