"""A pen on a viewport: what it says besides a place, and who hears it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent, QPointingDevice, QTabletEvent

from blendstudio.app.tools import Pointer
from blendstudio.app.view import View
from blendstudio.app.viewport import Viewport
from blendstudio.core.geometry import Point


class PenViewport(Viewport):
    """Takes a pen's events as the mouse's where pressure is asked for; elsewhere Qt makes a mouse of the pen."""

    pen_heard = False  # whether pressure makes a difference now

    def tabletEvent(self, event: QTabletEvent) -> None:
        take = {
            QEvent.Type.TabletPress: self.mousePressEvent,
            QEvent.Type.TabletMove: self.mouseMoveEvent,
            QEvent.Type.TabletRelease: self.mouseReleaseEvent,
        }.get(event.type())
        event.setAccepted(take is not None and self.pen_heard)
        if take and event.isAccepted():
            take(event)  # pyright: ignore[reportArgumentType] - it has all that is asked of a mouse's


def pointer_of(event: QMouseEvent | QTabletEvent, view: View) -> Pointer:
    """Where it is and what is held; a mouse presses with all its might."""
    key, keys, place = Qt.KeyboardModifier, event.modifiers(), event.position()
    widget = Point(float(place.x()), float(place.y()))
    shift, alt, control = (bool(keys & one) for one in (key.ShiftModifier, key.AltModifier, key.ControlModifier))
    double = event.type() == QEvent.Type.MouseButtonDblClick
    pointer = Pointer(view.to_picture(widget), widget, shift, alt, control, double)
    if not isinstance(event, QTabletEvent):
        return pointer
    eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
    return pointer._replace(pressure=min(max(event.pressure(), 0.0), 1.0), eraser=eraser)
