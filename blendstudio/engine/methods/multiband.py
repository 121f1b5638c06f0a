"""Multiband: coarse colours merge over a wide seam, fine detail over a narrow one (Burt and Adelson, 1983)."""

from dataclasses import dataclass

import numpy as np

from blendstudio.core.params import knob
from blendstudio.core.types import F32, floats
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Models
from blendstudio.engine.margin import faded
from blendstudio.engine.pyramids import collapsed, gaussian, laplacian
from blendstudio.engine.registry import method


@dataclass(frozen=True)
class Multiband:
    """How many bands there are."""

    levels: int = knob(5, 1, 10, "Levels", "How many bands; each one more merges over a seam twice as wide.")


@method("blend", "multiband", "Multiband", Multiband)
def multiband(task: BlendTask, params: Multiband, models: Models, progress: Progress) -> F32:
    """Each band of the source's Laplacian pyramid through the mask's Gaussian pyramid onto that of the background."""
    progress(0.0, "Taking apart")
    source = laplacian(task.source, params.levels)
    progress(0.4, "Taking apart")
    background = laplacian(task.background, params.levels)
    progress(0.8, "Putting together")
    weights = gaussian(task.mask.astype(np.float32), params.levels)
    bands = [floats(b + w[..., None] * (s - b)) for s, b, w in zip(source, background, weights, strict=True)]
    result = faded(np.clip(collapsed(bands), 0.0, 1.0), task)
    progress(1.0, "Putting together")
    return result
