"""Gaussian and Laplacian pyramids (Burt and Adelson, A Multiresolution Spline, 1983)."""

from itertools import pairwise

import cv2
import numpy as np

from blendstudio.core.types import F32, floats

SMALLEST = 4  # pixels on a side that can be halved


def gaussian(picture: F32, levels: int) -> list[F32]:
    """H×W or H×W×C, and `levels` ever smaller ones, each half as wide and high as the one before; 2 on a side at least.

    A picture less than SMALLEST wide or high comes alone.
    """
    found = [picture]
    while len(found) <= levels and min(found[-1].shape[:2]) >= SMALLEST:
        found.append(floats(cv2.pyrDown(found[-1])))
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


def _enlarged(smaller: F32, like: F32) -> F32:
    """At the size of the picture that it was made from."""
    return np.asarray(cv2.pyrUp(smaller, dstsize=(like.shape[1], like.shape[0])), np.float32)
