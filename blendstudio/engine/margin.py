"""For methods that by nature change pixels far beyond the mask: their change runs out across the margin."""

import numpy as np

from blendstudio.core.masking import distances
from blendstudio.core.types import F32, floats
from blendstudio.engine.kinds import BlendTask


def faded(result: F32, task: BlendTask) -> F32:
    """The result inside the mask and, beyond it, ever less of it up to the end of the zone, where it is the background.

    Cut off there instead, what the result differs by would show as a second seam.
    """
    return floats(task.background + share(task)[..., None] * (result - task.background))


def share(task: BlendTask) -> F32:
    """1 in the mask, 0 beyond the zone, in between how near the mask is compared with the zone's end; h×w."""
    if task.zone.all():
        return np.ones(task.mask.shape, np.float32)
    near, far = distances(~task.mask), distances(task.zone)
    return floats(far / np.maximum(near + far, 1e-6))
