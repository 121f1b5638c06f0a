"""The lasso and the polygon: an outline is drawn, and what it holds joins the mask or leaves it."""

import pictures
import pytest
from masks import FREE, ON_BIRD, mask, show
from PySide6.QtCore import Qt

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
ROUND_FREE = ((92, 8), (116, 8), (116, 26), (92, 26))
ROUND_BIRD = ((20, 24), (82, 24), (82, 64), (20, 64))
MOVED = (32, 24)  # from the bird's photo to the sea


@pytest.fixture
def drawer(cut_out):
    """Somebody before the bird's mask, black and white, with the lasso in hand."""
    show(cut_out)
    cut_out.key(Qt.Key.Key_L)
    return cut_out


@pytest.fixture
def corner(drawer):
    """The same person with the polygon in hand."""
    drawer.key(Qt.Key.Key_L, SHIFT)
    return drawer


def in_picture(person, place):
    person.key(Qt.Key.Key_Return)
    return tuple(map(int, person.colour(place[0] + MOVED[0], place[1] + MOVED[1])))


def test_the_lasso_adds_what_it_is_drawn_round(drawer):
    drawer.drag(*ROUND_FREE)
    drawer.rest()
    assert mask(drawer, *FREE) == 255
    assert mask(drawer, 86, 16) == mask(drawer, 104, 34) == 0
    assert mask(drawer, *ON_BIRD) == 255
    assert drawer.steps()[-1] == "Lasso"
    red, green, blue = in_picture(drawer, FREE)
    assert red == green == blue  # the photo's grey lies on the sea


def test_alt_takes_away_what_the_lasso_is_drawn_round(drawer):
    drawer.drag(*ROUND_BIRD, keys=ALT)
    drawer.rest()
    assert mask(drawer, *ON_BIRD) == 0
    assert drawer.steps()[-1] == "Lasso, take away"
    drawer.undo()
    assert mask(drawer, *ON_BIRD) == 255
    drawer.redo()
    assert mask(drawer, *ON_BIRD) == 0


def test_the_line_shows_while_it_is_drawn_and_escape_drops_it(drawer):
    drawer.point_at(10, 90)
    before, steps = drawer.picture(), drawer.steps()
    drawer.drag(*ROUND_FREE, let_go=False)
    line = drawer.on_canvas(104, 8)
    assert drawer.glance()[line.y(), line.x()].min() > 120
    drawer.key(Qt.Key.Key_Escape)
    drawer.let_go(ROUND_FREE[-1])
    assert (drawer.picture() == before).all()
    assert drawer.steps() == steps
    assert drawer.reads("Done")  # still at the photo


def test_a_slip_of_the_lasso_changes_nothing(drawer):
    steps = drawer.steps()
    drawer.click(*FREE)
    drawer.drag((-60, -60), (-20, -60), (-20, -10))  # beside the photo
    drawer.rest()
    assert drawer.steps() == steps


def test_the_lasso_may_leave_the_photo(drawer):
    drawer.drag((100, -30), (170, -30), (170, 30), (100, 30))
    drawer.rest()
    assert mask(drawer, 127, 1) == mask(drawer, 102, 20) == 255
    assert mask(drawer, 1, 1) == mask(drawer, 96, 20) == 0


def test_the_lasso_on_a_whole_photo_begins_with_nothing_or_with_all(at_work):
    at_work.key(Qt.Key.Key_L)
    at_work.drag(*ROUND_BIRD, keys=ALT)
    at_work.rest()
    red, _, blue = in_picture(at_work, ON_BIRD)
    assert blue > red  # the sea shows through the hole
    red, green, blue = in_picture(at_work, FREE)
    assert red == green == blue
    at_work.undo()
    at_work.key(Qt.Key.Key_L)
    at_work.drag(*ROUND_BIRD)
    at_work.rest()
    assert in_picture(at_work, ON_BIRD) == pictures.RED
    red, _, blue = in_picture(at_work, FREE)
    assert blue > red + 30


def click_all(person, places):
    for place in places:
        person.click(*place)


def test_a_polygon_closes_with_enter(corner):
    click_all(corner, ROUND_FREE)
    corner.point_at(60, 90)
    assert mask(corner, 96, 12) == 0  # not yet
    corner.key(Qt.Key.Key_Return)
    corner.rest()
    assert mask(corner, *FREE) == 255
    assert mask(corner, 60, 90) == 0
    assert corner.steps()[-1] == "Lasso"
    assert corner.reads("Done")  # Enter has closed the polygon, not the photo
    corner.key(Qt.Key.Key_Return)
    corner.rest()
    assert not corner.reads("Done")


def test_a_polygon_closes_with_a_double_click(corner):
    click_all(corner, ROUND_FREE[:3])
    corner.double_click(*ROUND_FREE[3])
    corner.rest()
    assert mask(corner, *FREE) == 255
    assert corner.steps()[-1] == "Lasso"


def test_a_polygon_closes_where_it_began(corner):
    click_all(corner, (*ROUND_FREE, (ROUND_FREE[0][0] + 1, ROUND_FREE[0][1])))
    corner.rest()
    assert mask(corner, *FREE) == 255


def test_alt_at_the_first_corner_takes_away(corner):
    corner.click(*ROUND_BIRD[0], keys=ALT)
    click_all(corner, ROUND_BIRD[1:])
    corner.key(Qt.Key.Key_Return)
    corner.rest()
    assert mask(corner, *ON_BIRD) == 0


def test_backspace_takes_the_last_corner_back_and_leaves_the_object(corner):
    click_all(corner, (*ROUND_FREE[:3], (60, 90)))
    corner.key(Qt.Key.Key_Backspace)
    corner.click(*ROUND_FREE[3])
    corner.key(Qt.Key.Key_Return)
    corner.rest()
    assert mask(corner, *FREE) == 255
    assert mask(corner, 84, 60) == 0  # which the corner taken back would have brought in
    assert corner.layers() == ["bird", "sea"]


def test_escape_drops_the_polygon(corner):
    corner.point_at(10, 90)
    before, steps = corner.picture(), corner.steps()
    click_all(corner, ROUND_FREE)
    corner.key(Qt.Key.Key_Escape)
    corner.point_at(10, 90)
    assert (corner.picture() == before).all()
    assert corner.steps() == steps
    assert corner.reads("Done")
    click_all(corner, ROUND_BIRD[:2])
    corner.key(Qt.Key.Key_Return)  # two corners hold nothing: it goes on
    corner.click(*ROUND_BIRD[2])
    corner.key(Qt.Key.Key_B)  # another tool drops it as well
    corner.rest()
    assert corner.steps() == steps


def test_panning_and_zooming_do_not_end_a_polygon(corner):
    click_all(corner, ROUND_FREE[:2])
    origin = corner.canvas.view.origin
    corner.hold(Qt.Key.Key_Space)
    corner.drag((60, 40), (40, 30))
    corner.let_key_go(Qt.Key.Key_Space)
    assert corner.canvas.view.origin != origin
    corner.drag_widget(
        corner.canvas, [corner.on_canvas(60, 40), corner.on_canvas(64, 44)], button=Qt.MouseButton.MiddleButton
    )
    corner.wheel(100, 20, 1)
    click_all(corner, ROUND_FREE[2:])
    corner.key(Qt.Key.Key_Enter)
    corner.rest()
    assert mask(corner, *FREE) == 255
    assert mask(corner, 86, 16) == mask(corner, 104, 34) == 0
    assert corner.steps()[-1] == "Lasso"


def test_two_outlines_in_quick_succession_both_count(drawer):
    drawer.drag(*ROUND_FREE)
    drawer.drag((4, 70), (24, 70), (24, 90), (4, 90))
    drawer.rest()
    drawer.wait(lambda: drawer.steps()[-2:] == ["Lasso", "Lasso"], 10)
    assert mask(drawer, *FREE) == mask(drawer, 14, 80) == 255
