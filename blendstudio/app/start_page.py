"""What the window shows while there is no work: where to drop pictures, samples to try, and what was open before."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from blendstudio.app import theme
from blendstudio.app.flow import ElidedLabel, FlowLayout
from blendstudio.app.theme import Colour
from blendstudio.errors import short

WIDEST = 1000  # px, the column
CARD = QSize(200, 116)  # the picture of a sample
RECENT = 5
PROMISE = "Works offline  ·  no account  ·  nothing leaves this computer"


class StartPage(QWidget):
    """Never a dialog: one can drop, open, paste, try a sample, or go on where one was."""

    open_requested = Signal()
    paste_requested = Signal()
    sample_chosen = Signal(str)
    recent_chosen = Signal(Path)
    fetch_requested = Signal()
    models_requested = Signal()
    fetch_declined = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("startPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._sample_row = QHBoxLayout()
        self._samples = _section("Try one", self._sample_row)
        self._sample_row.setSpacing(12)
        self._recent_row = FlowLayout(gap=6)
        self._recent = _section("Go on with", self._recent_row)
        self._build()
        self.set_samples([])
        self.set_recent([])
        self.set_models(0, "")

    def set_samples(self, samples: list[tuple[str, str, str, QImage]]) -> None:
        """A card for each id, title, line and picture."""
        self._refill(self._samples, self._sample_row, [self._card(*sample) for sample in samples])

    def set_recent(self, paths: list[Path]) -> None:
        """The files that were open last, newest first; the first five are shown."""
        self._refill(self._recent, self._recent_row, [self._recent_button(path) for path in paths[:RECENT]])

    def set_models(self, missing_mb: float, licences: str) -> None:
        """How much there is to fetch, in megabytes, and under which licences; 0 hides the line."""
        size = f"{missing_mb:.0f} MB" if missing_mb < 999.5 else f"{missing_mb / 1000:.1f} GB"
        self._models_text.setText(f"The starter nets find objects by word: {size}, {licences}.")
        self._models.setVisible(missing_mb > 0)

    def _build(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(16)
        column.setContentsMargins(24, 20, 24, 14)
        column.addStretch(1)
        column.addWidget(_label("Put something from one picture into another", "title"))
        zones = QHBoxLayout()
        zones.setSpacing(14)
        for symbol, title, line in (
            ("background", "Drop a background here", "The picture that it goes into"),
            ("object", "Drop what you want to add", "A photo with the thing to cut out"),
        ):
            zone = _Zone(symbol, title, line)
            zone.pressed.connect(self.open_requested)
            zones.addWidget(zone)
        column.addLayout(zones, 2)
        column.addLayout(self._buttons())
        column.addWidget(self._samples)
        column.addWidget(self._recent)
        self._build_models()
        column.addWidget(self._models)
        column.addStretch(1)
        promise = _label(PROMISE, "faint")
        promise.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(promise)
        self._frame(column)

    def _frame(self, column: QVBoxLayout) -> None:
        """The column in the middle of the page; a page lower than it scrolls."""
        inner = QWidget()
        inner.setLayout(column)
        inner.setMaximumWidth(WIDEST + 48)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(inner)
        scroll = QScrollArea()
        scroll.setWidget(middle)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for part in (scroll.viewport(), middle):
            part.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        opening = QPushButton(theme.icon("open", Colour.HANDLE), "Open…")
        opening.setProperty("role", "main")
        opening.clicked.connect(self.open_requested)
        pasting = QPushButton(theme.icon("paste"), "Paste (Ctrl+V)")
        pasting.clicked.connect(self.paste_requested)
        row.addStretch()
        row.addWidget(opening)
        row.addWidget(pasting)
        row.addStretch()
        return row

    def _build_models(self) -> None:
        self._models = QFrame()
        self._models.setObjectName("modelsLine")
        self._models_text = QLabel()
        self._models_text.setWordWrap(True)
        self._models_text.setTextFormat(Qt.TextFormat.PlainText)
        fetching = QPushButton(theme.icon("download"), "Download")
        fetching.clicked.connect(self.fetch_requested)
        choosing = QPushButton("All models…")
        choosing.setProperty("role", "link")
        choosing.clicked.connect(self.models_requested)
        declining = QPushButton("Continue without")
        declining.setProperty("role", "link")
        declining.clicked.connect(self._decline)
        row = QHBoxLayout(self._models)
        row.setContentsMargins(14, 8, 10, 8)
        row.addWidget(self._models_text, 1)
        for button in (fetching, choosing, declining):
            row.addWidget(button)

    def _decline(self) -> None:
        self._models.hide()
        self.fetch_declined.emit()

    def _card(self, id: str, title: str, line: str, picture: QImage) -> QWidget:
        card = _Card(id, title, line, picture)
        card.chosen.connect(self.sample_chosen)
        return card

    def _recent_button(self, path: Path) -> QWidget:
        button = _Recent(path)
        button.chosen.connect(self.recent_chosen)
        return button

    def _refill(self, section: QWidget, row: QLayout, widgets: Sequence[QWidget]) -> None:
        for old in section.findChildren(_Card) + section.findChildren(_Recent):
            row.removeWidget(old)
            old.hide()
            old.deleteLater()
        for widget in widgets:
            row.addWidget(widget)
        section.setVisible(bool(widgets))


class _Zone(QFrame):
    """A place to drop a picture on; a click opens one."""

    pressed = Signal()

    def __init__(self, symbol: str, title: str, line: str) -> None:
        super().__init__()
        self.setObjectName("dropZone")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumHeight(118)
        self.setMaximumHeight(260)
        picture = QLabel()
        picture.setPixmap(theme.icon(symbol, Colour.DIM).pixmap(QSize(36, 36), self.devicePixelRatioF()))
        column = QVBoxLayout(self)
        column.setSpacing(4)
        column.addStretch()
        column.addWidget(picture, 0, Qt.AlignmentFlag.AlignCenter)
        column.addSpacing(4)
        column.addWidget(_label(title, "head"), 0, Qt.AlignmentFlag.AlignCenter)
        column.addWidget(_label(line, "dim"), 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch()

    def mouseReleaseEvent(self, event: object) -> None:
        self.pressed.emit()


class _Card(QPushButton):
    """A sample: its picture, its title and a line."""

    chosen = Signal(str)

    def __init__(self, id: str, title: str, line: str, picture: QImage) -> None:
        super().__init__()
        self.setObjectName("sampleCard")
        self.setAccessibleName(title)
        self.setToolTip(f"{title}\n{line}")
        self._id = id
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 8)
        column.setSpacing(2)
        column.addWidget(_Picture(picture))
        column.addSpacing(4)
        for text, role in ((title, "head"), (line, "dim")):
            column.addWidget(_label(text, role, elide=True))
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # all cards are equally wide
        self.clicked.connect(self._choose)

    def sizeHint(self) -> QSize:
        return self._column.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._column.minimumSize()

    def _choose(self) -> None:
        self.chosen.emit(self._id)


class _Picture(QWidget):
    """A picture that fills its place; what does not fit is cut away, more of it below, as heads are above."""

    def __init__(self, picture: QImage) -> None:
        super().__init__()
        self._picture = picture
        self.setFixedHeight(CARD.height())
        self.setMinimumWidth(CARD.width() // 2)

    def sizeHint(self) -> QSize:
        return CARD

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        place = QPainterPath()
        place.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(place)
        ratio = self.devicePixelRatioF()
        fill = Qt.AspectRatioMode.KeepAspectRatioByExpanding
        small = self._picture.scaled(self.size() * ratio, fill, Qt.TransformationMode.SmoothTransformation)
        small.setDevicePixelRatio(ratio)
        size = small.deviceIndependentSize()
        painter.drawImage(QPointF((self.width() - size.width()) / 2, (self.height() - size.height()) / 4), small)


class _Recent(QPushButton):
    """A file that was open before."""

    chosen = Signal(Path)

    def __init__(self, path: Path) -> None:
        super().__init__(theme.icon("history", Colour.DIM), short(path.name, 36).replace("&", "&&"))
        self.setObjectName("recentFile")
        self.setToolTip(f"<span>{escape(str(path))}</span>")
        self._path = path
        self.clicked.connect(self._choose)

    def _choose(self) -> None:
        self.chosen.emit(self._path)


def _label(text: str, role: str, *, elide: bool = False) -> QLabel:
    label = ElidedLabel(text) if elide else QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def _section(title: str, row: QLayout) -> QWidget:
    section = QWidget()
    column = QVBoxLayout(section)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    column.addWidget(_label(title, "dim"))
    row.setContentsMargins(0, 0, 0, 0)
    column.addLayout(row)
    return section
