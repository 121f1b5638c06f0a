"""The six ways to look at a mask, and the way from one to the next."""

import numpy as np
import pictures
import pytest
from PySide6.QtCore import QEvent, QObject, Qt

GREY = (104, 16)  # beside the bird
ON_BIRD = (50, 50)
EDGE = 50 + pictures.RADII[0]  # the bird's right end, in its middle row
ORDER = ["Overlay", "On black", "On white", "Black and white", "Transparent", "Outline"]


class _Paints(QObject):
    """Notes every time that a widget paints itself."""

    def __init__(self, parent, seen):
        super().__init__(parent)
        self._seen = seen

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self._seen.append(watched)
        return False


@pytest.fixture
def viewer(cut_out):
    """Somebody at the bird's photo with its mask."""
    cut_out.key(Qt.Key.Key_Q)
    return cut_out


def look(person, view):
    """The colours beside the bird and on it."""
    person.pick(view, person.window.mask_panel.views)
    return tuple(map(int, person.colour(*GREY))), tuple(map(int, person.colour(*ON_BIRD)))


def grey(colour):
    return colour[0] == colour[1] == colour[2]


def test_overlay_veils_what_is_left_out(viewer):
    outside, inside = look(viewer, "Overlay")
    assert outside[0] > outside[1] + 50
    assert inside == pictures.RED


@pytest.mark.parametrize(("view", "ground"), [("On black", (0, 0, 0)), ("On white", (255, 255, 255))])
def test_the_object_lies_on_black_or_white(viewer, view, ground):
    assert look(viewer, view) == (ground, pictures.RED)


def test_a_soft_mask_lets_half_of_the_ground_through(viewer):
    viewer.key(Qt.Key.Key_B)
    viewer.key(Qt.Key.Key_5)
    viewer.click(*GREY)
    viewer.rest()
    white, black = look(viewer, "On white")[0], look(viewer, "On black")[0]
    assert grey(white)
    assert grey(black)
    assert white[0] - black[0] == pytest.approx(127, abs=2)
    assert black[0] == pytest.approx(64, abs=8)  # half of the photo's grey


def test_black_and_white_is_the_mask_alone(viewer):
    assert look(viewer, "Black and white") == ((0, 0, 0), (255, 255, 255))


def test_transparent_shows_chequers(viewer):
    assert look(viewer, "Transparent")[1] == pictures.RED
    x, y = GREY
    squares = {tuple(viewer.colour(x + step, y)) for step in np.arange(0, 16, 8 / 3)}
    assert len(squares) == 2
    assert all(map(grey, squares))


def test_outline_leaves_the_photo_as_it_is_but_for_a_line_of_dashes(viewer):
    outside, inside = look(viewer, "Outline")
    assert grey(outside)
    assert inside == pictures.RED
    shown = viewer.picture()
    middle, end = viewer.on_canvas(*ON_BIRD), viewer.on_canvas(EDGE + 2, ON_BIRD[1])
    line = [tuple(pixel) for pixel in shown[middle.y(), middle.x() : end.x()]]
    assert 1 <= sum(pixel in {(255,) * 3, (0,) * 3} for pixel in line) <= 4


def test_f_walks_through_the_six_and_the_panel_follows(viewer):
    names, shown, seen = viewer.window.mask_panel.views, [], []
    for _ in ORDER:
        shown.append(names.currentText())
        seen.append(viewer.picture())
        viewer.key(Qt.Key.Key_F)
    assert shown == ORDER
    assert names.currentText() == "Overlay"
    assert all((one != other).any() for one, other in zip(seen, [*seen[1:], seen[0]], strict=True))
    assert (viewer.picture() == seen[0]).all()


def test_another_view_is_painted_at_once(viewer):
    seen = []
    viewer.canvas.installEventFilter(watch := _Paints(viewer.canvas, seen))
    viewer.rest()
    seen.clear()
    viewer.key(Qt.Key.Key_F)
    viewer.rest()
    viewer.canvas.removeEventFilter(watch)
    assert seen


def test_the_backslash_hides_any_view(viewer):
    look(viewer, "On white")
    viewer.key(Qt.Key.Key_Backslash)
    assert grey(tuple(map(int, viewer.colour(*GREY))))
    assert viewer.colour(*GREY)[0] < 200
    viewer.key(Qt.Key.Key_Backslash)
    assert tuple(viewer.colour(*GREY)) == (255, 255, 255)
