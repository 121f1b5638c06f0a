"""Regions of a photo: inside a drawn outline, or of one colour. Each is a coverage, 0..255, and where it lies."""

from collections.abc import Sequence

import cv2
import numpy as np

from blendstudio.core.geometry import IntRect, Point
from blendstudio.core.matting import eight
from blendstudio.core.tiles import around, box_of, overlap
from blendstudio.core.types import F64, U8, Samples

FINE = 4  # bits of a pixel's fraction in an outline
LARGER, STRIP = 4, 256  # times, and rows of the photo that are drawn at once
FADE = 0.5  # of the tolerance: how much farther off in colour a pixel on the rim may be to count in part
Region = tuple[IntRect, U8]
NOTHING: Region = (IntRect(0, 0, 0, 0), np.zeros((0, 0), np.uint8))


def outlined(points: Sequence[Point], shape: tuple[int, int]) -> Region:
    """The pixels of H×W within a closed outline, with an edge of one soft pixel. Where it crosses itself twice inside
    is outside."""
    corners = np.array(points, np.float64).reshape(-1, 2)
    if len(corners) < 3:
        return NOTHING
    low, high = np.floor(corners.min(0)).astype(int) - 1, np.ceil(corners.max(0)).astype(int) + 1
    rect = overlap(IntRect(*low.tolist(), *high.tolist()), IntRect(0, 0, shape[1], shape[0]))
    if rect.size.width <= 0 or rect.size.height <= 0:
        return NOTHING
    corners = corners - (rect.x0, rect.y0)
    coverage = np.empty((rect.size.height, rect.size.width), np.uint8)
    for top in range(0, rect.size.height, STRIP):
        strip = coverage[top : top + STRIP]
        strip[...] = _filled(corners - (0, top), (strip.shape[1], strip.shape[0]))
    return rect, coverage


def _filled(corners: F64, size: tuple[int, int]) -> U8:
    """What an outline covers of each pixel of a strip: drawn larger, for OpenCV's own soft edge is a pixel too wide."""
    large = np.zeros((size[1] * LARGER, size[0] * LARGER), np.uint8)
    places = np.rint((corners * LARGER - 0.5) * (1 << FINE)).astype(np.int32)  # counted from the middle of a pixel
    cv2.fillPoly(large, [places], (255,), cv2.LINE_8, FINE)
    return np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA), np.uint8)


def alike(photo: Samples, at: Point, tolerance: int, *, contiguous: bool) -> Region:
    """The pixels whose colour is near the one at a place: no channel differs by more than `tolerance`, 0..255.

    `photo` is H×W×3 of 8 bits or H×W×4 of 8 or 16; `contiguous` takes only those that hang together with the place.
    On the rim, where colours mix, pixels count in part.
    """
    height, width = photo.shape[:2]
    x, y = int(np.floor(at.x)), int(np.floor(at.y))
    if not (0 <= x < width and 0 <= y < height):
        return NOTHING
    rgb = np.ascontiguousarray(eight(photo)[..., :3], np.uint8)
    colour = rgb[y, x].astype(int)
    inside = _flood(rgb, (x, y), tolerance) if contiguous else _within(rgb, colour, tolerance)
    wide = around(box_of(inside), 1, inside.shape)[0]
    chosen = inside[wide.slices]
    rim = np.asarray(cv2.dilate(chosen, np.ones((3, 3), np.uint8)), np.uint8) > chosen
    off = np.abs(rgb[wide.slices][rim].astype(np.int16) - colour).max(1, initial=0)
    coverage = chosen * np.uint8(255)
    coverage[rim] = np.clip(255 * (1 - (off - tolerance) / max(FADE * tolerance, 1)), 0, 255).astype(np.uint8)
    return wide, coverage


def _within(rgb: U8, colour: np.ndarray, tolerance: int) -> U8:
    low, high = np.clip(colour - tolerance, 0, 255), np.clip(colour + tolerance, 0, 255)
    return (np.asarray(cv2.inRange(rgb, tuple(low.tolist()), tuple(high.tolist())), np.uint8) > 0).view(np.uint8)


def _flood(rgb: U8, at: tuple[int, int], tolerance: int) -> U8:
    """1 on what hangs together with a place, over sides of pixels."""
    mask = np.zeros((rgb.shape[0] + 2, rgb.shape[1] + 2), np.uint8)
    near = (tolerance,) * 3
    cv2.floodFill(rgb, mask, at, (0, 0, 0), near, near, 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY)
    return np.ascontiguousarray(mask[1:-1, 1:-1])
