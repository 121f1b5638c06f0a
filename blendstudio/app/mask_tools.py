"""The brush on the object's own photo, the hand and the lens."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from blendstudio.app.hair_brush import HairBrush
from blendstudio.app.strokes import Strokes
from blendstudio.app.theme import Colour
from blendstudio.app.tools import Pointer, Tool
from blendstudio.app.view import View
from blendstudio.core.geometry import Point, Rect


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
