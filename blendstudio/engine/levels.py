"""A found mask at another threshold, and which finds are one place in several sizes."""

from collections.abc import Sequence

import cv2
import numpy as np

from blendstudio.core.types import U8, Bool
from blendstudio.engine.kinds import Candidate
from blendstudio.engine.neighbours import INSIDE, apart, step_of
from blendstudio.engine.proposals import labelled

RAMP = 16  # levels of 255 from outside to inside: an edge without stairs
LEVEL = 0.5  # at which a candidate is as it was found


def cut(candidate: Candidate, level: float) -> U8 | None:
    """The candidate's mask at a threshold, H×W uint8: below 0.5 it grows, above it shrinks, at 0.5 it is as found.

    What it grows by hangs together with it. None without a mask; as found without a soft map.
    """
    mask, soft = candidate.mask, candidate.soft
    if mask is None or soft is None or level == LEVEL:
        return mask
    middle = min(max(255 * level, RAMP), 255 - RAMP)  # what is not in doubt at all stays where it is
    ramp = np.clip((np.arange(256) - middle) / RAMP + 0.5, 0, 1)
    firm = np.asarray(cv2.LUT(soft, np.rint(255 * ramp).astype(np.uint8)), np.uint8)
    if level > LEVEL:
        return np.minimum(mask, firm)
    grown = np.maximum(mask, firm)
    inside = mask >= INSIDE
    strange = (grown >= INSIDE) & ~_touching(grown >= INSIDE, inside)
    return np.where(_touching((grown > 0) & ~strange, inside), grown, mask)  # with its soft rim


def sizes(found: Sequence[Candidate]) -> tuple[tuple[int, ...], ...]:
    """For each find, which finds show the same place, the smallest first: a part, the object, the whole."""
    masks = [None if one.mask is None else _small(one.mask) for one in found]
    areas = [0 if mask is None else int(np.count_nonzero(mask)) for mask in masks]
    order = sorted(range(len(found)), key=areas.__getitem__)

    def same(a: int, b: int) -> bool:
        first, second = masks[a], masks[b]
        return first is not None and second is not None and (a == b or not apart(first, second))

    return tuple(tuple(other for other in order if same(own, other)) for own in range(len(found)))


def _touching(area: Bool, core: Bool) -> Bool:
    """The connected parts of an area that hold some of its core."""
    labels, areas = labelled(area)
    held = np.zeros(len(areas), bool)
    held[labels[core]] = True
    held[0] = False
    return held[labels]


def _small(mask: U8) -> np.ndarray:
    step = step_of(mask)
    return mask[::step, ::step] >= INSIDE
