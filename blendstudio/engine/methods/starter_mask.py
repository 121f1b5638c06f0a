"""The starter segmenter: what a box or points show, from the salience of crops (U-2-Net, small)."""

from dataclasses import dataclass

import numpy as np

from blendstudio.core.params import knob
from blendstudio.engine.boxmask import box_proposals
from blendstudio.engine.clickmask import click_proposals, corrected, followed
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, Models, SegmentTask
from blendstudio.engine.proposals import Proposal
from blendstudio.engine.registry import method
from blendstudio.engine.view import View, candidate, prior, view_of
from blendstudio.errors import NothingFound, UsageError

ROUND_BOX = 0.65  # of the box's sides: what the view shows round it


@dataclass(frozen=True)
class StarterMask:
    """Knobs of the starter segmenter."""

    alternatives: int = knob(3, 1, 3, "Alternatives", "How many different masks are offered.")
    sure: float = knob(0.6, 0.0, 1.0, "Sure from", "Masks with a lower score are marked as not sure.")


@method("segment", "starter", "Box and points", StarterMask, needs=("saliency",))
def segment(task: SegmentTask, params: StarterMask, models: Models, progress: Progress) -> list[Candidate]:
    """Candidates for the box or the points, best first. Raises UsageError when nothing says what is meant."""
    check(task)
    net = models.net("saliency")
    if task.previous and task.box is None:
        view, found = view_of(task.rgb), [went_on(task, task.previous)]
    elif task.box is None:
        view = view_of(task.rgb)
        clicks = [(view.point(point), inside) for point, inside in task.points]
        found = click_proposals(net, view.rgb, clicks, progress.part(0.0, 0.9))
    else:
        view = view_of(task.rgb, task.box.grown_by_share(ROUND_BOX))
        found = box_proposals(net, view.rgb, view.rect(task.box), progress.part(0.0, 0.9))
        found = [_with_points(view, one, task) for one in found] if task.points else found
    progress(0.9, "Drawing the edge")
    made = [
        candidate(task.rgb, view, one, "object", sure=one.score >= params.sure) for one in found[: params.alternatives]
    ]
    progress(1.0, "Drawing the edge")
    return made


def check(task: SegmentTask) -> None:
    """Raises UsageError when there is neither a box nor a point on the object."""
    if task.box is None and not task.previous and not any(inside for _, inside in task.points):
        raise UsageError("No point lies on the object.", "Click on what is to be cut out, or draw a box round it.")


def went_on(task: SegmentTask, earlier: Candidate) -> Proposal:
    """The earlier mask, corrected by the points, on a view of the whole picture. Raises NothingFound."""
    view = view_of(task.rgb)
    clicks = [(view.point(point), inside) for point, inside in task.points]
    found = corrected(view.rgb, prior(view, earlier), clicks, earlier.score)
    if not found.mask.any():
        raise NothingFound(
            "That point leaves nothing of the object.", "Set it farther from the object, or paint with the eraser."
        )
    return found


def _with_points(view: View, proposal: Proposal, task: SegmentTask) -> Proposal:
    """The box's mask as the prior of the points."""
    guess = 0.5 * proposal.mask + 0.5 * proposal.soft * proposal.mask
    clicks = [(view.point(point), inside) for point, inside in task.points]
    bent = followed(view.rgb, guess.astype(np.float32), clicks, proposal.score)
    return bent if bent.mask.any() else proposal
