"""Deep Image Blending as published (Zhang, Wen and Shi, 2020), for comparison: it repaints the whole picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from blendstudio.core.params import choice, knob
from blendstudio.core.types import F32
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Models
from blendstudio.engine.registry import method


@dataclass(frozen=True)
class Dib:
    """How long and how large; the weights are the published ones (engine/published.py).

    The published 1000 iterations a pass come to 1020 evaluations.
    """

    evaluations_1: int = knob(1020, 0, 5000, "Pass 1 steps", "Evaluations of gradient, style, content and variation.")
    evaluations_2: int = knob(1020, 0, 5000, "Pass 2 steps", "Evaluations of style, over the whole picture.")
    start: str = choice("noise", ("noise", "paste"), "Start", "What pass 1 begins with; noise as published.")
    size: int = knob(512, 64, 1024, "Working size", "Side in pixels of the square that the picture is squeezed to.")


@method("blend", "dib", "Deep Image Blending", Dib, needs=("features",), whole_frame=True)
def dib(task: BlendTask, params: Dib, models: Models, progress: Progress) -> F32:
    """Both passes at the working size, the second one over all of the picture; scaled back to the window."""
    from blendstudio.engine import published
    from blendstudio.engine.tensors import to_picture

    net = models.net("features")
    device = next(net.parameters()).device
    canvas = published.Canvas.of(task.source, task.background, task.mask, params.size, device)
    picture = published.begin(canvas, params.start, task.seed)
    step = progress.part(0.0, 0.5, "Pass 1: gradient, style, content")
    loss = published.first_pass(canvas, net)
    picture = published.descend(picture, loss, params.evaluations_1, step, canvas.composite)
    picture = published.in_eight_bits(canvas.composite(picture.clamp(0, 255)))
    if not progress.stopped and params.evaluations_2:
        step = progress.part(0.5, 1.0, "Pass 2: style")
        loss = published.second_pass(canvas, net)
        picture = published.descend(picture, loss, params.evaluations_2, step, lambda whole: whole)
    small = to_picture(published.in_eight_bits(picture) / 255)
    size = task.mask.shape[1], task.mask.shape[0]
    return np.clip(np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.float32), 0.0, 1.0)
