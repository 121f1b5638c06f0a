import numpy as np
import torch
from scipy import ndimage

from blendstudio.engine.correction import changed
from blendstudio.engine.surroundings import light_between, likeness

CHANGE = (0.4, 0.2, -0.15, 0.1, -0.5)


def photo(seed, height=90, width=120):
    random = np.random.default_rng(seed)
    coarse = ndimage.gaussian_filter(random.random((height, width, 3)), (6, 6, 0)) * 4 - 1.5
    fine = ndimage.gaussian_filter(random.random((height, width, 1)), (0.7, 0.7, 0)) * 0.2
    return (coarse * 0.5 + 0.2 + fine).clip(0.05, 0.8).astype(np.float32)


def lit(picture, change):
    pixels = torch.from_numpy(picture).reshape(1, -1, 3)
    return changed(pixels, torch.tensor([change])).reshape(picture.shape).numpy()


def disc(height=90, width=120):
    y, x = np.mgrid[:height, :width]
    return ((y - height / 2) / 25) ** 2 + ((x - width / 2) / 30) ** 2 < 1


def hidden(picture, mask):
    covered = picture.copy()
    covered[mask] = 0.5
    return covered


def test_the_change_of_light_between_two_photos_of_one_place_is_found():
    scene, mask = photo(1), disc()
    found = light_between(lit(scene, CHANGE), hidden(scene, mask), mask)
    assert np.abs(np.subtract(found, CHANGE)).max() < 0.08


def test_what_the_object_hides_has_no_say():
    scene, mask = photo(1), disc()
    one = likeness(scene, hidden(scene, mask), mask)
    assert one.share > 0.95
    assert not one.trust[mask].any()


def test_two_different_photos_tell_nothing():
    assert light_between(photo(1), photo(2), disc()) is None


def test_the_repeated_colours_of_a_cut_out_tell_nothing():
    scene, mask = photo(1), disc()
    nearest = ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True)
    assert light_between(scene[tuple(nearest)], hidden(scene, mask), mask) is None


def test_equal_photos_have_no_change():
    scene, mask = photo(1), disc()
    assert np.abs(light_between(scene, hidden(scene, mask), mask)).max() < 0.02


def test_an_object_that_fills_the_window_has_no_surroundings():
    assert light_between(photo(1), photo(1), np.ones((90, 120), bool)) is None
