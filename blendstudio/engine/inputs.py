"""What a blend was made from, as one hash: by it a blend knows whether it still fits."""

import hashlib

import numpy as np

from blendstudio.core.document import Document, Layer


def digest(document: Document, layer: Layer) -> str:
    """A hash of all that a layer's blend depends on: the picture, its mask, its place, and what lies below."""
    state = hashlib.blake2b(digest_size=16)
    for below in document.below(layer.id).layers:
        state.update(repr((below.opacity, below.visible)).encode())
        _digest_layer(state, below)
        if blend := below.shown_blend:
            state.update(repr((blend.rect, blend.strength, blend.context)).encode())
            for values in (blend.alpha, *(part.values for part in blend.contributions)):
                state.update(values.data)
    _digest_layer(state, layer)
    return state.hexdigest()


def _digest_layer(state: hashlib.blake2b, layer: Layer) -> None:
    state.update(repr((layer.transform.rows, layer.pixels.profile)).encode())
    state.update(layer.pixels.array.data)
    if layer.mask:
        state.update(repr(layer.mask.refine).encode())
        for part in layer.mask.parts:
            state.update(b"-" if part is None else np.ascontiguousarray(part).data)
