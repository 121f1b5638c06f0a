"""A pen on a tablet: how hard it is pressed makes the line broader or stronger, and its other end erases."""

import pytest
from masks import FREE, ON_BIRD, mask, row, show
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QPointingDeviceUniqueId, QTabletEvent
from PySide6.QtWidgets import QApplication


class Pen:
    """Held by a person over the canvas."""

    def __init__(self, person, end=QPointingDevice.PointerType.Pen):
        self._person = person
        able = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
        kind, mark = QInputDevice.DeviceType.Stylus, QPointingDeviceUniqueId.fromNumericId(1)
        self._device = QPointingDevice("pen", 7, kind, end, able, 1, 2, "", mark)

    def draw(self, *places, pressure=1.0):
        """A stroke over places of the picture; whether the canvas took all of it as a pen's, or none of it."""
        tablet = [QEvent.Type.TabletPress, *[QEvent.Type.TabletMove] * (len(places) - 1), QEvent.Type.TabletRelease]
        taken = [self._send(kind, place, pressure) for kind, place in zip(tablet, [*places, places[-1]], strict=True)]
        self._person.rest()
        assert len(set(taken)) == 1
        return taken[0]

    def _send(self, kind, place, pressure):
        at, none = QPointF(self._person.on_canvas(*place)), Qt.MouseButton.NoButton
        left = Qt.MouseButton.LeftButton
        button = none if kind == QEvent.Type.TabletMove else left
        held = none if kind == QEvent.Type.TabletRelease else left
        over = QPointF(self._person.canvas.mapToGlobal(at.toPoint()))
        keys = Qt.KeyboardModifier.NoModifier
        event = QTabletEvent(kind, self._device, at, over, pressure, 0, 0, 0, 0, 0, keys, button, held)
        QApplication.sendEvent(self._person.canvas, event)
        return event.isAccepted()


@pytest.fixture
def artist(cut_out):
    """Somebody before the bird's mask, black and white, with a brush of 20 pixels in hand."""
    show(cut_out)
    cut_out.key(Qt.Key.Key_B)
    cut_out.type("20", cut_out.window.options.brush.diameter)
    return cut_out


def breadth(person, y=FREE[1]):
    return int((row(person, y, 84) >= 128).sum())


def test_a_light_hand_draws_a_thin_line(artist):
    assert Pen(artist).draw(FREE, pressure=0.4)
    assert breadth(artist) == pytest.approx(8, abs=2)
    artist.undo()
    Pen(artist).draw(FREE, pressure=1.0)
    assert breadth(artist) == pytest.approx(20, abs=2)
    assert artist.steps()[-1] == "Brush"


def test_the_switch_takes_the_size_from_the_pen(artist):
    switch = artist.window.options.brush.pen_size
    assert switch.isChecked()
    artist.press("Size", artist.window.options.brush)
    assert not switch.isChecked()
    Pen(artist).draw(FREE, pressure=0.3)
    assert breadth(artist) == pytest.approx(20, abs=2)
    assert mask(artist, *FREE) == 255


def test_the_other_switch_gives_the_pen_the_opacity(artist):
    artist.press("Opacity", artist.window.options.brush)
    artist.press("Size", artist.window.options.brush)
    Pen(artist).draw(FREE, (106, 16), pressure=0.5)
    assert mask(artist, *FREE) == 128


def test_the_other_end_of_a_pen_erases(artist):
    Pen(artist, QPointingDevice.PointerType.Eraser).draw(ON_BIRD)
    assert mask(artist, *ON_BIRD) == 0
    assert artist.steps()[-1] == "Erase"
    Pen(artist).draw(ON_BIRD)
    assert mask(artist, *ON_BIRD) == 255  # the brush itself was not changed


def test_a_mouse_presses_with_all_its_might(artist):
    artist.click(*FREE)
    artist.rest()
    assert breadth(artist) == pytest.approx(20, abs=2)


def test_to_other_tools_a_pen_is_a_mouse(artist):
    artist.key(Qt.Key.Key_L)
    assert not Pen(artist).draw((92, 8), (116, 8), (116, 26))  # Qt makes a mouse of what is not taken


def test_a_brush_of_one_pixel_paints_that_pixel_alone(artist):
    artist.type("1", artist.window.options.brush.diameter)
    artist.click(20.2, 80.7)
    artist.rest()
    artist.point_at(60, 90)
    shown = {(x, y): mask(artist, 20.5 + x, 80.5 + y) for x in (-1, 0, 1) for y in (-1, 0, 1)}
    assert shown.pop((0, 0)) == 255
    assert set(shown.values()) == {0}
