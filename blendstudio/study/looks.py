"""What can be said of a blend without knowing the right answer: sharpness, specks, the step at the seam, saturation.

Pictures are H×W×3 uint8, masks H×W bool.
"""

from typing import NamedTuple

import cv2
import numpy as np
from skimage.morphology import reconstruction

from blendstudio.core.types import F32, U8, Bool, floats
from blendstudio.study.metrics import gradient_likeness, inner, luma, opacity

SPECK = 2  # pixels: the radius beyond which something bright is no speck
BRIGHT = 40.0  # levels of luma above its surroundings that make a speck
KNOWN = 20.0  # levels that count as the same speck in source or background
NEAR = 3  # pixels on either side of the edge between which the step is taken
RING = 24  # pixels round the object that count as its surroundings
QUANTILES = np.linspace(0.005, 0.995, 100)


class Look(NamedTuple):
    """One blend: see the functions below. `specks` is a count, `step` in levels, `saturation` in 0..1."""

    sharpness: float
    specks: int
    step: float
    saturation: float
    itself: float
    opacity: float


def look(result: U8, source: U8, background: U8, mask: Bool) -> Look:
    """All of it for one blend; `source` is the placed photo of the object."""
    return Look(
        sharpness(result, mask),
        specks(result, source, background),
        seam_step(result, mask),
        saturation_distance(result, mask),
        gradient_likeness(result, source, mask),
        opacity(result, source, background, mask),
    )


def sharpness(picture: U8, mask: Bool) -> float:
    """The variance of the luma's Laplacian inside the object, its seam left out; levels²."""
    return float(cv2.Laplacian(luma(picture), cv2.CV_32F)[inner(mask)].var())


def specks(result: U8, source: U8, background: U8) -> int:
    """How many bright clusters the result has that neither source nor background have at their place.

    A cluster is a connected set of pixels that stand out by more than BRIGHT levels from all that is wider than a
    speck; it is known when source or background stand out there, within a pixel, by more than KNOWN.
    """
    known = np.maximum(_stands_out(source), _stands_out(background)) > KNOWN
    allowed = cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8))
    bright = (_stands_out(result) > BRIGHT).astype(np.uint8)
    count, labels = cv2.connectedComponents(bright, connectivity=8)
    return count - 1 - len(np.setdiff1d(np.unique(labels[allowed > 0]), [0]))


def _stands_out(picture: U8) -> F32:
    """How much brighter each pixel is than all wider things it touches: the luma's top-hat by reconstruction.

    A plain top-hat would also find the corners of what is large.
    """
    plane = luma(picture)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * SPECK + 1,) * 2)
    opened = np.minimum(cv2.morphologyEx(plane, cv2.MORPH_OPEN, brush), plane)
    return floats(plane - reconstruction(opened, plane))


def seam_step(picture: U8, mask: Bool) -> float:
    """The mean step of brightness across the object's edge, in levels: the mean luma just inside and just outside are
    taken round every pixel of the edge, NEAR pixels far."""
    plane, side = luma(picture), (2 * NEAR + 1,) * 2
    shares = [floats(cv2.blur(part.astype(np.float32), side)) for part in (mask, ~mask)]
    sums = [floats(cv2.blur(plane * part, side)) for part in (mask, ~mask)]
    edge = mask & (cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) == 0)
    if not edge.any():
        return 0.0
    inside, outside = (total[edge] / share[edge] for total, share in zip(sums, shares, strict=True))
    return float(np.abs(inside - outside).mean())


def saturation(picture: U8) -> F32:
    """H×W HSV saturation in 0..1 (0 on black)."""
    high, low = picture.max(-1).astype(np.float32), picture.min(-1).astype(np.float32)
    return floats((high - low) / np.maximum(high, 1))


def saturation_distance(picture: U8, mask: Bool) -> float:
    """How far the object's saturations lie from those round it, 0..1: the mean distance of their quantiles."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RING + 1,) * 2)
    ring = (cv2.dilate(mask.astype(np.uint8), brush) > 0) & ~mask
    if not ring.any() or not mask.any():
        return 0.0
    plane = saturation(picture)
    inside, outside = (np.quantile(plane[where], QUANTILES) for where in (mask, ring))
    return float(np.abs(inside - outside).mean())
