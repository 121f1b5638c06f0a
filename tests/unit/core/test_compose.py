"""The layer stack becomes one picture."""

from dataclasses import replace

import numpy as np
import pytest

from blendstudio.core import compose
from blendstudio.core.document import AS_GIVEN, Blend, Contribution, Document, Layer, Mask, Recipe
from blendstudio.core.geometry import IntRect, Size, Transform
from blendstudio.core.pixels import Pixels, from_rgb

KINDS = pytest.mark.parametrize("kind", [np.uint8, np.uint16])


def noise(height: int, width: int, kind: type = np.uint8, seed: int = 0) -> Pixels:
    rng = np.random.default_rng(seed)
    return from_rgb(rng.integers(0, np.iinfo(kind).max, (height, width, 3), kind, endpoint=True), b"profile")


def document(kind: type = np.uint8, **traits: object) -> Document:
    full = Mask(auto=np.full((6, 8), 255, np.uint8), refine=AS_GIVEN)
    bird = Layer("object-1", "Bird", noise(6, 8, kind, 1), full, Transform.moved(5, 4))
    return Document((Layer("background", "Sea", noise(20, 30, kind)), replace(bird, **traits)))


def blend(correction: float, alpha: float = 1.0, strength: float = 1.0) -> Blend:
    values = np.full((6, 8, 3), correction, np.float32)
    soft = np.full((6, 8), alpha, np.float32)
    return Blend(IntRect(5, 4, 13, 10), soft, (Contribution("seam", values),), Recipe("x"), "", 0, strength)


@KINDS
def test_an_opaque_object_at_whole_pixels_is_copied_bit_for_bit(kind):
    work = document(kind)
    flat = compose.flatten(work)
    assert (flat.array[4:10, 5:13] == work.layers[1].pixels.array).all()
    assert flat.array.dtype == kind
    assert flat.profile == b"profile"


@KINDS
@pytest.mark.parametrize(
    "traits", [{"visible": False}, {"opacity": 0.0}, {"mask": Mask()}, {"transform": Transform.moved(99, 0)}]
)
def test_an_object_that_cannot_be_seen_changes_no_bit(kind, traits):
    work = document(kind, **traits)
    assert (compose.flatten(work).array == work.background.pixels.array).all()


def test_a_background_alone_is_itself():
    background = Layer("background", "Sea", noise(4, 4))
    assert (compose.flatten(Document((background,))).array == background.pixels.array).all()


def test_opacity_mixes():
    work = document(opacity=0.5)
    below, above = work.background.pixels.array[4:10, 5:13, :3], work.layers[1].pixels.array[..., :3]
    mixed = compose.flatten(work).array[4:10, 5:13, :3]
    assert np.abs(mixed - (below.astype(float) + above) / 2).max() <= 0.51


def test_an_object_over_the_border_shows_its_inner_part():
    work = document(transform=Transform.moved(-3, -2))
    flat = compose.flatten(work).array
    assert (flat[:4, :5] == work.layers[1].pixels.array[2:, 3:]).all()
    assert (flat[4:] == work.background.pixels.array[4:]).all()


@KINDS
def test_a_blend_without_effect_is_the_paste(kind):
    assert (compose.flatten(document(kind, blend=blend(0.0))).array == compose.flatten(document(kind)).array).all()


def test_a_blend_adds_its_correction_at_its_strength_and_stays_in_range():
    flat = compose.flatten(document()).array[4:10, 5:13, :3].astype(float)
    half = compose.flatten(document(blend=blend(0.2, strength=0.5))).array[4:10, 5:13, :3]
    assert np.abs(half - np.minimum(flat + 0.1 * 255, 255)).max() <= 0.51
    assert (compose.flatten(document(blend=blend(9.0))).array[4:10, 5:13] == 255).all()


def test_a_blend_may_change_pixels_of_its_margin_where_nothing_is_pasted():
    work = document(blend=blend(0.1, alpha=0.0))
    flat = compose.flatten(work).array
    below = work.background.pixels.array
    assert (flat[4:10, 5:13, :3] != below[4:10, 5:13, :3]).mean() > 0.8
    flat = flat.copy()
    flat[4:10, 5:13] = below[4:10, 5:13]
    assert (flat == below).all()


def test_a_blend_without_contributions_is_the_paste_through_its_alpha():
    empty = replace(blend(0.0), contributions=())
    assert (compose.flatten(document(blend=empty)).array == compose.flatten(document()).array).all()


def test_a_transparent_background_becomes_opaque_where_the_object_lies():
    work = document()
    clear = work.background.pixels.array.copy()
    clear[..., 3] = 0
    work = Document((replace(work.background, pixels=Pixels(clear)), work.layers[1]))
    flat = compose.flatten(work).array
    assert (flat[4:10, 5:13, 3] == 255).all()
    assert (np.delete(flat[..., 3], range(4, 10), axis=0) == 0).all()


def test_shrinking_averages_instead_of_skipping():
    grain = np.random.default_rng(0).random((128, 128), dtype=np.float32)
    small = compose.warp(grain, Transform.scaled(0.25, 0.25), IntRect(0, 0, 32, 32), repeat_edge=True)
    averages = grain.reshape(32, 4, 32, 4).mean((1, 3))
    assert small.std() < 1.3 * averages.std()
    assert np.corrcoef(small.ravel(), averages.ravel())[0, 1] > 0.75


def test_enlarging_stays_in_range_and_keeps_the_middle_in_place():
    edge = np.zeros((8, 8), np.float32)
    edge[:, 4:] = 1
    large = compose.warp(edge, Transform.scaled(4, 4), IntRect(0, 0, 32, 32), repeat_edge=True)
    assert large.min() == 0
    assert large.max() == 1
    assert (large[:, :14] < 0.5).all()
    assert (large[:, 18:] > 0.5).all()
    assert np.abs(large[:, 15] + large[:, 16] - 1).max() < 0.02


def test_beyond_the_picture_lies_nothing_or_its_edge():
    ones = np.ones((4, 4), np.float32)
    wide = IntRect(0, 0, 12, 4)
    assert compose.warp(ones, Transform(), wide, repeat_edge=False)[:, 4:].max() == 0
    assert compose.warp(ones, Transform(), wide, repeat_edge=True).min() == 1


@pytest.mark.parametrize(("degrees", "turns"), [(90, -1), (180, 2), (270, 1)])
def test_right_angles_keep_every_sample(degrees, turns):
    picture = np.random.default_rng(0).random((9, 9, 3), dtype=np.float32)
    about = Transform.moved(-4.5, -4.5).then(Transform.turned(degrees)).then(Transform.moved(4.5, 4.5))
    turned = compose.warp(picture, about, IntRect(0, 0, 9, 9), repeat_edge=False)
    assert (turned == np.rot90(picture, turns)).all()


def test_the_footprint_holds_the_object_and_stays_in_the_document():
    layer = document().layers[1]
    assert compose.footprint(layer, Size(30, 20)) == IntRect(3, 2, 15, 12)
    assert compose.footprint(replace(layer, transform=Transform.moved(26, 0)), Size(30, 20)) == IntRect(24, 0, 30, 8)
