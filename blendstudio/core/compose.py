"""The layer stack to one picture, and the resampling of a layer into the document."""

import cv2
import numpy as np

from blendstudio.core.document import Blend, Document, Layer
from blendstudio.core.geometry import IntRect, Size, Transform
from blendstudio.core.masking import alpha_of, clean_colours
from blendstudio.core.pixels import Pixels, quantise
from blendstudio.core.types import F32, floats


def warp(values: F32, transform: Transform, rect: IntRect, *, repeat_edge: bool) -> F32:
    """An H×W or H×W×C picture resampled once into `rect` of the document, bicubic, antialiased when it shrinks.

    Beyond the picture lies 0, or its edge pixel when `repeat_edge`.
    """
    border = cv2.BORDER_REPLICATE if repeat_edge else cv2.BORDER_CONSTANT
    scale = transform.magnification
    if scale < 1:
        blur = 0.5 * (1 / scale**2 - 1) ** 0.5
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), blur, borderType=cv2.BORDER_REPLICATE), np.float32)
    # OpenCV puts pixel centres at whole numbers; ours lie at halves.
    centred = Transform.moved(0.5, 0.5).then(transform).then(Transform.moved(-0.5 - rect.x0, -0.5 - rect.y0))
    warped = cv2.warpPerspective(values, centred.matrix, rect.size, flags=cv2.INTER_CUBIC, borderMode=border)
    return np.clip(np.asarray(warped, np.float32), 0.0, 1.0)


def colours_of(layer: Layer, alpha: F32) -> F32:
    """The layer's colours in 0..1, H×W×3, cleaned of its old background when its mask asks for that."""
    rgb = floats(layer.pixels.array[..., :3], layer.pixels.top)
    if layer.mask is None or not layer.mask.refine.colours:
        return rgb
    return clean_colours(rgb, alpha)


def layer_alpha(layer: Layer) -> F32:
    """The layer's soft alpha in its own pixels."""
    return layer.pixels.alpha() if layer.mask is None else alpha_of(layer.mask, layer.pixels)


def paste(below: F32, colours: F32, alpha: F32) -> F32:
    """below·(1 − α) + colours·α: “over” on an opaque picture."""
    return floats(below * (1 - alpha[..., None]) + colours * alpha[..., None])


def footprint(layer: Layer, size: Size) -> IntRect:
    """The document pixels that the layer's picture can reach."""
    return layer.transform.bounds(layer.pixels.bounds).grown(2, 2).whole(size)


def flatten(document: Document) -> Pixels:
    """All visible layers on the background, at the background's size, depth and profile.

    Where nothing lies above the background its samples are kept bit for bit.
    """
    background = document.background.pixels
    samples = background.array.copy()
    for layer in document.layers[1:]:
        if layer.visible:
            _lay(samples, layer, document.size)
    return Pixels(samples, background.profile)


def _lay(samples: np.ndarray, layer: Layer, size: Size) -> None:
    blend = layer.shown_blend
    rect = blend.rect if blend else footprint(layer, size)
    if rect.size.width <= 0 or rect.size.height <= 0:
        return
    crop = samples[rect.slices]
    top = float(np.iinfo(samples.dtype).max)
    below = floats(crop[..., :3], top)
    own_alpha = layer_alpha(layer)
    colours = warp(colours_of(layer, own_alpha), layer.transform, rect, repeat_edge=True)
    alpha = blend.alpha if blend else warp(own_alpha, layer.transform, rect, repeat_edge=False)
    cover = floats(alpha * layer.opacity)
    behind = floats(crop[..., 3], top)
    together = cover + behind * (1 - cover)
    share = np.where(behind == 1, cover, cover / np.maximum(together, 1e-6))  # of the object in what is seen
    result = paste(below, colours, floats(share))
    touched = alpha > 0
    if blend:
        added = correction(blend) * layer.opacity
        result = result + added
        touched |= (added != 0).any(-1)
    crop[..., :3] = np.where(touched[..., None], quantise(floats(result), samples), crop[..., :3])
    crop[..., 3] = np.where(touched, quantise(floats(together), samples), crop[..., 3])


def correction(blend: Blend) -> F32:
    """What the blend adds to the pasted picture, at its strength."""
    return floats(np.sum([part.values for part in blend.contributions], axis=0) * blend.strength)
