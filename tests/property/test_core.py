"""What always holds for transforms, compositing, masks, knobs and history, whatever a person does."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from blendstudio.core.compose import flatten, paste, warp
from blendstudio.core.document import AS_GIVEN, Document, Layer, Mask, Refine
from blendstudio.core.geometry import IntRect, Placement, Point, Rect, Size, Transform
from blendstudio.core.masking import (
    alpha_of,
    clean_colours,
    drop_islands,
    erode_dilate,
    fill_holes,
    kernel,
    mask_from_picture,
)
from blendstudio.core.params import build, knobs, values
from blendstudio.core.pixels import Pixels, from_rgb
from blendstudio.errors import UsageError

numbers = st.floats(-50, 50, width=32)
factors = st.floats(0.125, 8, width=32)
points = st.builds(Point, numbers, numbers)
angles = st.floats(-360, 360, width=32) | st.sampled_from([-450, -90, 0, 90, 180, 270, 720])
sizes = st.builds(Size, st.integers(1, 40), st.integers(1, 40))
transforms = st.builds(
    lambda sx, sy, degrees, at: (
        Transform.scaled(sx, sy).then(Transform.turned(degrees)).then(Transform.moved(at.x, at.y))
    ),
    factors,
    factors,
    angles,
    points,
)
seeds = st.integers(0, 2**31)
kinds = st.sampled_from([np.uint8, np.uint16])
SIDE = 14
hard = arrays(np.uint8, (SIDE, SIDE), elements=st.sampled_from([0, 255]))
soft = arrays(np.uint8, (SIDE, SIDE), elements=st.integers(0, 255))
shares = st.floats(0, 1, width=32)


def inverse(transform: Transform) -> Transform:
    return Transform.of(np.linalg.inv(transform.matrix))


def noise(seed: int, height: int, width: int, kind: type = np.uint8) -> Pixels:
    top = np.iinfo(kind).max
    return from_rgb(np.random.default_rng(seed).integers(0, top, (height, width, 3), kind, endpoint=True))


def near(one: Point, other: Point) -> bool:
    return one == pytest.approx(other, abs=1e-3)


# transforms


@given(transforms, points)
def test_a_transform_and_its_inverse_lead_back(transform, point):
    assert near(transform.then(inverse(transform)).apply(point), point)


@given(transforms, transforms, points)
def test_then_is_one_after_the_other(first, second, point):
    assert near(first.then(second).apply(point), second.apply(first.apply(point)))


@given(transforms, st.lists(st.floats(0, 1), min_size=2, max_size=2), sizes)
def test_bounds_hold_every_inner_point(transform, shares, size):
    rect = Rect(0.0, 0.0, float(size.width), float(size.height))
    x, y = transform.apply(Point(shares[0] * size.width, shares[1] * size.height))
    box = transform.bounds(rect).grown(1e-6, 1e-6)
    assert box.x0 <= x <= box.x1
    assert box.y0 <= y <= box.y1


@given(st.integers(-40, 40), points)
def test_right_angles_are_exact(quarters, point):
    turned = Transform.turned(90 * quarters)
    assert {abs(value) for value in turned.rows} <= {0.0, 1.0}
    assert turned.then(Transform.turned(-90 * quarters)).apply(point) == point


@given(sizes, points, points, factors, angles, st.sampled_from(["", "h", "v", "hv"]))
def test_a_placement_puts_the_anchor_where_it_is_asked(picture, anchor, at, scale, degrees, flip):
    placed = Placement(at, scale, degrees, flip).transform(picture, Size(30, 20), anchor)
    assert near(placed.apply(anchor), at)
    assert placed.magnification == pytest.approx(scale, rel=1e-4)
    assert (np.linalg.det(placed.matrix) < 0) == (len(flip) == 1)


@given(sizes, points)
def test_a_picture_of_the_documents_size_stays(size, anchor):
    placed = Placement().transform(size, size, anchor)
    assert placed.rows == pytest.approx(Transform().rows, abs=1e-9)


@given(sizes, sizes, points)
def test_a_fitted_picture_lies_inside_and_touches_two_sides(picture, document, anchor):
    box = Placement().transform(picture, document, anchor).bounds(Rect(0.0, 0.0, *map(float, picture)))
    assert max(box.width - document.width, box.height - document.height) == pytest.approx(0, abs=1e-6)
    assert box.centre == pytest.approx((document.width / 2, document.height / 2), abs=1e-6)


# resampling and compositing


@given(seeds, sizes)
def test_no_transform_changes_no_sample(seed, size):
    picture = np.random.default_rng(seed).random((size.height, size.width, 3), dtype=np.float32)
    whole = IntRect(0, 0, size.width, size.height)
    assert (warp(picture, Transform(), whole, repeat_edge=True) == picture).all()


@given(seeds, st.integers(-30, 30), st.integers(-30, 30), st.booleans())
def test_whole_shifts_are_exact(seed, dx, dy, repeat_edge):
    picture = np.random.default_rng(seed).random((20, 25), dtype=np.float32)
    moved = warp(picture, Transform.moved(dx, dy), IntRect(0, 0, 25, 20), repeat_edge=repeat_edge)
    padded = np.pad(picture, 40, mode="edge" if repeat_edge else "constant")
    assert (moved == padded[40 - dy : 60 - dy, 40 - dx : 65 - dx]).all()


@given(seeds)
def test_paste_is_a_straight_mixture(seed):
    rng = np.random.default_rng(seed)
    below, above = rng.random((2, 6, 7, 3), dtype=np.float32)
    alpha = rng.random((6, 7), dtype=np.float32)
    mixed = paste(below, above, alpha)
    assert (paste(below, above, np.zeros_like(alpha)) == below).all()
    assert (paste(below, above, np.ones_like(alpha)) == above).all()
    assert (mixed >= np.minimum(below, above) - 1e-6).all()
    assert (mixed <= np.maximum(below, above) + 1e-6).all()
    assert np.allclose(mixed + paste(above, below, alpha), below + above, atol=1e-6)


@given(seeds, kinds, transforms, hard)
def test_what_lies_outside_the_object_keeps_its_bits(seed, kind, transform, mask):
    background, photo = noise(seed, 40, 44, kind), noise(seed + 1, SIDE, SIDE, kind)
    layer = Layer("object-1", "Bird", photo, Mask(auto=mask, refine=AS_GIVEN), transform)
    result = flatten(Document((Layer("background", "Sea", background), layer))).array
    y, x = np.nonzero(mask)
    reach = Rect(0.0, 0.0, 0.0, 0.0)
    if len(x):
        blur = 2 + 2 / transform.magnification  # the antialiasing reaches a little beyond the mask
        reach = transform.bounds(Rect(x.min() - blur, y.min() - blur, x.max() + 1 + blur, y.max() + 1 + blur))
    inside = np.zeros((40, 44), bool)
    inside[reach.grown(1, 1).whole(Size(44, 40)).slices] = len(x) > 0
    assert (result[~inside] == background.array[~inside]).all()
    assert (result[..., 3] == background.top).all()


# masks


def slow_reference(mask: np.ndarray, element: np.ndarray, best: type) -> np.ndarray:
    radius = element.shape[0] // 2
    offsets = [(y - radius, x - radius) for y, x in zip(*np.nonzero(element), strict=True)]
    result = mask.copy()
    for y, x in np.ndindex(mask.shape):
        places = [(y + dy, x + dx) for dy, dx in offsets]
        result[y, x] = best(mask[p] for p in places if 0 <= p[0] < mask.shape[0] and 0 <= p[1] < mask.shape[1])
    return result


settings_of_refine = st.builds(
    Refine, st.integers(0, 2), st.integers(0, 2), st.sampled_from(["ellipse", "square", "cross"])
)


@given(soft, settings_of_refine)
def test_erosion_is_a_minimum_and_dilation_a_maximum(mask, refine):
    expected = slow_reference(mask, kernel(refine.kernel, refine.erode), min)
    expected = slow_reference(expected, kernel(refine.kernel, refine.dilate), max)
    assert (erode_dilate(mask, refine) == expected).all()


@given(hard, shares)
@example(np.zeros((SIDE, SIDE), np.uint8), 1.0)
def test_exactly_the_small_enclosed_holes_are_filled(mask, share):
    labels, count = ndimage.label(mask == 0)
    expected = mask.copy()
    for label in range(1, count + 1):
        y, x = np.nonzero(labels == label)
        enclosed = min(*y, *x) > 0 and max(*y, *x) < SIDE - 1
        if enclosed and len(y) < share * (mask > 0).sum():
            expected[y, x] = 255
    assert (fill_holes(mask, share) == expected).all()


@given(hard, shares)
def test_exactly_the_small_islands_are_dropped(mask, share):
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    areas[0] = 0
    expected = np.where(areas[labels] < share * areas.max(), 0, mask)
    assert (drop_islands(mask, share) == expected).all()


@given(hard, soft, soft, settings_of_refine)
def test_final_is_the_refined_mask_with_add_without_subtract(auto, add, subtract, refine):
    refine = replace(refine, holes=0.0, islands=0.0, matting=0)
    final = alpha_of(Mask(auto, add, subtract, refine), noise(0, SIDE, SIDE))
    expected = np.minimum(np.maximum(erode_dilate(auto, refine), add), 255 - subtract)
    assert np.allclose(final * 255, expected, atol=1e-3)


@given(hard, hard, hard, hard)
def test_hand_work_beats_the_models_now_and_after_the_prompt_runs_again(auto, again, add, subtract):
    mask = Mask(auto, add, subtract)
    for found in (mask, replace(mask, auto=again), replace(mask, auto=None)):
        final = alpha_of(found, noise(1, SIDE, SIDE))
        assert (final[(add == 255) & (subtract == 0)] == 1).all()
        assert (final[subtract == 255] == 0).all()
        assert np.isfinite(final).all()
        assert 0 <= final.min() <= final.max() <= 1


colours = st.tuples(*[st.integers(0, 255)] * 3)


@given(hard, colours, colours)
@example(np.eye(SIDE, dtype=np.uint8) * 255, (68, 1, 84), (253, 231, 37))  # viridis
def test_any_two_colours_become_black_and_white(mask, one, other):
    dark, bright = sorted((one, other), key=lambda c: float(np.float32(c) @ np.float32([0.299, 0.587, 0.114])))
    luma = np.float32([dark, bright]) @ np.float32([0.299, 0.587, 0.114])
    assume(luma[1] - luma[0] > 20 and max(np.ptp(dark), np.ptp(bright)) > 0 and 0 < mask.mean() < 255)
    rgb = np.where(mask[..., None] > 0, np.uint8(bright), np.uint8(dark))
    assert (mask_from_picture(from_rgb(rgb)) == mask).all()


@given(soft, kinds, colours)
def test_grey_and_alpha_pictures_are_masks_as_they_are(mask, kind, colour):
    assume(np.ptp(mask) > 0 and mask.max() > 1)
    factor = kind(np.iinfo(kind).max // 255)
    samples = mask.astype(kind) * factor
    assert (mask_from_picture(from_rgb(np.stack([samples] * 3, axis=2))) == mask).all()
    flat = np.full((SIDE, SIDE, 3), np.array(colour, kind) * factor)
    assert (mask_from_picture(Pixels(np.dstack([flat, samples]))) == mask).all()


@given(seeds, colours, colours, st.floats(1, 4))
def test_clean_colours_come_nearer_to_the_object_than_the_photo_does(seed, front, back, sigma):
    assume(np.abs(np.subtract(front, back)).max() > 60)
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :64] - rng.uniform(24, 40, (2, 1, 1))
    alpha = cv2.GaussianBlur((x * x + y * y < 20**2).astype(np.float32), (0, 0), sigma)
    ramp = rng.uniform(-0.002, 0.002, 3).astype(np.float32) * np.mgrid[:64, :64][1][..., None].astype(np.float32)
    truth = np.clip(np.float32(front) / 255 + ramp, 0, 1)
    photo = paste(np.broadcast_to(np.float32(back) / 255, truth.shape), truth, alpha)
    band = (alpha > 0.1) & (alpha < 0.9)
    cleaned = np.abs(clean_colours(photo, alpha) - truth)[band].mean()
    assert cleaned < 0.5 * np.abs(photo - truth)[band].mean()


# knobs


@given(st.data())
def test_knobs_survive_the_way_through_values_and_texts(data):
    chosen = {}
    for name, (declared, default) in knobs(Refine).items():
        if isinstance(default, bool):
            chosen[name] = data.draw(st.booleans())
        elif declared.choices:
            chosen[name] = data.draw(st.sampled_from(declared.choices))
        else:
            kind = st.integers if isinstance(default, int) else st.floats
            chosen[name] = data.draw(kind(type(default)(declared.low), type(default)(declared.high)))
    made = build(Refine, chosen)
    assert values(made) == chosen
    assert build(Refine, values(made)) == made
    assert build(Refine, {name: str(value) for name, value in chosen.items()}) == made


@given(st.sampled_from(["erode", "dilate", "holes", "feather"]), st.floats(allow_nan=True, allow_infinity=True))
def test_values_beyond_their_range_are_refused(name, value):
    declared, _ = knobs(Refine)[name]
    assume(not declared.low <= value <= declared.high)
    with pytest.raises(UsageError, match=f"“{name}” cannot be"):
        build(Refine, {name: value})
