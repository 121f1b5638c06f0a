"""Layers as other programs can show them: a plain picture that, laid over what is below, gives the same result."""

from dataclasses import replace

import numpy as np

from blendstudio.core.compose import Front, flatten, footprint, front_of, laid_on, layer_alpha, warp
from blendstudio.core.document import Document, Layer
from blendstudio.core.geometry import IntRect
from blendstudio.core.masking import bounds
from blendstudio.core.pixels import Pixels, quantise
from blendstudio.core.types import F32, Samples, floats

ROWS = 256  # worked on at a time, which bounds the floats
FAINT = 0.1  # below this opacity the result says too little about a layer's own colours


def patch(document: Document, layer_id: str) -> tuple[Pixels, IntRect]:
    """What of an object is seen, cut to its content, and where it lies in the document.

    Laid “over” the layers below, at the layer's opacity to three decimals, it gives what `flatten` gives, to a level.
    """
    layer = document.layer(layer_id)
    _, pixels, rect = laid(flatten(document.below(layer_id)), layer, front_of(document))
    return pixels, rect


def laid(below: Pixels, layer: Layer, front: Front | None = None) -> tuple[Pixels, Pixels, IntRect]:
    """The picture below with the layer on it as `flatten` lays it, and the layer's patch with its place.

    The patch is clear where something stands in front of the layer.
    """
    shown = replace(layer, visible=True, opacity=layer.opacity if layer.opacity >= FAINT else 1.0)
    above = laid_on(below, shown, front)
    pixels, rect = _between(below, above, shown, front)
    if not layer.visible:
        return below, pixels, rect
    return (above if shown.opacity == layer.opacity else laid_on(below, layer, front)), pixels, rect


def _between(below: Pixels, above: Pixels, layer: Layer, front: Front | None) -> tuple[Pixels, IntRect]:
    """The patch that turns one picture into the other."""
    blend = layer.shown_blend
    rect = blend.rect if blend else footprint(layer, below.size)
    if min(rect.size) <= 0:
        return _nothing(below)
    alpha = blend.alpha if blend else warp(layer_alpha(layer), layer.transform, rect, repeat_edge=False)
    before, after = below.array[rect.slices], above.array[rect.slices]
    if front:  # where the ground lets something through, the cover also says how much less it does now
        opaque = before[..., 3] == below.top
        alpha = floats(np.where(opaque, alpha * (1 - front.alpha[rect.slices]), alpha))
    made = np.empty(before.shape, before.dtype)
    for first in range(0, len(made), ROWS):
        rows = slice(first, first + ROWS)
        made[rows] = _solved(before[rows], after[rows], alpha[rows], round(layer.opacity, 3))
    box = bounds(made[..., 3] > 0)
    if box is None:
        return _nothing(below)
    own = box.whole(rect.size)
    place = IntRect(rect.x0 + own.x0, rect.y0 + own.y0, rect.x0 + own.x1, rect.y0 + own.y1)
    return Pixels(made[own.slices].copy(), below.profile), place


def _solved(before: Samples, after: Samples, alpha: F32, opacity: float) -> Samples:
    """Colours C and the least cover ≥ `alpha` with which C stays within 0..1, such that `before` becomes `after`.

    With s the patch's share in what is seen: after = before·(1 − s) + C·s. On an opaque picture s = cover·opacity; on
    one of alpha b, s = cover·opacity / (cover·opacity + b·(1 − cover·opacity)).
    """
    top = float(np.iinfo(before.dtype).max)
    old, new = floats(before[..., :3], top), floats(after[..., :3], top)
    behind = floats(before[..., 3], top)
    room = np.where(new < old, old, 1 - old)  # how far a colour could go in its direction
    least = (np.abs(new - old) / np.maximum(room, 1e-6)).max(-1)
    needed = least * behind / np.maximum(1 - least * (1 - behind), 1e-6) / opacity
    cover = quantise(floats(np.maximum(alpha, needed)), before)
    laid_alpha = floats(cover, top) * np.float32(opacity)
    share = laid_alpha / np.maximum(laid_alpha + behind * (1 - laid_alpha), 1e-6)
    share = share[..., None]
    colours = (new - old * (1 - share)) / np.maximum(share, 1e-6)
    samples = np.where(share > 0, quantise(floats(colours), before), 0)
    return np.concatenate([samples, cover[..., None]], axis=2, dtype=before.dtype)


def _nothing(like: Pixels) -> tuple[Pixels, IntRect]:
    """One clear pixel: other programs expect a picture of every layer."""
    return Pixels(np.zeros((1, 1, 4), like.array.dtype), like.profile), IntRect(0, 0, 1, 1)
