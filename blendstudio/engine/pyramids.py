"""Gaussian and Laplacian pyramids (Burt and Adelson, A Multiresolution Spline, 1983).

Their kernel, 1-4-6-4-1. OpenCV's own pyramids differ in their last bit from run to run.
"""

from itertools import pairwise

import numpy as np

from blendstudio.core.types import F32

SMALLEST = 4  # pixels on a side that can be halved


def gaussian(picture: F32, levels: int) -> list[F32]:
    """H×W or H×W×C, and `levels` ever smaller ones, each half as wide and high as the one before; 2 on a side at least.

    A picture less than SMALLEST wide or high comes alone.
    """
    found = [picture]
    while len(found) <= levels and min(found[-1].shape[:2]) >= SMALLEST:
        found.append(_halved(_halved(found[-1], 0), 1))
    return found


def laplacian(picture: F32, levels: int) -> list[F32]:
    """What each picture of the Gaussian pyramid has beyond the enlarged next one, and the last one as it is."""
    steps = gaussian(picture, levels)
    return [own - _enlarged(smaller, own) for own, smaller in pairwise(steps)] + [steps[-1]]


def collapsed(bands: list[F32]) -> F32:
    """The picture of a Laplacian pyramid."""
    picture = bands[-1]
    for band in reversed(bands[:-1]):
        picture = band + _enlarged(picture, band)
    return picture


def _halved(picture: F32, axis: int) -> F32:
    """Every other pixel of the smoothed picture along an axis; the border mirrors."""
    x = np.moveaxis(picture, axis, 0)
    count = (len(x) + 1) // 2
    x = np.concatenate([x[2:0:-1], x, x[-2:-4:-1]])
    near, middle, far = x[1::2][: count + 1], x[2::2][:count], x[::2][: count + 2]
    soft = (far[:count] + far[2 : count + 2]) + 4 * (near[:count] + near[1 : count + 1]) + 6 * middle
    return np.moveaxis(soft / np.float32(16), 0, axis)


def _enlarged(smaller: F32, like: F32) -> F32:
    """At the size of the picture that it was made from, with the same kernel."""
    return _doubled(_doubled(smaller, like.shape[0], 0), like.shape[1], 1)


def _doubled(picture: F32, length: int, axis: int) -> F32:
    x = np.moveaxis(picture, axis, 0)
    x = np.concatenate([x[1:2], x, x[-1:]])
    large = np.empty((2 * (len(x) - 2), *x.shape[1:]), np.float32)
    large[::2] = (x[:-2] + 6 * x[1:-1] + x[2:]) / 8
    large[1::2] = (x[1:-1] + x[2:]) / 2
    return np.moveaxis(large[:length], 0, axis)
