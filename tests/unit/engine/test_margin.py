"""How a change runs out across the margin."""

import numpy as np
import pytest

from blendstudio.engine.kinds import BlendTask
from blendstudio.engine.margin import faded, share


def strip(mask, zone):
    mask, zone = np.array([mask], bool), np.array([zone], bool)
    flat = np.zeros((*mask.shape, 3), np.float32)
    return BlendTask(flat, flat, mask, mask.astype(np.float32), zone)


def test_the_share_falls_evenly_from_the_mask_to_the_end_of_the_zone():
    one = strip([1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0])
    assert share(one)[0] == pytest.approx([1, 1, 0.75, 0.5, 0.25, 0, 0], abs=1e-3)
    assert faded(np.full((1, 7, 3), 0.8, np.float32), one)[0, :, 1] == pytest.approx(
        [0.8, 0.8, 0.6, 0.4, 0.2, 0, 0], abs=1e-3
    )


def test_a_zone_that_is_everything_takes_all():
    assert (share(strip([1, 0, 0], [1, 1, 1])) == 1).all()
