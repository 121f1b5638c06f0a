"""How close two pictures are, and how well an object sits: the metrics of the studies.

Pictures are H×W×3 uint8, masks H×W bool. `where` limits a metric to some pixels.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from blendstudio.core.types import F32, U8, Bool, floats

CAP = 45.0  # dB: nobody sees a smaller difference
BAND = 6  # pixels on either side of the mask's edge that are the seam
WINDOW = 7  # pixels of the SSIM's square window
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of encoded red, green and blue (BT.601)


def mean_square(one: U8, other: U8, where: Bool | None = None) -> float:
    """Mean squared difference in levels²; of no pixel at all it is 0."""
    squares = (one.astype(np.float32) - other.astype(np.float32)) ** 2
    if where is not None:
        squares = squares[where]
    return float(squares.mean()) if squares.size else 0.0


def decibels(mean_squared: float | F32) -> float:
    """PSNR of a mean squared difference in levels², at most CAP."""
    return float(min(CAP, 10 * np.log10(255**2 / max(float(mean_squared), 1e-9))))


def psnr(one: U8, other: U8, where: Bool | None = None) -> float:
    """Peak signal-to-noise ratio in dB, at most CAP."""
    return decibels(mean_square(one, other, where))


def ssim(one: U8, other: U8, where: Bool | None = None) -> float:
    """Structural similarity (Wang et al., 2004), the mean of the channels', at most 1. Sides of at least 7 pixels."""
    return _mean_likeness(likeness(one, other), where)


def likeness(one: U8, other: U8) -> F32:
    """H×W: each pixel's structural similarity; computed where the pictures differ, for elsewhere it is 1."""
    found = np.ones(one.shape[:2], np.float32)
    rows, columns = (np.flatnonzero((one != other).any((side, 2))) for side in (1, 0))
    if not len(rows):
        return found
    place = tuple(slice(max(0, at[0] - WINDOW), at[-1] + 1 + WINDOW) for at in (rows, columns))
    parts = one[place], other[place]
    found[place] = structural_similarity(*parts, win_size=WINDOW, channel_axis=-1, full=True)[1].mean(-1)
    return found


def _mean_likeness(found: F32, where: Bool | None) -> float:
    """The mean, of whole pictures without the rim that no window fits into."""
    rim = WINDOW // 2
    few = found[rim:-rim, rim:-rim] if where is None else found[where]
    return float(few.mean(dtype=np.float64)) if few.size else 1.0


def seam(mask: Bool, reach: int = BAND) -> Bool:
    """The pixels within `reach` of the mask's edge, on either side."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    solid = mask.astype(np.uint8)
    return (cv2.dilate(solid, brush) > 0) & (cv2.erode(solid, brush, borderValue=1) == 0)


def inner(mask: Bool, reach: int = BAND) -> Bool:
    """The mask without its seam; the mask itself where that leaves nothing."""
    found = mask & ~seam(mask, reach)
    return found if found.any() else mask


def luma(picture: U8) -> F32:
    """H×W luma in 0..255."""
    return floats(picture.astype(np.float32) @ LUMA)


def slopes(picture: U8) -> F32:
    """H×W×2: the luma's derivatives along x and y (Sobel, levels per pixel)."""
    plane = luma(picture)
    return floats(np.dstack([cv2.Sobel(plane, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1))]))


def gradient_likeness(result: U8, source: U8, mask: Bool) -> float:
    """Correlation of the luma's gradients of result and source inside the mask, -1..1: whether the object is itself."""
    where = inner(mask)
    one, other = (slopes(picture)[where].ravel().astype(np.float64) for picture in (result, source))
    size = np.sqrt((one**2).sum() * (other**2).sum())
    return float((one * other).sum() / size) if size > 0 else 1.0


def opacity(result: U8, source: U8, background: U8, mask: Bool) -> float:
    """How much of the object shows, 0..1: its share when the result's gradients are fitted as a·source + b·background.

    Gradients, so that a corrected colour does not count as fading.
    """
    where = inner(mask)
    terms = np.stack([slopes(picture)[where].ravel() for picture in (source, background)], 1).astype(np.float64)
    weights = np.linalg.lstsq(terms, slopes(result)[where].ravel().astype(np.float64), rcond=None)[0]
    total = abs(weights[0]) + abs(weights[1])
    return float(abs(weights[0]) / total) if total > 0 else 1.0


class Truth(NamedTuple):
    """A result beside the picture that it should be: whole, object (fg) and seam band."""

    psnr: float
    ssim: float
    mse: float
    fg_psnr: float
    fg_mse: float
    fg_ssim: float
    seam_psnr: float


def against_truth(result: U8, truth: U8, mask: Bool) -> Truth:
    """The metrics of a blend whose right answer is known."""
    whole, own, alike = mean_square(result, truth), mean_square(result, truth, mask), likeness(result, truth)
    return Truth(
        decibels(whole),
        _mean_likeness(alike, None),
        whole,
        decibels(own),
        own,
        _mean_likeness(alike, mask),
        psnr(result, truth, seam(mask)),
    )


def consistent(psnrs: Sequence[float], mean_squares: Sequence[float]) -> bool:
    """Whether a mean PSNR can belong to a mean MSE: it is never below the PSNR of the mean (Jensen)."""
    return float(np.mean(psnrs)) >= decibels(float(np.mean(mean_squares))) - 0.01
