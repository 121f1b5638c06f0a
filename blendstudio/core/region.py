"""Regions of a photo: inside a drawn outline, or of one colour. Each is a coverage, 0..255, and where it lies."""

from collections.abc import Sequence

import cv2
import numpy as np

from blendstudio.core.geometry import IntRect, Point
from blendstudio.core.matting import eight
from blendstudio.core.tiles import around, box_of, overlap
from blendstudio.core.types import U8, Samples

FINE = 4  # bits of a pixel's fraction in an outline
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
    # OpenCV counts from the middle of a pixel.
    places = np.rint((corners - 0.5 - (rect.x0, rect.y0)) * (1 << FINE)).astype(np.int32)
    coverage = np.zeros((rect.size.height, rect.size.width), np.uint8)
    cv2.fillPoly(coverage, [places], (255,), cv2.LINE_AA, FINE)
    return rect, coverage


def alike(photo: Samples, at: Point, tolerance: int, *, contiguous: bool) -> Region:
    """The pixels whose colour is near the one at a place: no channel differs by more than `tolerance`, 0..255.

    `photo` is H×W×3 of 8 bits or H×W×4 of 8 or 16; `contiguous` takes only those that hang together with the place.
    On the rim, where colours mix, pixels count in part.
    """
    height, width = photo.shape[:2]
    x, y = int(np.floor(at.x)), int(np.floor(at.y))
    if not (0 <= x < width and 0 <= y < height):
        return NOTHING
    rgb = np.ascontiguousarray(eight(photo)[..., :3])
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
    return (np.asarray(cv2.inRange(rgb, low.tolist(), high.tolist()), np.uint8) > 0).view(np.uint8)


def _flood(rgb: U8, at: tuple[int, int], tolerance: int) -> U8:
    """1 on what hangs together with a place, over sides of pixels."""
    mask = np.zeros((rgb.shape[0] + 2, rgb.shape[1] + 2), np.uint8)
    near = (tolerance,) * 3
    cv2.floodFill(rgb, mask, at, (0, 0, 0), near, near, 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY)
    return np.ascontiguousarray(mask[1:-1, 1:-1])
