"""Harmonise: the object's light, contrast and saturation are set to those of its surroundings; no pixel is invented."""

from dataclasses import dataclass

from blendstudio.core.compose import paste
from blendstudio.core.params import knob
from blendstudio.core.types import F32
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Models
from blendstudio.engine.registry import method


@dataclass(frozen=True)
class Harmonise:
    """How far the correction goes."""

    strength: float = knob(1.0, 0, 2, "Correction", "How much of the correction that was found is made.")


@method("blend", "harmonise", "Harmonise", Harmonise, needs=("words", "harmoniser"))
def harmonise(task: BlendTask, params: Harmonise, models: Models, progress: Progress) -> F32:
    """The paste with its object's exposure, white balance, contrast and saturation corrected; often not at all."""
    from blendstudio.engine.harmony import corrected, judge

    progress(0.0, "Comparing light and colour")
    judgement = judge(task.scene_or_own(), models.net("words"), models.net("harmoniser"))
    progress(0.5, f"Correcting ({judgement.confidence:.0%} sure)" if any(judgement.change) else "Nothing to correct")
    source = corrected(task.source, judgement.change, params.strength)
    progress(1.0, "Pasting")
    return paste(task.background, source, task.alpha)
