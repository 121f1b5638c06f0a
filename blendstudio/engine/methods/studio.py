"""Studio: the object's light is set to that of its new surroundings, its old surroundings are trimmed off, and on a
painting it is painted. Nothing else changes: a step of colour at the edge stays where it is the object's own."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from blendstudio.core.compose import paste
from blendstudio.core.masking import distances
from blendstudio.core.params import choice, knob
from blendstudio.core.types import F32, floats
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Models
from blendstudio.engine.registry import method

WORKING = 512  # pixels on the long side, at which lengths are stated
SOLVED = 256  # pixels on the long side of the window on which the brushwork is fitted
SLIM, SMALL = 0.35, 1 / 16  # of the mask's largest depth, and of its longer side: no rim is wider
SOFT = 0.8  # pixels: the edge of what is painted


@dataclass(frozen=True)
class Studio:
    """How far each part goes."""

    target: str = choice("auto", ("auto", "photo", "painting"), "Target", "What the background is; auto measures it.")
    light: float = knob(1.0, 0, 2, "Light", "How much of the correction of light and colour is made.")
    trim: int = knob(8, 0, 64, "Trim", "How far into the mask old surroundings are taken off, in pixels at 512.")
    texture: float = knob(1.0, 0, 2, "Texture", "On paintings: how much brushwork and canvas the object takes on.")
    palette: float = knob(1.0, 0, 1, "Palette", "On paintings: how far the object's colours go to the target's.")
    evaluations: int = knob(10, 0, 200, "Steps", "On paintings: evaluations in which the brushwork is fitted.")


class Lit(NamedTuple):
    """The source in the target's light; whether the photos' surroundings told how; a sentence about it."""

    source: F32
    compared: bool
    said: str


class Cut(NamedTuple):
    """What is pasted: colours h×w×3 and alpha h×w."""

    source: F32
    alpha: F32


@method("blend", "studio", "Studio", Studio, needs=("words", "harmoniser", "painting", "features"))
def studio(task: BlendTask, params: Studio, models: Models, progress: Progress) -> F32:
    """The paste with its object corrected, h×w×3; full size by construction, unchanged where nothing is wrong."""
    progress(0.0, "Comparing light and colour")
    share = painted_share(task, params, models)
    lit = in_new_light(task, params, models, photo=share < 0.5)
    progress(0.2, f"{_target(params, share)}. {lit.said}")
    alpha = task.alpha if lit.compared else trimmed(task, params)
    if share < 0.5:
        result = paste(task.background, lit.source, alpha)
        progress.show(result)
        progress(1.0, "Pasting")
        return result
    return paint(task, Cut(lit.source, alpha), params, models, progress.part(0.3, 1.0))


def painted_share(task: BlendTask, params: Studio, models: Models) -> float:
    """How likely the target is a painting, 0..1; 0 or 1 where the person has said."""
    if params.target != "auto":
        return float(params.target == "painting")
    from blendstudio.engine.painting import painted

    return painted(task.background, models.net("words"), models.net("painting"))


def _target(params: Studio, share: float) -> str:
    kind = "painting" if share >= 0.5 else "photo"
    return f"Target: {kind}" + (f" ({max(share, 1 - share):.0%} sure)" if params.target == "auto" else "")


def in_new_light(task: BlendTask, params: Studio, models: Models, *, photo: bool) -> Lit:
    """The source with the change of light undone that the surroundings tell, or else, on photos, the harmoniser."""
    from blendstudio.engine.harmony import corrected, judge
    from blendstudio.engine.surroundings import light_between

    if not params.light:
        return Lit(task.source, False, "Light as it is")
    change = light_between(task.source, task.background, task.mask)
    if change:
        return Lit(corrected(task.source, change, params.light), True, "Both photos show the same round the object")
    if not photo:
        return Lit(task.source, False, "Colours from the palette")
    judgement = judge(task.scene_or_own(), models.net("words"), models.net("harmoniser"))
    said = f"Correcting ({judgement.confidence:.0%} sure)" if any(judgement.change) else "Nothing to correct"
    return Lit(corrected(task.source, judgement.change, params.light), False, said)


def trimmed(task: BlendTask, params: Studio) -> F32:
    """The alpha without the rim that shows the object's old surroundings, which on a thin or small object is narrow."""
    from blendstudio.engine.trim import rim

    side = max(np.ptp(places) + 1 for places in np.nonzero(task.mask)) if task.mask.any() else 0
    largest = min(SLIM * float(distances(np.pad(task.mask, 1)).max()), SMALL * side)
    band = round(min(largest, params.trim * max(1.0, max(task.mask.shape) / WORKING)))
    return floats(task.alpha * (1 - rim(task.source, task.mask, band)))


def paint(task: BlendTask, cut: Cut, params: Studio, models: Models, progress: Progress) -> F32:
    """The object in the target's colours and texture; the brushwork's amounts are solved for on a small window."""
    from blendstudio.engine.paint import Piece, amounts, brushwork, palette, softened

    source = palette(cut.source, task.background, task.mask, params.palette)
    alpha = softened(cut.alpha, task.mask, SOFT)
    pasted = paste(task.background, source, alpha)
    progress.show(pasted)
    if not params.texture:
        return pasted
    piece = Piece(pasted, task.background, brushwork(task.background), alpha)
    scale = min(1.0, SOLVED / max(alpha.shape))
    small = piece.resized((max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale))))
    found = amounts(small, models.net("features"), params.evaluations, progress)
    return piece.painted(floats(params.texture * np.asarray(found)))
