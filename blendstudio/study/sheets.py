"""Picture sheets: rows of captioned tiles, as in the paper's figures of masks."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from blendstudio.core.geometry import Rect
from blendstudio.core.types import U8, Bool

SIDE = 240  # pixels of a tile
CAPTION = 22  # pixels below it
ROWS = 12  # on one sheet
INK, PAPER, FRAME = (20, 20, 20), (255, 255, 255), (0, 200, 0)
VEIL = 165  # what lies outside a mask fades towards this grey


class Tile(NamedTuple):
    """A picture of any size and the line under it."""

    picture: U8
    caption: str = ""


def shown(rgb: U8, mask: "U8 | Bool") -> U8:
    """The photo with everything outside the mask faded."""
    alpha = np.asarray(mask, np.float32)[..., None] / (1.0 if mask.dtype == bool else 255.0)
    faded = rgb * 0.25 + VEIL * 0.75
    return np.rint(rgb * alpha + faded * (1 - alpha)).astype(np.uint8)


def black_white(mask: "U8 | Bool") -> U8:
    """A mask as the picture that a blend is given."""
    grey = np.where(mask, 255, 0).astype(np.uint8) if mask.dtype == bool else mask.astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def framed(rgb: U8, box: Rect | None) -> U8:
    """The photo with a box drawn on it."""
    if box is None:
        return rgb
    picture = rgb.copy()
    thick = max(2, round(max(rgb.shape[:2]) / 160))
    corners = (round(box.x0), round(box.y0)), (round(box.x1), round(box.y1))
    cv2.rectangle(picture, *corners, FRAME, thick)
    return picture


def sheets(rows: Sequence[Sequence[Tile]], heads: Sequence[str]) -> list[U8]:
    """The rows on as many sheets as it takes, each with the column heads on top."""
    width = max(len(heads), *(len(row) for row in rows)) if rows else len(heads)
    top = _line([_text(head, SIDE, CAPTION) for head in heads], width, CAPTION)
    pages = [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)]
    return [
        np.vstack([top, *(_line([_drawn(tile) for tile in row], width, SIDE + CAPTION) for row in page)])
        for page in pages
    ]


def _line(tiles: Sequence[U8], width: int, height: int) -> U8:
    blank = np.full((height, SIDE, 3), PAPER, np.uint8)
    return np.hstack([*tiles, *([blank] * (width - len(tiles)))])


def _drawn(tile: Tile) -> U8:
    height, width = tile.picture.shape[:2]
    scale = (SIDE - 4) / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(tile.picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    page = np.full((SIDE, SIDE, 3), PAPER, np.uint8)
    left, top = (SIDE - size[0]) // 2, SIDE - size[1] - 2  # above its caption
    page[top : top + size[1], left : left + size[0]] = small
    return np.vstack([page, _text(tile.caption, SIDE, CAPTION)])


def _text(line: str, width: int, height: int) -> U8:
    page = np.full((height, width, 3), PAPER, np.uint8)
    plain = line.encode("ascii", "replace").decode("ascii")
    cv2.putText(page, plain, (4, height - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
    return page
