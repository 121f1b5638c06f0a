"""What the colours mean while the canvas shows where a mask comes from."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from blendstudio.app.canvas import Canvas
from blendstudio.app.mask_look import MaskLook
from blendstudio.app.mask_views import legend
from blendstudio.app.session import Session

CORNER = 12  # px


class Legend(QFrame):
    """Lies in the canvas's upper left corner, and only then."""

    def __init__(self, session: Session, canvas: Canvas, look: MaskLook) -> None:
        super().__init__(canvas)
        self._session, self._look = session, look
        self._rows: list[tuple[str, str]] = []
        self.setObjectName("legend")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 6, 8, 6)
        self._column.setSpacing(3)
        self.move(CORNER, CORNER)
        look.changed.connect(self.refresh)
        session.follow(self.refresh)

    def refresh(self) -> None:
        """Shows the colours that the mask has."""
        rows = legend(self._session.subject)
        if rows != self._rows:
            self._rows = rows
            self._fill()
        self.setVisible(bool(rows) and self._session.cutting and self._look.origin)
        self.adjustSize()

    def _fill(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget:
                widget.deleteLater()
        for colour, words in self._rows:
            swatch = f'<span style="background-color:{colour}">&nbsp;&nbsp;&nbsp;&nbsp;</span>'
            self._column.addWidget(QLabel(f"{swatch}&nbsp; {escape(words)}"))
