"""What the colours mean while the canvas shows where a mask comes from."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from blendstudio.app.canvas import Canvas
from blendstudio.app.mask_look import MaskLook
from blendstudio.app.mask_views import legend
from blendstudio.app.session import Session

CORNER = 12  # px


class Legend(QLabel):
    """Lies in the canvas's upper left corner, and only then."""

    def __init__(self, session: Session, canvas: Canvas, look: MaskLook) -> None:
        super().__init__(canvas)
        self._session, self._look = session, look
        self.setObjectName("legend")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.move(CORNER, CORNER)
        look.changed.connect(self.refresh)
        session.follow(self.refresh)

    def refresh(self) -> None:
        """Shows the colours that the mask has."""
        rows = legend(self._session.subject)
        self.setText("<br>".join(f"{_swatch(colour)}&nbsp; {escape(words)}" for colour, words in rows))
        self.setVisible(bool(rows) and self._session.cutting and self._look.origin)
        self.adjustSize()


def _swatch(colour: str) -> str:
    return f'<span style="background-color:{colour}">&nbsp;&nbsp;&nbsp;&nbsp;</span>'
