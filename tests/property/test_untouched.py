"""Whatever is blended, however it lies: pixels beyond the mask and its margin keep every bit."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import ndimage

from blendstudio import api
from blendstudio.core import edits
from blendstudio.core.compose import flatten
from blendstudio.core.document import AS_GIVEN, Mask, Refine
from blendstudio.core.geometry import Placement, Point
from blendstudio.core.masking import alpha_of
from blendstudio.core.params import knobs
from blendstudio.core.pixels import Pixels
from blendstudio.engine import pipeline, registry
from blendstudio.engine.job import Progress
from blendstudio.errors import EmptyMask

TASKS = 200
STEPS = 2  # evaluations per stage


@dataclass(frozen=True)
class Nothing:
    """No knobs."""


def rude(task, params, models, progress):
    """Repaints all that it sees."""
    return np.random.default_rng(task.seed).random(task.background.shape, np.float32) * 1.5 - 0.25


RUDE = registry.Entry("blend", "rude", "Rude", Nothing, rude)
METHODS = [*(entry for entry in registry.entries("blend") if not entry.whole_frame), RUDE]
WIDE = replace(RUDE, name="wide", whole_frame=True)
GENTLE = Refine(matting=3, holes=0.2)
HAIRY = Refine(erode=0, dilate=3, matting=8, feather=1.5, islands=0.0)


def side(random):
    return int(random.integers(24, 65))


def picture(random, kind, *, holes=False):
    """Noise, smooth or coarse, H×W×4."""
    height, width = side(random), side(random)
    shares = random.random((height, width, 4))
    if random.random() < 0.5:
        shares[..., :3] = ndimage.gaussian_filter(shares[..., :3], (3, 3, 0)) * 2 - 0.5
    if not (holes and random.random() < 0.3):
        shares[..., 3] = 1
    top = np.iinfo(kind).max
    return Pixels(np.rint(shares.clip(0, 1) * top).astype(kind))


def hard_mask(random, size):
    """Blobs, with holes, touching borders, in one piece or in many."""
    blobs = ndimage.gaussian_filter(random.random((size.height, size.width)), random.choice([1, 3, 6]), mode="wrap")
    inside = blobs > np.quantile(blobs, random.choice([0.1, 0.5, 0.8, 0.97]))
    if random.random() < 0.3:
        inside[:, : size.width // 2] = False
    return np.where(inside, 255, 0).astype(np.uint8)


def mask_for(random, size):
    mask = hard_mask(random, size)
    if random.random() < 0.4:
        mask = np.rint(ndimage.gaussian_filter(mask.astype(float), 2)).astype(np.uint8)
    add, subtract = (hard_mask(random, size) if random.random() < 0.15 else None for _ in "+-")
    return Mask(mask, add, subtract, (AS_GIVEN, GENTLE, HAIRY)[random.integers(3)])


def settings(random, entry):
    steps = [name for name in knobs(entry.params) if name.startswith("evaluations")]
    wanted = {name: int(random.integers(1, STEPS + 1)) for name in steps}
    if "size" in knobs(entry.params) and random.random() < 0.5:
        wanted["size"] = 64
    margin = int(random.integers(1, 13))
    return api.Settings(entry.name, values=wanted | {"margin": margin}, seed=int(random.integers(1000)))


def anywhere(random, size):
    """A place that may lie beyond the border, at any angle and size."""
    at = Point(*(random.uniform(-0.1, 1.1, 2) * size))
    angle = random.choice([0.0, 90.0, 180.0, random.uniform(-180, 180)])
    scale = float(np.exp(random.uniform(np.log(0.3), np.log(3))))
    return Placement(at, scale, float(angle), str(random.choice(["", "h", "v", "hv"])))


def reach(alpha, transform, size):
    """Where any of a layer's alpha can come to lie, H×W bool, by asking for each pixel of the document which source
    pixels are near the point that it shows: one pixel round it, and what is averaged when the layer shrinks."""
    x, y = np.meshgrid(np.arange(size.width) + 0.5, np.arange(size.height) + 0.5)
    u, v, _ = np.einsum("ij,jhw->ihw", np.linalg.inv(transform.matrix), np.stack([x, y, np.ones_like(x)]))
    radius = 1 + (0.6 / transform.magnification if transform.magnification < 1 else 0.0)
    steps = range(-int(np.ceil(radius)) - 1, int(np.ceil(radius)) + 2)
    found = np.zeros((size.height, size.width), bool)
    for dy in steps:
        for dx in steps:
            column, row = np.floor(u).astype(int) + dx, np.floor(v).astype(int) + dy
            near = (np.abs(column + 0.5 - u) <= radius) & (np.abs(row + 0.5 - v) <= radius)
            near &= (column >= 0) & (column < alpha.shape[1]) & (row >= 0) & (row < alpha.shape[0])
            found[near] |= alpha[row[near], column[near]] > 0
    return found


def beyond(inside, margin):
    """Farther than the margin from every true pixel."""
    return ndimage.distance_transform_edt(~inside) > margin if inside.any() else np.ones_like(inside)


def blended(document, entry, random, nets):
    """The flat picture and the layer, through the calls of a script; a rude method is not one that these know."""
    if entry not in (RUDE, WIDE):
        outcome = api.blend(document, "object-1", settings(random, entry), nets)
        return outcome.picture.array, outcome.document.layer("object-1")
    order = pipeline.Order("object-1", entry, Nothing(), pipeline.Common(margin=int(random.integers(1, 13)), fade=0))
    made = pipeline.blend(document, order, nets, Progress(), api.COLOURS)
    document = edits.set_blend(document, "object-1", made)
    return flatten(document).array, document.layer("object-1")


def assert_untouched(result, background, kept):
    assert (result.shape, result.dtype) == (background.array.shape, background.array.dtype)
    assert (result[kept] == background.array[kept]).all()
    assert (result != background.array).any()


@pytest.mark.parametrize("number", range(TASKS))
def test_pixels_beyond_the_margin_keep_every_bit(nets, number):
    random = np.random.default_rng(number)
    background = picture(random, random.choice([np.uint8, np.uint16]), holes=True)
    source = picture(random, random.choice([np.uint8, np.uint16]), holes=True)
    found = api.Found(mask_for(random, source.size))
    document = api.compose(
        source, background, found, anywhere(random, background.size), str(random.choice(("object", "picture")))
    )
    try:
        result, layer = blended(document, METHODS[number % len(METHODS)], random, nets)
    except EmptyMask:
        return
    inside = reach(alpha_of(layer.mask, layer.pixels), layer.transform, background.size)
    assert_untouched(result, background, beyond(inside, layer.blend.margin))


def test_most_of_these_tasks_put_something_on_the_background():
    shown = 0
    for number in range(TASKS):
        random = np.random.default_rng(number)
        background, source = picture(random, np.uint8), picture(random, np.uint8)
        found = api.Found(mask_for(random, source.size))
        document = api.compose(source, background, found, anywhere(random, background.size))
        shown += bool((flatten(document).array != background.array).any())
    assert shown > 0.8 * TASKS


@pytest.mark.parametrize("entry", METHODS, ids=lambda entry: entry.name)
@pytest.mark.parametrize("flip", ["", "h", "v"])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_on_whole_pixels_the_margin_is_exact(nets, entry, turns, flip):
    """No source pixel is mixed with another one here, so the mask in the document is known without resampling."""
    random = np.random.default_rng(turns)
    background, source = picture(random, np.uint16), picture(random, np.uint8)
    mask = hard_mask(random, source.size)
    size, turned = background.size, np.rot90(flipped(mask, flip), -turns)  # clockwise
    left, top = int(random.integers(-9, size.width - 9)), int(random.integers(-9, size.height - 9))
    middle = Point(left + turned.shape[1] / 2, top + turned.shape[0] / 2)
    place = Placement(middle, 1.0, 90.0 * turns, flip)
    document = api.compose(source, background, api.Found(Mask(mask, refine=AS_GIVEN)), place, "picture")
    result, layer = blended(document, entry, random, nets)
    inside = laid(turned >= 128, left, top, size)
    assert_untouched(result, background, beyond(inside, layer.blend.margin))
    changed = (result != background.array).any(-1)
    photo = laid(np.ones_like(turned, bool), left, top, size)
    core = inside & (ndimage.distance_transform_edt(photo) > 8 if not photo.all() else True)  # nearer, it fades
    assert not core.any() or changed[core].mean() > 0.9
    if entry is RUDE:  # what the margin allows is used
        assert changed[~beyond(inside, layer.blend.margin - 0.5)].mean() > 0.9


def test_only_deep_image_blending_may_repaint_the_whole_frame():
    assert [entry.name for entry in registry.entries("blend") if entry.whole_frame] == ["dib"]


def test_what_may_repaint_the_whole_frame_sees_and_changes_all_of_it(nets):
    random = np.random.default_rng(5)
    background, source = picture(random, np.uint16), picture(random, np.uint8)
    document = api.compose(source, background, api.Found(mask_for(random, source.size)), Placement(Point(20, 12), 0.5))
    result, layer = blended(document, WIDE, random, nets)
    assert layer.blend.rect.size == background.size
    assert (result.shape, result.dtype) == (background.array.shape, background.array.dtype)
    assert (result != background.array).any(-1).mean() > 0.99
    assert layer.blend.margin > np.hypot(*background.size)  # what it says of itself


def flipped(mask, flip):
    return {"": mask, "h": mask[:, ::-1], "v": mask[::-1]}[flip]


def laid(mask, left, top, size):
    """A mask at its place in a document of `size`, cut at the borders."""
    room = np.pad(mask, ((max(0, top), 200), (max(0, left), 200)))
    return room[max(0, -top) :, max(0, -left) :][: size.height, : size.width]
