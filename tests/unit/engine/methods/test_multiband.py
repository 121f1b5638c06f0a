"""The multiband blend against one written out band by band, and what it keeps."""

import cv2
import numpy as np
import pytest
from rival_tasks import noise, task

from blendstudio.engine.job import Progress
from blendstudio.engine.methods.multiband import Multiband, multiband

SIZE = (70, 93)


def blend(one, levels=4):
    return multiband(one, Multiband(levels), None, Progress())


def by_bands(source, background, mask, levels):
    """The sum over all bands of the band's own mix."""
    weight = np.repeat(mask[..., None].astype(np.float32), 3, 2)
    picture = [source, background, weight]
    bands = []
    for _ in range(levels):
        smaller = [cv2.pyrDown(x) for x in picture]
        size = weight.shape[1], weight.shape[0]
        own, other = (x - cv2.pyrUp(y, dstsize=size) for x, y in zip(picture[:2], smaller[:2], strict=True))
        bands.append(own * picture[2] + other * (1 - picture[2]))
        picture = smaller
        weight = picture[2]
    result = picture[0] * picture[2] + picture[1] * (1 - picture[2])
    for band in reversed(bands):
        result = band + cv2.pyrUp(result, dstsize=band.shape[1::-1])
    return result


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_it_equals_the_mix_of_each_band(levels):
    one = task(noise(1, *SIZE), noise(2, *SIZE))
    wanted = by_bands(one.source, one.background, one.mask, levels)
    assert np.abs(blend(one, levels) - wanted.clip(0, 1))[one.mask].max() < 1e-5


def test_identical_pictures_stay_as_they_are():
    picture = noise(1, *SIZE)
    assert np.abs(blend(task(picture, picture)) - picture).max() < 1e-5


def test_more_levels_merge_over_a_wider_seam():
    one = task(np.full((*SIZE, 3), 0.8, np.float32), np.full((*SIZE, 3), 0.2, np.float32))
    widths = []
    for levels in (1, 2, 3, 4):
        row = blend(one, levels)[35, :, 0]
        widths.append(((row > 0.21) & (row < 0.79)).sum())
    assert widths == sorted(widths)
    assert widths[-1] > 2 * widths[0]


def test_beyond_the_mask_the_change_runs_out_with_the_margin():
    one = task(np.full((*SIZE, 3), 0.8, np.float32), np.full((*SIZE, 3), 0.2, np.float32), zone=6)
    result = blend(one, 4)
    assert np.array_equal(result[~one.zone], one.background[~one.zone])
    row = result[35, :, 0]
    assert np.abs(np.diff(row)).max() < 0.15  # no second seam at the margin's end
