"""The brush covers what it passes over, and nothing else; what the hand sees is what the mask becomes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blendstudio.core import brush
from blendstudio.core.brush import Tip
from blendstudio.core.document import AS_GIVEN, Mask
from blendstudio.core.geometry import IntRect, Point
from blendstudio.core.masking import auto_alpha, painted
from blendstudio.core.pixels import Pixels

HEIGHT, WIDTH = 40, 56
SIDE = 9
places = st.builds(Point, st.floats(-20, WIDTH + 20, width=32), st.floats(-20, HEIGHT + 20, width=32))
diameters = st.floats(1, 60, width=32)
hardnesses = st.floats(0, 1, width=32)
maps = arrays(np.uint8, (SIDE, SIDE), elements=st.integers(0, 255))
parts_or_none = st.none() | maps


def empty():
    return np.zeros((HEIGHT, WIDTH), np.uint8)


def from_segment(start, end):
    """The distance of each pixel's centre from the line between two points, and how far along its foot lies, 0..1."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    along = np.array([end.x - start.x, end.y - start.y])
    share = ((x - start.x) * along[0] + (y - start.y) * along[1]) / max(float(along @ along), 1e-9)
    foot = share.clip(0, 1)
    return np.hypot(x - start.x - foot * along[0], y - start.y - foot * along[1]), share


@given(places, places, diameters, hardnesses)
def test_a_line_changes_nothing_outside_the_rectangle_that_it_names(start, end, diameter, hardness):
    coverage = empty()
    rect = brush.line(coverage, start, end, Tip(diameter, hardness))
    inside = np.zeros((HEIGHT, WIDTH), bool)
    if rect.size.width > 0 and rect.size.height > 0:
        assert 0 <= rect.x0 < rect.x1 <= WIDTH
        assert 0 <= rect.y0 < rect.y1 <= HEIGHT
        inside[rect.slices] = True
    assert not coverage[~inside].any()


@given(places, places, diameters, hardnesses)
def test_a_line_never_reaches_farther_than_the_brush(start, end, diameter, hardness):
    coverage = empty()
    brush.line(coverage, start, end, Tip(diameter, hardness))
    distance, _ = from_segment(start, end)
    assert not coverage[distance > max(diameter, 1) / 2 + 1.5].any()  # half a pixel's edge, and the rounding of a dab


@given(places, places, diameters)
def test_a_hard_line_has_no_gaps(start, end, diameter):
    coverage = empty()
    brush.line(coverage, start, end, Tip(diameter, 1.0))
    distance, share = from_segment(start, end)
    length = math.dist(start, end)
    after_first = share * length >= min(length, max(0.5, diameter * brush.SPACING))  # the start's own dab is left out
    core = (distance < diameter / 2 - 1.5) & after_first & (share <= 1)
    assert (coverage[core] == 255).all()


@given(places, places, places, diameters, hardnesses)
def test_going_on_never_takes_back(start, middle, end, diameter, hardness):
    coverage = empty()
    brush.line(coverage, start, middle, Tip(diameter, hardness))
    before = coverage.copy()
    brush.line(coverage, middle, end, Tip(diameter, hardness))
    assert (coverage >= before).all()


def test_a_click_is_one_dab_where_it_was():
    coverage = empty()
    rect = brush.line(coverage, Point(20, 15), Point(20, 15), Tip(11, 1.0))
    y, x = np.nonzero(coverage)
    assert (x.mean() + 0.5, y.mean() + 0.5) == (20, 15)
    assert coverage.sum() / 255 == pytest.approx(math.pi * 5.5**2, rel=0.05)
    assert rect.x0 <= x.min() <= x.max() < rect.x1


def test_the_smallest_brush_paints_one_pixel():
    coverage = empty()
    brush.line(coverage, Point(20.5, 15.5), Point(20.5, 15.5), Tip(1, 1.0))
    assert coverage[15, 20] == 255
    assert np.count_nonzero(coverage) == 1


def test_a_stroke_beside_the_photo_changes_nothing():
    coverage = empty()
    rect = brush.line(coverage, Point(-90, 10), Point(-60, 30), Tip(20, 0.5))
    assert min(rect.size) <= 0
    assert not coverage.any()


@given(diameters, hardnesses, st.floats(0, 1, width=32), st.floats(0, 1, width=32))
def test_a_dab_falls_off_from_its_middle(diameter, hardness, x, y):
    values = brush.stamp(diameter, hardness, x, y)
    steps = np.arange(len(values)) - len(values) // 2 + 0.5
    distance = np.hypot(steps[None, :] - x, steps[:, None] - y)
    ordered = values.ravel()[np.argsort(distance.ravel())].astype(int)
    assert (np.diff(ordered) <= 1).all()  # 1 for pixels that are equally far but for the last digit
    assert not values[0].any() or not values[-1].any()


def test_a_soft_dab_is_softer():
    firm, soft = (brush.stamp(40, hardness, 0.5, 0.5) for hardness in (1.0, 0.0))
    assert ((firm > 0) & (firm < 255)).sum() < ((soft > 0) & (soft < 255)).sum() / 4
    assert soft.max() == firm.max() == 255


@given(maps, parts_or_none, parts_or_none, maps)
def test_adding_then_shows_and_taking_away_then_hides(base, added, removed, coverage):
    opaque = np.full((SIDE, SIDE), 255, np.uint8)
    for paint, shown in ((brush.add, 255), (brush.subtract, 0)):
        parts = (np.zeros_like(base), np.zeros_like(base))
        paint(parts, (added, removed), coverage)
        final = brush.final(base / np.float32(255), parts, opaque)
        assert (final[coverage == 255] == shown).all()
        before = tuple(np.zeros_like(base) if part is None else part for part in (added, removed))
        untouched = brush.final(base / np.float32(255), before, opaque)
        assert (final[coverage == 0] == untouched[coverage == 0]).all()
        moved = final.astype(int) - untouched
        assert (moved >= 0).all() if shown else (moved <= 0).all()


@given(maps, maps)
def test_the_mask_that_a_stroke_began_with_stays_as_it_was(added, coverage):
    kept = added.copy()
    parts = (np.zeros_like(added), np.zeros_like(added))
    brush.add(parts, (added, None), coverage)
    brush.subtract(parts, (added, None), coverage)
    assert (added == kept).all()


@given(st.none() | maps, maps, maps, maps)
def test_what_the_hand_sees_is_what_the_mask_becomes(found, added, removed, opacity):
    pixels = Pixels(np.dstack([np.zeros((SIDE, SIDE, 3), np.uint8), opacity]))
    mask = Mask(found, added, removed, AS_GIVEN)
    base = auto_alpha(mask, pixels)
    seen = brush.final(base, (added, removed), opacity) / 255
    assert np.abs(seen - painted(base, mask, pixels)).max() <= 1.01 / 255


@given(maps, st.floats(0.125, 1, width=32))
def test_opacity_scales_what_a_stroke_covers(coverage, opacity):
    scaled = brush.scaled(coverage, opacity)
    assert np.abs(scaled - coverage * opacity).max() <= 0.51
    assert (scaled <= coverage).all()


def test_joined_rectangles_hold_both_and_empty_ones_count_for_nothing():
    one, other, nothing = IntRect(2, 3, 5, 9), IntRect(4, 1, 8, 4), IntRect(7, 7, 7, 9)
    assert brush.joined(one, other) == IntRect(2, 1, 8, 9)
    assert brush.joined(one, nothing) == brush.joined(nothing, one) == one


@given(st.floats(0, WIDTH - 0.01), st.floats(0, HEIGHT - 0.01), hardnesses)
def test_a_brush_of_one_pixel_paints_the_pixel_under_it_and_no_other(x, y, hardness):
    coverage = empty()
    brush.line(coverage, Point(x, y), Point(x, y), Tip(1, hardness))
    assert np.count_nonzero(coverage) == 1
    assert coverage[int(y), int(x)] == 255


def test_a_pen_that_is_pressed_harder_on_the_way_draws_a_line_that_swells():
    coverage = empty()
    brush.line(coverage, Point(6.5, 20.5), Point(50.5, 20.5), Tip(2), Tip(20))
    widths = (coverage >= 128).sum(0)
    assert widths[8] < 5
    assert widths[48] > 16
    assert (np.diff(widths[8:48].astype(int)) >= -1).all()


def test_strength_weakens_and_never_adds_up_within_a_stroke():
    coverage = empty()
    for _ in range(3):
        brush.line(coverage, Point(20, 15), Point(30, 15), Tip(10, 1.0, 0.5))
    assert coverage.max() == 128
