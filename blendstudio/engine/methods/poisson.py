"""Poisson image editing (Pérez et al., 2003): needs no model and always works."""

from dataclasses import dataclass

import numpy as np

from blendstudio.core.params import choice
from blendstudio.core.types import F32
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Models
from blendstudio.engine.poisson import solve
from blendstudio.engine.registry import method


@dataclass(frozen=True)
class Poisson:
    """Which gradients count; how much of the source's surroundings comes along is the mask's dilation."""

    gradients: str = choice(
        "import",
        ("import", "mixed"),
        "Gradients",
        "The object's own, or between each two pixels the stronger of both pictures': glass, lace, writing.",
    )


@method("blend", "poisson", "Poisson", Poisson)
def poisson(task: BlendTask, params: Poisson, models: Models, progress: Progress) -> F32:
    """The wanted gradients inside the mask, the background's colours along its edge; clamped to 0..1."""
    progress(0.0, "Solving")
    solved = solve(task.source, task.background, task.mask, progress, mixed=params.gradients == "mixed")
    progress(1.0, "Solving")
    return np.clip(solved, 0.0, 1.0)
