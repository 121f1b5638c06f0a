"""Rectangles, transforms and placements, by example."""

import math

import pytest

from blendstudio.core.geometry import IntRect, Placement, Point, Rect, Size, Transform


def test_a_rectangle_tells_its_measures():
    rect = Rect(1.0, 2.0, 4.0, 8.0)
    assert (rect.width, rect.height, rect.area, rect.centre) == (3.0, 6.0, 18.0, Point(2.5, 5.0))
    assert Rect(4.0, 8.0, 1.0, 2.0).area == 0.0
    assert rect.grown(1, 2) == Rect(0.0, 0.0, 5.0, 10.0)
    assert rect.grown_by_share(0.5) == Rect(-0.5, -1.0, 5.5, 11.0)


@pytest.mark.parametrize(
    ("rect", "whole"),
    [
        (Rect(1.2, 1.8, 3.1, 3.0), IntRect(1, 1, 4, 3)),
        (Rect(-5.0, -5.0, 50.0, 50.0), IntRect(0, 0, 10, 8)),
        (Rect(20.0, 2.0, 30.0, 4.0), IntRect(10, 2, 10, 4)),
        (Rect(-9.0, 2.0, -3.0, 4.0), IntRect(0, 2, 0, 4)),
    ],
)
def test_whole_pixels_hold_the_rectangle_and_lie_in_the_picture(rect, whole):
    assert rect.whole(Size(10, 8)) == whole


def test_overlap_is_intersection_over_union():
    square = Rect(0, 0, 2, 2)
    assert square.overlap(square) == 1.0
    assert square.overlap(Rect(1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert square.overlap(Rect(2, 0, 4, 2)) == 0.0
    assert Rect(0, 0, 0, 0).overlap(Rect(0, 0, 0, 0)) == 0.0


def test_a_quarter_turn_is_clockwise_and_exact():
    assert Transform.turned(90).apply(Point(1.0, 0.0)) == Point(0.0, 1.0)
    assert Transform.turned(450).rows == Transform.turned(90).rows
    assert Transform.turned(-90).rows == Transform.turned(270).rows
    assert set(Transform.turned(180).rows) <= {0.0, 1.0, -1.0}


def test_a_perspective_divides_by_its_last_row():
    assert Transform((1.0, 0, 0, 0, 1.0, 0, 0, 0, 2.0)).apply(Point(4.0, 6.0)) == Point(2.0, 3.0)


def test_magnification_is_the_length_that_a_pixel_gets():
    assert Transform.scaled(2, 2).then(Transform.turned(30)).magnification == pytest.approx(2)
    assert Transform.scaled(-0.5, 0.5).magnification == pytest.approx(0.5)


def test_a_picture_of_the_same_size_stays_where_it_is():
    placed = Placement().transform(Size(64, 48), Size(64, 48), Point(20, 11))
    assert placed.rows == Transform().rows


def test_a_picture_without_a_place_is_fitted_into_the_middle():
    placed = Placement().transform(Size(100, 50), Size(300, 300), Point(10, 10))
    assert placed.bounds(Rect(0, 0, 100, 50)) == Rect(0.0, 75.0, 300.0, 225.0)


def test_an_object_with_a_place_shrinks_to_fit_but_never_grows():
    placed = Placement(at=Point(5, 5)).transform(Size(10, 10), Size(100, 100), Point(5, 5))
    assert placed.magnification == pytest.approx(1)
    placed = Placement(at=Point(5, 5)).transform(Size(200, 100), Size(100, 100), Point(5, 5))
    assert placed.magnification == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("flip", "landed"),
    [("", (11, 22)), ("h", (9, 22)), ("v", (11, 18)), ("hv", (9, 18))],
)
def test_a_flip_mirrors_about_the_anchor(flip, landed):
    placed = Placement(at=Point(10, 20), scale=1.0, flip=flip).transform(Size(8, 8), Size(50, 50), Point(3, 3))
    assert placed.apply(Point(4, 5)) == pytest.approx(landed)


def test_a_placement_turns_clockwise_about_the_anchor():
    placed = Placement(at=Point(10, 20), scale=2.0, rotate=90).transform(Size(8, 8), Size(50, 50), Point(3, 3))
    assert placed.apply(Point(4, 3)) == pytest.approx((10, 22))


def test_whole_rectangles_cut_arrays():
    rect = IntRect(1, 2, 4, 8)
    assert rect.size == Size(3, 6)
    assert rect.slices == (slice(2, 8), slice(1, 4))
    assert rect.real == Rect(1.0, 2.0, 4.0, 8.0)
    assert all(isinstance(side, float) for side in rect.real)


def test_a_turn_of_thirty_degrees_has_the_sines_of_thirty_degrees():
    assert Transform.turned(30).apply(Point(1, 0)) == pytest.approx((math.sqrt(3) / 2, 0.5))
