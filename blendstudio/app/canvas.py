"""The canvas: shows a scene through a view, pans and zooms it, and hands the pointer to the tool in hand."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)

from blendstudio.app.pen import PenViewport, pointer_of
from blendstudio.app.scenes import CutScene, PlaceScene, Scene
from blendstudio.app.session import Session
from blendstudio.app.split import REACH, paint_split
from blendstudio.app.theme import Colour
from blendstudio.app.tools import Pointer, Toolbox
from blendstudio.core.geometry import Point, Size


class Canvas(PenViewport):
    """Paints only what changed. `moved` names the picture point under the pointer, or None."""

    moved = Signal(object)
    opened = Signal(bool)  # a double click: on an object (True) or beside it
    menu_asked = Signal(object)

    def __init__(self, session: Session, scenes: tuple[PlaceScene, CutScene], toolbox: Toolbox) -> None:
        super().__init__()
        self._session, self._toolbox = session, toolbox
        self.place, self.cut = scenes
        self._space = False
        self._panning: QPointF | None = None
        self._splitting = False
        self._pressed = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 240)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        session.changed.connect(self.update)
        session.focused.connect(self._show_other)
        toolbox.changed.connect(self._tool_changed)

    @property
    def scene(self) -> Scene:
        """What is shown."""
        return self.cut if self._session.cutting else self.place

    @property
    def picture(self) -> tuple[str, Size | None]:
        """The work, or the selected object's photo."""
        layer = self._session.subject if self._session.cutting else None
        return layer.id if layer else "work", self.scene.size

    @property
    def busy(self) -> bool:
        """Whether the hand is doing something."""
        return self._pressed or self._panning is not None or self._splitting

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        exposed = QRectF(event.rect())
        with QPainter(self) as painter:
            painter.fillRect(exposed, QColor(Colour.CANVAS))
            if self.scene.size is None:
                return
            self.scene.paint(painter, self.view, exposed)
            painter.setClipping(False)
            if self.place.split is not None and not self._session.cutting:
                paint_split(painter, self._split_x(), self.height())
            elif not self.place.before:
                self._toolbox.tool.paint(painter, self.view)

    # --- the pointer ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        pan = event.button() == Qt.MouseButton.MiddleButton or self._space or self._toolbox.name == "hand"
        if self.scene.size is None:
            return
        if pan:
            self._panning = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            if self._near_split(event.position()):
                self._splitting = True
            elif self.place.split is None or self._session.cutting:
                self._pressed = True
                self._toolbox.tool.press(pointer_of(event, self.view), self.view)
                self._pressed = True  # also where the press has chosen another object

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointer = pointer_of(event, self.view)
        self.moved.emit(pointer.at if self.scene.size else None)
        if self._panning is not None:
            step = event.position() - self._panning
            self._panning = event.position()
            self.set_view(self.view.panned(step.x(), step.y()))
        elif self._splitting and self.place.size:
            share = pointer.at.x / self.place.size.width
            self.place.split = min(max(share, 0.0), 1.0)
            self.update()
        elif self._pressed:
            self._toolbox.tool.move(pointer, self.view)
        elif self.scene.size:
            self._toolbox.tool.hover(pointer, self.view)
            self._show_cursor(pointer)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = False
            self._toolbox.tool.release(pointer_of(event, self.view), self.view)
        self._panning, self._splitting = None, False
        self._show_cursor(pointer_of(event, self.view))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._toolbox.name != "move":
            self.mousePressEvent(event)
            return
        self._toolbox.tool.press(pointer_of(event, self.view), self.view)
        self._toolbox.tool.release(pointer_of(event, self.view), self.view)
        self.opened.emit(self._session.object is not None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        self.moved.emit(None)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._show_cursor(self._pointer_at(event.position()))

    # --- keys ---

    def event(self, event: QEvent) -> bool:
        """As any widget; but what the tool in hand wants comes as a key and is no shortcut."""
        shortcut = event.type() == QEvent.Type.ShortcutOverride
        if shortcut and isinstance(event, QKeyEvent) and self._toolbox.tool.wants(event.key()):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._toolbox.tool.wants(event.key()):
            self._toolbox.tool.key(event.key())
        elif event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = True
                self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif event.key() == Qt.Key.Key_Apostrophe and not event.isAutoRepeat():
            self.show_before(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self._space = False
            self._show_cursor(self._pointer_at(QPointF(self.mapFromGlobal(self.cursor().pos()))))
        elif event.key() == Qt.Key.Key_Apostrophe:
            self.show_before(False)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        # A key that is let go elsewhere is not heard here; it must not count as held for ever.
        self._space = False
        if self.place.before:
            self.show_before(False)
        super().focusOutEvent(event)

    def show_before(self, on: bool) -> None:
        """Shows the work without blends, or the photo without its mask, as long as this is on."""
        self.place.before = on
        self.cut.veiled = not on
        self.update()

    def split(self, on: bool) -> None:
        """Puts before and after side by side, with a line to drag."""
        self.place.split = 0.5 if on else None
        self.update()

    def settle_later(self, call: Callable[[], None]) -> None:
        """Calls once the event under way has been dealt with."""
        QTimer.singleShot(0, self, call)

    def _pointer_at(self, place: QPointF | QPoint) -> Pointer:
        widget = Point(float(place.x()), float(place.y()))
        return Pointer(self.view.to_picture(widget), widget)

    def _split_x(self) -> float:
        size, split = self.place.size, self.place.split
        return self.view.to_widget(Point(size.width * split, 0)).x if size and split is not None else -1e9

    def _near_split(self, place: QPointF) -> bool:
        return not self._session.cutting and abs(place.x() - self._split_x()) <= REACH

    def _show_cursor(self, pointer: Pointer) -> None:
        if self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self.place.split is not None and not self._session.cutting:
            near = self._near_split(QPointF(*pointer.widget))
            self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)
        else:
            self.setCursor(self._toolbox.tool.cursor(pointer, self.view))

    def _tool_changed(self) -> None:
        self.pen_heard = self._toolbox.tool.pen
        self._pressed = False
        self.update()

    def _show_other(self) -> None:
        self._toolbox.tool.cancel()
        self._pressed = False
        self.zoomed.emit(self.view.zoom)
        self.update()
