import numpy as np
import pytest
from scipy import ndimage

from blendstudio.engine.trim import rim

SKY, RED = (0.5, 0.65, 0.9), (0.8, 0.2, 0.15)


def disc(radius):
    y, x = np.mgrid[:100, :100]
    return np.hypot(y - 50, x - 50) < radius


def balloon(radius=25):
    random = np.random.default_rng(0)
    picture = np.where(disc(radius)[..., None], RED, SKY) + random.normal(0, 0.01, (100, 100, 3))
    return picture.clip(0, 1).astype(np.float32)


def test_the_sky_in_a_loose_mask_goes_and_the_object_stays():
    share = rim(balloon(), disc(31), 10)
    sky = disc(30) & ~disc(26.5)
    assert share[sky].mean() > 0.9
    assert share[disc(23)].max() < 0.05


def test_a_tight_mask_is_left_alone():
    assert rim(balloon(), disc(24.5), 10).mean() < 0.01


def test_nothing_is_taken_deeper_than_the_band():
    plain = np.random.default_rng(1).normal(0.5, 0.02, (100, 100, 3)).clip(0, 1).astype(np.float32)
    share = rim(plain, disc(40), 6)
    assert share[disc(40) & ~disc(38)].min() > 0.5
    assert not share[disc(33)].any()


def marbled():
    random = np.random.default_rng(2)
    coarse = ndimage.gaussian_filter(random.random((100, 100, 3)), (3, 3, 0))
    return (coarse + random.normal(0, 0.01, coarse.shape)).clip(0, 1).astype(np.float32)


def repeated(picture, mask):
    nearest = ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True)
    return picture[tuple(nearest)]


def spread(picture, mask):
    weight = ndimage.gaussian_filter(mask.astype(np.float32), 4)[..., None] + 1e-6
    blurred = ndimage.gaussian_filter(picture * mask[..., None], (4, 4, 0)) / weight
    return np.where(mask[..., None], picture, blurred).astype(np.float32)


@pytest.mark.parametrize("surround", [repeated, spread])
def test_a_cut_out_without_surroundings_is_left_alone(surround):
    assert not rim(surround(marbled(), disc(30)), disc(30), 8).any()


def test_a_white_studio_is_taken_for_surroundings():
    picture = np.where(disc(25)[..., None], RED, (1.0, 1.0, 1.0)).astype(np.float32)
    assert rim(picture, disc(31), 10)[disc(30) & ~disc(27)].mean() > 0.9


def test_no_band_no_trim():
    assert not rim(balloon(), disc(31), 0).any()


def test_a_mask_of_the_whole_picture_is_left_alone():
    assert not rim(balloon(), np.ones((100, 100), bool), 8).any()
