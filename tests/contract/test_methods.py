"""What every blender and upscaler owes its callers; a new file in `methods/` is tested with the rest."""

from dataclasses import fields, replace

import numpy as np
import pytest
from contracts import STOPS, every, photo, quick, stopped_after, turned
from scipy import ndimage

from blendstudio.core.geometry import Rect
from blendstudio.core.params import build, knobs
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, DetectTask, SegmentTask, UpscaleTask
from blendstudio.engine.manifest import shipped
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import Cancelled, StudioError

BLEND, UPSCALE = registry.entries("blend"), registry.entries("upscale")


# blending


def task(height=40, width=52, mask=None, *, source=None, background=None):
    random = np.random.default_rng(height * 1000 + width)
    smooth = [ndimage.gaussian_filter(random.random((height, width, 3)), (4, 4, 0)) * 4 - 1.5 for _ in "sb"]
    given = [smooth[0] if source is None else source, smooth[1] if background is None else background]
    source, background = (np.broadcast_to(x, (height, width, 3)).clip(0, 1).astype(np.float32).copy() for x in given)
    if mask is None:
        y, x = np.mgrid[:height, :width]
        mask = ((y - height / 2) / (height / 3)) ** 2 + ((x - width / 2) / (width / 3)) ** 2 < 1
    alpha = ndimage.gaussian_filter(mask.astype(np.float32), 1).astype(np.float32)
    return BlendTask(source, background, mask, alpha, ndimage.distance_transform_edt(~mask) < 8, seed=3)


def masked(height, width, *places):
    mask = np.zeros((height, width), bool)
    for place in places:
        mask[place] = True
    return mask


TASKS = {
    "usual": task(),
    "odd sides": task(33, 47),
    "black": task(source=0.0, background=0.0),
    "white": task(source=1.0, background=1.0),
    "grey": task(source=0.5, background=0.5),
    "black on white": task(source=0.0, background=1.0),
    "one pixel": task(mask=masked(40, 52, (20, 30))),
    "corner": task(mask=masked(40, 52, (slice(0, 9), slice(40, 52)))),
    "all of it": task(mask=np.ones((40, 52), bool)),
    "all but one": task(mask=~masked(40, 52, (0, 0))),
    "two parts with a hole": task(mask=masked(40, 52, (slice(3, 12), slice(4, 14)), (30, slice(None)))),
    "a row": task(1, 40, masked(1, 40, (0, slice(10, 25)))),
    "a column": task(40, 1, masked(40, 1, (slice(10, 25), 0))),
    "a pixel": task(1, 1, masked(1, 1, (0, 0))),
    "three by three": task(3, 3, masked(3, 3, (1, 1))),
    "long": task(20, 150),
}


def assert_picture(result, shape):
    assert (result.shape, result.dtype) == (shape, np.float32)
    assert np.isfinite(result).all()
    assert result.min() >= 0
    assert result.max() <= 1


@every(BLEND)
@pytest.mark.parametrize("name", TASKS)
def test_a_blend_is_a_picture_of_the_windows_size(nets, entry, name):
    shares = []
    progress = Progress(lambda share, stage: shares.append(share))
    before = [array.copy() for array in vars(TASKS[name]).values() if isinstance(array, np.ndarray)]
    result = entry.call(TASKS[name], quick(entry), nets, progress)
    assert_picture(result, TASKS[name].background.shape)
    assert shares == sorted(shares)
    assert len(shares) > 0 and shares[0] >= 0 and shares[-1] <= 1
    after = [array for array in vars(TASKS[name]).values() if isinstance(array, np.ndarray)]
    assert all((old == new).all() for old, new in zip(before, after, strict=True))


@every(BLEND)
def test_a_blend_shows_the_source_inside_and_the_background_outside(nets, entry):
    usual = TASKS["usual"]
    result = entry.call(usual, quick(entry, **plain(entry)), nets, Progress())
    outside = ndimage.distance_transform_edt(~usual.mask) > 8
    assert entry.whole_frame or np.abs(result - usual.background)[outside].max() < 0.02
    inside = ndimage.distance_transform_edt(usual.mask) > 4
    for channel in range(3):
        likeness = np.corrcoef(result[inside][:, channel], usual.source[inside][:, channel])[0, 1]
        assert likeness > 0.7


@every(BLEND)
def test_the_same_seed_gives_the_same_bytes(nets, entry):
    first, again = (entry.call(TASKS["usual"], quick(entry), nets, Progress()) for _ in range(2))
    assert first.tobytes() == again.tobytes()


@every(BLEND)
def test_a_flat_picture_on_itself_stays_flat(nets, entry):
    result = entry.call(TASKS["grey"], quick(entry, **plain(entry)), nets, Progress())
    assert np.abs(result - 0.5).max() < 0.1


def plain(entry):
    return {"start": "paste"} if "start" in knobs(entry.params) else {}


@every(BLEND)
@pytest.mark.parametrize("reports", STOPS)
def test_a_stopped_blend_gives_what_it_has_or_nothing(nets, entry, reports):
    many = {name: 50 for name in knobs(entry.params) if name.startswith("evaluations")}
    progress = stopped_after(reports)
    try:
        result = entry.call(TASKS["usual"], quick(entry, **many), nets, progress)
    except Cancelled:
        return
    assert_picture(result, TASKS["usual"].background.shape)


@turned(BLEND)
def test_every_knob_may_be_turned_to_its_ends(nets, entry, name, value):
    try:
        result = entry.call(TASKS["usual"], quick(entry, **{name: value}), nets, Progress())
    except StudioError as error:  # a loss that runs away is told, not shown
        assert error.next_step
        return
    assert_picture(result, TASKS["usual"].background.shape)


PRESETS = [(entry, preset) for entry in BLEND for preset in registry.presets(entry)]


@pytest.mark.parametrize(("entry", "preset"), PRESETS, ids=[f"{entry.name}-{preset}" for entry, preset in PRESETS])
def test_every_preset_of_a_blend_works(nets, entry, preset):
    few = {name: 2 for name in knobs(entry.params) if name.startswith("evaluations")}
    params = registry.params(entry, preset, few | ({"size": 64} if "size" in knobs(entry.params) else {}))
    assert_picture(entry.call(TASKS["usual"], params, nets, Progress()), TASKS["usual"].background.shape)


def test_the_papers_presets_are_there():
    assert {preset for _, preset in PRESETS} >= {"paper", "paper-literal"}


@every(BLEND)
def test_previews_are_pictures(nets, entry):
    shown = []
    many = {name: 12 for name in knobs(entry.params) if name.startswith("evaluations")}
    progress = Progress(preview=lambda picture, _: shown.append(picture.copy()))
    watched = entry.call(TASKS["usual"], quick(entry, **many), nets, progress)
    assert bool(shown) == bool(many)  # what takes its time shows how it forms
    for picture in shown:
        assert_picture(picture, (*picture.shape[:2], 3))
    alone = entry.call(TASKS["usual"], quick(entry, **many), nets, Progress())
    assert watched.tobytes() == alone.tobytes()


# enlarging

SIZES = [(1, 1), (1, 30), (30, 1), (3, 5), (37, 23), (20, 400)]


@every(UPSCALE)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_an_enlargement_is_twice_as_wide_and_high(nets, entry, size):
    shares = []
    rgb = np.random.default_rng(1).random((*size, 3), np.float32)
    progress = Progress(lambda share, stage: shares.append(share))
    result = entry.call(UpscaleTask(rgb, 2), entry.params(), nets, progress)
    assert_picture(result, (2 * size[0], 2 * size[1], 3))
    assert shares == sorted(shares)
    assert shares[-1] == 1


@every(UPSCALE)
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_flat_picture_stays_flat_when_enlarged(nets, entry, level):
    result = entry.call(UpscaleTask(np.full((12, 9, 3), level, np.float32), 2), entry.params(), nets, Progress())
    assert result == pytest.approx(np.full((24, 18, 3), level), abs=1e-3)


@every(UPSCALE)
def test_an_enlargement_may_be_stopped(nets, entry):
    rgb = np.zeros((30, 700, 3), np.float32)
    with pytest.raises(Cancelled):
        entry.call(UpscaleTask(rgb, 2), entry.params(), nets, stopped_after(1))


@turned(UPSCALE)
def test_every_knob_of_an_enlargement_works(nets, entry, name, value):
    rgb = np.random.default_rng(2).random((14, 11, 3), np.float32)
    result = entry.call(UpscaleTask(rgb, 2), quick(entry, **{name: value}), nets, Progress())
    assert_picture(result, (28, 22, 3))


# all kinds


@every([entry for kind in registry.KINDS for entry in registry.entries(kind)])
def test_what_a_method_says_of_itself(entry):
    assert entry.title
    assert entry.tier in ("starter", "paper")
    assert entry.params() == replace(entry.params())
    for field in fields(entry.params):
        knob, default = knobs(entry.params)[field.name]
        assert knob.title
        assert knob.help.endswith(".")
        assert build(entry.params, {field.name: default}) == entry.params()


@every([entry for kind in registry.KINDS for entry in registry.entries(kind) if entry.needs])
def test_a_method_without_its_nets_says_so(entry, tmp_path):
    empty = Nets(Store(tmp_path, tuple(one for one in shipped() if one.tier != "own")), entry.tier, "cpu")
    tasks = {
        "blend": TASKS["usual"],
        "upscale": UpscaleTask(TASKS["usual"].source, 2),
        "detect": DetectTask(photo(), "bird"),
        "segment": SegmentTask(photo(), Rect(20, 20, 70, 60)),
    }
    with pytest.raises(StudioError) as told:
        entry.call(tasks[entry.kind], entry.params(), empty, Progress())
    assert told.value.code == 4
