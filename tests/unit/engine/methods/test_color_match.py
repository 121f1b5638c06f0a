"""Color match: the object gets the mean and the spread of what lies round it."""

import numpy as np
import pytest
from rival_tasks import noise, task
from scipy import ndimage
from skimage.color import rgb2lab

from blendstudio.engine.job import Progress
from blendstudio.engine.methods.color_match import ColorMatch, color_match

SIZE = (80, 100)


def mild(seed):
    """Colours from the middle of the range, so that nothing is clipped."""
    return 0.4 + 0.2 * noise(seed, *SIZE)


def match(one, ring=0.1):
    return color_match(one, ColorMatch(ring), None, Progress())


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_the_object_gets_the_rings_mean_and_spread(share):
    one = task(mild(1) * (1.1, 0.9, 0.8), mild(2))
    one = task(one.source.astype(np.float32), one.background)
    box = np.ptp(np.nonzero(one.mask), axis=1) + 1
    distance = ndimage.distance_transform_edt(~one.mask)
    ring = (distance > 0) & (distance <= share * box.max())
    found, wanted = rgb2lab(match(one, share)[one.mask]), rgb2lab(one.background[ring])
    assert found.mean(0) == pytest.approx(wanted.mean(0), abs=0.2)  # of Lab's 100
    assert found.std(0) == pytest.approx(wanted.std(0), abs=0.2)


def test_an_object_that_fits_already_stays_as_it_is():
    picture = np.tile(mild(3)[:10, :10], (8, 10, 1))  # the same colours everywhere
    mask = np.zeros(SIZE, bool)
    mask[20:60, 30:70] = True
    one = task(picture, picture, mask)
    assert np.abs(match(one, 0.25) - picture).max() < 1e-3


def test_a_flat_object_gets_the_mean_alone():
    one = task(np.full((*SIZE, 3), 0.7, np.float32), mild(4))
    result = match(one)[one.mask]
    assert np.ptp(result, axis=0).max() < 1e-3
    assert np.abs(result.mean(0) - one.background.mean((0, 1))).max() < 0.05


def test_without_surroundings_the_colours_stay():
    one = task(mild(1), mild(2), np.ones(SIZE, bool))
    assert np.array_equal(match(one), one.source)
