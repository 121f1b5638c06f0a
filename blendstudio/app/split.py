"""Before and after a blend, side by side, parted by a line that can be dragged."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from blendstudio.app.theme import Colour

KNOB = 13.0  # px
REACH = 9.0  # px round the line


def paint_split(painter: QPainter, x: float, height: int) -> None:
    """The line at `x` of the widget, its knob, and what lies on either side."""
    for colour, width in ((QColor(0, 0, 0, 120), 3.0), (QColor(Colour.HANDLE), 1.4)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(x, 0), QPointF(x, height))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(Colour.PANEL))
    middle = QPointF(x, height / 2)
    painter.drawEllipse(middle, KNOB, KNOB)
    painter.drawText(QRectF(x - KNOB, middle.y() - KNOB, 2 * KNOB, 2 * KNOB), Qt.AlignmentFlag.AlignCenter, "◂▸")
    for text, left in (("Before", x - 68), ("After", x + 8)):
        label = QRectF(left, 10, 60, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.drawRoundedRect(label, 4, 4)
        painter.setPen(QColor(Colour.HANDLE))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)
