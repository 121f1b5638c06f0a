"""Tells a painting or a drawing from a photo by its texture, as the early layers of a classifier see it."""

from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from blendstudio.core.types import F32, floats

if TYPE_CHECKING:
    from torch import nn

    from blendstudio.engine.nets.efficientnet_lite import EfficientNetLite

LARGEST = 768  # pixels on the long side; more are averaged away, so that brush strokes stay of a size with the crops
CROP = 144  # pixels of a crop's side
BLOCKS = (0, 2, 4, 10)  # of the classifier, whose features are read


def painted(background: F32, words: "nn.Module", painting: "nn.Module") -> float:
    """How likely h×w×3 sRGB in 0..1, of any size, is a painting or drawing and not a photo: 0..1.

    `words` is the classifier (an EfficientNetLite), `painting` the judge of its features (a Painting).
    """
    device = next(painting.parameters()).device
    row = torch.from_numpy(texture(background, words)[None]).to(device)
    with torch.inference_mode():
        return float(torch.sigmoid(painting(row)))


def texture(rgb: F32, words: "nn.Module") -> F32:
    """One row of numbers: means and spreads of the classifier's early features over a few crops of h×w×3 in 0..1."""
    net = cast("EfficientNetLite", words)
    device = net.classifier.weight.device
    batch = torch.from_numpy(crops(rgb).transpose(0, 3, 1, 2)).to(device)
    found = []
    with torch.inference_mode():
        x = F.relu6(net.stem((batch * 255 - 127) / 128))
        for number, block in enumerate(net.blocks[: BLOCKS[-1] + 1]):
            x = block(x)
            if number in BLOCKS:
                spread, mean = torch.std_mean(x, (2, 3), correction=0)
                found += [mean.mean(0), spread.mean(0)]
    return floats(torch.cat(found).cpu().numpy())


def crops(rgb: F32) -> F32:
    """N×CROP×CROP×3: the middle of each quarter of a picture and of the whole, at native scale.

    A side that is too short is mirrored: crops of one size need one plan of convolutions, and making a plan takes
    longer than following it.
    """
    height, width = rgb.shape[:2]
    scale = LARGEST / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        rgb = floats(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    below, right = (max(0, CROP - side) for side in rgb.shape[:2])
    if below or right:
        rgb = floats(np.pad(rgb, ((0, below), (0, right), (0, 0)), "symmetric"))
    rows, columns = (_starts(side) for side in rgb.shape[:2])
    places = [(top, left) for top in rows for left in columns]
    if len(places) == 4:
        places.append((sum(rows) // 2, sum(columns) // 2))
    return np.ascontiguousarray([rgb[top : top + CROP, left : left + CROP] for top, left in places])


def _starts(side: int) -> list[int]:
    """Where crops start along a side: one in the middle, or one in each half of a side that has room for them."""
    if side < CROP * 3 // 2:
        return [(side - CROP) // 2]
    first = max(0, side // 4 - CROP // 2)
    return [first, side - CROP - first]
