"""Proposals: masks cut from maps at several levels, and how well each stands out from what surrounds it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from blendstudio.core.geometry import Rect
from blendstudio.core.masking import bounds
from blendstudio.core.types import F32, Bool

LEVELS = (0.15, 0.3, 0.5, 0.7)
RING = 4  # pixels beyond the mask that contrast looks at
ALIKE = 0.85  # two masks that overlap more than this are one choice
ISLANDS = 0.15  # of the largest part
HOLES = 0.005  # of the mask


I32 = NDArray[np.int32]


class Proposal(NamedTuple):
    """One possible mask, H×W bool; the map that it was cut from, H×W in 0..1; and its score."""

    mask: Bool
    soft: F32
    score: float


def mask_overlap(a: Bool, b: Bool) -> float:
    """Intersection over union of two masks; 0 when both are empty."""
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 0.0


def labelled(mask: Bool) -> tuple[I32, I32]:
    """The connected parts: a label for each pixel, 0 outside the mask, and the area of each label."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return np.asarray(labels, np.int32), np.asarray(stats[:, cv2.CC_STAT_AREA], np.int32)


def tidy(mask: Bool, islands: float = ISLANDS, holes: float = HOLES) -> Bool:
    """Without parts smaller than a share of the largest, and with enclosed holes below a share of the mask filled."""
    labels, areas = labelled(mask)
    if len(areas) < 2:
        return mask
    kept = areas >= islands * areas[1:].max()
    kept[0] = False
    mask = kept[labels]
    labels, areas = labelled(~mask)
    small = areas < holes * np.count_nonzero(mask)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    small[border] = False
    small[0] = False
    return mask | small[labels]


def contrast(soft: F32, mask: Bool, within: Bool | None = None) -> float:
    """Mean of the map in the mask minus its mean in a ring round it, -1..1; 0 for an empty mask."""
    if not mask.any():
        return 0.0
    shell = np.ones((2 * RING + 1, 2 * RING + 1), np.uint8)
    ring = (cv2.dilate(mask.astype(np.uint8), shell) > 0) & ~mask
    if within is not None:
        ring &= within
    outside = float(soft[ring].mean()) if ring.any() else 0.0
    return float(soft[mask].mean()) - outside


def parts(soft: F32, level: float, smallest: float, most: int = 3) -> list[Bool]:
    """The largest connected parts of the map above `level` that cover at least a share `smallest` of the picture."""
    labels, areas = labelled(soft > level)
    order = sorted(range(1, len(areas)), key=lambda label: -areas[label])[:most]
    return [labels == label for label in order if areas[label] > smallest * soft.size]


def box_fit(mask: Bool, box: Rect) -> float:
    """How tightly a box holds the mask: overlap of the box with the mask's own, 0..1."""
    own = bounds(mask)
    return own.overlap(box) if own else 0.0


def distinct(proposals: Iterable[Proposal], most: int = 3, alike: float = ALIKE) -> list[Proposal]:
    """The best proposals, best first, of which no two are nearly the same."""
    chosen: list[Proposal] = []
    for proposal in sorted(proposals, key=lambda p: -p.score):
        if len(chosen) == most:
            break
        if all(mask_overlap(proposal.mask, other.mask) < alike for other in chosen):
            chosen.append(proposal)
    return chosen


def merged(maps: Sequence[F32]) -> list[F32]:
    """The maps, their largest and their mean value."""
    stack = np.stack(maps)
    return [*maps, stack.max(0), stack.mean(0, dtype=np.float32)]
