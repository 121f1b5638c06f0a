"""How a mask lies over its photo: six ways to judge it, and one that shows where each piece of it comes from."""

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from blendstudio.app.images import grey, grey_values, tinted
from blendstudio.app.theme import Colour
from blendstudio.app.view import View
from blendstudio.core.document import Layer, Prompt
from blendstudio.core.types import U8, Bool

MASK_VIEWS = {
    "overlay": "Overlay",
    "black": "On black",
    "white": "On white",
    "black-and-white": "Black and white",
    "transparent": "Transparent",
    "outline": "Outline",
}
ORIGIN = "origin"
VEIL = 0.55  # how strongly what is left out is tinted
RED = (60, 50, 225)  # blue, green, red
LINE = (200, 200, 200, 200)  # the thin line along the edge in the overlay
HALF = 128  # of an alpha's 255: what counts as inside
CHECK = 8  # px of the screen
TINT, SHADE = 0.62, 0.5  # of the colours of the origin, and of the dark over all that has none


class Parts(NamedTuple):
    """What a mask is made of as it is at this moment, each H×W or None: all of it, the found part, the hand's two."""

    alpha: U8
    found: U8 | None
    add: U8 | None
    subtract: U8 | None


class Screen(NamedTuple):
    """The part of the widget that is painted, its pixels for each of the widget's, and the view on the picture."""

    place: QRect
    ratio: float
    view: View

    def read(self, values: U8) -> U8:
        """A mask at the screen's resolution, so that its cost follows what is seen and not the photo."""
        height, width = values.shape
        view, ratio = self.view, self.ratio
        small = QImage(
            round(self.place.width() * ratio), round(self.place.height() * ratio), QImage.Format.Format_Grayscale8
        )
        small.fill(255)
        with QPainter(small) as drawing:
            drawing.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, view.zoom < 3)
            drawing.scale(ratio, ratio)
            drawing.translate(QPointF(view.origin.x - self.place.x(), view.origin.y - self.place.y()))
            drawing.scale(view.zoom, view.zoom)
            drawing.drawImage(QRectF(0, 0, width, height), grey(values))
        return grey_values(small).copy()

    @property
    def corner(self) -> tuple[int, int]:
        """Where the part lies, in pixels of the screen."""
        return round(self.place.x() * self.ratio), round(self.place.y() * self.ratio)


def paint_mask(painter: QPainter, view: View, exposed: QRectF, parts: Parts, look: tuple[str, Prompt]) -> None:
    """Lays the mask over its photo in one of MASK_VIEWS, or shows its ORIGIN for a prompt."""
    screen = _screen(painter, view, exposed, parts.alpha)
    if screen is None:
        return
    kind, prompt = look
    if kind == ORIGIN:
        colours = _origin(screen, parts, found_colour(prompt))
    else:
        colours = _veil(screen.read(parts.alpha), kind, screen.corner)
    _paint(painter, screen, parts.alpha, colours)


def paint_marks(painter: QPainter, view: View, exposed: QRectF, marks: U8, colour: str) -> None:
    """Tints the marked pixels, 0..255."""
    screen = _screen(painter, view, exposed, marks)
    if screen is not None:
        weight = screen.read(marks).astype(np.float32) / 255
        _paint(painter, screen, marks, _mixed([(weight, colour)], 0.0))


def legend(layer: Layer | None) -> list[tuple[str, str]]:
    """A colour and a sentence for each origin that a layer's mask has."""
    mask = layer.mask if layer else None
    if layer is None or mask is None:
        return []
    rows = []
    if mask.auto is not None:
        rows.append((found_colour(layer.prompt), _found_by(layer.prompt)))
    if mask.add is not None:
        rows.append((Colour.BY_HAND, "Added by hand"))
    if mask.subtract is not None:
        rows.append((Colour.OVERLAY, "Taken away by hand"))
    return rows


def found_colour(prompt: Prompt) -> str:
    """The colour of what a prompt found."""
    if prompt.boxes or prompt.points:
        return Colour.BY_POINTING
    return Colour.BY_WORD if prompt.text.strip() else Colour.AS_GIVEN


def _found_by(prompt: Prompt) -> str:
    ways = [f"the word “{prompt.text.strip()}”"] if prompt.text.strip() else []
    ways += [f"{len(prompt.boxes)} boxes" if len(prompt.boxes) > 1 else "a box"] if prompt.boxes else []
    ways += [f"{len(prompt.points)} points" if len(prompt.points) > 1 else "a point"] if prompt.points else []
    return "Found by " + " and ".join(ways) if ways else "As it came, from a file or all of the photo"


def _screen(painter: QPainter, view: View, exposed: QRectF, values: U8) -> Screen | None:
    height, width = values.shape
    seen = exposed.intersected(QRectF(*view.origin, width * view.zoom, height * view.zoom)).toAlignedRect()
    return None if seen.isEmpty() else Screen(seen, painter.device().devicePixelRatioF(), view)


def _paint(painter: QPainter, screen: Screen, values: U8, colours: U8) -> None:
    height, width = values.shape
    view = screen.view
    image = tinted(colours)
    image.setDevicePixelRatio(screen.ratio)
    painter.setClipRect(QRectF(*view.origin, width * view.zoom, height * view.zoom))
    painter.drawImage(screen.place.topLeft(), image)
    painter.setClipping(False)


def _veil(alpha: U8, kind: str, corner: tuple[int, int]) -> U8:
    """Premultiplied blue, green, red, alpha for each pixel of the screen; `corner` is where the part lies."""
    veil = np.zeros((*alpha.shape, 4), np.uint8)
    y, x = np.ogrid[corner[1] : corner[1] + alpha.shape[0], corner[0] : corner[0] + alpha.shape[1]]
    hidden = 255 - alpha
    if kind == "black-and-white":
        veil[..., :3] = alpha[..., None]
        veil[..., 3] = 255
    elif kind == "outline":
        edge = _edge(alpha)
        veil[edge] = 255
        veil[edge & ((x + y) // 5 % 2 == 0), :3] = 0
    elif kind == "overlay":
        veil[..., 3] = (hidden * np.float32(VEIL)).astype(np.uint8)
        for channel, level in enumerate(RED):
            veil[..., channel] = (hidden * np.float32(VEIL * level / 255)).astype(np.uint8)
        veil[_edge(alpha)] = LINE  # red on a red coat would not be seen
    else:
        veil[..., 3] = hidden
        if kind == "white":
            veil[..., :3] = hidden[..., None]
        elif kind == "transparent":
            checks = np.where((x // CHECK + y // CHECK) % 2, _level(Colour.CHECK_LIGHT), _level(Colour.CHECK_DARK))
            veil[..., :3] = (checks * hidden.astype(np.uint16) // 255).astype(np.uint8)[..., None]
    return veil


def _origin(screen: Screen, parts: Parts, colour: str) -> U8:
    """Each pixel in the colour of where it comes from; dark where it comes from nowhere."""
    alpha, found, add, subtract = (
        np.float32(0) if part is None else np.float32(screen.read(part)) / 255 for part in parts
    )
    kept, added = np.minimum(alpha, found), np.clip(np.minimum(alpha, add) - found, 0, 1)
    lost = np.minimum(subtract, found)
    layers = [(kept, colour), (added, Colour.BY_HAND), (lost, Colour.OVERLAY)]
    shape = np.shape(alpha)
    return _mixed([(np.broadcast_to(weight, shape), its) for weight, its in layers], SHADE)


def _mixed(weights: list[tuple[np.ndarray, str]], shade: float) -> U8:
    """Premultiplied blue, green, red, alpha: colours by their weights 0..1, and `shade` of black over the rest."""
    mixed = np.zeros((*weights[0][0].shape, 4), np.float32)
    for weight, colour in weights:
        tone = QColor(colour)
        for channel, level in enumerate((tone.blue(), tone.green(), tone.red(), 255)):
            mixed[..., channel] += weight * np.float32(TINT * level)
    rest = np.clip(1 - sum(weight for weight, _ in weights), 0, 1)
    mixed[..., 3] += rest * np.float32(255 * shade)
    return np.minimum(np.rint(mixed), 255).astype(np.uint8)


def _edge(alpha: U8) -> Bool:
    """The pixels on either side of the mask's edge."""
    inside = alpha >= HALF
    edge = np.zeros_like(inside)
    edge[:, 1:] |= inside[:, 1:] ^ inside[:, :-1]
    edge[1:] |= inside[1:] ^ inside[:-1]
    edge[:, :-1] |= edge[:, 1:]
    return edge


def _level(colour: str) -> int:
    return QColor(colour).lightness()
