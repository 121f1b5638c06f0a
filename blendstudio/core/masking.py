"""Masks: erosion and dilation, soft edges, clean colours, and masks that come as pictures.

A mask is H×W uint8, 0 outside and 255 inside; an alpha is H×W float32 in 0..1.
"""

import cv2
import numpy as np

from blendstudio.core.document import Mask, Refine
from blendstudio.core.geometry import Rect, Size
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import F32, U8, Bool, floats

KERNELS = {"ellipse": cv2.MORPH_ELLIPSE, "square": cv2.MORPH_RECT, "cross": cv2.MORPH_CROSS}
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
EPSILON = 1e-4  # of the guided filter, for guides in 0..1


def kernel(shape: str, radius: int) -> U8:
    """A structuring element of side 2·radius + 1."""
    return cv2.getStructuringElement(KERNELS[shape], (2 * radius + 1, 2 * radius + 1)).astype(np.uint8)


def erode_dilate(mask: U8, refine: Refine) -> U8:
    """Erosion, then dilation (paper, section 3.1). Works on soft masks too: it is a minimum, then a maximum."""
    if refine.erode:
        eroded = cv2.erode(mask, kernel(refine.kernel, refine.erode), borderType=cv2.BORDER_REPLICATE)
        mask = np.asarray(eroded, np.uint8)
    if refine.dilate:
        mask = np.asarray(cv2.dilate(mask, kernel(refine.kernel, refine.dilate)), np.uint8)
    return mask


def fill_holes(mask: U8, share: float) -> U8:
    """Fills enclosed holes smaller than `share` of the mask's area."""
    inside = mask >= 128
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~inside).astype(np.uint8), connectivity=4)
    height, width = mask.shape
    x, y, w, h, area = stats.T
    enclosed = (x > 0) & (y > 0) & (x + w < width) & (y + h < height)
    filled = enclosed & (area < share * inside.sum())
    filled[0] = False  # the mask itself
    return np.where(filled[labels], 255, mask).astype(np.uint8)


def drop_islands(mask: U8, share: float) -> U8:
    """Drops parts smaller than `share` of the largest part, and the soft rim round them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask >= 128).astype(np.uint8))
    if count <= 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    lost = np.isin(labels, 1 + np.flatnonzero(areas < share * areas.max()))
    rim = cv2.dilate(lost.astype(np.uint8), kernel("square", 2)) > 0
    kept = cv2.dilate((~lost & (labels > 0)).astype(np.uint8), kernel("square", 2)) > 0
    return np.where(lost | (rim & ~kept), 0, mask).astype(np.uint8)


def refined(auto: U8, refine: Refine) -> U8:
    """The found mask after islands, holes, erosion and dilation."""
    mask = drop_islands(auto, refine.islands) if refine.islands else auto
    mask = fill_holes(mask, refine.holes) if refine.holes else mask
    return erode_dilate(mask, refine)


def guided_filter(guide: F32, values: F32, radius: int, epsilon: float = EPSILON) -> F32:
    """The guided filter of He et al. (2013), with an H×W×3 guide in 0..1 whose edges the result follows."""
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(x: F32) -> F32:
        return np.asarray(cv2.boxFilter(x, -1, side, borderType=cv2.BORDER_REFLECT), np.float32)

    mean_guide, mean_values = mean(guide), mean(values)
    covariance = mean(guide * values[..., None]) - mean_guide * mean_values[..., None]
    spread = np.empty((*values.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            spread[..., i, j] = mean(guide[..., i] * guide[..., j]) - mean_guide[..., i] * mean_guide[..., j]
            spread[..., j, i] = spread[..., i, j]
    spread += epsilon * np.eye(3, dtype=np.float32)
    slope = np.linalg.solve(spread, covariance[..., None])[..., 0]
    offset = mean_values - (slope * mean_guide).sum(-1)
    return (mean(slope) * guide).sum(-1) + mean(offset)


def matted(mask: U8, rgb: U8, width: int) -> F32:
    """Alpha in which, within `width` pixels of the mask's edge, the picture decides; elsewhere the mask."""
    alpha = floats(mask, 255)
    shell = kernel("ellipse", width)
    inside = cv2.erode(mask, shell, borderType=cv2.BORDER_REPLICATE) >= 128
    band = (cv2.dilate(mask, shell) >= 128) & ~inside
    box = bounds(band)
    if box is None:
        return alpha
    y, x = box.grown(2 * width, 2 * width).whole(Size(mask.shape[1], mask.shape[0])).slices
    soft = guided_filter(floats(rgb[y, x], 255), alpha[y, x], width)
    # A guided filter never quite reaches 0 and 1; stretching it keeps flat regions clean.
    soft = np.clip((soft - 0.06) / 0.88, 0.0, 1.0)
    alpha[y, x] = np.where(band[y, x], soft, alpha[y, x])
    return alpha


def alpha_of(mask: Mask, pixels: Pixels) -> F32:
    """The soft alpha of a layer: refine(auto) ∪ add − subtract, times the picture's own alpha."""
    height, width = pixels.array.shape[:2]
    alpha = np.zeros((height, width), np.float32)
    if mask.auto is not None:
        hard = refined(mask.auto, mask.refine)
        alpha = floats(hard, 255)
        if mask.refine.matting:
            alpha = matted(hard, pixels.rgb8(), mask.refine.matting)
        if mask.refine.feather:
            alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), mask.refine.feather), np.float32)
    if mask.add is not None:
        alpha = np.maximum(alpha, mask.add.astype(np.float32) / 255)
    if mask.subtract is not None:
        alpha = np.minimum(alpha, 1 - mask.subtract.astype(np.float32) / 255)
    return alpha * pixels.alpha()


def clean_colours(rgb: F32, alpha: F32) -> F32:
    """The object's own colours, H×W×3 in 0..1, also where its soft edge lets the old background through.

    Blur-fusion foreground estimation (Forte, 2021): two passes of alpha-weighted box blurs, at 90 and at 6 pixels.
    """
    weight = alpha[..., None]
    foreground = background = rgb
    for side in (90, 6):
        mean_weight = cv2.blur(alpha, (side, side))[..., None]
        near = cv2.blur(foreground * weight, (side, side)) / (mean_weight + 1e-5)
        behind = cv2.blur(background * (1 - weight), (side, side)) / (1 - mean_weight + 1e-5)
        foreground = np.clip(near + weight * (rgb - weight * near - (1 - weight) * behind), 0, 1)
        background = behind
    return np.where(weight >= 1, rgb, foreground).astype(np.float32)


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
