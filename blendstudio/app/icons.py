"""Icons drawn from the glyphs of Material Design Icons, at any size and for any screen."""

from collections.abc import Mapping
from functools import cache

from fonticon_mdi7 import MDI7
from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap, QRawFont, QTransform

EM = 24  # px
Shades = Mapping[tuple[QIcon.Mode, QIcon.State], str]


class _Glyph(QIconEngine):
    """One glyph in the colours of its states; each size of it is drawn once.

    Qt asks for a clone only when something is added to an icon, which nobody does: Python could not hand it over.
    """

    def __init__(self, letter: str, shades: Shades, plain: str) -> None:
        super().__init__()
        self._letter, self._shades, self._plain = letter, shades, plain
        self._drawn: dict[tuple[int, float, str], QPixmap] = {}

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draws the glyph in the middle of `rect`."""
        ratio = painter.device().devicePixelRatioF()
        side = min(rect.width(), rect.height())
        corner = QPointF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2)
        painter.drawPixmap(corner, self._picture(side, ratio, mode, state))

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """The glyph as a picture of `size` times `scale` pixels."""
        return self._picture(min(size.width(), size.height()), scale, mode, state)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """As `scaledPixmap`, for a screen of plain density."""
        return self.scaledPixmap(size, mode, state, 1.0)

    def _picture(self, side: int, ratio: float, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        colour = self._shades.get((mode, state), self._plain)
        key = side, ratio, colour
        if key not in self._drawn:
            self._drawn[key] = _drawn(self._letter, side, ratio, colour)
        return self._drawn[key]


def icon(name: str, plain: str, shades: Shades) -> QIcon:
    """The icon of that name in Material Design Icons, in the colour `plain` where `shades` names no other."""
    letter = getattr(MDI7, name)[-1]  # it begins with the name of the font
    return QIcon(_Glyph(letter, shades, plain))


@cache
def _font() -> QRawFont:
    """The font at a size where a glyph fills a square of EM."""
    return QRawFont(MDI7.__font_file__, EM)


def _drawn(letter: str, side: int, ratio: float, colour: str) -> QPixmap:
    if side <= 0:  # a button that has no room yet
        return QPixmap()
    picture = QPixmap(QSize(side, side) * ratio)
    picture.fill(Qt.GlobalColor.transparent)
    font = _font()
    outline = font.pathForGlyph(font.glyphIndexesForString(letter)[0])
    scale = side * ratio / EM
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setTransform(QTransform(scale, 0, 0, scale, 0, font.ascent() * scale))
    painter.fillPath(outline, QColor(colour))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
