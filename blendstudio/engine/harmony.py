"""Sees that an object is too dark, too warm or too vivid for its surroundings, and takes that back."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from blendstudio.core.types import F32, floats
from blendstudio.engine.appearance import FEWEST, Scene, deep_features, statistics
from blendstudio.engine.correction import cautious, undone
from blendstudio.engine.nets.harmoniser import CHANGE

if TYPE_CHECKING:
    from torch import Tensor, nn

DOUBT = 1.0  # how much the members' disagreement counts against what they say together
SMALLEST = 0.02  # a change shorter than this, in log2 units, is none
ROWS = 256  # of a picture that are corrected at a time


Change = tuple[float, ...]


class Judgement(NamedTuple):
    """What was probably done to an object, log2 units as in `correction`, and how sure that is, 0..1."""

    change: Change
    confidence: float


def judge(scene: Scene, words: "nn.Module", harmoniser: "nn.Module") -> Judgement:
    """How the object of a scene differs from its surroundings in light; not at all where one of them is hardly seen.

    `words` is the classifier whose features the harmoniser reads.
    """
    if min(scene.mask.sum(), (~scene.mask).sum()) < FEWEST:
        return Judgement((0.0,) * CHANGE, 0.0)
    device = next(harmoniser.parameters()).device
    rows = (statistics(scene)[None], deep_features(words, [scene]))
    with torch.inference_mode():
        said = harmoniser(*(torch.from_numpy(floats(row)).to(device) for row in rows)).cpu()
    change, confidence = agreed(said)
    return Judgement(tuple(change[0].tolist()), float(confidence[0]))


def agreed(said: "Tensor") -> "tuple[Tensor, Tensor]":
    """N×5 changes and N confidences in 0..1: the members' mean, shrunk by how far they disagree."""
    mean = said.mean(1)
    length, doubt = (mean**2).sum(1), said.var(1, correction=0).sum(1)
    confidence = length / (length + DOUBT * doubt + 1e-9)
    change = mean * confidence[:, None]
    loud = (change.norm(dim=1) >= SMALLEST).float()
    return change * loud[:, None], confidence * loud


def corrected(rgb: F32, change: Change, strength: float = 1.0) -> F32:
    """H×W×3 sRGB in 0..1 with `strength` of the change taken back; the very same picture when that is nothing."""
    if not any(change) or strength == 0:
        return rgb
    amounts = torch.tensor([change]) * strength
    result = np.empty_like(rgb)
    for top in range(0, len(rgb), ROWS):
        part = torch.from_numpy(floats(rgb[top : top + ROWS])).reshape(1, -1, 3)
        found = cautious(part, undone(part, amounts))
        result[top : top + ROWS] = found.reshape(rgb[top : top + ROWS].shape).numpy()
    return result
