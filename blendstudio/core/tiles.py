"""Cutting a large picture into tiles, so that only what matters is worked on, within the processor's cache."""

from collections.abc import Iterator

import cv2
import numpy as np

from blendstudio.core.geometry import IntRect, Size
from blendstudio.core.types import U8, Bool

TILE = 128  # pixels


def tiles(rect: IntRect, side: int = TILE) -> Iterator[IntRect]:
    """Squares of `side`, smaller at the right and lower end, that make up `rect`."""
    for y in range(rect.y0, rect.y1, side):
        for x in range(rect.x0, rect.x1, side):
            yield IntRect(x, y, min(x + side, rect.x1), min(y + side, rect.y1))


def pieces(wanted: Bool, side: int = TILE) -> Iterator[IntRect]:
    """Boxes of at most `side` that together hold all true pixels of H×W, each drawn as tight as it goes."""
    for tile in tiles(IntRect(0, 0, wanted.shape[1], wanted.shape[0]), side):
        box = box_of(wanted[tile.slices].view(np.uint8))
        if box.x1:
            yield moved(box, tile.x0, tile.y0)


def box_of(values: U8) -> IntRect:
    """The box round what is not 0, (0, 0, 0, 0) when all is."""
    x, y, width, height = cv2.boundingRect(values) if values.size else (0, 0, 0, 0)
    return IntRect(x, y, x + width, y + height)


def moved(rect: IntRect, dx: int, dy: int) -> IntRect:
    """The rectangle elsewhere."""
    return IntRect(rect.x0 + dx, rect.y0 + dy, rect.x1 + dx, rect.y1 + dy)


def around(rect: IntRect, reach: int, shape: tuple[int, ...]) -> tuple[IntRect, IntRect]:
    """`rect` grown by `reach` within an H×W picture, and where `rect` lies in that."""
    wide = rect.real.grown(reach, reach).whole(Size(shape[1], shape[0]))
    return wide, moved(rect, -wide.x0, -wide.y0)


def overlap(one: IntRect, other: IntRect) -> IntRect:
    """What both hold; sides of 0 or less when that is nothing."""
    return IntRect(max(one.x0, other.x0), max(one.y0, other.y0), min(one.x1, other.x1), min(one.y1, other.y1))
