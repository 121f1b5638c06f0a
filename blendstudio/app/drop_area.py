"""Drops: while something is dragged over the window, zones say what will become of it."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from blendstudio.app import theme
from blendstudio.app.session import Session
from blendstudio.app.theme import Colour

GAP = 16


class DropArea(QWidget):
    """Holds the start page and the canvas. `dropped` gives paths, a zone and where; `image_dropped` a picture."""

    dropped = Signal(list, str, object)
    image_dropped = Signal(QImage, str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.pages = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.zones = _Zones(self, session)
        self.setAcceptDrops(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.zones.setGeometry(self.rect())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        mime = event.mimeData()
        if _paths(mime) or mime.hasImage():
            self.zones.begin(event.position(), project=_is_project(_paths(mime)))
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.zones.hover(event.position())
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.zones.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        zone, place = self.zones.zone_at(event.position()), event.position()
        self.zones.hide()
        event.acceptProposedAction()
        paths = _paths(event.mimeData())
        if paths:
            self.dropped.emit(paths, zone, place)
        else:
            self.image_dropped.emit(QImage(event.mimeData().imageData()), zone, place)


class _Zones(QWidget):
    """The zones themselves; the mouse goes through them."""

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent)
        self._session = session
        self._at = QPointF()
        self._project = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def begin(self, at: QPointF, *, project: bool) -> None:
        """Shows the zones."""
        self._project = project
        self.hover(at)
        self.raise_()
        self.show()

    def hover(self, at: QPointF) -> None:
        """Lights up the zone under the pointer."""
        self._at = at
        self.update()

    def zone_at(self, at: QPointF) -> str:
        """The zone at a place; a work goes anywhere."""
        return next((name for name, rect, _, _ in self._rows() if rect.contains(at)), "")

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), QColor(20, 20, 20, 150))
            for name, rect, title, line in self._rows():
                lit = rect.contains(self._at) or self._project
                painter.setPen(QPen(QColor(Colour.ACCENT if lit else Colour.DIM), 2, Qt.PenStyle.DashLine))
                painter.setBrush(QColor(47, 98, 153, 190) if lit else QColor(40, 40, 40, 190))
                painter.drawRoundedRect(rect, 10, 10)
                middle = rect.center()
                theme.icon(name or "open", Colour.HANDLE).paint(
                    painter, int(middle.x()) - 20, int(middle.y()) - 62, 40, 40
                )
                font = painter.font()
                font.setPixelSize(18)
                font.setBold(True)
                painter.setFont(font)
                painter.setPen(QColor(Colour.HANDLE))
                painter.drawText(rect.translated(0, 2), Qt.AlignmentFlag.AlignCenter, title)
                font.setPixelSize(13)
                font.setBold(False)
                painter.setFont(font)
                painter.setPen(QColor(Colour.TEXT))
                painter.drawText(rect.translated(0, 32), Qt.AlignmentFlag.AlignCenter, line)

    def _rows(self) -> list[tuple[str, QRectF, str, str]]:
        """Name, place, title and explanation of each zone."""
        if self._project:
            return [("", QRectF(self.rect()).adjusted(GAP, GAP, -GAP, -GAP), "Open", "this work")]
        rows = [("background", "Background", "goes below everything"), ("object", "Object", "to put into the picture")]
        chosen = self._session.subject
        if chosen:
            rows.append(("mask", "Mask", f"for “{chosen.name[:24]}”"))
        width = (self.width() - GAP * (len(rows) + 1)) / len(rows)
        return [
            (name, QRectF(GAP + number * (width + GAP), GAP, width, self.height() - 2 * GAP), title, line)
            for number, (name, title, line) in enumerate(rows)
        ]


def _paths(mime: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def _is_project(paths: list[Path]) -> bool:
    return bool(paths) and paths[0].suffix.lower() == ".ora"
