"""GP-GAN without its generator: the Gaussian-Poisson equation over the paste's own colours (Wu et al., 2019).

The published method lets a trained generator repaint the pasted picture at 64 pixels and takes the colours from there.
Those weights exist for Chainer alone, which is no longer kept, so here the colours are those of the paste.
"""

from dataclasses import dataclass

import numpy as np

from blendstudio.core.params import knob
from blendstudio.core.types import F32, floats
from blendstudio.engine.gaussian_poisson import doubled, solve
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Models
from blendstudio.engine.margin import faded
from blendstudio.engine.pyramids import gaussian
from blendstudio.engine.registry import method

COARSEST = 64  # pixels: the published size of the picture that holds the colours


@dataclass(frozen=True)
class GpGan:
    """How the two terms are weighed."""

    beta: float = knob(1.0, 0.01, 100, "Beta", "How strongly the pasted colours hold against the smooth seam.")


@method("blend", "gp-gan", "GP-GAN (no generator)", GpGan)
def gp_gan(task: BlendTask, params: GpGan, models: Models, progress: Progress) -> F32:
    """The equation at 64 pixels with the paste's colours, then at each doubled size with those of the size before."""
    levels = max(0, int(np.ceil(np.log2(max(task.mask.shape) / COARSEST))))
    progress(0.0, "Making smaller")
    steps = [gaussian(x, levels) for x in (task.source, task.background, floats(task.mask))]
    colours = None
    for number, (source, background, soft) in enumerate(reversed(list(zip(*steps, strict=True))), 1):
        mask = floats(soft >= 0.5)
        pasted = background + mask[..., None] * (source - background)
        colours = pasted if colours is None else doubled(colours, mask.shape)
        colours = np.clip(solve(source, background, mask, colours, params.beta), 0.0, 1.0)
        progress(0.25 ** (len(steps[0]) - number), f"Solving at {max(mask.shape)} pixels")
    return task.background if colours is None else faded(colours, task)
