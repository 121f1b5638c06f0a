"""Masks: what each setting does to a picture that one can follow by eye."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy import ndimage

from blendstudio.core.document import AS_GIVEN, Mask, Refine
from blendstudio.core.geometry import IntRect, Rect
from blendstudio.core.masking import (
    alpha_of,
    auto_alpha,
    bounds,
    clean_colours,
    distances,
    drop_islands,
    fill_holes,
    guided_filter,
    kernel,
    mask_from_picture,
    matted,
    painted,
    refined,
)
from blendstudio.core.pixels import Pixels, from_rgb

YELLOW, PURPLE = (253, 231, 37), (68, 1, 84)  # the ends of matplotlib's viridis


def disc(side: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.where(x * x + y * y <= radius * radius, 255, 0).astype(np.uint8)


def block(shape: tuple[int, int], *boxes: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = 255
    return mask


def two_coloured(mask: np.ndarray, dark: tuple[int, ...], bright: tuple[int, ...]) -> Pixels:
    return from_rgb(np.where(mask[..., None] > 0, np.uint8(bright), np.uint8(dark)))


@pytest.mark.parametrize(("shape", "count"), [("square", 49), ("cross", 13), ("ellipse", 33)])
def test_a_kernel_has_its_shape_and_is_symmetric(shape, count):
    element = kernel(shape, 3)
    assert element.shape == (7, 7)
    assert element.sum() in range(count - 4, count + 5)
    assert (element == element[::-1]).all()
    assert (element == element[:, ::-1]).all()


def test_erosion_takes_spurs_and_dilation_gives_the_rest_back():
    body = block((30, 30), (8, 8, 22, 22))
    spur = body | block((30, 30), (22, 14, 28, 15))
    settings = Refine(erode=1, dilate=1, kernel="square", holes=0.0, islands=0.0)
    assert (refined(spur, settings) == body).all()


def test_a_mask_that_fills_its_picture_is_not_eroded_at_the_border():
    full = np.full((9, 9), 255, np.uint8)
    assert (refined(full, Refine(erode=3, dilate=0)) == 255).all()


def test_small_holes_are_filled_and_large_ones_and_bays_are_kept():
    mask = block((40, 40), (2, 2, 38, 38))
    mask[5:7, 5:7] = 0
    mask[15:30, 15:30] = 0
    mask[10:12, 30:] = 0  # reaches the border
    filled = fill_holes(mask, 0.05)
    assert (filled[5:7, 5:7] == 255).all()
    assert (filled[15:30, 15:30] == 0).all()
    assert (filled[10:12, 30:] == 0).all()


def test_a_hole_that_touches_the_outside_at_a_corner_alone_is_enclosed():
    mask = block((12, 12), (2, 2, 10, 10))
    mask[3, 3] = mask[2, 2] = 0  # the corner of the square, and the pixel beside it on the diagonal
    filled = fill_holes(mask, 0.5)
    assert filled[3, 3] == 255
    assert filled[2, 2] == 0


@pytest.mark.timeout(60)  # one look at the whole picture for each hole would take hours
def test_a_mask_full_of_pinholes_is_filled():
    mask = np.full((1500, 1500), 255, np.uint8)
    mask[1:-1:2, 1:-1:2] = 0  # half a million holes
    assert (fill_holes(mask, 0.01) == 255).all()


def test_small_islands_are_dropped_with_their_soft_rim_even_beside_the_main_part():
    mask = block((30, 40), (2, 2, 20, 28), (30, 10, 34, 14), (21, 20, 23, 22))
    mask[9, 30:34] = 90  # a soft rim
    kept = drop_islands(mask, 0.1)
    assert (kept == block((30, 40), (2, 2, 20, 28))).all()


def test_parts_of_a_fair_size_stay():
    mask = block((30, 40), (2, 2, 20, 28), (25, 5, 38, 25))
    assert (drop_islands(mask, 0.1) == mask).all()


def test_no_setting_brings_an_empty_mask_to_life():
    empty = np.zeros((12, 12), np.uint8)
    assert not refined(empty, Refine(holes=1.0, islands=1.0, dilate=5)).any()


def test_the_guided_filter_keeps_what_its_guide_knows_already():
    rng = np.random.default_rng(0)
    guide = rng.random((20, 24, 3), dtype=np.float32)
    values = guide @ np.float32([0.2, 0.5, 0.3])
    assert np.abs(guided_filter(guide, values, 4, epsilon=1e-6) - values).max() < 0.01
    flat = guided_filter(np.full_like(guide, 0.5), values, 4)
    assert flat.std() < values.std() / 3


def test_the_soft_edge_follows_the_picture_and_stays_in_its_band():
    truth = disc(80, 25)
    rgb = np.where(truth[..., None] > 0, np.uint8([220, 40, 30]), np.uint8([20, 90, 160])).astype(np.uint8)
    rough = np.roll(truth, 2, axis=1)
    soft = matted(rough, rgb, 6)
    error = np.abs(soft - truth / 255).sum(), np.abs(rough / 255 - truth / 255).sum()
    assert error[0] < 0.7 * error[1]
    far = cv2.dilate(rough, kernel("ellipse", 6)) == 0
    assert (soft[far] == 0).all()
    assert soft.min() >= 0
    assert soft.max() <= 1


def test_matting_an_empty_or_full_mask_changes_nothing():
    rgb = np.zeros((16, 16, 3), np.uint8)
    for level in (0, 255):
        assert (matted(np.full((16, 16), level, np.uint8), rgb, 4) == level / 255).all()


def test_feather_softens_the_edge_and_nothing_else():
    pixels = from_rgb(np.zeros((40, 40, 3), np.uint8))
    mask = Mask(auto=block((40, 40), (10, 10, 30, 30)), refine=Refine(0, 0, holes=0, islands=0, matting=0, feather=2))
    alpha = alpha_of(mask, pixels)
    assert alpha[20, 20] == pytest.approx(1, abs=1e-4)
    assert alpha[20, 10] == pytest.approx(0.5, abs=0.15)
    assert alpha[0, 0] == 0


@pytest.mark.parametrize("sigma", [0.7, 4.0, 40.0])
def test_feather_is_a_blur_of_the_whole(sigma):
    hard = block((300, 400), (0, 20, 150, 260), (250, 127, 257, 300))
    mask = Mask(auto=hard, refine=replace(AS_GIVEN, feather=sigma))
    alpha = alpha_of(mask, from_rgb(np.zeros((300, 400, 3), np.uint8)))
    assert np.abs(alpha - cv2.GaussianBlur(hard.astype(np.float32) / 255, (0, 0), sigma)).max() <= 1e-5


def see_through(seed: int, kind: type = np.uint8) -> Pixels:
    samples = np.random.default_rng(seed).integers(0, np.iinfo(kind).max, (60, 80, 4), kind, endpoint=True)
    return Pixels(samples)


ADDED, TAKEN = block((60, 80), (50, 2, 70, 30)), block((60, 80), (10, 10, 30, 12))
FOUND = block((60, 80), (5, 5, 40, 50))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("rect", [IntRect(0, 0, 80, 60), IntRect(20, 5, 60, 20), IntRect(70, 50, 80, 60)])
@pytest.mark.parametrize(
    "parts", [(FOUND, ADDED, TAKEN), (None, ADDED, None), (FOUND, None, None), (None, None, TAKEN)]
)
def test_painting_on_a_part_gives_that_part_of_the_whole(kind, rect, parts):
    pixels = see_through(0, kind)
    mask = Mask(*parts)
    base = auto_alpha(mask, pixels)
    whole = alpha_of(mask, pixels)
    hand = np.zeros((60, 80)) if base is None else base.copy()
    hand = np.maximum(hand, 0 if mask.add is None else mask.add / 255)
    hand = np.minimum(hand, 1 if mask.subtract is None else 1 - mask.subtract / 255)
    assert np.allclose(whole, hand * pixels.alpha(), atol=1e-6)
    assert (painted(base, mask, pixels, rect) == whole[rect.slices]).all()


def test_hand_work_leaves_what_the_models_found_as_it_was():
    pixels = from_rgb(np.zeros((60, 80, 3), np.uint8))
    base = auto_alpha(Mask(FOUND), pixels)
    before = base.copy()
    painted(base, Mask(FOUND, ADDED, TAKEN), pixels)
    assert (base == before).all()
    with pytest.raises(ValueError, match="read-only"):
        base[0, 0] = 1


def test_without_models_there_is_nothing_to_keep():
    assert auto_alpha(Mask(add=ADDED), see_through(1)) is None


@pytest.mark.parametrize("shape", ["ellipse", "square", "cross"])
@pytest.mark.parametrize(("x", "y"), [(100, 90), (0, 0), (160, 120)])
def test_a_small_mask_in_a_large_picture_is_refined_as_the_whole_is(shape, x, y):
    settings = Refine(erode=2, dilate=7, kernel=shape, matting=0, islands=0, holes=0)
    mask = np.zeros((160, 200), np.uint8)
    mask[y : y + 40, x : x + 40] = disc(40, 19)
    expected = cv2.erode(mask, kernel(shape, 2), borderType=cv2.BORDER_REPLICATE)
    assert (refined(mask, settings) == cv2.dilate(expected, kernel(shape, 7))).all()


def test_the_pictures_own_alpha_cuts_the_mask():
    array = np.full((4, 4, 4), 255, np.uint8)
    array[:2, :, 3] = 0
    alpha = alpha_of(Mask(auto=np.full((4, 4), 255, np.uint8), refine=AS_GIVEN), Pixels(array))
    assert alpha.tolist() == [[0] * 4] * 2 + [[1] * 4] * 2


def test_a_mask_without_parts_shows_nothing():
    assert not alpha_of(Mask(), from_rgb(np.zeros((4, 4, 3), np.uint8))).any()


def test_clean_colours_keeps_opaque_pixels_as_they_are():
    rgb = np.random.default_rng(1).random((30, 30, 3), dtype=np.float32)
    alpha = disc(30, 9).astype(np.float32) / 255
    inside = alpha == 1
    assert (clean_colours(rgb, alpha)[inside] == rgb[inside]).all()


def test_bounds_hold_the_inside():
    assert bounds(block((9, 9), (2, 3, 5, 8)) > 0) == Rect(2.0, 3.0, 5.0, 8.0)
    assert bounds(np.zeros((9, 9), bool)) is None


SHAPE = disc(24, 8)


def grey_of(kind: type, top: int) -> Pixels:
    return from_rgb(np.stack([(SHAPE > 0).astype(kind) * kind(top)] * 3, axis=2))


def alpha_only() -> Pixels:
    return Pixels(np.dstack([np.full((*SHAPE.shape, 3), 200, np.uint8), SHAPE]))


@pytest.mark.parametrize(
    "pixels",
    [
        grey_of(np.uint8, 255),
        grey_of(np.uint8, 1),
        grey_of(np.uint16, 65535),
        two_coloured(SHAPE, PURPLE, YELLOW),
        two_coloured(SHAPE, (0, 0, 120), (250, 30, 30)),
        alpha_only(),
    ],
    ids=["grey", "labels", "16 bits", "viridis", "blue and red", "alpha"],
)
def test_mask_pictures_of_every_kind_become_black_and_white(pixels):
    assert (mask_from_picture(pixels) == SHAPE).all()


def test_a_smooth_edge_between_two_colours_stays_smooth():
    soft = cv2.GaussianBlur(SHAPE, (0, 0), 1.5).astype(np.float32) / 255
    rgb = np.float32(PURPLE) + soft[..., None] * (np.float32(YELLOW) - np.float32(PURPLE))
    found = mask_from_picture(from_rgb(np.rint(rgb).astype(np.uint8)))
    assert np.abs(found / 255 - soft).mean() < 0.06
    assert ((found >= 128) == (soft >= 0.5)).mean() > 0.97


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 3)])
def test_a_mask_picture_of_one_colour_selects_nothing(shape):
    assert not mask_from_picture(from_rgb(np.full((*shape, 3), PURPLE, np.uint8))).any()


@pytest.mark.parametrize("box", [(505, 450, 545, 500), (701, 333, 704, 336)])
def test_a_small_object_in_a_large_two_coloured_mask_is_seen(box):
    mask = block((1000, 1000), box)
    assert (mask_from_picture(two_coloured(mask, PURPLE, YELLOW)) == mask).all()


def test_transparent_parts_of_a_mask_picture_are_outside():
    rgba = np.dstack([np.stack([SHAPE] * 3, axis=2), np.full(SHAPE.shape, 255, np.uint8)])
    rgba[:, :12, 3] = 0
    found = mask_from_picture(Pixels(rgba))
    assert (found[:, 12:] == SHAPE[:, 12:]).all()
    assert not found[:, :12].any()


def test_refined_masks_have_no_more_parts_than_the_found_one():
    noisy = block((40, 40), (4, 4, 30, 30)) | (np.random.default_rng(3).random((40, 40)) > 0.95).astype(np.uint8) * 255
    assert ndimage.label(refined(noisy, Refine()) >= 128)[1] == 1


def test_distances_are_roots_of_whole_numbers_and_the_same_every_time():
    inside = np.random.default_rng(6).random((60, 75)) < 0.97
    first = distances(inside)
    assert first == pytest.approx(ndimage.distance_transform_edt(inside), abs=1e-6)
    for shift in range(1, 40):
        room = np.empty(inside.size + shift, bool)  # the memory lies elsewhere
        moved = room[shift:].reshape(inside.shape)
        moved[:] = inside
        assert distances(moved).tobytes() == first.tobytes()
