"""Color match: the object takes on the mean and the spread of the colours round it (Reinhard et al., 2001)."""

from dataclasses import dataclass

import cv2
import numpy as np

from blendstudio.core.compose import paste
from blendstudio.core.masking import distances
from blendstudio.core.params import knob
from blendstudio.core.types import F32, Bool, floats
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Models
from blendstudio.engine.registry import method

FLAT = 1e-3  # of Lab's 0..100: colours that spread less have no spread to stretch


@dataclass(frozen=True)
class ColorMatch:
    """How wide the surroundings are."""

    ring: float = knob(0.1, 0.01, 0.5, "Ring", "How wide the compared ring is, as a share of the object's longer side.")


@method("blend", "color-match", "Color match", ColorMatch)
def color_match(task: BlendTask, params: ColorMatch, models: Models, progress: Progress) -> F32:
    """The source with its colours' mean and standard deviation in Lab set to those of the ring, through the alpha.

    The ring ends with the window; where the object leaves nothing of it to see, its colours stay.
    """
    progress(0.0, "Comparing colours")
    around = ring(task.mask, params.ring)
    matched = task.source
    if task.mask.any() and around.any():
        matched = in_lab(task.source, task.source[task.mask], task.background[around])
    progress(1.0, "Pasting")
    return paste(task.background, matched, task.alpha)


def ring(mask: Bool, width: float) -> Bool:
    """The pixels beyond the mask that are nearer to it than `width` times the longer side of its box; 1 px at least."""
    longer = max(cv2.boundingRect(mask.view(np.uint8))[2:])
    return ~mask & (distances(~mask) <= max(1.0, width * longer))


def in_lab(picture: F32, own: F32, wanted: F32) -> F32:
    """The h×w×3 picture, shifted and stretched in CIELAB as brings the mean and spread of n×3 `own` to `wanted`'s."""
    lab = _lab(picture)
    (mean, spread), (new_mean, new_spread) = (_moments(_lab(x[None])[0]) for x in (own, wanted))
    stretch = np.where(spread > FLAT, new_spread / np.maximum(spread, FLAT), 1.0)
    moved = floats((lab - mean) * stretch + new_mean)
    return floats(
        np.clip(picture + (_rgb(moved) - _rgb(lab)), 0.0, 1.0)
    )  # OpenCV's way there and back is half a level off


def _lab(rgb: F32) -> F32:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2LAB), np.float32)


def _rgb(lab: F32) -> F32:
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.float32)


def _moments(lab: F32) -> tuple[F32, F32]:
    """Mean and standard deviation of n×3 colours."""
    return floats(lab.mean(0, dtype=np.float64)), floats(lab.std(0, dtype=np.float64))
