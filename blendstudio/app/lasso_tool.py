"""The lasso and the polygon: an outline drawn by hand adds what it holds to the mask, with Alt takes it away."""

import math

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from blendstudio.app.theme import Colour
from blendstudio.app.tools import Pointer, Tool
from blendstudio.app.view import View
from blendstudio.core.geometry import Point, Rect

NEAR = 7.0  # px of the screen round the first point: a click there closes the polygon
STEP = 1.5  # px of the screen between two points of the lasso
CORNER = 3.0  # px, half a corner's mark
WIDE = 4.0  # px that a line needs beside it


class _Outline(Tool):
    """What both have in common. `closed` gives the points in photo pixels, and whether to take away."""

    cutting = True
    closed = Signal(object, bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._points: list[Point] = []
        self._erase = False

    def cancel(self) -> bool:
        """Drops the outline under way."""
        had = bool(self._points)
        self._points = []
        self.repaint.emit(None)
        return had

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """A cross."""
        return Qt.CursorShape.CrossCursor

    def _close(self) -> None:
        points, self._points = self._points, []
        self.repaint.emit(None)
        if len(points) >= 3:
            self.closed.emit(points, self._erase)

    def _line(self, painter: QPainter, points: list[Point], view: View) -> None:
        """A line that shows on any photo; in dashes where it takes away."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = QPolygonF([QPointF(*view.to_widget(point)) for point in points])
        style = Qt.PenStyle.DashLine if self._erase else Qt.PenStyle.SolidLine
        for pen in (QPen(QColor(0, 0, 0, 190), 3.4), QPen(QColor(Colour.HANDLE), 1.8, style)):
            painter.setPen(pen)
            painter.drawPolyline(line)

    def _touch(self, view: View, *points: Point) -> None:
        """Has the box round some points painted again."""
        places = [view.to_widget(point) for point in points]
        xs, ys = [place.x for place in places], [place.y for place in places]
        self.repaint.emit(Rect(min(xs) - WIDE, min(ys) - WIDE, max(xs) + WIDE, max(ys) + WIDE))


class LassoTool(_Outline):
    """Drawn with the button held; it closes when the button is let go."""

    def press(self, pointer: Pointer, view: View) -> None:
        """The line begins."""
        self._points, self._erase = [pointer.at], pointer.alt or pointer.eraser

    def move(self, pointer: Pointer, view: View) -> None:
        """The line goes on."""
        if self._points and math.dist(view.to_widget(self._points[-1]), pointer.widget) >= STEP:
            self._points.append(pointer.at)
            self._touch(view, *self._points[-2:])

    def release(self, pointer: Pointer, view: View) -> None:
        """The line closes."""
        self._close()

    def paint(self, painter: QPainter, view: View) -> None:
        """The line so far."""
        if len(self._points) > 1:
            self._line(painter, self._points, view)


class PolygonTool(_Outline):
    """Set corner by corner; a double click, Enter or a click on the first corner closes, Backspace takes one back."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._at: Point | None = None

    def press(self, pointer: Pointer, view: View) -> None:
        """Another corner."""
        if not self._points:
            self._erase = pointer.alt or pointer.eraser
        if self._points and (pointer.double or self._at_first(pointer, view)):
            self.key(Qt.Key.Key_Return)
            return
        self._points.append(pointer.at)
        self._at = pointer.at
        self.repaint.emit(None)

    def hover(self, pointer: Pointer, view: View) -> None:
        """The line to the next corner follows the pointer."""
        if self._points:
            self._touch(view, self._points[-1], self._at or pointer.at, pointer.at)
        self._at = pointer.at

    def move(self, pointer: Pointer, view: View) -> None:
        """As without the button."""
        self.hover(pointer, view)

    def wants(self, key: int) -> bool:
        """Enter and Backspace while there are corners."""
        return bool(self._points) and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)

    def key(self, key: int) -> bool:
        """Closes it, or takes the last corner back; whether there was one."""
        had = bool(self._points)
        if key == Qt.Key.Key_Backspace:
            self._points = self._points[:-1]
            self.repaint.emit(None)
        elif len(self._points) >= 3:
            self._close()
        return had

    def _at_first(self, pointer: Pointer, view: View) -> bool:
        return len(self._points) >= 3 and math.dist(view.to_widget(self._points[0]), pointer.widget) <= NEAR

    def paint(self, painter: QPainter, view: View) -> None:
        """The corners, the lines between them and the one to the pointer."""
        if not self._points:
            return
        self._line(painter, [*self._points, self._at or self._points[-1]], view)
        painter.setPen(QPen(QColor("#101010"), 1))
        painter.setBrush(QColor(Colour.HANDLE))
        for number, point in enumerate(self._points):
            half = CORNER if number else CORNER + 1
            place = view.to_widget(point)
            painter.drawRect(round(place.x - half), round(place.y - half), round(2 * half), round(2 * half))
