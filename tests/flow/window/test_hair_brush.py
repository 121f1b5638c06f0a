"""The hair brush: over a head's edge the photo decides what is hair, and nothing else changes."""

import cv2
import numpy as np
import pictures
import pytest
from masks import mask, show
from PySide6.QtCore import Qt

ALT = Qt.KeyboardModifier.AltModifier
MIDDLE, RADIUS = (64, 48), 22
SMALL = 4  # drawn this much larger, for soft strands
STRAND, BETWEEN = (64 + 30, 48), (64 + 29, 48 + 6)  # on one, and beside it
RING = [(64 + 29 * np.cos(a), 48 + 29 * np.sin(a)) for a in np.linspace(-1.2, 1.2, 25)]


@pytest.fixture(scope="module")
def portrait(tmp_path_factory):
    """A folder with head.png, dark with strands before a light wall, and body.png, a mask without the strands."""
    folder = tmp_path_factory.mktemp("portrait")
    drawn = np.zeros((96 * SMALL, 128 * SMALL), np.uint8)
    middle = tuple(SMALL * v for v in MIDDLE)
    for angle in np.linspace(0, 2 * np.pi, 20, endpoint=False):
        end = (int(middle[0] + 150 * np.cos(angle)), int(middle[1] + 150 * np.sin(angle)))
        cv2.line(drawn, middle, end, 255, 8)
    cv2.circle(drawn, middle, RADIUS * SMALL, 255, -1)
    inside = cv2.resize(drawn, (128, 96), interpolation=cv2.INTER_AREA)[..., None] / 255
    wall = np.dstack([pictures.sea()[..., ::-1]]) // 3 + 150
    pictures.save(folder / "head.png", np.rint(inside * (60, 35, 20) + (1 - inside) * wall).astype(np.uint8))
    body = np.zeros((96, 128), np.uint8)
    cv2.circle(body, MIDDLE, RADIUS, 255, -1)
    pictures.save(folder / "body.png", body)
    return folder


@pytest.fixture
def barber(person, photos, portrait):
    """Somebody before the head's mask, black and white, with a hair brush of 18 pixels in hand."""
    person.drop(photos / "sea.png", portrait / "head.png")
    person.drop(portrait / "body.png", zone="mask")
    show(person)
    person.key(Qt.Key.Key_R)
    person.type("18", person.window.options.currentWidget().diameter)
    return person


def comb(person, keys=Qt.KeyboardModifier.NoModifier):
    person.drag(*RING, keys=keys)
    person.rest()
    person.point_at(10, 90)


def test_strands_come_out_and_the_wall_between_them_does_not(barber):
    assert mask(barber, *STRAND) == mask(barber, *BETWEEN) == 0
    comb(barber)
    assert mask(barber, *STRAND) > 170
    assert mask(barber, *BETWEEN) < 60
    assert barber.steps()[-1] == "Hair brush"


def test_what_the_brush_did_not_pass_stays(barber):
    barber.point_at(10, 90)
    before = barber.picture()
    comb(barber)
    after = barber.picture()
    left = barber.on_canvas(MIDDLE[0] - 2, 0).x()
    assert (after[:, :left] == before[:, :left]).all()
    assert (after != before).any()


def test_it_is_one_step_and_can_be_taken_back_and_done_again(barber):
    barber.point_at(10, 90)
    before = barber.picture()
    comb(barber)
    after = barber.picture()
    barber.undo()
    assert (barber.picture() == before).all()
    barber.redo()
    assert (barber.picture() == after).all()


def test_alt_gives_the_found_edge_back(barber):
    barber.point_at(10, 90)
    before = barber.picture()
    comb(barber)
    comb(barber, ALT)
    assert (barber.picture() == before).all()
    assert barber.steps()[-1] == "Restore edge"


def test_the_marks_show_while_one_paints_and_escape_gives_them_up(barber):
    barber.point_at(10, 90)
    before, steps = barber.picture(), barber.steps()
    barber.drag(*RING, let_go=False)
    place = barber.on_canvas(*RING[4])
    red, _, blue = map(int, barber.glance()[place.y(), place.x()])
    assert blue > red + 40
    barber.key(Qt.Key.Key_Escape)
    barber.let_go(RING[-1])
    barber.point_at(10, 90)
    assert (barber.picture() == before).all()
    assert barber.steps() == steps


def test_a_straight_line_comes_from_the_last_stroke_and_without_one_from_nowhere(barber):
    barber.point_at(10, 90)
    before = barber.picture()
    barber.drag(RING[4], keys=Qt.KeyboardModifier.ShiftModifier, let_go=False)
    far = barber.on_canvas(RING[4][0] / 4, RING[4][1] / 4)  # on the way from the photo's corner
    assert (barber.glance()[far.y(), far.x()] == before[far.y(), far.x()]).all()
    barber.let_go(RING[4])
    barber.rest()
    barber.drag(RING[20], keys=Qt.KeyboardModifier.ShiftModifier, let_go=False)
    middle = barber.on_canvas(RING[4][0], (RING[4][1] + RING[20][1]) / 2)
    assert (barber.glance()[middle.y(), middle.x()] != before[middle.y(), middle.x()]).any()
    barber.let_go(RING[20])


def test_without_an_edge_it_says_what_comes_first(at_work):
    steps = at_work.steps()
    at_work.key(Qt.Key.Key_R)
    at_work.click(50, 44)
    at_work.rest()
    assert at_work.reads("Find or paint the object first")
    assert at_work.steps() == steps


def test_the_brush_goes_over_it_and_a_saved_work_keeps_it(barber, tmp_path):
    comb(barber)
    barber.key(Qt.Key.Key_B)
    barber.type("6", barber.window.options.brush.diameter)
    barber.click(*BETWEEN)
    barber.rest()
    barber.point_at(10, 90)
    assert mask(barber, *BETWEEN) == 255
    before = barber.picture()
    barber.menu("save-as")
    barber.choose_file(tmp_path / "head.ora")
    barber.menu("new")
    barber.rest()
    barber.drop(tmp_path / "head.ora")
    show(barber)
    barber.point_at(10, 90)
    assert (barber.picture() == before).all()
