"""Colour along and across the seam: the curves of the paper's Fig. 6. Pictures are H×W×3 uint8, masks H×W bool."""

from typing import NamedTuple

import cv2
import numpy as np

from blendstudio.core.types import F32, U8, Bool, floats
from blendstudio.study.looks import saturation

REACH = 24  # pixels on either side of the edge
CHANNELS = ("R", "G", "B", "S")


class Curve(NamedTuple):
    """Values over places: pixels along the edge, or pixels across it, negative inside the object."""

    places: F32
    values: F32


def channels(picture: U8) -> F32:
    """H×W×4: red, green, blue and HSV saturation, each in 0..1."""
    return floats(np.dstack([floats(picture, 255), saturation(picture)]))


def along(picture: U8, mask: Bool) -> Curve:
    """The channels on the longest edge of the mask, N×4, in the order of a walk round it, the border left out."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    walk = np.asarray(max(outlines, key=len), np.intp)[:, 0]
    walk = walk[((walk > 0) & (walk < np.array(mask.shape[::-1]) - 1)).all(1)]
    return Curve(np.arange(len(walk), dtype=np.float32), channels(picture)[walk[:, 1], walk[:, 0]])


def across(picture: U8, mask: Bool) -> Curve:
    """The mean of the channels at each whole distance from the edge, N×4, from inside to outside."""
    distance = signed_distance(mask)
    near = np.abs(distance) <= REACH
    steps = np.floor(distance[near]).astype(int)
    counts = np.bincount(steps + REACH + 1)
    sums = [np.bincount(steps + REACH + 1, channel) for channel in channels(picture)[near].T]
    there = counts > 0
    places = np.flatnonzero(there) - REACH - 1 + 0.5
    return Curve(floats(places), floats(np.stack(sums, 1)[there] / counts[there, None]))


def signed_distance(mask: Bool) -> F32:
    """Pixels from the mask's edge: negative inside, positive outside, ±0.5 next to it."""
    inside, outside = (
        cv2.distanceTransform(np.pad(part.astype(np.uint8), 1, mode="edge"), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for part in (mask, ~mask)
    )
    found = np.where(mask, 0.5 - inside[1:-1, 1:-1], outside[1:-1, 1:-1] - 0.5)
    return floats(found)


def gradient(picture: U8) -> F32:
    """H×W: |S(i+1, j) − S(i, j)| + |S(i, j+1) − S(i, j)|, what equation 3 sums; 0 beyond the border."""
    plane = saturation(picture)
    down, right = np.abs(np.diff(plane, axis=0)), np.abs(np.diff(plane, axis=1))
    return floats(np.pad(down, ((0, 1), (0, 0))) + np.pad(right, ((0, 0), (0, 1))))


def saturation_loss(blend: U8, background: U8) -> float:
    """Equation 2 on finished pictures: (g(M) − g(B)) / HW."""
    return float(gradient(blend).mean() - gradient(background).mean())
