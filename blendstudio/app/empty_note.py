"""What an empty panel says: what belongs here and how it gets here."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from blendstudio.app import theme
from blendstudio.app.theme import Colour

SIZE = 32  # px, the icon


class EmptyNote(QWidget):
    """An icon, a sentence and, where there is something to do at once, a button."""

    acted = Signal()

    def __init__(self, symbol: str, text: str, action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        picture = QLabel()
        picture.setPixmap(theme.icon(symbol, Colour.FAINT).pixmap(QSize(SIZE, SIZE), self.devicePixelRatioF()))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = QLabel(text)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setProperty("role", "dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addStretch()
        column.addWidget(picture)
        column.addWidget(words)
        if action:
            button = QPushButton(action)
            button.clicked.connect(self.acted)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch()
