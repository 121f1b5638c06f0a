"""Placing an object by hand, by keys and by numbers."""

import numpy as np
import pictures
import pytest
from PySide6.QtCore import Qt

SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
MIDDLE, SIZE = (96, 72), (128, 96)  # of the bird's photo on the sea
CORNERS = [(32, 24), (160, 24), (160, 120), (32, 120)]  # clockwise from the top left
BIRD = (82, 68)
ACCENT = (0x5A, 0x9F, 0xE0)


@pytest.fixture
def hand(at_work):
    assert at_work.numbers() == (*MIDDLE, 100, 0)
    assert at_work.canvas.view.zoom == 3
    return at_work


def bird(hand):
    """Left, top, right and bottom of the bird in picture pixels, to a third of one."""
    hand.rest()
    x0, y0, x1, y1 = pictures.box(pictures.red(hand.picture()))
    view = hand.canvas.view
    return np.array([x0 - view.origin.x, y0 - view.origin.y, x1 - view.origin.x, y1 - view.origin.y]) / view.zoom


def is_photo(hand, x, y):
    """Whether the grey of the bird's photo shows at a place, and not the sea."""
    return np.ptp(hand.colour(x, y).astype(int)) < 25


def outline(hand):
    """How many pixels of the canvas are of the colour of the frame round the selected object."""
    return int((np.abs(hand.picture().astype(int) - ACCENT).max(2) < 12).sum())


def is_handle(hand, x, y):
    return (hand.colour(x, y) == 255).all()


def test_a_drag_moves_by_whole_pixels_and_is_one_step(hand):
    before, sharp = bird(hand), hand.picture()
    hand.drag(BIRD, (85.3, 60), (92.4, 75.7))
    assert hand.numbers() == (106, 80, 100, 0)
    assert (bird(hand) - before == (10, 8, 10, 8)).all()
    x, y = hand.on_canvas(*BIRD).toTuple()
    moved = hand.picture()[y + 24 - 30 : y + 24 + 30, x + 30 - 30 : x + 30 + 30]
    assert (moved == sharp[y - 30 : y + 30, x - 30 : x + 30]).all()  # pixel for pixel
    assert hand.steps() == ["Open", "Place object", "Move"]
    hand.undo()
    assert (hand.picture() == sharp).all()
    hand.redo()
    assert (bird(hand) - before == (10, 8, 10, 8)).all()


def test_a_click_without_a_drag_moves_nothing(hand):
    hand.click(*BIRD)
    hand.drag(BIRD, (82.2, 68.2))  # less than a pixel
    assert hand.steps() == ["Open", "Place object"]


def test_shift_keeps_a_drag_to_one_axis(hand):
    before = bird(hand)
    for end, by in (((112, 73), (30, 0)), ((80, 33), (0, -35))):
        hand.drag(BIRD, end, keys=SHIFT)
        assert (bird(hand) - before == (*by, *by)).all()
        hand.undo()


def test_a_corner_scales_in_proportion_and_the_opposite_one_stays(hand):
    for corner, held in enumerate(CORNERS):
        fixed = CORNERS[(corner + 2) % 4]
        inward = np.sign(np.subtract(MIDDLE, fixed))
        assert is_photo(hand, *(np.array(held) - 3 * inward))
        hand.drag(held, MIDDLE)
        x, y, scale, angle = hand.numbers()
        assert (scale, angle) == (50, 0)
        assert np.allclose((x, y), np.add(fixed, MIDDLE) / 2)
        assert is_photo(hand, *(np.array(fixed) + 3 * inward))
        assert not is_photo(hand, *(np.array(MIDDLE) + 3 * inward))
        x0, y0, x1, y1 = bird(hand)
        assert np.allclose((x1 - x0, y1 - y0), (22, 14), atol=1)
        hand.undo()
        assert hand.numbers() == (*MIDDLE, 100, 0)


def test_alt_scales_from_the_middle_and_shift_frees_the_sides(hand):
    hand.drag(CORNERS[2], (128, 96), keys=ALT)
    assert hand.numbers() == (*MIDDLE, 50, 0)
    assert not is_photo(hand, *np.add(CORNERS[0], 5))
    assert not is_photo(hand, *np.subtract(CORNERS[2], 5))
    hand.undo()
    hand.drag(CORNERS[2], (96, 120), keys=SHIFT)
    x0, y0, x1, y1 = bird(hand)
    assert np.allclose((x1 - x0, y1 - y0), (22, 28), atol=1)  # half as wide, as high as before
    assert is_photo(hand, 90, 115)
    assert not is_photo(hand, 102, 115)
    hand.undo()
    hand.drag(CORNERS[2], CORNERS[0], (-40, -40))  # beyond the fixed corner: it gets small, never inside out
    assert 0.2 <= hand.numbers()[2] < 5
    hand.undo()
    assert is_photo(hand, *np.subtract(CORNERS[2], 5))


def test_the_knob_turns_and_shift_turns_in_steps(hand):
    knob = (96, 24 - 26 / 3)
    before = pictures.centre(pictures.yellow(hand.picture()))
    hand.drag(knob, (140, 40), (150, 70), keys=SHIFT)
    assert hand.numbers() == (*MIDDLE, 100, 90)
    x0, y0, x1, y1 = bird(hand)
    assert np.allclose((x1 - x0, y1 - y0), (28, 44), atol=1)
    after = pictures.centre(pictures.yellow(hand.picture()))
    middle = hand.on_canvas(*MIDDLE).toTuple()
    right, down = np.subtract(before, middle)
    assert np.allclose(np.subtract(after, middle), (-down, right), atol=2)  # a quarter, clockwise
    hand.undo()
    hand.drag(knob, (96 + 50, 72 - 30))
    assert abs(hand.numbers()[3] - 59) < 1
    assert hand.steps()[-1] == "Rotate"
    assert hand.numbers()[:3] == (*MIDDLE, 100)


@pytest.mark.parametrize("hold", [BIRD, CORNERS[2], (96, 24 - 26 / 3)], ids=["object", "corner", "knob"])
def test_escape_during_a_drag_puts_the_object_back(hand, hold):
    before = hand.picture()
    hand.drag(hold, (150, 100), (140, 90), let_go=False)
    assert hand.numbers() != (*MIDDLE, 100, 0)
    hand.key(Qt.Key.Key_Escape)
    hand.drag_on((170, 130))  # the button is still down
    assert hand.numbers() == (*MIDDLE, 100, 0)
    hand.let_go((170, 130))
    assert (hand.picture() == before).all()
    hand.undo()
    assert hand.layers() == ["sea"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_J])
def test_an_object_deleted_or_copied_during_its_drag_moves_no_other(hand, photos, key):
    hand.drop(photos / "two.png", zone="object", at=(150, 72))
    hand.click(40, 40)
    hand.key(Qt.Key.Key_J, CONTROL)
    hand.drag((40, 40), (50, 60), let_go=False)
    hand.key(key, CONTROL if key == Qt.Key.Key_J else NONE)
    hand.rest()
    layers, shown = hand.layers(), hand.picture()
    hand.drag_on((70, 100))
    hand.key(Qt.Key.Key_Escape)
    hand.let_go((70, 100))
    assert hand.layers() == layers
    assert np.abs(hand.picture().astype(int) - shown).max() == 0


def test_arrows_nudge_by_one_and_with_shift_by_ten(hand):
    before = bird(hand)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        hand.key(key)
    assert (bird(hand) - before == (2, 1, 2, 1)).all()
    hand.key(Qt.Key.Key_Left, SHIFT)
    hand.key(Qt.Key.Key_Up, SHIFT)
    assert (bird(hand) - before == (-8, -9, -8, -9)).all()
    assert hand.steps()[2:] == ["Nudge"]
    hand.undo()
    assert (bird(hand) == before).all()
    hand.key(Qt.Key.Key_Down, widget=hand.window.place_options.across)  # elsewhere arrows are not the object's
    assert hand.numbers()[1] == MIDDLE[1]


def test_typed_numbers_place_exactly(hand):
    options = hand.window.place_options
    hand.type("60", options.across)
    hand.type("50.5", options.down)
    hand.type("200", options.scale)
    hand.type("-90", options.angle)
    assert hand.numbers() == (60, 50.5, 200, -90)
    # The bird's middle lies 14 left and 4 above the photo's: turned to the left, it lies 4 left and 14 below.
    x0, y0, x1, y1 = bird(hand)
    assert np.allclose((x1 - x0, y1 - y0), (2 * 28, 2 * 44), atol=2.5)
    assert np.allclose(((x0 + x1) / 2, (y0 + y1) / 2), (60 - 2 * 4, 50.5 + 2 * 14), atol=1)
    hand.type("wide", options.scale)
    hand.type("", options.scale)
    assert hand.numbers() == (60, 50.5, 200, -90)
    hand.undo()
    assert hand.numbers() == (*MIDDLE, 100, 0)


def test_flip_fit_own_size_and_quarter_turns(hand):
    def eye():
        (x, y), view = pictures.centre(pictures.yellow(hand.picture())), hand.canvas.view
        return (x - view.origin.x) / view.zoom - MIDDLE[0], (y - view.origin.y) / view.zoom - MIDDLE[1]

    x, y = eye()
    for button, there in (
        ("flip-h", (-x, y)),
        ("flip-v", (-x, -y)),
        ("flip-h", (x, -y)),
        ("flip-v", (x, y)),
    ):
        hand.press(button, hand.window.place_options)
        assert np.allclose(eye(), there, atol=0.5), button
    hand.menu("turn-left")
    assert np.allclose(eye(), (y, -x), atol=0.5)
    hand.menu("turn-right")
    assert np.allclose(eye(), (x, y), atol=0.5)
    hand.drag(BIRD, (60, 40))
    hand.press("fit-object", hand.window.place_options)
    assert hand.numbers() == (*MIDDLE, 150, 0)
    assert is_photo(hand, 2, 2)
    assert is_photo(hand, 190, 142)
    hand.press("own-size", hand.window.place_options)
    assert hand.numbers() == (*MIDDLE, 100, 0)
    assert not is_photo(hand, 2, 2)
    assert hand.steps()[-1] == "Place"


@pytest.mark.parametrize(("flip", "axis"), [("flip-h", 0), ("flip-v", 1)])
def test_a_mirrored_object_stays_mirrored_at_any_size(hand, flip, axis):
    def mirrored():
        image = hand.picture()
        return pictures.centre(pictures.yellow(image))[axis] > pictures.centre(pictures.red(image))[axis]

    assert not mirrored()
    hand.press(flip, hand.window.place_options)
    assert mirrored()
    hand.type("150", hand.window.place_options.scale)
    assert mirrored()
    for button in ("own-size", "fit-object"):
        hand.press(button, hand.window.place_options)
        assert mirrored(), button


def test_only_the_selected_object_has_handles(hand, photos):
    assert all(is_handle(hand, *corner) for corner in CORNERS)
    assert outline(hand)
    hand.click(5, 5)
    assert not any(is_handle(hand, *corner) for corner in CORNERS)
    assert not outline(hand)
    hand.drop(photos / "two.png", zone="object", at=(120, 80))
    two = (120 - 64, 80 - 48)
    assert is_handle(hand, *two)
    assert not is_handle(hand, *CORNERS[0])
    hand.click(40, 40)
    assert hand.chosen() == "bird"
    assert is_handle(hand, *CORNERS[0])
    assert not is_handle(hand, *two)
    hand.key(Qt.Key.Key_Comma, CONTROL)
    assert not outline(hand)  # what is hidden is not taken hold of
