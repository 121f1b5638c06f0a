"""How a prompt, and the finds that may be chosen, are drawn over the object's photo."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from blendstudio.app.prompt_hand import CORNER, FRAME, POINT, Handle, corners
from blendstudio.app.theme import Colour
from blendstudio.app.view import View
from blendstudio.core.document import Prompt
from blendstudio.core.geometry import Rect

SHADE = QColor(0, 0, 0, 130)  # round every line: it shows on a bright photo too
RADIUS = 7.0
HALF = 4.0  # of a corner's square


def paint_numbered(painter: QPainter, box: Rect, number: int, *, chosen: bool) -> None:
    """A find's box and number; `box` in the widget."""
    colour = QColor(Colour.ACCENT if chosen else Colour.HANDLE)
    painter.setPen(QPen(colour, 2 if chosen else 1, Qt.PenStyle.SolidLine if chosen else Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(box.x0, box.y0, box.width, box.height))
    badge = QRectF(box.x0, box.y0, 20, 20)
    painter.fillRect(badge, colour)
    painter.setPen(QColor("#101010"))
    font = QFont(painter.font())
    font.setBold(True)
    painter.setFont(font)
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(number))


def paint_prompt(painter: QPainter, view: View, prompt: Prompt, touched: Handle | None) -> None:
    """Boxes with their corners, and points; what was touched last stands out."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index, box in enumerate(prompt.boxes):
        held = touched is not None and touched.kind in (CORNER, FRAME) and touched.number == index
        _paint_box(painter, view, box, held=held)
    for index, (point, wanted) in enumerate(prompt.points):
        _paint_point(painter, QPointF(*view.to_widget(point)), wanted=wanted, held=touched == Handle(POINT, index))


def _paint_box(painter: QPainter, view: View, box: Rect, *, held: bool) -> None:
    x0, y0, x1, y1 = view.rect_to_widget(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((SHADE, 3.0), (QColor(Colour.ACCENT), 1.5)):
        painter.setPen(QPen(colour, width))
        painter.drawRect(QRectF(x0, y0, x1 - x0, y1 - y0))
    painter.setBrush(QColor(Colour.ACCENT if held else Colour.HANDLE))
    painter.setPen(QPen(QColor(Colour.HANDLE if held else Colour.ACCENT), 1.4))
    for corner in corners(box):
        place = QPointF(*view.to_widget(corner))
        painter.drawRect(QRectF(place.x() - HALF, place.y() - HALF, 2 * HALF, 2 * HALF))


def _paint_point(painter: QPainter, place: QPointF, *, wanted: bool, held: bool) -> None:
    painter.setPen(QPen(SHADE, 4.0 if held else 3.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(place, RADIUS + held, RADIUS + held)
    painter.setPen(QPen(QColor("#ffffff"), 2.5 if held else 1.5))
    painter.setBrush(QColor(Colour.OK if wanted else Colour.DANGER))
    painter.drawEllipse(place, RADIUS, RADIUS)
    painter.setPen(QPen(QColor("#ffffff"), 1.5))
    painter.drawLine(place - QPointF(3, 0), place + QPointF(3, 0))
    if wanted:
        painter.drawLine(place - QPointF(0, 3), place + QPointF(0, 3))
