"""Salience: how strongly each pixel belongs to the thing that a crop shows.

One crop gives one map. What is salient depends on the crop, which is how a box or a place chooses an object.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blendstudio.core.geometry import IntRect, Rect, Size
from blendstudio.core.types import F32, U8
from blendstudio.engine.job import Progress

if TYPE_CHECKING:
    from torch import nn

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
SPREAD = np.array([0.229, 0.224, 0.225], np.float32)
SIDE = 224  # no worse than the net's own 320 in crops, at half the work
SMALLEST = 8  # pixels; a crop narrower than this shows nothing


def size_of(picture: np.ndarray) -> Size:
    """Width and height of an H×W… array."""
    return Size(picture.shape[1], picture.shape[0])


def reduced(rgb: U8, longest: int) -> U8:
    """The picture with its long side at most `longest`; never enlarged."""
    size = size_of(rgb)
    scale = longest / max(size)
    if scale >= 1:
        return rgb
    smaller = (max(1, round(size.width * scale)), max(1, round(size.height * scale)))
    return np.asarray(cv2.resize(rgb, smaller, interpolation=cv2.INTER_AREA), np.uint8)


def enlarged(values: F32, size: Size) -> F32:
    """H×W values, linearly resampled to `size`."""
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)


def salience(net: "nn.Module", crop: U8, side: int = SIDE) -> F32:
    """What the net finds salient in an H×W×3 crop, H×W in 0..1. The crop is squeezed to `side`², as U-2-Net does."""
    import torch

    shrinks = max(crop.shape[:2]) > side
    square = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    values = square.astype(np.float32)
    values = (values / max(float(values.max()), 1.0) - MEAN) / SPREAD
    with torch.inference_mode():
        found = net(torch.from_numpy(values[None]).permute(0, 3, 1, 2))  # channels last: a fifth faster than first
    return np.clip(enlarged(found[0, 0].float().cpu().numpy(), size_of(crop)), 0.0, 1.0)


def salience_in(
    net: "nn.Module", rgb: U8, windows: Sequence[IntRect], progress: Progress, side: int = SIDE
) -> list[F32]:
    """One H×W map for each window, 0 outside it. Checks for a stop between windows."""
    maps = []
    for done, window in enumerate(windows):
        progress(done / len(windows), "Looking closer")
        whole = np.zeros(rgb.shape[:2], np.float32)
        if min(window.size) >= SMALLEST:
            whole[window.slices] = salience(net, rgb[window.slices], side)
        maps.append(whole)
    progress(1.0, "Looking closer")
    return maps


def square_round(x: float, y: float, side: float, size: Size) -> IntRect:
    """A square window round a place, pushed back into the picture."""
    left = max(0.0, min(x - side / 2, size.width - side))
    top = max(0.0, min(y - side / 2, size.height - side))
    return Rect(left, top, left + side, top + side).whole(size)
