"""The brush: round dabs on a coverage map, and what a stroke does to the two hand-painted parts of a mask.

Coverage is H×W uint8, 0 where the stroke has not been. The arrays are written in place, for speed under the hand;
they become part of a Mask only when the stroke ends.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from blendstudio.core.geometry import IntRect, Point, Rect, Size
from blendstudio.core.types import F32, U8

SPACING = 0.12  # of the diameter, between two dabs
LARGE = 24.0  # px
PIXEL = 1.5  # px: a brush below that paints whole pixels, never parts of four
FINENESS = 24.0  # sizes told apart between a size and its double: each is a stamp of its own
NOTHING = IntRect(0, 0, 0, 0)


class Tip(NamedTuple):
    """The brush at one place: diameter in pixels, hardness and strength 0..1. A pen's pressure changes it."""

    diameter: float
    hardness: float = 1.0
    strength: float = 1.0

    def towards(self, other: "Tip", share: float) -> "Tip":
        """The tip that far on the way to another, 0..1."""
        return Tip(*(a + (b - a) * share for a, b in zip(self, other, strict=True)))


@lru_cache(maxsize=64)
def stamp(diameter: float, hardness: float, x: float, y: float) -> U8:
    """One dab; its centre lies x, y (0..1) past the middle pixel's corner. `hardness` 0..1 is the part that is firm."""
    radius = max(diameter / 2, 0.5)
    reach = math.ceil(radius) + 1
    steps = np.arange(-reach, reach + 1, dtype=np.float32) + 0.5
    distance = np.sqrt((steps[None, :] - x) ** 2 + (steps[:, None] - y) ** 2)
    soft = max(1.0, radius * (1 - hardness))
    ramp = np.clip((radius + 0.5 - distance) / soft, 0, 1)
    if hardness < 1:
        ramp = ramp * ramp * (3 - 2 * ramp)
    return np.rint(ramp * 255).astype(np.uint8)


def line(coverage: U8, start: Point, end: Point, first: Tip, last: Tip | None = None) -> IntRect:
    """Dabs from `start`, left out unless it is also the end, to `end`; returns the pixels that may have changed.

    The tip is `first` at the start and becomes `last`, when there is one, on the way.
    """
    last = last or first
    length = math.dist(start, end)
    count = max(1, math.ceil(length / max(0.5, min(first.diameter, last.diameter) * SPACING)))
    changed = NOTHING
    for number in range(1, count + 1):
        share = number / count
        centre = Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)
        tip = last if last == first else _near(first.towards(last, share))
        changed = joined(changed, _dab(coverage, centre, tip))
    return changed


def _near(tip: Tip) -> Tip:
    """The tip with one of few diameters, so that a swelling line is stamped with few stamps."""
    return tip._replace(diameter=2 ** (round(math.log2(max(tip.diameter, 1.0)) * FINENESS) / FINENESS))


def joined(a: IntRect, b: IntRect) -> IntRect:
    """The smallest rectangle that holds both; an empty one counts for nothing."""
    if a.size.width <= 0 or a.size.height <= 0:
        return b
    if b.size.width <= 0 or b.size.height <= 0:
        return a
    return IntRect(min(a.x0, b.x0), min(a.y0, b.y0), max(a.x1, b.x1), max(a.y1, b.y1))


def add(parts: tuple[U8, U8], before: tuple[U8 | None, U8 | None], coverage: U8) -> None:
    """Writes into `parts` (add, subtract) what they become where the stroke adds to `before`."""
    parts[0][...] = coverage if before[0] is None else np.maximum(before[0], coverage)
    parts[1][...] = 0 if before[1] is None else np.minimum(before[1], 255 - coverage)


def subtract(parts: tuple[U8, U8], before: tuple[U8 | None, U8 | None], coverage: U8) -> None:
    """The same where the stroke takes away."""
    add((parts[1], parts[0]), (before[1], before[0]), coverage)


def final(base: F32 | None, parts: tuple[U8, U8], opacity: U8) -> U8:
    """The soft alpha, 0..255: base ∪ add − subtract, times the picture's own `opacity`."""
    inside = parts[0] if base is None else np.maximum(np.rint(base * 255).astype(np.uint8), parts[0])
    kept = np.minimum(inside, 255 - parts[1])
    return np.where(opacity == 255, kept, kept.astype(np.uint16) * opacity // 255).astype(np.uint8)


def scaled(coverage: U8, opacity: float) -> U8:
    """Coverage at 0..1 of its strength."""
    return coverage if opacity >= 1 else (coverage * np.float32(opacity) + np.float32(0.5)).astype(np.uint8)


def _dab(coverage: U8, centre: Point, tip: Tip) -> IntRect:
    diameter = tip.diameter
    fine = 4 if diameter < LARGE else 1  # a large dab shows no difference within a pixel
    x, y = (math.floor(v) + 0.5 if diameter < PIXEL else round(v * fine) / fine for v in centre)
    values = stamp(diameter, tip.hardness, x - math.floor(x), y - math.floor(y))
    side = len(values)
    left, top = math.floor(x) - side // 2, math.floor(y) - side // 2
    rect = Rect(left, top, left + side, top + side).whole(Size(coverage.shape[1], coverage.shape[0]))
    if rect.size.width <= 0 or rect.size.height <= 0:
        return NOTHING
    part = scaled(values[rect.y0 - top : rect.y1 - top, rect.x0 - left : rect.x1 - left], tip.strength)
    np.maximum(coverage[rect.slices], part, out=coverage[rect.slices])
    return rect
