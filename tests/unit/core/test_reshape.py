"""Commands on the whole mask: the knobs and the hand work together show exactly what the command says."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from blendstudio.core import handwork
from blendstudio.core.document import AS_GIVEN, Mask, Refine
from blendstudio.core.geometry import IntRect
from blendstudio.core.handwork import first_mask, found, laid, lifted
from blendstudio.core.masking import kernel, smoothed
from blendstudio.core.pixels import from_rgb
from blendstudio.core.reshape import AMOUNTS, MOST, WHOLE, most, reshaped

SHAPE = (60, 80)
PHOTO = from_rgb(np.full((*SHAPE, 3), 128, np.uint8))
PLAIN = replace(AS_GIVEN, kernel="square")


def seen(mask, photo):
    """All of the mask, H×W in 0..255."""
    return handwork.seen(mask, found(mask, photo))


def square(x0, y0, x1, y1):
    mask = np.zeros(SHAPE, np.uint8)
    mask[y0:y1, x0:x1] = 255
    return mask


@st.composite
def masks(draw):
    """A found part and hand work of a few rectangles each, any of which may be missing."""

    def part():
        drawn = np.zeros(SHAPE, np.uint8)
        for _ in range(draw(st.integers(0, 3))):
            x, y = draw(st.integers(0, 70)), draw(st.integers(0, 50))
            width, height = draw(st.integers(1, 30)), draw(st.integers(1, 30))
            drawn[y : y + height, x : x + width] = 255
        return drawn if drawn.any() else None

    return Mask(auto=part(), add=part(), subtract=part(), refine=PLAIN)


@settings(max_examples=40)
@given(masks(), st.integers(1, 8), st.sampled_from(["grow", "shrink"]))
def test_growing_and_shrinking_move_the_edge_of_all_that_is_seen(mask, amount, name):
    before, shell = seen(mask, PHOTO), kernel("square", amount)
    after = reshaped(mask, PHOTO, AMOUNTS[name](mask.refine, amount))
    if name == "grow":
        expected = cv2.dilate(before, shell)
    else:
        expected = cv2.erode(before, shell, borderType=cv2.BORDER_REPLICATE)
    assert (seen(after, PHOTO) == expected).all()
    assert after.auto is mask.auto


@settings(max_examples=30)
@given(masks(), st.integers(1, 5))
def test_smoothing_and_feathering_do_to_hand_work_what_the_knobs_do_to_the_found_part(mask, amount):
    before = seen(mask, PHOTO)
    rounded = reshaped(mask, PHOTO, AMOUNTS["smooth"](mask.refine, amount))
    assert np.abs(seen(rounded, PHOTO).astype(int) - smoothed(before, amount)).max() <= 1
    soft = reshaped(mask, PHOTO, AMOUNTS["feather"](mask.refine, amount))
    expected = cv2.GaussianBlur(before.astype(np.float32), (0, 0), amount)
    assert np.abs(seen(soft, PHOTO) - expected).max() <= 3  # 8 bits blur more coarsely, and to a shorter reach


@settings(max_examples=30)
@given(masks())
def test_no_hole_and_no_second_part_is_left(mask):
    filled = seen(reshaped(mask, PHOTO, WHOLE["fill-holes"](mask.refine)), PHOTO) >= 128
    assert (ndimage.binary_fill_holes(filled) == filled).all()
    one = seen(reshaped(mask, PHOTO, WHOLE["keep-largest"](mask.refine)), PHOTO) >= 128
    labels, count = ndimage.label(one, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())[1:]
    assert count <= 1 or len(set(sizes)) == 1  # equals are equals


def test_islands_under_a_tenth_go_painted_or_found():
    mask = Mask(auto=square(10, 10, 40, 40) | square(60, 10, 63, 13), add=square(60, 40, 63, 43), refine=PLAIN)
    after = seen(reshaped(mask, PHOTO, WHOLE["drop-islands"](mask.refine)), PHOTO)
    assert (after == square(10, 10, 40, 40)).all()
    large = replace(mask, add=square(60, 30, 75, 50))
    assert seen(reshaped(large, PHOTO, WHOLE["drop-islands"](mask.refine)), PHOTO)[40, 70] == 255


def test_without_hand_work_only_knobs_are_turned():
    mask = Mask(auto=square(20, 20, 40, 40))
    for name, way in AMOUNTS.items():
        after = reshaped(mask, PHOTO, way(mask.refine, 3))
        assert (after.add, after.subtract) == (None, None), name
    grown = reshaped(mask, PHOTO, AMOUNTS["grow"](mask.refine, 3)).refine
    assert (grown.erode, grown.dilate) == (1, 4)
    shrunk = reshaped(mask, PHOTO, AMOUNTS["shrink"](mask.refine, 3)).refine
    assert (shrunk.erode, shrunk.dilate) == (3, 0)


def test_two_blurs_are_one_and_never_beyond_the_knob():
    refine = AMOUNTS["feather"](replace(Refine(), feather=3.0), 4).refine
    assert refine.feather == 5.0
    assert AMOUNTS["smooth"](replace(Refine(), smooth=60.0), 60).refine.smooth == MOST


@pytest.mark.parametrize(("name", "knob"), [("grow", "dilate"), ("shrink", "erode")])
def test_two_quick_ones_never_go_beyond_the_knob(name, knob):
    way = AMOUNTS[name]
    assert getattr(way(way(Refine(), 40).refine, 40).refine, knob) == MOST


@pytest.mark.parametrize(
    ("knobs", "name", "left"),
    [({"dilate": 60}, "grow", 4), ({"dilate": 64}, "grow", 0), ({"erode": 64, "dilate": 2}, "shrink", 2)],
)
def test_what_the_knobs_still_hold(knobs, name, left):
    mask = Mask(auto=square(20, 20, 40, 40), refine=replace(Refine(), **knobs))
    assert most(mask, name) == left
    assert most(replace(mask, auto=None), name) == MOST


def test_a_smoothed_edge_loses_spikes_and_stays_where_it_is_straight():
    mask = square(10, 10, 50, 50) | square(50, 30, 60, 31)
    after = smoothed(mask, 3)
    assert after[30, 56] == 0
    assert (after[30, :48] >= 128).sum() == 38
    assert after[11, 11] < 128  # the corner is rounded


def test_a_region_is_laid_and_lifted_like_a_stroke():
    mask = Mask(auto=square(10, 10, 30, 30), refine=PLAIN)
    rect, cover = IntRect(20, 20, 50, 50), np.full((30, 30), 255, np.uint8)
    added = laid(mask, PHOTO, rect, cover, erase=False)
    assert (seen(added, PHOTO) == square(10, 10, 30, 30) | square(20, 20, 50, 50)).all()
    taken = laid(added, PHOTO, rect, cover, erase=True)
    assert not seen(taken, PHOTO)[20:, 20:].any()
    back = lifted(taken, PHOTO, rect, cover)
    assert (seen(back, PHOTO) == found(mask, PHOTO)).all()
    assert (back.add, back.subtract) == (None, None)


def test_the_first_mask_is_all_or_nothing():
    assert (seen(first_mask(PHOTO, whole=True), PHOTO) == 255).all()
    assert not seen(first_mask(PHOTO, whole=False), PHOTO).any()
