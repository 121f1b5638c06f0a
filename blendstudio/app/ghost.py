"""A mask that would be: a blue glow over the picture, with its edge, before anything is taken."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from blendstudio.app.images import tinted
from blendstudio.core.document import Layer
from blendstudio.core.geometry import Size
from blendstudio.core.types import U8

LONGEST = 1400  # pixels of its picture
BLUE = (255, 150, 40)  # blue, green, red
FILL, EDGE = 110, 255  # of 255
INSIDE = 128


class Ghost:
    """The mask, H×W uint8, of one layer; made small enough to be drawn at every paint."""

    def __init__(self, layer: Layer, mask: U8) -> None:
        self.layer_id, self._size = layer.id, layer.pixels.size
        self._image = _image(mask)

    @property
    def size(self) -> Size:
        """The layer's."""
        return self._size

    def draw(self, painter: QPainter) -> None:
        """Draws it with the painter in the layer's pixels."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(0, 0, *self._size), self._image)


def _image(mask: U8) -> QImage:
    step = -(-max(mask.shape) // LONGEST)
    inside = mask[::step, ::step] >= INSIDE
    strength = np.where(inside, FILL, 0).astype(np.uint8)
    strength[_rim(inside)] = EDGE
    glow = np.zeros((*inside.shape, 4), np.uint8)
    glow[..., 3] = strength
    for channel, level in enumerate(BLUE):
        glow[..., channel] = (strength.astype(np.uint16) * level // 255).astype(np.uint8)
    return tinted(glow)


def _rim(inside: np.ndarray) -> np.ndarray:
    """The outermost pixels of a mask, two deep."""
    core = inside.copy()
    for _ in range(2):
        padded = np.pad(core, 1, mode="edge")
        core = core & padded[2:, 1:-1] & padded[:-2, 1:-1] & padded[1:-1, 2:] & padded[1:-1, :-2]
    return inside & ~core
