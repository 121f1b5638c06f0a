"""What a box shows: candidates from the salience of crops round it and from GrabCut, chosen by how the box fits them.

Measured on boxes whose sides were moved by up to a tenth: choosing beats averaging, and GrabCut helps as one more
candidate but not as a refinement.
"""

from typing import TYPE_CHECKING

import numpy as np

from blendstudio.core.geometry import Rect
from blendstudio.core.types import F32, U8, Bool
from blendstudio.engine.graphcut import INSIDE, MAYBE_INSIDE, MAYBE_OUTSIDE, OUTSIDE, cut
from blendstudio.engine.job import Progress
from blendstudio.engine.proposals import LEVELS, Proposal, box_fit, contrast, distinct, merged, tidy
from blendstudio.engine.saliency import salience_in, size_of

if TYPE_CHECKING:
    from torch import nn

CROPS = (0.05, 0.15, 0.3)  # how far beyond the box each crop sees, as shares of its sides
REACH = 0.1  # how far beyond the box the mask may go; hands are no surer than that
GRAB = 0.35  # how far beyond the box GrabCut learns the background
SMALLEST = 0.02  # of the box; anything less is a speck
ROUNDS, SEEDED_ROUNDS = 5, 3
GRAB_CONTRAST = 0.3  # GrabCut's masks have no map to take a contrast from


def box_proposals(net: "nn.Module", rgb: U8, box: Rect, progress: Progress, most: int = 3) -> list[Proposal]:
    """Up to `most` distinct masks of what the box shows in H×W×3 `rgb`, best first, scores 0..1.

    Never empty: when no candidate is left, the box itself comes back with score 0.
    """
    size = size_of(rgb)
    within = inside_of(box.grown_by_share(REACH), rgb)
    windows = [box.grown_by_share(share).whole(size) for share in CROPS]
    crops = salience_in(net, rgb, windows, progress.part(0.0, 0.8))
    maps = [crop * within for crop in crops]
    found = [one for soft in merged(maps) for one in _cuts(soft, box, within)]
    progress(0.8, "Comparing masks")
    found += _grabs(rgb, box, maps, within)
    progress(1.0, "Comparing masks")
    whole = inside_of(box, rgb)
    return distinct(found, most) or [Proposal(whole, whole.astype(np.float32), 0.0)]


def colour_proposal(rgb: U8, box: Rect, rounds: int = ROUNDS) -> Proposal:
    """The mask from colours alone, for when no net is here; the box itself when they tell nothing apart."""
    within = inside_of(box.grown_by_share(REACH), rgb)
    found = _grab(rgb, _blank(within), box, rounds)
    whole = inside_of(box, rgb)
    return found if _large(found.mask, within) else Proposal(whole, whole.astype(np.float32), 0.0)


def inside_of(box: Rect, rgb: U8) -> Bool:
    """The pixels of a box, H×W."""
    inside = np.zeros(rgb.shape[:2], bool)
    inside[box.whole(size_of(rgb)).slices] = True
    return inside


def _large(mask: Bool, within: Bool) -> bool:
    return bool(np.count_nonzero(mask) >= max(1.0, SMALLEST * np.count_nonzero(within)))


def _score(fit: float, stands_out: float) -> float:
    return fit**3 * max(0.0, 0.3 + stands_out) / 1.3


def _cuts(soft: F32, box: Rect, within: Bool) -> list[Proposal]:
    masks = [tidy(soft > level) for level in LEVELS]
    return [
        Proposal(mask, soft, _score(box_fit(mask, box), contrast(soft, mask, within)))
        for mask in masks
        if _large(mask, within)
    ]


def _grabs(rgb: U8, box: Rect, maps: list[F32], within: Bool) -> list[Proposal]:
    highest, middle = np.max(maps, axis=0), np.mean(maps, axis=0)
    seeded = np.where(highest > 0.5, MAYBE_INSIDE, MAYBE_OUTSIDE).astype(np.uint8)
    seeded[middle > 0.9] = INSIDE
    seeded[~within] = OUTSIDE
    found = [_grab(rgb, _blank(within), box, ROUNDS), _grab(rgb, seeded, box, SEEDED_ROUNDS)]
    return [one for one in found if _large(one.mask, within)]


def _blank(within: Bool) -> U8:
    return np.where(within, MAYBE_INSIDE, OUTSIDE).astype(np.uint8)


def _grab(rgb: U8, guess: U8, box: Rect, rounds: int) -> Proposal:
    window = box.grown_by_share(GRAB).whole(size_of(rgb))
    soft = cut(rgb, guess, window, rounds)
    mask = tidy(soft > 0.5)
    return Proposal(mask, soft, _score(box_fit(mask, box), GRAB_CONTRAST))
