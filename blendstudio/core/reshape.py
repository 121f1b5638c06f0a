"""Commands on the mask as it is seen: grow, shrink, smooth and feather it, fill its holes, drop its islands.

Each turns the knobs of Refine, which shape what was found, also when something else is found later; and it changes
what the hand drew so that the whole mask shows what the command says.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from blendstudio.core.document import Mask, Refine
from blendstudio.core.handwork import found, seen, showing
from blendstudio.core.masking import kernel, smoothed
from blendstudio.core.parts import RIM, drop_islands, fill_holes
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import U8, Bool

MOST = 64  # pixels, as of the knobs
ISLAND = 0.1  # of the largest part: what is smaller is an island


class Reshape(NamedTuple):
    """The knobs afterwards, the same done to a mask of 8 bits, and from how far away it sees; None from anywhere."""

    refine: Refine
    change: Callable[[U8], U8]
    reach: int | None = None


def grow(refine: Refine, amount: int) -> Reshape:
    """The edge `amount` pixels farther out."""
    shell = kernel(refine.kernel, amount)
    turned = replace(refine, dilate=min(MOST, refine.dilate + amount))
    return Reshape(turned, lambda mask: np.asarray(cv2.dilate(mask, shell), np.uint8), amount)


def shrink(refine: Refine, amount: int) -> Reshape:
    """The edge `amount` pixels farther in."""
    shell = kernel(refine.kernel, amount)
    less = min(amount, refine.dilate)
    turned = replace(refine, dilate=refine.dilate - less, erode=min(MOST, refine.erode + amount - less))
    return Reshape(
        turned,
        lambda mask: np.asarray(cv2.erode(mask, shell, borderType=cv2.BORDER_REPLICATE), np.uint8),
        amount,
    )


def smooth(refine: Refine, amount: int) -> Reshape:
    """The edge rounded."""
    turned = replace(refine, smooth=_together(refine.smooth, amount))
    return Reshape(turned, lambda mask: smoothed(mask, amount), 4 * amount)


def feather(refine: Refine, amount: int) -> Reshape:
    """The edge blurred."""
    turned = replace(refine, feather=_together(refine.feather, amount))
    return Reshape(turned, lambda mask: np.asarray(cv2.GaussianBlur(mask, (0, 0), amount), np.uint8), 4 * amount)


def without_holes(refine: Refine) -> Reshape:
    """No holes at all."""
    return Reshape(replace(refine, holes=1.0), _filled)


def without_islands(refine: Refine) -> Reshape:
    """No parts smaller than a tenth of the largest one, or than the knob says when that is more."""
    share = max(refine.islands, ISLAND)
    return Reshape(replace(refine, islands=share), lambda mask: drop_islands(mask, share))


def largest(refine: Refine) -> Reshape:
    """Only the largest part."""
    return Reshape(replace(refine, islands=1.0), lambda mask: drop_islands(mask, 1.0))


def reshaped(mask: Mask, pixels: Pixels, how: Reshape) -> Mask:
    """The mask after one of the commands above."""
    after = mask if mask.auto is None else replace(mask, refine=how.refine)
    if mask.add is None and mask.subtract is None:
        return after
    target = how.change(seen(mask, found(mask, pixels)))
    return showing(after, found(after, pixels), target, _zone(mask, how.reach))


def most(mask: Mask, name: str) -> int:
    """How many pixels a command of AMOUNTS can still take, as far as the knobs go; 0 when they are at their end."""
    if mask.auto is None:
        return MOST
    refine = mask.refine
    left = {
        "grow": MOST - refine.dilate,
        "shrink": MOST - refine.erode + refine.dilate,
        "smooth": math.sqrt(MOST**2 - refine.smooth**2),
        "feather": math.sqrt(MOST**2 - refine.feather**2),
    }
    return min(MOST, int(left[name]))


AMOUNTS = {"grow": grow, "shrink": shrink, "smooth": smooth, "feather": feather}
WHOLE = {"fill-holes": without_holes, "drop-islands": without_islands, "keep-largest": largest}


def _zone(mask: Mask, reach: int | None) -> Bool:
    """Where the hand work has a say in what comes out."""
    parts = [part for part in (mask.add, mask.subtract) if part is not None]
    touched = np.maximum.reduce([(part > 0).view(np.uint8) for part in parts])
    if reach is None:
        return np.ones(touched.shape, bool)
    side = 2 * reach + 1
    tall = cv2.dilate(touched, np.ones((side, 1), np.uint8))  # up and down, then to both sides: a square, and quick
    return np.asarray(cv2.dilate(tall, np.ones((1, side), np.uint8)), np.uint8) > 0


def _filled(mask: U8) -> U8:
    """Without holes, and without the soft rims of those that were there."""
    filled = fill_holes(mask, 1.0)
    rim = cv2.dilate((filled > mask).view(np.uint8), RIM)
    return np.where((np.asarray(rim) > 0) & (mask >= 128), np.uint8(255), filled)


def _together(one: float, other: float) -> float:
    """Two blurs after each other are one of this width."""
    return round(min(math.hypot(one, other), MOST), 2)
