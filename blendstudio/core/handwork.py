"""What the hand does to a mask: regions added or taken away, and corrections that make it show what it ought to.

It touches `add` and `subtract` alone; what was found stays, so that finding again keeps all of it.
"""

from dataclasses import replace

import numpy as np

from blendstudio.core import brush
from blendstudio.core.document import AS_GIVEN, Mask
from blendstudio.core.geometry import IntRect
from blendstudio.core.masking import auto_alpha
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import F32, U8, Bool


def first_mask(pixels: Pixels, *, whole: bool) -> Mask:
    """What hand work begins with where there is no mask: all of the photo to take from, or nothing to add to."""
    return Mask(auto=np.full(pixels.array.shape[:2], 255, np.uint8), refine=AS_GIVEN) if whole else Mask()


def drawn(mask: Mask, shape: tuple[int, int]) -> tuple[U8, U8]:
    """Copies of `add` and `subtract`, H×W, to write into."""
    add, subtract = (np.zeros(shape, np.uint8) if part is None else part.copy() for part in (mask.add, mask.subtract))
    return add, subtract


def with_hand(mask: Mask, add: U8, subtract: U8) -> Mask:
    """The mask with other hand work; a part that is empty is none."""
    return replace(mask, add=add if add.any() else None, subtract=subtract if subtract.any() else None)


def laid(mask: Mask, pixels: Pixels, rect: IntRect, coverage: U8, *, erase: bool) -> Mask:
    """The mask with h×w `coverage`, 0..255, of `rect` added to it, or taken away, as one stroke of the brush does."""
    parts = drawn(mask, pixels.array.shape[:2])
    cut = rect.slices
    before = tuple(None if part is None else part[cut] for part in (mask.add, mask.subtract))
    paint = brush.subtract if erase else brush.add
    paint((parts[0][cut], parts[1][cut]), (before[0], before[1]), coverage)
    return with_hand(mask, *parts)


def lifted(mask: Mask, pixels: Pixels, rect: IntRect, coverage: U8) -> Mask:
    """The mask without the hand work that `coverage` of `rect` lies over: there it shows again what was found."""
    parts = drawn(mask, pixels.array.shape[:2])
    for part in parts:
        part[rect.slices][coverage > 0] = 0
    return with_hand(mask, *parts)


def found(mask: Mask, pixels: Pixels) -> U8:
    """The found part as it shows before any hand work, H×W."""
    alpha = auto_alpha(mask, pixels)
    return np.zeros(pixels.array.shape[:2], np.uint8) if alpha is None else bytes_of(alpha)


def seen(mask: Mask, before: U8) -> U8:
    """What shows with all hand work, H×W; `before` is what was found. The picture's own alpha has no say in it."""
    shown = before if mask.add is None else np.maximum(before, mask.add)
    return shown if mask.subtract is None else np.minimum(shown, 255 - mask.subtract)


def showing(mask: Mask, before: U8, target: U8, zone: Bool) -> Mask:
    """The mask whose hand work makes it show `target` in `zone`, all H×W; `before` is what was found there."""
    add, subtract = drawn(mask, before.shape)
    add[zone] = np.where((target > before) | (add > 0), target, 0)[zone]
    subtract[zone] = np.where((target < before) | (subtract > 0), 255 - target, 0)[zone]
    return with_hand(mask, add, subtract)


def bytes_of(alpha: F32) -> U8:
    """An alpha of 0..1 in 0..255."""
    return np.rint(alpha * np.float32(255)).astype(np.uint8)
