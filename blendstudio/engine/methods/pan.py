"""Enlargement by the Pixel Attention Network (Zhao et al., 2020)."""

from dataclasses import dataclass

from blendstudio.core.params import choice
from blendstudio.core.types import F32
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Models, UpscaleTask
from blendstudio.engine.registry import method

SIDE, REACH = 256, 40  # px; sixteen blocks of two 3×3 convolutions see 38 px


@dataclass(frozen=True)
class PanParams:
    """How the net is used."""

    ensemble: str = choice("off", ("off", "on"), "Ensemble", "Average over the eight turns and flips.")


@method("upscale", "pan", "PAN", PanParams, needs=("upscale",))
def pan(task: UpscaleTask, params: PanParams, models: Models, progress: Progress) -> F32:
    """Twice as large per pass, in tiles, clamped to 0..1."""
    import torch

    from blendstudio.engine.tensors import to_picture, to_tensor
    from blendstudio.engine.tiles import in_tiles

    net = models.net("upscale")
    picture = to_tensor(task.rgb, next(net.parameters()).device)
    views = [(turns, flip) for turns in range(4) for flip in (False, True)] if params.ensemble == "on" else [(0, False)]
    total = torch.zeros(())
    with torch.inference_mode():
        for number, (turns, flip) in enumerate(views):
            view = torch.rot90(picture.flip(-1) if flip else picture, turns, (-2, -1))
            part = progress.part(number / len(views), (number + 1) / len(views), "Enlarging")
            large = torch.rot90(in_tiles(view, net, task.scale, SIDE, REACH, part), -turns, (-2, -1))
            total = total + (large.flip(-1) if flip else large)
    progress(1.0, "Enlarging")
    return to_picture(total / len(views))
