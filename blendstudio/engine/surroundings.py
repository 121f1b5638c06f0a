"""What the source's own surroundings tell about the light on the object.

Where they show the same things as the target's, the two can be compared pixel by pixel, and the change of light
between the photos is known; where they do not, they say nothing, and a step at the object's edge is the object's own.
"""

from typing import NamedTuple

import cv2
import numpy as np
import torch
from scipy.optimize import least_squares

from blendstudio.core.types import F32, F64, Bool, floats
from blendstudio.engine.correction import undone
from blendstudio.engine.harmony import Change

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
NEAR = 9  # pixels across the squares in which detail is compared
NOISE = 0.7 / 255  # detail weaker than this is none
STRANGE, SAME = 0.5, 0.9  # correlations of detail from which surroundings are trusted a little, and wholly
WORKING = 512  # pixels on the long side
FEWEST = 50  # trusted pixels
SHARE = 0.1  # of the surroundings that must be trusted: two different photos stay below a third of that
PAIRS = 1500  # pixels that are compared
OUTLIER = 0.02  # a difference from which a pair counts less
TIE = 0.03  # how much a change must explain to be believed


class Likeness(NamedTuple):
    """How far source and target show the same round the object: h×w trust in 0..1 and its mean outside the mask."""

    trust: F32
    share: float


def likeness(source: F32, background: F32, mask: Bool) -> Likeness:
    """Compares the detail of the luma outside the mask; pictures h×w×3 in 0..1. Light and colour do not count."""
    outside = (~mask).astype(np.float32)
    count = _summed(outside) + np.float32(1e-3)
    one, other = (_detail(picture @ LUMA, outside, count) for picture in (source, background))
    floor = count * np.float32(NOISE**2)
    energy = np.sqrt((_summed(one * one) + floor) * (_summed(other * other) + floor))
    trust = np.clip((_summed(one * other) / energy - STRANGE) / (SAME - STRANGE), 0, 1) * outside
    return Likeness(floats(trust), float(trust.sum() / max(outside.sum(), 1)))


def light_between(source: F32, background: F32, mask: Bool) -> Change | None:
    """The change of light that was made to the source, measured where its surroundings are the target's.

    None where they are not. Pictures h×w×3 sRGB in 0..1; the change is as in `correction`.
    """
    scale = WORKING / max(mask.shape)
    if scale < 1:
        size = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
        source, background = (floats(cv2.resize(x, size, interpolation=cv2.INTER_AREA)) for x in (source, background))
        mask = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    trust, share = likeness(source, background, mask)
    where = trust > 0.05
    if share < SHARE or where.sum() < FEWEST:
        return None
    unclipped = where & (source.max(-1) < 0.99) & (source.min(-1) > 0.012)
    where = unclipped if unclipped.sum() > 4 * FEWEST else where
    places = np.flatnonzero(where)
    places = np.random.default_rng(0).choice(places, min(PAIRS, len(places)), replace=False)
    own, wanted = (picture.reshape(-1, 3)[places] for picture in (source, background))
    return _explaining(own, wanted, floats(np.sqrt(trust.ravel()[places])[:, None]))


def _explaining(own: F32, wanted: F32, weight: F32) -> Change:
    """The change whose undoing takes n×3 own colours closest to the wanted ones; n×1 weights."""
    pixels = torch.from_numpy(own)[None]

    def misses(change: F64) -> F64:
        found = undone(pixels, torch.from_numpy(change - 1)[None].float())[0].numpy()
        tie = TIE * np.sqrt(len(own)) * (change - 1)
        return np.concatenate([((found - wanted) * weight).ravel(), tie]).astype(np.float64)

    # One is added, for the step of the numerical derivative is a share of the value.
    fitted = least_squares(misses, np.ones(5), loss="cauchy", f_scale=OUTLIER, max_nfev=25, diff_step=1e-3)
    return tuple((fitted.x - 1).tolist())


def _detail(plane: F32, outside: F32, count: F32) -> F32:
    """A plane less its mean over the pixels outside the mask near each."""
    return floats((plane - _summed(plane * outside) / count) * outside)


def _summed(plane: F32) -> F32:
    return np.asarray(
        cv2.boxFilter(plane, -1, (NEAR, NEAR), normalize=False, borderType=cv2.BORDER_CONSTANT), np.float32
    )
