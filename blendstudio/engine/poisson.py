"""Masked Poisson equation on a pixel grid: the background's values round the mask, the wanted gradients inside."""

import math

import cv2
import numpy as np

from blendstudio.core.types import F32, F64, Bool
from blendstudio.engine.job import Progress
from blendstudio.engine.multigrid import Solver

TOLERANCE = 1e-6  # of 0..1: a quarter of a thousandth of one of 255 levels


def solve(source: F32, background: F32, mask: Bool, progress: Progress, *, mixed: bool = False) -> F32:
    """h×w×3 that equals `background` outside `mask` and has the gradients of `source` inside (Pérez et al., 2003).

    With `mixed`, between each two neighbours the stronger of both pictures' gradients (their equations 12 and 13), each
    channel by itself. Exact to a thousandth of a level of 255. Not clamped. Beyond the window's border nothing is
    asked; a mask that fills the window gives the source back, for nothing says which colours it should take on.
    """
    if mask.all():
        return source
    progress.check()
    result = background.astype(np.float32).copy()
    if not mask.any():
        return result
    part = _part(mask)
    inside = mask[part]
    solver = Solver(inside)
    for channel in range(3):
        own, other = (x[part][..., channel].astype(np.float64) for x in (source, background))
        step = progress.part(channel / 3, (channel + 1) / 3, "Solving")
        change = solver.solve(_right_side(own, other, inside, mixed=mixed), TOLERANCE, _Reporter(step))
        result[part][..., channel][inside] = (own + change)[inside]
    return result


def _part(mask: Bool) -> tuple[slice, slice]:
    """The box of the mask and one pixel more on each side, within the window."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    return slice(max(0, y - 1), y + height + 1), slice(max(0, x - 1), x + width + 1)


def _right_side(source: F64, background: F64, mask: Bool, *, mixed: bool) -> F64:
    """What the source's correction must fulfil, h×w: it is background − source at the mask's edge, and the sum of its
    steps to a pixel's neighbours is what the wanted gradients have more than the source's."""
    known = np.where(mask, 0, background - source)
    wanted = np.zeros_like(source)
    for axis in (0, 1):
        before, after = _sides(axis)
        if mixed:
            own, other = np.diff(source, axis=axis), np.diff(background, axis=axis)
            more = np.where(np.abs(other) > np.abs(own), other - own, 0)
            wanted[after] += more
            wanted[before] -= more
        wanted[after] += known[before]
        wanted[before] += known[after]
    return np.where(mask, wanted, 0)


def _sides(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """All pixels that have a next one along an axis, and all that have one before."""
    everything = slice(None)
    pair = slice(None, -1), slice(1, None)
    return ((pair[0],), (pair[1],)) if axis == 0 else ((everything, pair[0]), (everything, pair[1]))


class _Reporter:
    """Tells how near the solver is: each step makes the change smaller by about the same factor."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._first = 0.0

    def __call__(self, change: float) -> None:
        self._first = max(self._first, change, 2 * TOLERANCE)
        self._progress(math.log(self._first / max(change, TOLERANCE)) / math.log(self._first / TOLERANCE))
