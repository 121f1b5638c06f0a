"""The brush: round dabs on a coverage map, and what a stroke does to the two hand-painted parts of a mask.

Coverage is H×W uint8, 0 where the stroke has not been. The arrays are written in place, for speed under the hand;
they become part of a Mask only when the stroke ends.
"""

import math

import numpy as np

from blendstudio.core.geometry import IntRect, Point, Rect, Size
from blendstudio.core.types import F32, U8

SPACING = 0.12  # of the diameter, between two dabs
NOTHING = IntRect(0, 0, 0, 0)


def stamp(diameter: float, hardness: float, centre: Point) -> tuple[U8, int, int]:
    """One dab, and its left and top pixel. `centre` is in pixels; `hardness` 0..1 is the part without a soft edge."""
    radius = max(diameter / 2, 0.5)
    left, top = math.floor(centre.x - radius - 1), math.floor(centre.y - radius - 1)
    side = math.ceil(2 * radius) + 3
    x = np.arange(left, left + side, dtype=np.float32) + 0.5 - centre.x
    y = np.arange(top, top + side, dtype=np.float32) + 0.5 - centre.y
    distance = np.sqrt(x[None, :] ** 2 + y[:, None] ** 2)
    soft = max(1.0, radius * (1 - hardness))
    ramp = np.clip((radius + 0.5 - distance) / soft, 0, 1)
    if hardness < 1:
        ramp = ramp * ramp * (3 - 2 * ramp)
    return np.rint(ramp * 255).astype(np.uint8), left, top


def line(coverage: U8, start: Point, end: Point, diameter: float, hardness: float) -> IntRect:
    """Dabs from `start`, left out unless it is also the end, to `end`; returns the pixels that may have changed."""
    length = math.dist(start, end)
    count = max(1, math.ceil(length / max(0.5, diameter * SPACING)))
    changed = NOTHING
    for number in range(1, count + 1):
        share = number / count
        centre = Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)
        changed = joined(changed, _dab(coverage, stamp(diameter, hardness, centre)))
    return changed


def joined(a: IntRect, b: IntRect) -> IntRect:
    """The smallest rectangle that holds both; an empty one counts for nothing."""
    if a.size.width <= 0 or a.size.height <= 0:
        return b
    if b.size.width <= 0 or b.size.height <= 0:
        return a
    return IntRect(min(a.x0, b.x0), min(a.y0, b.y0), max(a.x1, b.x1), max(a.y1, b.y1))


def add(parts: tuple[U8, U8], before: tuple[U8 | None, U8 | None], coverage: U8, rect: IntRect) -> None:
    """Writes into `parts` (add, subtract) on `rect` what they become where the stroke adds to `before`."""
    cut = rect.slices
    parts[0][cut] = coverage[cut] if before[0] is None else np.maximum(before[0][cut], coverage[cut])
    parts[1][cut] = 0 if before[1] is None else np.minimum(before[1][cut], 255 - coverage[cut])


def subtract(parts: tuple[U8, U8], before: tuple[U8 | None, U8 | None], coverage: U8, rect: IntRect) -> None:
    """The same where the stroke takes away."""
    add((parts[1], parts[0]), (before[1], before[0]), coverage, rect)


def final(base: F32 | None, parts: tuple[U8, U8], opacity: U8, rect: IntRect) -> U8:
    """The soft alpha on `rect`, 0..255: base ∪ add − subtract, times the picture's own `opacity`."""
    cut = rect.slices
    inside = parts[0][cut] if base is None else np.maximum(np.rint(base[cut] * 255).astype(np.uint8), parts[0][cut])
    kept = np.minimum(inside, 255 - parts[1][cut])
    return np.where(opacity[cut] == 255, kept, kept.astype(np.uint16) * opacity[cut] // 255).astype(np.uint8)


def scaled(coverage: U8, opacity: float) -> U8:
    """Coverage at 0..1 of its strength."""
    return coverage if opacity >= 1 else (coverage * np.float32(opacity) + np.float32(0.5)).astype(np.uint8)


def _dab(coverage: U8, dab: tuple[U8, int, int]) -> IntRect:
    values, left, top = dab
    height, width = values.shape
    whole = Rect(left, top, left + width, top + height)
    rect = whole.whole(Size(coverage.shape[1], coverage.shape[0]))
    if rect.size.width <= 0 or rect.size.height <= 0:
        return NOTHING
    part = values[rect.y0 - top : rect.y1 - top, rect.x0 - left : rect.x1 - left]
    np.maximum(coverage[rect.slices], part, out=coverage[rect.slices])
    return rect
