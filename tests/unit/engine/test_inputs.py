from dataclasses import replace

import numpy as np
import pytest

from blendstudio.engine.appearance import SIDE, Scene
from blendstudio.engine.inputs import digest
from blendstudio.engine.kinds import BlendTask

PICTURE = np.full((8, 9, 3), 0.5, np.float32)
MASK = np.ones((8, 9), bool)
SCENE = Scene(np.full((SIDE, SIDE, 3), 0.5, np.float32), np.ones((SIDE, SIDE), bool))
TASK = BlendTask(PICTURE, PICTURE, MASK, MASK.astype(np.float32), MASK, scene=SCENE)


def touched(array):
    other = array.copy()
    other.ravel()[3] = not other.ravel()[3] if other.dtype == bool else other.ravel()[3] + 0.1
    return other


def test_equal_inputs_have_one_hash():
    assert digest(TASK) == digest(replace(TASK, source=PICTURE.copy()))


@pytest.mark.parametrize("name", ["source", "background", "mask", "alpha", "zone"])
def test_every_input_counts(name):
    assert digest(replace(TASK, **{name: touched(getattr(TASK, name))})) != digest(TASK)


def test_surroundings_share_and_seed_count():
    others = [replace(TASK, scene=SCENE._replace(rgb=touched(SCENE.rgb))), replace(TASK, seed=1)]
    assert digest(TASK) not in [digest(one) for one in (*others, replace(TASK, share=0.5))]
