"""A slider for one knob: thin, exact, with a mark at the default."""

from PySide6.QtCore import QElapsedTimer, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from blendstudio.app.theme import Colour

STEPS = 1000
RADIUS = 5.5  # px, the handle
REST_MS = 200  # how long the wheel must have been still before it may turn a slider that it came to
STEP, FINE, COARSE = 0.02, 0.002, 0.1  # of the slider, for one notch of the wheel or one key
KEYS = {
    **{Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1},
    **{Qt.Key.Key_PageDown: -5, Qt.Key.Key_PageUp: 5, Qt.Key.Key_Home: -1e6, Qt.Key.Key_End: 1e6},
}


class KnobSlider(QSlider):
    """Speaks of places, 0..1. A press jumps to the pointer; the wheel turns it only when the pointer rests on it."""

    dragged = Signal(float)  # to a place
    stepped = Signal(float)  # by a share, from wheel or keys
    let_go = Signal()

    def __init__(self, default: float, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.default = default
        self.place = default
        self.setRange(0, STEPS)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setMinimumWidth(56)
        self._moved = False  # the hand brought the pointer here; the panel did not slide below it
        self._refused = QPointF()
        self._still = QElapsedTimer()
        self._turned = 0  # what is left of a notch

    def show_place(self, place: float) -> None:
        """Puts the handle at a place; no signal."""
        self.place = place
        self.setValue(round(place * STEPS))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.setSliderDown(True)
        if abs(event.position().x() - self._x(self.place)) > RADIUS:
            self.dragged.emit(self._place(event.position().x()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.dragged.emit(self._place(event.position().x()))
        elif event.globalPosition() != self._refused and not self._moved:
            self._moved = True
            self._still.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)
            self.update()
            self.let_go.emit()

    def leaveEvent(self, event: object) -> None:
        self._moved = False
        self._turned = 0
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not (self._moved and self._still.hasExpired(REST_MS)):
            self._refused = event.globalPosition()
            self._still.start()
            event.ignore()  # the panel scrolls
            return
        self._turned += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._turned / 120)
        self._turned -= notches * 120
        if notches:
            self.stepped.emit(notches * _share(event.modifiers()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = KEYS.get(Qt.Key(event.key()))
        if steps is None or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            event.ignore()
            return
        self.stepped.emit(steps * _share(event.modifiers()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, x, live = self.height() / 2, self._x(self.place), self.isEnabled()
        groove = QRectF(RADIUS, middle - 1.5, self.width() - 2 * RADIUS, 3)
        painter.setBrush(QColor("#1f1f1f" if live else "#2b2b2b"))
        painter.drawRoundedRect(groove, 1.5, 1.5)
        changed = self.property("changed") is True
        painter.setBrush(QColor(Colour.FAINT if not changed else Colour.ACCENT) if live else QColor("#4c4c4c"))
        painter.drawRoundedRect(QRectF(groove.left(), groove.top(), x - groove.left(), 3), 1.5, 1.5)
        if changed:
            painter.setBrush(QColor(Colour.DIM))
            painter.drawRect(QRectF(round(self._x(self.default)) - 0.5, middle - 6, 1, 3))
        self._paint_handle(painter, QPointF(x, middle))

    def _paint_handle(self, painter: QPainter, at: QPointF) -> None:
        if self.hasFocus():
            painter.setBrush(QColor(Colour.ACCENT))
            painter.drawEllipse(at, RADIUS + 2, RADIUS + 2)
        painter.setBrush(QColor(Colour.PANEL))
        painter.drawEllipse(at, RADIUS + 0.8, RADIUS + 0.8)
        bright = self.isSliderDown() or self.underMouse()
        painter.setBrush(QColor("#6a6a6a" if not self.isEnabled() else Colour.HANDLE if bright else "#cfcfcf"))
        painter.drawEllipse(at, RADIUS - 0.7, RADIUS - 0.7)

    def _x(self, place: float) -> float:
        return RADIUS + 2 + place * (self.width() - 2 * RADIUS - 4)

    def _place(self, x: float) -> float:
        return min(max((x - RADIUS - 2) / max(1.0, self.width() - 2 * RADIUS - 4), 0.0), 1.0)


def _share(held: Qt.KeyboardModifier) -> float:
    if held & Qt.KeyboardModifier.ShiftModifier:
        return FINE
    return COARSE if held & Qt.KeyboardModifier.ControlModifier else STEP
