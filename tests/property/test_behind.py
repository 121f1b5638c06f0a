"""Objects behind a piece of the background, and beside another object of their own photo: what has no say."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import ndimage

from blendstudio import api
from blendstudio.core import edits
from blendstudio.core.compose import flatten, front_of
from blendstudio.core.document import AS_GIVEN, Mask, Refine
from blendstudio.core.geometry import Placement, Point
from blendstudio.core.params import knobs
from blendstudio.core.pixels import Pixels, from_rgb
from blendstudio.engine import pipeline, registry
from blendstudio.engine.job import Progress
from blendstudio.errors import EmptyMask

SIDE = 48


@dataclass(frozen=True)
class Nothing:
    """No knobs."""


def rude(task, params, models, progress):
    """Repaints all that it sees, and shows the whole of it meanwhile."""
    progress.show(task.background)
    return np.random.default_rng(task.seed).random(task.background.shape, np.float32)


RUDE = registry.Entry("blend", "rude", "Rude", Nothing, rude)
METHODS = [*(entry for entry in registry.entries("blend") if not entry.whole_frame), RUDE]
EVERY = pytest.mark.parametrize("entry", METHODS, ids=lambda entry: entry.name)
PLACES = (Placement(Point(24, 22)), Placement(Point(23.3, 25.1), 0.8, 20.0), Placement(Point(20, 28), 1.7, 90.0, "h"))
ANYWHERE = pytest.mark.parametrize("place", PLACES, ids=("shifted", "turned", "larger"))


def blended(document, entry, nets, **values):
    """The flat picture and the blend."""
    steps = {name: 2 for name in knobs(entry.params) if name.startswith("evaluations")}
    params = registry.params(entry, values=steps)
    order = pipeline.Order("object-1", entry, params, pipeline.Common(**values), seed=3)
    made = pipeline.blend(document, order, nets, Progress(), api.COLOURS)
    return flatten(edits.set_blend(document, "object-1", made)).array, made


def noise(seed, kind=np.uint8):
    shares = ndimage.gaussian_filter(np.random.default_rng(seed).random((SIDE, SIDE, 3)), (2, 2, 0)) * 3 - 1
    return np.rint(shares.clip(0, 1) * np.iinfo(kind).max).astype(kind)


def disc(middle, radius):
    y, x = np.mgrid[:SIDE, :SIDE]
    return (x - middle[0]) ** 2 + (y - middle[1]) ** 2 <= radius**2


def bar(width):
    """A slanting branch, H×W bool."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.abs(x - 0.5 * y - 12) < width / 2


def grey(inside):
    return np.where(inside, 255, 0).astype(np.uint8)


def work(background, front, refine, place=PLACES[0]):
    """A disc of noise behind what `front` shows of the background."""
    found = api.Found(Mask(grey(disc((24, 24), 14)), refine=Refine()))
    document = api.compose(from_rgb(noise(1)), from_rgb(background), found, place)
    return edits.set_mask(document, "background", Mask(front, refine=refine))


@EVERY
@ANYWHERE
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_what_stands_in_front_keeps_every_bit(nets, entry, place, kind):
    background = noise(2, kind)
    document = work(background, grey(bar(9)), Refine(erode=0, dilate=0, matting=1), place)
    result, _ = blended(document, entry, nets, context=3, margin=5)
    front = front_of(document)
    assert front
    assert (front.alpha == 1).sum() > 100
    assert (result[front.alpha == 1] == document.background.pixels.array[front.alpha == 1]).all()
    beside = (front.alpha == 0) & ndimage.binary_dilation(front.alpha == 1, iterations=4) & disc((24, 24), 12)
    assert (result[beside] != document.background.pixels.array[beside]).any(-1).mean() > 0.9


@EVERY
def test_what_stands_in_front_has_no_say_in_what_is_seen_beside_it(nets, entry):
    """Painted in any other colour, it leaves the same blend."""
    front, results = bar(7), []
    for colour in ((0, 0, 0), (255, 255, 0)):
        background = noise(2)
        background[front] = colour
        results.append(blended(work(background, grey(front), AS_GIVEN), entry, nets, context=2)[0])
    assert (results[0][~front] == results[1][~front]).all()
    assert (results[0][front] != results[1][front]).any()


@EVERY
@ANYWHERE
def test_what_is_excluded_has_no_say(nets, entry, place):
    """The object's neighbour, painted in any other colour, leaves the same blend, however much comes along."""
    own, other = disc((20, 24), 10), disc((36, 24), 9) & ~disc((20, 24), 10)
    assert (ndimage.binary_dilation(own) & other).any(), "they touch"
    results = []
    for colour in ((255, 0, 255), (0, 255, 0)):
        photo = noise(1)
        photo[other] = colour
        mask = Mask(grey(own), refine=replace(AS_GIVEN, dilate=2), exclude=grey(other))
        document = api.compose(from_rgb(photo), from_rgb(noise(2)), api.Found(mask), place)
        results.append(blended(document, entry, nets, context=8)[0])
    assert (results[0] == results[1]).all()


def test_the_margin_counts_from_the_mask_with_its_context(nets):
    own, background = disc((24, 24), 6), noise(2)
    found = api.Found(Mask(grey(own), refine=AS_GIVEN))
    document = api.compose(from_rgb(noise(1)), from_rgb(background), found, Placement(Point(24, 24)), "picture")
    result, made = blended(document, RUDE, nets, context=5, margin=4)
    distance = ndimage.distance_transform_edt(~own)
    changed = (result[..., :3] != background).any(-1)
    assert made.context == 5
    assert not changed[distance > 5 + 4].any()
    assert changed[distance < 5 + 3].mean() > 0.9
    plain, _ = blended(document, registry.find("blend", "copy-paste"), nets, context=5)
    assert (plain[distance <= 5, :3] == noise(1)[distance <= 5]).all()


def test_a_preview_shows_what_stands_in_front(nets):
    background, front, seen = noise(2), bar(7), []
    background[front] = (255, 255, 0)
    document = work(background, grey(front), AS_GIVEN)
    progress = Progress(preview=lambda picture, rect: seen.append((picture, rect)))
    order = pipeline.Order("object-1", RUDE, Nothing(), pipeline.Common())
    pipeline.blend(document, order, nets, progress, api.COLOURS)
    picture, rect = seen[0]
    assert (np.rint(picture[front[rect.slices]] * 255) == (255, 255, 0)).all()


def test_an_object_wholly_behind_cannot_be_blended(nets):
    document = work(noise(2), np.full((SIDE, SIDE), 255, np.uint8), AS_GIVEN)
    with pytest.raises(EmptyMask, match="behind"):
        blended(document, RUDE, nets)
    assert (flatten(document).array == document.background.pixels.array).all()


def test_a_soft_edge_in_front_shows_the_object_and_nothing_of_what_was_behind_it():
    """A dark bar with a soft edge on white, before a red object: nothing of the white is left between them."""
    size = (SIDE, SIDE)
    x = np.mgrid[: size[0], : size[1]][1]
    cover = np.clip((6 - np.abs(x - 24)) / 4 + 0.5, 0, 1)
    white_behind = np.rint(255 * (1 - cover))[..., None].repeat(3, 2).astype(np.uint8)
    red = Pixels(np.full((SIDE, SIDE, 4), (255, 0, 0, 255), np.uint8))
    found = api.Found(Mask(np.full(size, 255, np.uint8), refine=AS_GIVEN))
    document = api.compose(red, from_rgb(white_behind), found, Placement(Point(24, 24)))
    document = api.put_in_front(document, Mask(np.rint(cover * 255).astype(np.uint8), refine=AS_GIVEN))
    result = flatten(document).array[24, :, :3].astype(int)
    expected = np.stack([255 * (1 - cover[24]), 0 * cover[24], 0 * cover[24]], 1)
    assert np.abs(result - expected)[2:-2].max() <= 12
