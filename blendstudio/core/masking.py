"""Masks: erosion and dilation, soft edges, clean colours, and masks that come as pictures.

A mask is H×W uint8, 0 outside and 255 inside; an alpha is H×W float32 in 0..1.
"""

import math

import cv2
import numpy as np

from blendstudio.core.document import Mask, Refine
from blendstudio.core.geometry import IntRect, Rect
from blendstudio.core.matting import EPSILON, cleaned, guided, matted, own_colours, shares
from blendstudio.core.parts import drop_islands, fill_holes
from blendstudio.core.pixels import Pixels
from blendstudio.core.tiles import TILE, around, box_of, tiles
from blendstudio.core.types import F32, U8, Bool, floats, frozen

KERNELS = {"ellipse": cv2.MORPH_ELLIPSE, "square": cv2.MORPH_RECT, "cross": cv2.MORPH_CROSS}
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def kernel(shape: str, radius: int) -> U8:
    """A structuring element of side 2·radius + 1."""
    return cv2.getStructuringElement(KERNELS[shape], (2 * radius + 1, 2 * radius + 1)).astype(np.uint8)


def distances(inside: Bool) -> F32:
    """How far each true pixel is from the nearest false one, in pixels; 0 for the false ones.

    The square of it is a whole number: OpenCV's last bit changes with where its memory lies, so that the same blend
    would not have the same bytes. Holds up to 1500 pixels.
    """
    found = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return floats(np.sqrt(np.rint(np.square(found, dtype=np.float64))))


def erode_dilate(mask: U8, refine: Refine) -> U8:
    """Erosion, then dilation (paper, section 3.1). Works on soft masks too: it is a minimum, then a maximum."""
    if refine.erode:
        eroded = cv2.erode(mask, kernel(refine.kernel, refine.erode), borderType=cv2.BORDER_REPLICATE)
        mask = np.asarray(eroded, np.uint8)
    if refine.dilate:
        mask = np.asarray(cv2.dilate(mask, kernel(refine.kernel, refine.dilate)), np.uint8)
    return mask


def smoothed(mask: U8, sigma: float) -> U8:
    """The mask with its edge rounded: blurred, then as steep again as an edge of one pixel."""
    blurred = np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), np.float32) - 127.5
    steep = max(1.0, sigma * math.sqrt(2 * math.pi))  # the slope of a blurred straight edge is 255 / this
    return np.clip(np.rint(blurred * np.float32(steep) + 127.5), 0, 255).astype(np.uint8)


def refined(auto: U8, refine: Refine) -> U8:
    """The found mask after islands, holes, erosion, dilation and smoothing."""
    reach = refine.erode + refine.dilate + math.ceil(4 * refine.smooth) + 1
    place = around(box_of(auto), reach, auto.shape)[0].slices  # beyond it nothing happens
    mask = np.ascontiguousarray(auto[place])
    if not mask.any():
        return auto
    mask = drop_islands(mask, refine.islands) if refine.islands else mask
    mask = fill_holes(mask, refine.holes) if refine.holes else mask
    whole = np.zeros_like(auto)
    mask = erode_dilate(mask, refine)
    whole[place] = smoothed(mask, refine.smooth) if refine.smooth else mask
    return whole


def guided_filter(guide: F32, values: F32, radius: int, epsilon: float = EPSILON) -> F32:
    """The guided filter of He et al. (2013), with an H×W×3 guide in 0..1 whose edges the result follows."""
    red, green, blue = (np.asarray(plane, np.float32) for plane in cv2.split(guide))
    return guided([red, green, blue], values, radius, epsilon)


def auto_alpha(mask: Mask, pixels: Pixels) -> F32 | None:
    """refine(auto) − exclude with its soft edge, H×W, closed to writing: what stays while the hand paints.

    None without auto.
    """
    return None if mask.auto is None else frozen(_softened(mask.auto, mask, pixels))


def _softened(auto: U8, mask: Mask, pixels: Pixels) -> F32:
    refine = mask.refine
    hard = refined(auto, refine)
    alpha = matted(hard, pixels.array, refine.matting) if refine.matting else shares(hard)
    alpha = _feathered(alpha, refine.feather) if refine.feather else alpha
    return alpha if mask.exclude is None else np.minimum(alpha, 1 - shares(mask.exclude))


def grown(alpha: F32, reach: float, mask: Mask, pixels: Pixels) -> F32:
    """The alpha with `reach` pixels of the photo round it, but nothing of what the mask excludes, H×W."""
    inside = (alpha >= 0.5).view(np.uint8)
    wide = around(box_of(inside), math.ceil(reach) + 1, alpha.shape)[0].slices
    distance = cv2.distanceTransform(1 - inside[wide], cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ring = np.clip(np.float32(reach + 1) - distance, 0, 1) * floats(pixels.array[wide][..., 3], pixels.top)
    if mask.exclude is not None:
        ring = np.minimum(ring, 1 - shares(mask.exclude[wide]))
    result = alpha.copy()
    result[wide] = np.maximum(result[wide], ring)
    return result


def _feathered(alpha: F32, sigma: float) -> F32:
    """Blurred wherever it is not the same all round."""
    result = alpha.copy()
    reach = round(4 * sigma) + 1  # of OpenCV's kernel for floats
    for tile in tiles(IntRect(0, 0, alpha.shape[1], alpha.shape[0]), max(TILE, 2 * reach)):
        wide, inner = around(tile, reach, alpha.shape)
        crop = alpha[wide.slices]
        if crop.min() != crop.max():
            result[tile.slices] = cv2.GaussianBlur(crop, (0, 0), sigma)[inner.slices]
    return result


def painted(base: F32 | None, mask: Mask, pixels: Pixels, rect: IntRect | None = None) -> F32:
    """What `auto_alpha` made ∪ add − subtract, times the picture's own alpha; of `rect` of the layer alone if given."""
    place = (rect or IntRect(0, 0, *pixels.size)).slices
    shape = pixels.array[place].shape[:2]
    return _joined(np.zeros(shape, np.float32) if base is None else base[place].copy(), mask, pixels, place)


def alpha_of(mask: Mask, pixels: Pixels) -> F32:
    """The soft alpha of a layer: (refine(auto) − exclude) ∪ add − subtract, times the picture's own alpha."""
    if mask.auto is None:
        return painted(None, mask, pixels)
    return _joined(_softened(mask.auto, mask, pixels), mask, pixels, (slice(None), slice(None)))


def _joined(alpha: F32, mask: Mask, pixels: Pixels, place: tuple[slice, slice]) -> F32:
    """The alpha of `place`, changed where it lies, with all that is not found by models."""
    if mask.add is not None:
        part = mask.add[place]
        box = box_of(part).slices
        alpha[box] = np.maximum(alpha[box], floats(part[box], 255))
    if mask.subtract is not None:
        part = mask.subtract[place]
        box = box_of(part).slices
        alpha[box] = np.minimum(alpha[box], 1 - floats(part[box], 255))
    own = pixels.array[place][..., 3]
    if own.min(initial=pixels.top) < pixels.top:
        alpha *= floats(own, pixels.top)
    return alpha


def clean_colours(rgb: F32, alpha: F32) -> F32:
    """The object's own colours, H×W×3 in 0..1, also where its soft edge lets the old background through.

    Opaque pixels keep theirs; a few pixels outside the object all is black.
    """
    whole = IntRect(0, 0, rgb.shape[1], rgb.shape[0])
    return own_colours(rgb, 1.0, alpha, whole, cleaned(rgb, 1.0, alpha, whole))


def bounds(inside: Bool) -> Rect | None:
    """The upright box round the true pixels, or None when there are none."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not len(rows):
        return None
    return Rect(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))


def mask_from_picture(pixels: Pixels) -> U8:
    """A black-and-white mask from a grey, palette, alpha or two-coloured picture; the brighter colour is inside.

    The paper's masks come out of SAM in yellow and purple (section 3.1); any two colours do.
    """
    alpha = np.rint(pixels.alpha() * 255).astype(np.uint8)
    rgb = pixels.rgb8()
    if np.ptp(alpha) and not np.ptp(rgb[alpha > 0].reshape(-1, 3), axis=0).any():
        return alpha
    grey = _on_axis(rgb) if np.ptp(rgb.astype(np.int16), axis=2).any() else rgb[..., 0]
    if grey.max() == 1:  # a label picture: 0 and 1
        grey = grey * np.uint8(255)
    return (grey.astype(np.uint16) * alpha // 255).astype(np.uint8)


def _on_axis(rgb: U8) -> U8:
    """Each pixel's place between the picture's two main colours, darker 0, brighter 255."""
    samples = rgb.reshape(-1, 3).astype(np.float32)
    luma = samples @ LUMA
    if not np.ptp(samples, axis=0).any():
        return np.zeros(rgb.shape[:2], np.uint8)
    # Drawn at random, for a regular step would see but a few columns; the extremes are in, however few they are.
    drawn = np.random.default_rng(0).integers(len(samples), size=min(len(samples), 20000))
    drawn = np.concatenate([[luma.argmin(), luma.argmax()], drawn])
    seed = samples[drawn]
    labels = (luma[drawn] > (luma.min() + luma.max()) / 2).astype(np.int32)[:, None]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    _, _, centres = cv2.kmeans(seed, 2, labels, criteria, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    dark, bright = sorted(centres, key=lambda c: float(c @ LUMA))
    axis = bright - dark
    place = (samples - dark) @ axis / max(float(axis @ axis), 1e-6)
    return np.rint(np.clip(place, 0, 1) * 255).astype(np.uint8).reshape(rgb.shape[:2])
