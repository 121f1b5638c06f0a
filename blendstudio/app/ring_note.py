"""What else comes along with the object: a sentence when the ring reaches another, and one click against it."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from blendstudio.app.desk import Desk
from blendstudio.engine import neighbours

LEAVE_OUT, LET_IN = "Leave it out", "Let it in"


class RingNote(QLabel):
    """Follows the selected object; hidden while there is nothing to say."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.linkActivated.connect(self._follow)
        for signal in (desk.shapes.ready, desk.cutting.found):
            signal.connect(self.refresh)
        desk.session.follow(self.refresh)

    def refresh(self) -> None:
        """Says what is so now."""
        layer, near = self._desk.session.object, self._desk.cutting.reached
        if near:
            self._say(neighbours.warning(near), LEAVE_OUT)
        elif layer and layer.mask and layer.mask.exclude is not None:
            self._say(f"Another {layer.prompt.text or 'object'} is left out.", LET_IN)
        else:
            self._say("", "")

    def _say(self, text: str, way: str) -> None:
        link = f'&nbsp; <a href="{way}" style="text-decoration: none">{way}</a>' if way else ""
        self.setText(escape(text, quote=False) + link)
        self.setVisible(bool(text))

    def _follow(self, way: str) -> None:
        self._desk.cutting.exclude(way == LEAVE_OUT)
