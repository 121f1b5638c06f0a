"""Hair: in a band that the hand marks, the photo decides how much of each pixel is the object's.

Closed-form matting (Levin, Lischinski and Weiss, 2008): in every window of 3×3 pixels alpha is a line in colour; known
pixels hold it fast. A large band is solved smaller, and its lines are then laid over the full photo.
"""

import math

import cv2
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from blendstudio.core.matting import eight
from blendstudio.core.tiles import around, box_of
from blendstudio.core.types import F32, F64, U8, Bool, Samples, floats

EPSILON = 1e-6  # of the colours' spread in a window, for colours in 0..1
ROOM = 10  # pixels round the band that are looked at, at the size that is solved
LARGEST = 12_000  # pixels that are solved at once, in about a second
SURE = (10, 245)  # of 255: outside the band, what lies between is as open as the band
HAZE, FULL = 0.04, 0.92  # what a solution leaves where there is nothing, and where it has all


def strands(photo: Samples, alpha: U8, band: U8) -> U8:
    """The alpha, H×W, with the band's pixels decided by the photo, in parts where `band` (0..255) is grey."""
    box = box_of(band)
    if not box.x1:
        return alpha
    scale = min(1.0, math.sqrt(LARGEST / cv2.countNonZero(band)))
    wide = around(box, math.ceil(ROOM / scale), alpha.shape)[0]
    cut = wide.slices
    rgb = np.ascontiguousarray(eight(photo[cut])[..., :3], np.uint8)
    found = _solved(rgb, alpha[cut], band[cut] > 0, scale)
    weight = floats(band[cut], 255)
    result = alpha.copy()
    result[cut] = np.rint(alpha[cut] * (1 - weight) + 255 * found * weight).astype(np.uint8)
    return result


def _solved(rgb: U8, alpha: U8, band: Bool, scale: float) -> F32:
    """Alpha in 0..1 of a piece of the photo."""
    colours, values = floats(rgb, 255), floats(alpha, 255)
    known = ~band & ((alpha <= SURE[0]) | (alpha >= SURE[1]))
    if scale < 1:
        size = (max(3, round(rgb.shape[1] * scale)), max(3, round(rgb.shape[0] * scale)))
        small = np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA), np.float32)
        fewer = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)
        sure = np.asarray(cv2.resize(floats(known), size, interpolation=cv2.INTER_AREA)) > 0.999
        coarse = closed_form(small, fewer, sure)
        found = _laid_over(colours, small, coarse)
    else:
        found = closed_form(colours, values, known)
    return np.clip((found - HAZE) / (FULL - HAZE), 0, 1)


def closed_form(colours: F32, values: F32, known: Bool) -> F32:
    """Alpha, h×w in 0..1, that keeps `values` where they are `known`; `colours` are h×w×3 in 0..1."""
    height, width = known.shape
    open_ = ~known
    if not open_.any() or min(height, width) < 3:
        return values
    numbers = np.cumsum(open_).reshape(height, width) - 1
    system, right = _system(colours, values, open_, numbers)
    factors = splu(system.tocsc())
    result = values.copy()
    result[open_] = np.clip(factors.solve(right), 0, 1)
    return result


def _system(colours: F32, values: F32, open_: Bool, numbers: np.ndarray) -> tuple[sparse.coo_matrix, F64]:
    """The matting Laplacian between open pixels, and what the known ones pull them to."""
    middle = np.asarray(cv2.dilate(open_.view(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)[1:-1, 1:-1] > 0
    rows, columns = np.nonzero(middle)  # the upper left corners of the windows that hold an open pixel
    steps = np.arange(3)
    y = (rows[:, None, None] + steps[:, None]).repeat(3, axis=2).reshape(-1, 9)
    x = (columns[:, None, None] + steps).repeat(3, axis=1).reshape(-1, 9)
    window = colours[y, x].astype(np.float64)
    centred = window - window.mean(1, keepdims=True)
    spread = centred.transpose(0, 2, 1) @ centred / 9 + EPSILON / 9 * np.eye(3)
    likeness = (1 + centred @ np.linalg.solve(spread, centred.transpose(0, 2, 1))) / 9
    parts = np.eye(9) - likeness
    ours = open_[y, x]
    count = int(numbers[-1, -1]) + 1
    one, other = (np.broadcast_to(a, parts.shape) for a in (numbers[y, x][:, :, None], numbers[y, x][:, None, :]))
    both = ours[:, :, None] & ours[:, None, :]
    edge = ours[:, :, None] & ~ours[:, None, :]
    held = np.broadcast_to(values[y, x].astype(np.float64)[:, None, :], parts.shape)
    right = np.bincount(one[edge], -parts[edge] * held[edge], count)
    # A touch of its own value keeps a pixel that hangs on nothing from being anything at all.
    ground = np.arange(count)
    entries = np.concatenate([parts[both], np.full(count, 1e-7)])
    at = np.concatenate([one[both], ground]), np.concatenate([other[both], ground])
    return sparse.coo_matrix((entries, at), (count, count)), right + 1e-7 * values[open_]


def _laid_over(colours: F32, small: F32, coarse: F32) -> F32:
    """The coarse alpha at the size of `colours`: its lines in colour, window by window, read off at full size."""
    mean = lambda a: np.asarray(cv2.blur(a, (3, 3)), np.float32)  # noqa: E731
    middle, level = mean(small), mean(coarse)
    covariance = mean(small * coarse[..., None]) - middle * level[..., None]
    spread = np.stack([mean(small * small[..., i : i + 1]) for i in range(3)], -1)
    spread = spread - middle[..., None] * middle[..., None, :] + 1e-5 * np.eye(3, dtype=np.float32)
    slope = np.asarray(np.linalg.solve(spread, covariance[..., None])[..., 0], np.float32)
    offset = level - (slope * middle).sum(-1)
    size = (colours.shape[1], colours.shape[0])
    slope, offset = (np.asarray(cv2.resize(mean(a), size, interpolation=cv2.INTER_LINEAR)) for a in (slope, offset))
    return np.asarray((slope * colours).sum(-1) + offset, np.float32)
