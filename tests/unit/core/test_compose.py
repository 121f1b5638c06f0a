"""The layer stack becomes one picture."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from blendstudio.core import compose
from blendstudio.core.document import AS_GIVEN, Blend, Contribution, Document, Layer, Mask, Recipe
from blendstudio.core.geometry import IntRect, Placement, Point, Size, Transform
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


def speckled(seed: int, height: int, width: int) -> np.ndarray:
    """A mask in parts, with a soft edge, that may touch the border."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random((height, width)), (0, 0), 6)
    return cv2.GaussianBlur(np.where(noise > np.quantile(noise, 0.7), 255, 0).astype(np.uint8), (0, 0), 1.5)


def smooth(seed: int, height: int, width: int, kind: type, *, clear: bool = False) -> Pixels:
    """A photo without grain, opaque or with an alpha of 0.4 to 1."""
    shares = cv2.GaussianBlur(np.random.default_rng(seed).random((height, width, 4)), (0, 0), 5) * 3 - 1
    shares[..., 3] = np.clip(shares[..., 3], 0.4, 1) if clear else 1
    return Pixels(np.rint(shares.clip(0, 1) * np.iinfo(kind).max).astype(kind))


def flattened_whole(work: Document) -> np.ndarray:
    """The paste as it is defined, on the whole picture at once, in 0..1."""
    background, layer = work.background.pixels, work.layers[1]
    whole = IntRect(0, 0, *background.size)
    own = compose.layer_alpha(layer)
    colours = compose.warp(compose.colours_of(layer, own), layer.transform, whole, repeat_edge=True)
    alpha = compose.warp(own, layer.transform, whole, repeat_edge=False)
    added = np.zeros_like(colours)
    if layer.blend:
        alpha = np.zeros_like(alpha)
        alpha[layer.blend.rect.slices] = layer.blend.alpha
        parts = sum(part.values for part in layer.blend.contributions)
        added[layer.blend.rect.slices] = parts * layer.blend.strength * layer.opacity
    cover = (alpha * layer.opacity)[..., None]
    samples = background.array / background.top
    together = cover + samples[..., 3:] * (1 - cover)
    share = np.where(samples[..., 3:] == 1, cover, cover / np.maximum(together, 1e-6))
    rgb = samples[..., :3] * (1 - share) + colours * share + added
    made = np.where((alpha[..., None] > 0) | (added != 0).any(-1, keepdims=True), np.dstack([rgb, together]), samples)
    return np.clip(made, 0, 1)


def placed(seed: int, kind: type) -> Document:
    """An object somewhere, turned and scaled, that needs several tiles, over a background that may be see-through."""
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in rng.integers(40, 700, 2))
    photo = smooth(seed + 1, height, width, kind, clear=seed % 5 == 0)
    scale = float(rng.choice([1.0, 0.2, 0.6, 1.7]))
    place = Placement(Point(*rng.uniform(0, 500, 2).round(seed % 2)), scale, float(rng.choice([0, 90, 33])), "h")
    transform = place.transform(photo.size, Size(500, 450), Point(width / 2, height / 2))
    layer = Layer("o", "O", photo, Mask(speckled(seed, height, width)), transform, opacity=float(rng.choice([1, 0.4])))
    return Document((Layer("b", "B", smooth(seed + 2, 450, 500, kind, clear=seed % 3 == 0)), layer))


@KINDS
@pytest.mark.parametrize("seed", range(12))
def test_laying_tile_by_tile_is_laying_the_whole(kind, seed):
    work = placed(seed, kind)
    made = compose.flatten(work).array.astype(float)
    top = np.iinfo(kind).max
    assert np.abs(made - flattened_whole(work) * top).max() <= top / 255
    assert (made != work.background.pixels.array).any()


@KINDS
@pytest.mark.parametrize("seed", range(4))
def test_laying_a_blend_tile_by_tile_is_laying_the_whole(kind, seed):
    work = placed(seed, kind)
    layer, rect = work.layers[1], IntRect(7, 11, 489, 433)
    alpha = compose.warp(compose.layer_alpha(layer), layer.transform, rect, repeat_edge=False)
    values = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, (422, 482, 3)), (0, 0), 4).astype(np.float32)
    values[:, 200:] = 0
    parts = (Contribution("one", values), Contribution("other", values / 2))
    work = Document((work.layers[0], replace(layer, blend=Blend(rect, alpha, parts, Recipe("x"), "", 0, 0.8))))
    made = compose.flatten(work).array.astype(float)
    top = np.iinfo(kind).max
    assert np.abs(made - flattened_whole(work) * top).max() <= top / 255


def test_a_transform_in_perspective_is_laid_too():
    work = placed(1, np.uint8)
    tilted = Transform((0.5, 0.1, 30.0, -0.05, 0.6, 60.0, 2e-4, 1e-4, 1.0))
    work = Document((work.layers[0], replace(work.layers[1], transform=tilted)))
    made = compose.flatten(work).array.astype(float)
    assert np.abs(made - flattened_whole(work) * 255).max() <= 1
    assert (made != work.background.pixels.array).any()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("rect", [IntRect(0, 0, 500, 450), IntRect(130, 40, 190, 300), IntRect(0, 440, 20, 450)])
def test_the_cutout_of_a_part_is_that_part_of_the_whole(seed, rect):
    layer = placed(seed, np.uint8).layers[1]
    own = compose.layer_alpha(layer)
    colours, alpha = compose.cutout(layer, rect)
    whole = IntRect(0, 0, 500, 450)
    assert np.abs(alpha - compose.warp(own, layer.transform, whole, repeat_edge=False)[rect.slices]).max() <= 1e-3
    expected = compose.warp(compose.colours_of(layer, own), layer.transform, whole, repeat_edge=True)[rect.slices]
    assert np.abs(colours - expected).max() <= 1 / 255
    known = compose.cutout(layer, rect, own)
    assert (known[0] == colours).all()
    assert (known[1] == alpha).all()


@pytest.mark.parametrize("scale", [0.05, 0.2, 0.7, 3.0])
def test_the_cutout_of_a_part_looks_as_far_round_as_its_resampling_does(scale):
    """A photo of nothing but grain shows the least pixel that is left out."""
    transform = Transform.scaled(scale, scale).then(Transform.turned(20)).then(Transform.moved(9, -7))
    layer = Layer("o", "O", noise(400, 380), Mask(speckled(2, 400, 380), refine=AS_GIVEN), transform)
    own, whole, rect = compose.layer_alpha(layer), IntRect(0, 0, 60, 50), IntRect(8, 5, 14, 11)
    colours, alpha = compose.cutout(layer, rect)
    assert np.abs(alpha - compose.warp(own, transform, whole, repeat_edge=False)[rect.slices]).max() <= 1e-3
    expected = compose.warp(compose.colours_of(layer, own), transform, whole, repeat_edge=True)[rect.slices]
    assert np.abs(colours - expected).max() <= 2e-3


@KINDS
def test_an_object_cut_out_has_its_clean_colours_and_its_alpha(kind):
    mask = np.zeros((600, 700), np.uint8)
    mask[100:580, 50:640] = speckled(3, 480, 590)
    layer = Layer("o", "O", smooth(4, 600, 700, kind), Mask(mask))
    own = compose.layer_alpha(layer)
    picture, rect = compose.cut_out(layer)
    y, x = np.nonzero(own)
    assert rect == IntRect(x.min() - 2, y.min() - 2, x.max() + 3, y.max() + 3)
    assert picture.shape == (*rect.size[::-1], 4)
    assert (picture[..., 3] == np.rint(own[rect.slices] * 255)).all()
    seen = own[rect.slices] > 0
    expected = compose.colours_of(layer, own)[rect.slices] * 255
    assert np.abs(picture[..., :3] - expected)[seen].max() <= 1
    assert (compose.cut_out(layer, own)[0] == picture).all()


def test_an_object_cut_out_may_be_made_small():
    layer = Layer("o", "O", smooth(4, 300, 400, np.uint8), Mask(speckled(5, 300, 400)))
    picture, rect = compose.cut_out(layer)
    small, same = compose.cut_out(layer, size_limit=100)
    assert same == rect
    assert max(small.shape[:2]) == 100
    weighted, reduced = (p[..., :3] * (p[..., 3:] / 255.0) for p in (picture, small))
    averages = cv2.resize(weighted, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(averages - reduced).max() <= 3
    assert (compose.cut_out(layer, size_limit=9999)[0] == picture).all()


def test_a_layer_without_a_mask_is_cut_out_whole():
    photo = smooth(6, 30, 40, np.uint8, clear=True)
    picture, rect = compose.cut_out(Layer("o", "O", photo))
    assert rect == IntRect(0, 0, 40, 30)
    assert (picture == photo.array).all()


def test_an_object_of_which_nothing_is_seen_is_one_clear_pixel():
    picture, rect = compose.cut_out(Layer("o", "O", noise(6, 8), Mask()))
    assert rect == IntRect(0, 0, 1, 1)
    assert picture.tolist() == [[[0, 0, 0, 0]]]
