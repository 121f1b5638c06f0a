"""Tools on the object's own photo: a box, points on it and beside it, and the brush."""

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from blendstudio.app.hair_brush import HairBrush
from blendstudio.app.strokes import Strokes
from blendstudio.app.theme import Colour
from blendstudio.app.tools import Pointer, Tool
from blendstudio.app.view import View
from blendstudio.core.geometry import Point, Rect

SMALLEST = 4.0  # px of the screen: less is a slip of the hand, not a box


class BoxTool(Tool):
    """Draws a box round the object; `drawn` gives it in photo pixels."""

    cutting = True
    drawn = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._corners: tuple[Point, Point] | None = None

    def press(self, pointer: Pointer, view: View) -> None:
        """The first corner."""
        self._corners = (pointer.at, pointer.at)

    def move(self, pointer: Pointer, view: View) -> None:
        """The other corner follows."""
        if self._corners:
            self._corners = (self._corners[0], pointer.at)
            self.repaint.emit(None)

    def release(self, pointer: Pointer, view: View) -> None:
        """The box is drawn."""
        corners, self._corners = self._corners, None
        self.repaint.emit(None)
        if corners:
            box = _box(*corners)
            if min(box.width, box.height) * view.zoom >= SMALLEST:
                self.drawn.emit(box)

    def cancel(self) -> bool:
        """Forgets the box under way."""
        had, self._corners = self._corners, None
        self.repaint.emit(None)
        return had is not None

    def paint(self, painter: QPainter, view: View) -> None:
        """The rubber band."""
        if self._corners:
            x0, y0, x1, y1 = view.rect_to_widget(_box(*self._corners))
            painter.setPen(QPen(QColor(Colour.ACCENT), 1.5))
            painter.setBrush(QColor(90, 159, 224, 40))
            painter.drawRect(QRectF(x0, y0, x1 - x0, y1 - y0))

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """A cross."""
        return Qt.CursorShape.CrossCursor


class PointTool(Tool):
    """Sets points: `placed` gives one in photo pixels, and whether it is on the object. Alt means the other kind."""

    cutting = True
    placed = Signal(object, bool)

    def __init__(self, parent: QObject, *, wanted: bool) -> None:
        super().__init__(parent)
        self._wanted = wanted

    def press(self, pointer: Pointer, view: View) -> None:
        """A point."""
        self.placed.emit(pointer.at, self._wanted != pointer.alt)

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """A cross."""
        return Qt.CursorShape.CrossCursor


class BrushTool(Tool):
    """Paints on the mask: adds, or takes away while Alt is held or the brush is set so. Shift draws straight."""

    cutting = True
    pen = True

    def __init__(self, strokes: Strokes | HairBrush) -> None:
        super().__init__(strokes)
        self._strokes = strokes
        self._at: Point | None = None
        strokes.brush_changed.connect(self._resized)

    def press(self, pointer: Pointer, view: View) -> None:
        """The stroke begins."""
        self.hover(pointer, view)
        erase = pointer.eraser or self._erasing != pointer.alt
        self._strokes.begin(pointer.at, erase=erase, straight=pointer.shift, pressure=pointer.pressure)

    def move(self, pointer: Pointer, view: View) -> None:
        """The stroke goes on."""
        self.hover(pointer, view)
        self._strokes.move(pointer.at, pointer.pressure)

    def release(self, pointer: Pointer, view: View) -> None:
        """The stroke ends."""
        self._strokes.end()

    def hover(self, pointer: Pointer, view: View) -> None:
        """The ring follows the pointer."""
        for place in (self._at, pointer.widget):
            if place:
                reach = self._radius(view) + 3
                self.repaint.emit(Rect(place.x - reach, place.y - reach, place.x + reach, place.y + reach))
        self._at = pointer.widget

    def cancel(self) -> bool:
        """Gives the stroke up."""
        painting = self._strokes.painting
        self._strokes.cancel()
        return painting

    def paint(self, painter: QPainter, view: View) -> None:
        """A ring of the brush's size."""
        if self._at is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = self._radius(view)
        for colour, width in ((QColor(0, 0, 0, 160), 2.6), (QColor(Colour.HANDLE), 1.2)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(QPointF(*self._at), radius, radius)

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """Nothing but the ring, unless that is too small to see."""
        return Qt.CursorShape.CrossCursor if self._radius(view) < 4 else Qt.CursorShape.BlankCursor

    @property
    def _erasing(self) -> bool:
        """Whether the brush is set to take away; the hair brush never is."""
        return isinstance(self._strokes, Strokes) and self._strokes.brush.erase

    def _radius(self, view: View) -> float:
        return max(1.0, self._strokes.brush.size * view.zoom / 2)

    def _resized(self) -> None:
        self.repaint.emit(None)


class HandTool(Tool):
    """The canvas itself pans; this only shows the hand."""

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """A hand."""
        return Qt.CursorShape.OpenHandCursor


class ZoomTool(Tool):
    """A click zooms in, with Alt out; `stepped` gives 1 or -1 and the place in the widget."""

    stepped = Signal(int, object)

    def press(self, pointer: Pointer, view: View) -> None:
        """One step."""
        self.stepped.emit(-1 if pointer.alt else 1, pointer.widget)

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """A pointing hand."""
        return Qt.CursorShape.PointingHandCursor


def _box(a: Point, b: Point) -> Rect:
    return Rect(min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))
