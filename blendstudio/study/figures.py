"""The figures of a mask study: overlaps to means, medians, shares and their uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blendstudio.core.types import Bool

GOOD, BAD = 0.7, 0.3
RESAMPLES = 2000
SEED = 0


def overlap(a: Bool, b: Bool) -> float:
    """Intersection over union of two masks of one size; 0 when both are empty."""
    union = np.count_nonzero(a | b)
    return float(np.count_nonzero(a & b) / union) if union else 0.0


@dataclass(frozen=True)
class Figures:
    """What is said of a list of overlaps. `low` and `high` bound the mean with 95 %, photos drawn with replacement."""

    mean: float
    low: float
    high: float
    median: float
    good: float
    bad: float
    seconds: float
    count: int

    def line(self) -> str:
        """All of it in one line."""
        return (
            f"mean {self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]  median {self.median:.3f}  "
            f">= {GOOD}: {self.good:.0%}  < {BAD}: {self.bad:.0%}  {self.seconds:.1f} s  n {self.count}"
        )


def figures(overlaps: Sequence[float], photos: Sequence[str], seconds: Sequence[float]) -> Figures:
    """The figures of one method; `photos` names the photo of each overlap, `seconds` its time. Not for empty lists."""
    values = np.asarray(overlaps, np.float64)
    low, high = interval(values, photos)
    return Figures(
        float(values.mean()),
        low,
        high,
        float(np.median(values)),
        float((values >= GOOD).mean()),
        float((values < BAD).mean()),
        float(np.median(seconds)),
        len(values),
    )


def interval(values: np.ndarray, photos: Sequence[str]) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean; objects of one photo are drawn together."""
    names = sorted(set(photos))
    place = {name: number for number, name in enumerate(names)}
    owner = np.array([place[photo] for photo in photos])
    sums = np.bincount(owner, values, len(names))
    counts = np.bincount(owner, minlength=len(names))
    drawn = np.random.default_rng(SEED).integers(0, len(names), (RESAMPLES, len(names)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
