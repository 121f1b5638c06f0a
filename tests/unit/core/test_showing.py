"""What the screen gets has the colours of the picture, times its alpha, at every size."""

import numpy as np
import pytest

from blendstudio.core.showing import halvings, premultiplied


def test_an_opaque_picture_changes_the_order_of_its_colours_alone():
    rgba = np.random.default_rng(0).integers(0, 256, (5, 7, 4), np.uint8)
    rgba[..., 3] = 255
    np.testing.assert_array_equal(premultiplied(rgba), rgba[..., [2, 1, 0, 3]])


def test_colours_are_multiplied_by_alpha():
    rgba = np.random.default_rng(1).integers(0, 256, (9, 4, 4), np.uint8)
    wanted = np.rint(rgba[..., :3] * (rgba[..., 3:] / 255.0))
    made = premultiplied(rgba)
    assert np.abs(made[..., 2::-1].astype(int) - wanted).max() <= 1
    np.testing.assert_array_equal(made[..., 3], rgba[..., 3])


@pytest.mark.parametrize(("size", "shapes"), [((64, 48), [(64, 48), (32, 24), (16, 12)]), ((20, 90), [(20, 90)])])
def test_levels_halve_down_to_the_least_side(size, shapes):
    levels = halvings(np.full((*size, 4), 77, np.uint8), 12)
    assert [level.shape[:2] for level in levels] == shapes
    assert all((level == 77).all() for level in levels)
