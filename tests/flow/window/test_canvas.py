"""Looking at the picture: zoom, pan, fit, what shines through, the mask's own view, and what the last line says."""

import numpy as np
import pictures
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMessageBox

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier
MIDDLE = Qt.MouseButton.MiddleButton
EYE = (69, 64)  # the middle of the bird's eye, on the sea
STEP = 1.25
SPOTS = [QPoint(400, 300), QPoint(430, 310), QPoint(437, 319)]


def zoom(person):
    """What the last line says, in percent."""
    words = [label.text() for label in person.window.status.findChildren(QLabel) if label.isVisible()]
    return next(int(text[:-2]) for text in words if text.endswith(" %"))


def place(person):
    """Left, top, right and bottom of the bird, in pixels of the canvas."""
    return np.array(pictures.box(pictures.red(person.picture())))


def extent(person):
    """Left, top, right and bottom of what is not the canvas's own grey; handles aside, the picture."""
    return np.array(pictures.box((person.picture() != 0x26).any(2)))


def pans(person, act):
    """Whether the picture goes along with what the hand does, and nothing else happens."""
    before, steps = place(person), person.steps()
    act()
    after = place(person)
    return (after - before == (37, 19, 37, 19)).all() and person.steps() == steps


def test_the_wheel_zooms_to_the_pointer(at_work):
    person = at_work
    assert zoom(person) == 300
    size, spot = np.diff(place(person)[::2]), person.on_canvas(*EYE)
    assert pictures.yellow(person.picture())[spot.y(), spot.x()]
    person.wheel(*EYE, 2)
    assert zoom(person) == round(300 * STEP**2)
    assert abs(np.diff(place(person)[::2]) / size - STEP**2).max() < 0.02
    eye = pictures.centre(pictures.yellow(person.picture())[:, : spot.x() + 40])
    assert np.hypot(*np.subtract(eye, (spot.x(), spot.y()))) < 6
    person.wheel(*EYE, -2)
    assert zoom(person) == 300
    for notches in (200, -400):  # as far as it goes, and back out
        person.wheel(*EYE, notches)
    assert zoom(person) == 1
    person.key(Qt.Key.Key_0, CONTROL)
    assert zoom(person) == 300
    assert person.steps() == ["Open", "Place object"]


def test_fit_100_percent_last_zoom_and_steps_by_keys(at_work):
    person = at_work
    fitted = person.picture()
    person.key(Qt.Key.Key_1, CONTROL)
    assert zoom(person) == 100
    assert np.abs(np.diff(place(person)[::2]) - 44) <= 2
    person.click(5, 5)  # no handles
    whole = person.picture()
    sea = pictures.sea(width=192, height=144)
    corner = person.on_canvas(0, 0)
    assert (whole[corner.y() : corner.y() + 20, corner.x() : corner.x() + 192] == sea[:20]).all()  # pixel on pixel
    person.key(Qt.Key.Key_Z, SHIFT)
    assert zoom(person) == 300
    person.key(Qt.Key.Key_Z, SHIFT)
    assert zoom(person) == 100
    person.key(Qt.Key.Key_Plus, CONTROL)
    assert zoom(person) == 150
    person.key(Qt.Key.Key_Minus, CONTROL)
    assert zoom(person) == 100
    person.click_row("bird")
    person.key(Qt.Key.Key_0, CONTROL)
    assert (person.picture() == fitted).all()


def test_space_the_middle_button_and_the_hand_pan(at_work):
    person, canvas = at_work, at_work.canvas

    def with_space():
        canvas.setFocus()
        QTest.keyPress(canvas, Qt.Key.Key_Space)
        person.drag_widget(canvas, SPOTS)
        QTest.keyRelease(canvas, Qt.Key.Key_Space)

    assert pans(person, with_space)
    assert pans(person, lambda: person.drag_widget(canvas, SPOTS, NONE, MIDDLE))
    person.key(Qt.Key.Key_H)
    assert person.reads("Drag to pan.")
    assert pans(person, lambda: person.drag_widget(canvas, SPOTS))
    person.key(Qt.Key.Key_V)
    person.key(Qt.Key.Key_0, CONTROL)
    assert not pans(person, lambda: person.drag_widget(canvas, SPOTS))  # now it is the object that moves
    assert person.steps()[-1] == "Move"


def test_space_that_is_let_go_in_another_place_does_not_stick(at_work):
    person, canvas = at_work, at_work.canvas
    canvas.setFocus()
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    person.window.prompt.findChild(QLineEdit).setFocus()
    person.drag_widget(canvas, SPOTS)
    assert person.steps()[-1] == "Move"


def test_the_zoom_tool_zooms_by_clicks(at_work):
    person = at_work
    person.key(Qt.Key.Key_Z)
    assert person.reads("Click to zoom in, Alt-click to zoom out.")
    spot = person.on_canvas(*EYE)
    person.click(*EYE)
    assert zoom(person) == 400
    assert pictures.yellow(person.picture())[spot.y(), spot.x()]
    person.click(*EYE, keys=ALT)
    assert zoom(person) == 300
    assert person.steps() == ["Open", "Place object"]


def test_chequers_shine_through_a_transparent_picture_and_keep_their_size(person):
    image = QImage(60, 40, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    person.drop(image=image)
    for _ in range(2):
        shown = person.picture()
        x, y = person.on_canvas(20, 15).toTuple()
        square = shown[y : y + 32, x : x + 32]
        light = (square == 0x8E).all(2)
        assert (light | (square == 0x76).all(2)).all()
        assert abs(light.mean() - 0.5) < 0.1
        assert (light[:, :16] == light[:, 16:]).all()  # 8 px of the screen each
        assert (light[:, :8] != light[:, 8:16]).mean() > 0.9
        person.wheel(30, 20, 2)


def test_a_double_click_opens_the_objects_photo_and_enter_comes_back(at_work):
    person = at_work
    person.wheel(*EYE, 1)
    whole = person.picture()
    person.double_click(75, 70)
    assert person.reads("128 × 96", person.window.status)
    assert person.reads("Eraser")  # the bar at the canvas's foot
    x0, y0, x1, y1 = pictures.box(pictures.red(person.picture()))
    assert np.allclose(((x1 - x0) / person.canvas.view.zoom, (y1 - y0) / person.canvas.view.zoom), (44, 28), atol=1.5)
    person.key(Qt.Key.Key_Return)
    person.point_at(5, 5)
    assert person.reads("192 × 144", person.window.status)
    assert (person.picture() == whole).all()
    person.key(Qt.Key.Key_Q)
    assert person.reads("128 × 96", person.window.status)
    person.key(Qt.Key.Key_Escape)
    assert person.reads("192 × 144", person.window.status)
    person.double_click(5, 5)  # beside the object there is nothing to open
    assert person.reads("192 × 144", person.window.status)
    assert person.chosen() == "sea"


def test_the_last_line_says_where_the_pointer_is(at_work):
    person, line = at_work, at_work.window.status
    person.point_at(82, 68)
    assert person.reads("x 82  y 68", line)
    person.point_at(-5, 10)
    assert person.reads("x -5  y 10", line)
    person.key(Qt.Key.Key_Q)
    person.point_at(50, 44)  # the same place of the bird, in its own photo
    assert person.reads("x 50  y 44", line)
    person.key(Qt.Key.Key_Q)
    person.menu("new")
    person.answer(QMessageBox.StandardButton.Discard)
    assert not person.reads("x ", line)
    assert not person.reads("192 × 144", line)


def test_a_fitted_picture_stays_fitted_and_a_zoomed_one_stays_put(at_work):
    person = at_work
    person.click(5, 5)

    def margins():
        left, top, right, bottom = extent(person)
        return left, person.canvas.width() - right, top, person.canvas.height() - bottom

    def resize(width, height):
        person.window.resize(width, height)
        person.rest()

    resize(1000, 640)
    left, right, top, bottom = margins()
    assert abs(left - right) <= 1
    assert abs(bottom - top - 36) <= 1  # room for the bar below
    assert min(left, top) == 24
    person.click_row("bird")
    person.key(Qt.Key.Key_Q)
    resize(1280, 800)
    person.key(Qt.Key.Key_Q)  # the work was not in view meanwhile
    person.click(5, 5)
    left, right, top, bottom = margins()
    assert zoom(person) == 300
    assert abs(left - right) <= 1
    assert abs(bottom - top - 36) <= 1
    person.wheel(*EYE, 1)
    before = place(person)
    resize(1100, 700)
    assert zoom(person) == 375
    assert (place(person) == before).all()
