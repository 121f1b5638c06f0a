"""What the boxes, points and words of one prompt show together: each box with its points, all made one object."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from blendstudio.core.document import Prompt
from blendstudio.core.geometry import Point, Rect
from blendstudio.core.masking import bounds
from blendstudio.engine.kinds import Candidate

REACH = 0.25  # of a box's sides: how far beyond it a point still speaks of what it shows
Points = tuple[tuple[Point, bool], ...]


class Region(NamedTuple):
    """One question to a segmenter; without a box and points it is answered already, by `previous`."""

    box: Rect | None
    points: Points
    previous: Candidate | None = None


def regions(prompt: Prompt, previous: Candidate | None) -> list[Region]:
    """The questions that a prompt with boxes or points comes to.

    `previous` is what its words have found; without words it is a mask from which the points go on. Points near a box
    speak of what it shows, the others of what the words found or of one thing more.
    """
    if not prompt.boxes:
        return [Region(None, prompt.points, previous)]
    named = previous if prompt.text.strip() else None
    loose = tuple(x for x in prompt.points if not any(_near(x[0], box) for box in prompt.boxes))
    more = any(wanted for _, wanted in loose)
    if len(prompt.boxes) == 1 and not named and not more:
        if previous and previous.logits is None:  # a net cannot take it beside the box: the mask itself goes on
            return [Region(None, prompt.points, previous)]
        return [Region(prompt.boxes[0], prompt.points, previous)]
    found = [Region(box, tuple(x for x in prompt.points if _near(x[0], box))) for box in prompt.boxes]
    if named:
        return [Region(None, loose, named), *found]
    return [*found, Region(None, loose)] if more else found


def joined(parts: Sequence[Candidate]) -> Candidate:
    """Several masks as those of one object, as sure as the least sure of them."""
    masks = [one.mask for one in parts if one.mask is not None]
    softs = [one.soft if one.soft is not None else one.mask for one in parts]
    mask = np.maximum.reduce(masks)
    box = bounds(mask >= 128) or parts[0].box
    soft = np.maximum.reduce([soft for soft in softs if soft is not None])
    score, sure = min(one.score for one in parts), all(one.sure for one in parts)
    return Candidate(parts[0].label, score, box, mask, sure, soft=soft)


def _near(point: Point, box: Rect) -> bool:
    wide = box.grown_by_share(REACH)
    return wide.x0 <= point.x <= wide.x1 and wide.y0 <= point.y <= wide.y1
