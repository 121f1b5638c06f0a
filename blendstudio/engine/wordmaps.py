"""Where in a picture a word's classes are: the word net's logits cell by cell, at three sizes."""

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blendstudio.core.types import F32, U8
from blendstudio.engine.job import Progress
from blendstudio.engine.saliency import size_of

if TYPE_CHECKING:
    from torch import nn

SCALES = (320, 448, 640)  # long sides in pixels; three find the place more often than any one
CELL = 32  # pixels that one cell of logits stands for
GRID = 64  # cells of the map on each side
CENTRE, SPREAD = 127.0, 128.0


def dense_logits(net: "nn.Module", rgb: U8, progress: Progress) -> list[F32]:
    """For each scale h×w×classes: what a classifier would say of each cell."""
    import torch

    found = []
    for number, longest in enumerate(SCALES):
        progress(number / len(SCALES), "Looking for the word")
        size = size_of(rgb)
        scale = longest / max(size)
        cells = [max(1, round(side * scale / CELL)) * CELL for side in size]
        shrinks = cells[0] < size.width
        small = cv2.resize(rgb, cells, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        values = ((small.astype(np.float32) - CENTRE) / SPREAD).transpose(2, 0, 1)[None]
        with torch.inference_mode():
            logits = net.forward_dense(torch.from_numpy(np.ascontiguousarray(values)))  # type: ignore[operator]
        found.append(logits[0].permute(1, 2, 0).float().cpu().numpy())
    progress(1.0, "Looking for the word")
    return found


def word_map(logits: list[F32], classes: tuple[int, ...], temperature: float = 1.0) -> F32:
    """GRID×GRID in 0..1: the probability of the word's classes, averaged over the scales."""
    maps = []
    for cells in logits:
        scaled = cells / temperature
        odds = np.exp(scaled - scaled.max(-1, keepdims=True))
        share = odds[..., list(classes)].sum(-1) / odds.sum(-1)
        maps.append(cv2.resize(share.astype(np.float32), (GRID, GRID), interpolation=cv2.INTER_LINEAR))
    return np.stack(maps).mean(0, dtype=np.float32)
