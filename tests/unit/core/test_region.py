"""Regions of a photo: what an outline holds, and what has one colour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from blendstudio.core import region
from blendstudio.core.geometry import Point

SHAPE = (40, 56)
places = st.builds(Point, st.floats(-20, 80, width=32), st.floats(-20, 60, width=32))


def whole(found):
    """The region as a mask of the photo's size."""
    mask = np.zeros(SHAPE, np.uint8)
    rect, coverage = found
    mask[rect.slices] = coverage
    return mask


def test_a_drawn_square_is_that_square():
    mask = whole(region.outlined([Point(10, 8), Point(30, 8), Point(30, 20), Point(10, 20)], SHAPE))
    expected = np.zeros(SHAPE, bool)
    expected[8:20, 10:30] = True
    assert (mask[ndimage.binary_erosion(expected)] == 255).all()
    assert not mask[~ndimage.binary_dilation(expected, np.ones((3, 3)))].any()
    assert ((mask >= 128) == expected).all()


@given(st.lists(places, max_size=9))
def test_an_outline_stays_in_its_own_box_and_in_the_photo(points):
    mask = whole(region.outlined(points, SHAPE))
    y, x = np.nonzero(mask)
    if len(points) < 3:
        assert not len(x)
    elif len(x):
        assert x.min() >= min(p.x for p in points) - 1.6
        assert x.max() <= max(p.x for p in points) + 0.6
        assert y.min() >= min(p.y for p in points) - 1.6
        assert y.max() <= max(p.y for p in points) + 0.6


def test_an_outline_round_the_photo_takes_all_of_it():
    assert (whole(region.outlined([Point(-9, -9), Point(90, -9), Point(90, 90), Point(-9, 90)], SHAPE)) == 255).all()


@pytest.fixture
def photo():
    """Grey with two red squares, one darker by 20, that do not touch."""
    rgb = np.full((*SHAPE, 3), 128, np.uint8)
    rgb[5:15, 5:15] = (200, 40, 40)
    rgb[5:15, 30:40] = (200, 40, 40)
    rgb[20:30, 5:15] = (180, 40, 40)
    return rgb


def test_the_wand_takes_what_hangs_together(photo):
    mask = whole(region.alike(photo, Point(8, 8), 10, contiguous=True))
    assert (mask[5:15, 5:15] == 255).all()
    assert np.count_nonzero(mask) == 100


def test_the_wand_takes_the_colour_everywhere(photo):
    mask = whole(region.alike(photo, Point(8, 8), 10, contiguous=False))
    assert np.count_nonzero(mask) == 200
    wider = whole(region.alike(photo, Point(8, 8), 20, contiguous=False))
    assert np.count_nonzero(wider == 255) == 300


@given(st.integers(0, 2**31), st.integers(0, 255), st.booleans())
def test_the_wand_keeps_to_its_tolerance(seed, tolerance, contiguous):
    rng = np.random.default_rng(seed)
    rgb = ndimage.zoom(rng.integers(0, 256, (5, 7, 3)), (8, 8, 1), order=1).clip(0, 255).astype(np.uint8)
    at = (int(rng.integers(SHAPE[0])), int(rng.integers(SHAPE[1])))
    mask = whole(region.alike(rgb, Point(at[1] + 0.5, at[0] + 0.5), tolerance, contiguous=contiguous))
    near = np.abs(rgb.astype(int) - rgb[at].astype(int)).max(2) <= tolerance
    expected = near
    if contiguous:
        labels, _ = ndimage.label(near)
        expected = labels == labels[at]
    assert (mask[expected] == 255).all()
    assert not mask[~ndimage.binary_dilation(expected, np.ones((3, 3)))].any()  # the rim counts in part


def test_a_mixed_pixel_on_the_rim_counts_in_part(photo):
    photo[5:15, 15] = (200, 54, 54)
    mask = whole(region.alike(photo, Point(8, 8), 10, contiguous=True))
    assert 0 < mask[8, 15] < 255


def test_beside_the_photo_there_is_no_colour(photo):
    assert not whole(region.alike(photo, Point(-1, 8), 10, contiguous=True)).any()
    assert not whole(region.alike(photo, Point(8, SHAPE[0]), 10, contiguous=False)).any()


def test_sixteen_bits_are_told_apart_as_eight(photo):
    deep = np.dstack([photo.astype(np.uint16) * 257, np.full(SHAPE, 65535, np.uint16)])
    assert np.count_nonzero(whole(region.alike(deep, Point(8, 8), 10, contiguous=False))) == 200
