"""Objects behind a piece of the background: the method blends them whole, as if it were not there; then it lies over
them, bit for bit. So no seam runs along it, and nothing of it is in the losses."""

from collections.abc import Callable

import cv2

from blendstudio.core.compose import Front, paste
from blendstudio.core.geometry import IntRect
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import F32, Bool, floats
from blendstudio.errors import EmptyMask


def beside(front: Front, rect: IntRect, zone: Bool, alpha: F32) -> Bool:
    """The part of the zone, h×w, that is seen beside what stands in front. Raises EmptyMask when no object is."""
    seen = zone & (front.alpha[rect.slices] < 1)
    if not (seen & (alpha >= 0.5)).any():
        raise EmptyMask("The object lies wholly behind what is in front.", "Move it, or put less in front of it.")
    return seen


def veil(front: Front | None, rect: IntRect, to_srgb: Callable[[Pixels], Pixels]) -> Callable[[F32], F32]:
    """What lays over a preview of `rect`, of any size, all that stands in front; nothing when nothing does."""
    if front is None:
        return lambda picture: picture
    pixels = front.layer.pixels
    own = to_srgb(Pixels(pixels.array[rect.slices], pixels.profile))
    alpha, rgb = front.alpha[rect.slices], floats(own.array[..., :3], own.top)

    def veiled(picture: F32) -> F32:
        size = picture.shape[1::-1]
        cover = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
        return paste(picture, floats(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)), floats(cover))

    return veiled
