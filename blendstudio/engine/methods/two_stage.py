"""The paper's two-stage blend: gradient, content and style first; then saturation, content and style (section 3)."""

from dataclasses import dataclass

from blendstudio.core.params import choice, knob, switch
from blendstudio.core.types import F32
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Models
from blendstudio.engine.registry import method


@dataclass(frozen=True)
class TwoStage:
    """The weights of equations 1 to 4, on losses in 0..255.

    The defaults are for photos on photos: style is far below Table 1's, which recolours the object like the background
    (a red parrot over the sea turns olive). The presets paper and paper-literal hold the table.
    """

    evaluations_1: int = knob(30, 0, 2000, "Stage 1 steps", "Evaluations of gradient, content and style.")
    gradient: float = knob(1e4, 0, 1e7, "Gradient", "How strongly the seam is smoothed in stage 1.")
    content: float = knob(1.0, 0, 1e5, "Content", "How strongly the object keeps its own look in stage 1.")
    style: float = knob(60.0, 0, 1e7, "Style", "How strongly the object takes the background's texture in stage 1.")
    evaluations_2: int = knob(15, 0, 2000, "Stage 2 steps", "Evaluations of saturation, content and style.")
    saturation: float = knob(2.55e6, 0, 1e9, "Saturation", "How strongly steps of saturation at the seam go away.")
    content_2: float = knob(1.0, 0, 1e5, "Content 2", "How strongly stage 2 keeps what stage 1 made.")
    style_2: float = knob(60.0, 0, 1e7, "Style 2", "How strongly the object takes the background's texture in stage 2.")
    gradient_2: float = knob(3e3, 0, 1e7, "Gradient 2", "How strongly stage 2 keeps the detail.")
    box: float = knob(1e3, 0, 1e6, "Box", "How strongly colours stay within black and white.")
    literal: bool = switch(False, "As printed", "The saturation loss signed and over the whole window, as printed.")
    start: str = choice("paste", ("paste", "poisson", "noise"), "Start", "The picture that the first step begins with.")
    pan: str = choice(
        "correction",
        ("correction", "picture", "off"),
        "PAN",
        "Solve stage 1 at half size and enlarge with PAN its correction, or its picture as the paper does.",
    )
    size: int = knob(256, 64, 2048, "Working size", "Long side in pixels of the window that is optimised.")


@method("blend", "two-stage", "Two-stage", TwoStage, needs=("features", "upscale"))
def two_stage(task: BlendTask, params: TwoStage, models: Models, progress: Progress) -> F32:
    """Solves at the working size and adds the correction to the full-size paste, so that detail stays the source's."""
    from blendstudio.engine.losses import Weights
    from blendstudio.engine.stages import Frame, Run, begin, enlarge, refine

    net = models.net("features")
    pan = models.net("upscale") if params.pan != "off" else None
    frame = Frame.of(task, params.size)
    small = frame.halved() if pan else frame
    weights = Weights(params.gradient, params.content, params.style, box=params.box)
    run = Run(params.evaluations_1, progress.part(0.0, 0.4), "Stage 1: gradient, content, style")
    first = begin(small, params.start, task.seed)
    result = refine(small, first, small.source, weights.on_window(task.share), net, run)
    if pan:
        result = enlarge(small, frame, result, pan, whole_picture=params.pan == "picture")
    if not progress.stopped:
        weights = Weights(
            params.gradient_2, params.content_2, params.style_2, params.saturation, params.box, params.literal
        )
        run = Run(params.evaluations_2, progress.part(0.4, 1.0), "Stage 2: saturation, content, style")
        result = refine(frame, result, result, weights.on_window(task.share), net, run)
    return frame.lifted(result, task)
