"""The segmenter that needs no net: GrabCut from a box, edges and colours from points."""

from dataclasses import dataclass

from blendstudio.core.params import knob
from blendstudio.engine.boxmask import colour_proposal
from blendstudio.engine.clickmask import colour_clicks, followed
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, Models, SegmentTask
from blendstudio.engine.methods.starter_mask import ROUND_BOX, check, went_on
from blendstudio.engine.registry import method
from blendstudio.engine.view import candidate, view_of


@dataclass(frozen=True)
class GrabCutKnobs:
    """Knobs of GrabCut."""

    rounds: int = knob(5, 1, 20, "Rounds", "How often the colours inside and outside are learnt anew.")


@method("segment", "grabcut", "GrabCut", GrabCutKnobs)
def segment(task: SegmentTask, params: GrabCutKnobs, models: Models, progress: Progress) -> list[Candidate]:
    """One candidate, never sure. Raises UsageError when nothing says what is meant."""
    check(task)
    progress(0.0, "Comparing colours")
    view = view_of(task.rgb, task.box and task.box.grown_by_share(ROUND_BOX))
    clicks = [(view.point(point), inside) for point, inside in task.points]
    if task.previous and task.box is None:
        found = went_on(task, task.previous)
    elif task.box is None:
        found = colour_clicks(view.rgb, clicks)
    else:
        found = colour_proposal(view.rgb, view.rect(task.box), params.rounds)
        found = followed(view.rgb, found.soft, clicks, found.score) if clicks else found
    progress(0.9, "Drawing the edge")
    made = candidate(task.rgb, view, found, "object", sure=False)
    progress(1.0, "Drawing the edge")
    return [made]
