"""Sees that an object is too dark, too warm or too vivid for its surroundings, and takes that back.

The harmoniser says how likely which change is; what is done about it is the correction that loses least, on average
over those changes, where losing counts more than winning.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from blendstudio.core.types import F32, floats
from blendstudio.engine.appearance import FEWEST, Scene, deep_features, reduced, statistics
from blendstudio.engine.correction import cautious, undone
from blendstudio.engine.nets.harmoniser import CHANGE

if TYPE_CHECKING:
    from torch import Tensor, nn

    from blendstudio.engine.nets.harmoniser import Opinions

FLOOR = 3.2e-5  # mean squared difference, in 0..1, below which nobody sees one: 45 dB
BEARABLE, HARM = 0.5, 0.2  # dB that a correction may lose at their plain price, and what each dB² beyond costs on top
GRAVE, GRAVELY = 2.0, 3.0  # dB lost that are a failure, and what a failure costs
DRAWS = 4  # changes drawn from each peak of each member
WEIGHED = 96  # of them, each as likely as the others, are weighed
TRIED = 16  # of these are tried as corrections, and their mean,
SHARES = (1.0, 0.7, 0.4)  # whole and in part
PIXELS = 48  # of the object on which corrections are tried
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
    rows = (statistics(reduced(scene))[None], deep_features(words, [scene]))
    with torch.inference_mode():
        opinions = harmoniser(*(torch.from_numpy(floats(row)).to(device) for row in rows))
        pixels = scene.rgb[scene.mask]
        some = pixels[np.linspace(0, len(pixels) - 1, PIXELS).astype(int)]
        change, confidence = decided(drawn(opinions)[0].cpu(), torch.from_numpy(some))
    return Judgement(tuple(change.tolist()), confidence)


def drawn(opinions: "Opinions") -> "Tensor":
    """N×WEIGHED×5 changes, as often alike as the members hold them for likely, unlikely ones among them."""
    members, count, peaks, size = opinions.means.shape
    noise = torch.randn(members, 1, peaks, DRAWS, size, generator=torch.Generator().manual_seed(0))
    changes = opinions.means[..., None, :] + opinions.widths.exp()[..., None, :] * noise.to(opinions.means.device)
    weights = opinions.weights.exp()[..., None].expand(changes.shape[:-1]).transpose(0, 1).reshape(count, -1)
    shares = weights.cumsum(1) / weights.sum(1, keepdim=True)
    marks = ((torch.arange(WEIGHED) + 0.5) / WEIGHED).to(shares).repeat(count, 1)
    chosen = torch.searchsorted(shares, marks).clamp(max=shares.shape[1] - 1)
    return changes.transpose(0, 1).reshape(count, -1, size).gather(1, chosen[..., None].expand(-1, -1, size))


def decided(changes: "Tensor", pixels: "Tensor") -> "tuple[Tensor, float]":
    """Of S×5 changes that may as well have been made to K×3 pixels in 0..1, the one that is best taken back.

    That is the one of least expected cost; with it comes the probability, 0..1, that taking it back helps. All zeros,
    and 0, where leaving the object alone costs least.
    """
    some = changes[:: max(1, len(changes) // TRIED)]
    some = torch.cat([some, changes.mean(0, keepdim=True)])
    tried = torch.cat([torch.zeros_like(some[:1]), *(some * share for share in SHARES)])
    decibels = _lost(tried, changes, pixels)
    best = int(_cost(decibels).mean(1).argmin())
    if tried[best].norm() < SMALLEST:
        return torch.zeros_like(tried[0]), 0.0
    return tried[best], float((decibels[best] < 0).float().mean())


def _cost(decibels: "Tensor") -> "Tensor":
    """What losing so many decibels costs; gains cost less than nothing."""
    return decibels + HARM * F.relu(decibels - BEARABLE) ** 2 + GRAVELY * torch.sigmoid((decibels - GRAVE) / 0.4)


def _lost(tried: "Tensor", changes: "Tensor", pixels: "Tensor") -> "Tensor":
    """T×S decibels lost when T×5 corrections are made and S×5 changes had been; the first correction is none."""
    results, truths = (undone(pixels[None].expand(len(rows), -1, -1), rows).flatten(1) for rows in (tried, changes))
    distance = torch.cdist(results, truths, compute_mode="donot_use_mm_for_euclid_dist") ** 2 / results.shape[1]
    return 10 * torch.log10((distance + FLOOR) / (distance[:1] + FLOOR))


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
