"""How well the harmoniser does on objects whose true colours are known."""

import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from torch import nn

from blendstudio.core.types import U8, Bool, floats
from blendstudio.engine.harmony import corrected, judge
from blendstudio.engine.kinds import Models
from blendstudio.study.harmoniser_samples import Photo
from blendstudio.study.metrics import decibels, mean_square
from blendstudio.study.mismatch import (
    KINDS,
    STRENGTHS,
    UNCHANGED,
    Mismatch,
    hidden,
    listed,
    perturbed,
    scene_of,
    square,
)

RESAMPLES = 2000  # of the photos, for the intervals


class Row(NamedTuple):
    """One object with one mismatch: mean squared differences in levels², on the object, of the paste and of ours."""

    photo: str
    mismatch: Mismatch
    pasted: float
    ours: float
    confidence: float
    seconds: float

    @property
    def gain(self) -> float:
        """Decibels gained over the paste."""
        return decibels(self.ours) - decibels(self.pasted)


def measure(net: nn.Module, photos: Iterable[Photo], models: Models) -> list[Row]:
    """Every object of the photos with every mismatch of the list, at 512×512, cut out of its photo."""
    rows = []
    for photo in photos:
        for mask in photo.masks:
            picture, small = square(photo.rgb, mask)
            if small.any():
                rows += _object(net, photo.id, picture, small, models)
    return rows


def _object(net: nn.Module, name: str, photo: U8, mask: Bool, models: Models) -> Iterator[Row]:
    background, truth = hidden(photo, mask), photo[mask]
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    place = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))  # all that a blend corrects
    for mismatch in listed():
        paste = background.copy()
        paste[mask] = perturbed(truth, mismatch.change)
        started = time.perf_counter()
        judgement = judge(scene_of(paste, mask), models.net("words"), net)
        result = corrected(floats(paste[place], 255), judgement.change)
        seconds = time.perf_counter() - started
        ours = np.rint(result[mask[place]] * 255).astype(np.uint8)
        before, after = mean_square(paste[mask], truth), mean_square(ours, truth)
        yield Row(name, mismatch, before, after, judgement.confidence, seconds)


def summary(rows: list[Row]) -> Iterator[str]:
    """The figures, each with what it must be, and the gain of each kind."""
    wrong = [row for row in rows if row.mismatch.kind != UNCHANGED]
    fine = [row for row in rows if row.mismatch.kind == UNCHANGED]
    gain = np.array([row.gain for row in wrong])
    yield f"{len({row.photo for row in rows})} photos, {len(fine)} objects, {len(wrong)} mismatches"
    yield f"copy-paste: foreground PSNR {np.mean([decibels(row.pasted) for row in wrong]):.2f} dB, " + (
        f"fMSE {np.mean([row.pasted for row in wrong]):.0f}"
    )
    low, high = interval(wrong)
    yield f"gain: {gain.mean():+.2f} dB (95 % of photos' resamples: {low:+.2f} to {high:+.2f})"
    yield f"fMSE: {np.sum([row.ours for row in wrong]) / np.sum([row.pasted for row in wrong]):.3f} × copy-paste's"
    yield f"within 1 dB of copy-paste or better: {100 * (gain > -1).mean():.1f} %; within 3 dB: " + (
        f"{100 * (gain > -3).mean():.1f} %"
    )
    yield f"unperturbed: {np.mean([decibels(row.ours) for row in fine]):.1f} dB"
    yield f"milliseconds at 512×512: {1000 * np.median([row.seconds for row in rows]):.0f}"
    for kind in KINDS:
        gains = [np.mean([row.gain for row in wrong if row.mismatch[:2] == (kind, s)]) for s in STRENGTHS]
        yield f"  {kind:18}" + " ".join(f"{value:+.2f}" for value in gains)


def interval(rows: list[Row]) -> tuple[float, float]:
    """The middle 95 % of the mean gain when whole photos are drawn again."""
    by_photo: dict[str, list[float]] = {}
    for row in rows:
        by_photo.setdefault(row.photo, []).append(row.gain)
    gains = [np.array(values) for values in by_photo.values()]
    rng = np.random.default_rng(0)
    means = [
        np.concatenate([gains[i] for i in rng.integers(len(gains), size=len(gains))]).mean() for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
