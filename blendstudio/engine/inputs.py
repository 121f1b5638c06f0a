"""What a blend was made from, as one hash."""

import hashlib

import numpy as np

from blendstudio.engine.appearance import Scene
from blendstudio.engine.kinds import BlendTask


def digest(task: BlendTask) -> str:
    """A hash of all that a method sees: the object at its place, its masks, what lies below it and round it.

    It costs as much as the object, whatever the size of the document.
    """
    state = hashlib.blake2b(repr((task.share, task.seed)).encode(), digest_size=16)
    scene = task.scene or Scene(np.empty(0, np.float32), np.empty(0, bool))
    for values in (task.source, task.background, task.mask, task.alpha, task.zone, *scene):
        state.update(repr(values.shape).encode())
        state.update(np.ascontiguousarray(values).data)
    return state.hexdigest()
