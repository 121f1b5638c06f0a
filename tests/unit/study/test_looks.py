import cv2
import numpy as np
import pytest
from pictures_of_pairs import disc, slope

from blendstudio.study import looks, profiles

SIDE = 80
MASK = disc(SIDE, 22) > 0
GREY = np.full((SIDE, SIDE, 3), 120, np.uint8)


def spotted(*places, level=255, radius=0):
    picture = GREY.copy()
    for place in places:
        cv2.circle(picture, place, radius, (level,) * 3, -1)
    return picture


def test_specks_are_counted_one_by_one():
    assert looks.specks(GREY, GREY, GREY) == 0
    assert looks.specks(spotted((30, 30), (50, 50), radius=1), GREY, GREY) == 2


def test_a_speck_that_source_or_background_has_is_none():
    result = spotted((30, 30), (50, 50))
    assert looks.specks(result, spotted((30, 30)), spotted((50, 50))) == 0
    assert looks.specks(result, spotted((30, 30)), GREY) == 1
    assert looks.specks(result, spotted((31, 31)), GREY) == 1  # resampling moves it by a pixel


def test_neither_something_large_nor_something_dim_is_a_speck():
    assert looks.specks(spotted((40, 40), radius=9), GREY, GREY) == 0
    assert looks.specks(spotted((40, 40), level=150), GREY, GREY) == 0


def test_the_step_at_the_seam_is_that_of_brightness():
    lifted = GREY.copy()
    lifted[MASK] += 30
    assert looks.seam_step(GREY, MASK) == pytest.approx(0, abs=1e-3)
    assert looks.seam_step(lifted, MASK) == pytest.approx(30, abs=0.5)
    assert looks.seam_step(GREY, np.ones_like(MASK)) == 0


def test_a_blur_takes_sharpness():
    picture = slope(SIDE)
    assert looks.sharpness(cv2.GaussianBlur(picture, (0, 0), 1.5), MASK) < looks.sharpness(picture, MASK) / 4


def test_saturation_is_that_of_hsv():
    colours = np.array([[[0, 0, 0], [9, 9, 9], [200, 0, 0], [200, 100, 150]]], np.uint8)
    np.testing.assert_allclose(looks.saturation(colours), [[0, 0, 1, 0.5]])


def test_the_saturation_distance_is_that_of_object_and_surroundings():
    vivid = np.full((SIDE, SIDE, 3), (200, 100, 100), np.uint8)  # 0.5
    vivid[MASK] = (200, 40, 40)  # 0.8
    assert looks.saturation_distance(vivid, MASK) == pytest.approx(0.3)
    assert looks.saturation_distance(GREY, MASK) == 0


def test_distances_from_the_edge_have_a_sign():
    distance = profiles.signed_distance(MASK)
    assert distance[MASK].max() == -0.5
    assert distance[~MASK].min() == 0.5
    assert distance[SIDE // 2, SIDE // 2] == pytest.approx(-21.5, abs=1)
    assert distance[SIDE // 2, 0] == pytest.approx(17.5, abs=1)


def test_across_the_seam_a_step_of_red_lies_at_the_edge():
    picture = np.full((SIDE, SIDE, 3), (51, 51, 51), np.uint8)
    picture[MASK] = (204, 51, 51)
    curve = profiles.across(picture, MASK)
    inside = curve.places < 0
    assert curve.places[inside].max() == pytest.approx(-0.5)
    np.testing.assert_allclose(curve.values[inside], np.tile([0.8, 0.2, 0.2, 0.75], (inside.sum(), 1)), atol=1e-6)
    np.testing.assert_allclose(curve.values[~inside], np.tile([0.2, 0.2, 0.2, 0], ((~inside).sum(), 1)), atol=1e-6)


def test_along_the_seam_the_borders_of_the_picture_are_left_out():
    half = np.zeros((SIDE, SIDE), bool)
    half[:, : SIDE // 2] = True
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[:, SIDE // 2 - 1] = (255, 0, 0)
    curve = profiles.along(picture, half)
    assert len(curve.places) == SIDE - 2
    np.testing.assert_array_equal(curve.values[:, 0], 1)


def test_the_saturation_loss_is_equation_2():
    random = np.random.default_rng(3)
    blend, background = (random.integers(0, 255, (9, 11, 3), np.uint8) for _ in range(2))

    def g(picture):
        high, low = picture.max(-1).astype(float), picture.min(-1)
        plane = (high - low) / np.maximum(high, 1)
        return np.abs(plane[1:] - plane[:-1]).sum() + np.abs(plane[:, 1:] - plane[:, :-1]).sum()

    wanted = (g(blend) - g(background)) / (9 * 11)
    assert profiles.saturation_loss(blend, background) == pytest.approx(wanted, abs=1e-6)
