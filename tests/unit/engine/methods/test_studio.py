"""Studio: right where nothing is wrong, exact where the photos agree, and painted where the target is."""

import numpy as np
import pytest
import tiny
import torch
from scipy import ndimage

from blendstudio.core.compose import paste
from blendstudio.engine import registry
from blendstudio.engine.correction import changed
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask
from blendstudio.engine.manifest import shipped
from blendstudio.engine.store import Nets, Store

STUDIO = registry.find("blend", "studio")
CHANGE = (0.5, 0.2, -0.2, 0.0, -0.6)


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    home = tiny.tiny_home(tmp_path_factory.mktemp("home"))
    return Nets(Store(home / "models", shipped()), "starter", "cpu")


def scene(seed, height=96, width=128):
    random = np.random.default_rng(seed)
    coarse = ndimage.gaussian_filter(random.random((height, width, 3)), (8, 8, 0)) * 5 - 2
    fine = ndimage.gaussian_filter(random.random((height, width, 1)), (0.7, 0.7, 0)) * 0.2
    return (coarse * 0.4 + 0.25 + fine).clip(0.05, 0.75).astype(np.float32)


def disc(radius, height=96, width=128):
    y, x = np.mgrid[:height, :width]
    return np.hypot(y - height / 2, x - width / 2) < radius


def task(source, background, mask):
    zone = ndimage.distance_transform_edt(~mask) < 8
    return BlendTask(source, background, mask, mask.astype(np.float32), zone)


def lit(picture, change=CHANGE):
    return changed(torch.from_numpy(picture).reshape(1, -1, 3), torch.tensor([change])).reshape(picture.shape).numpy()


def blended(given, nets, **knobs):
    said = []
    progress = Progress(lambda _, stage: said.append(stage))
    return STUDIO.call(given, registry.params(STUDIO, values=knobs), nets, progress), " ".join(said)


def test_a_photo_put_back_into_itself_in_another_light_is_itself_again(nets):
    truth, mask = scene(1), disc(28)
    hidden = np.where(mask[..., None], 0.4, truth).astype(np.float32)
    result, said = blended(task(lit(truth), hidden, mask), nets, target="photo")
    assert np.abs(lit(truth) - truth)[mask].mean() > 0.08
    assert np.abs(result - truth).mean() < 0.01
    assert "show the same" in said


def test_an_object_that_nothing_is_wrong_with_keeps_every_value(nets):
    truth, mask = scene(1), disc(28)
    given = task(truth, np.where(mask[..., None], 0.4, truth).astype(np.float32), mask)
    result, _ = blended(given, nets, target="photo")
    assert np.abs(result - truth)[mask].max() < 0.01


def test_without_light_trim_or_paint_it_is_the_paste(nets):
    given = task(scene(1), scene(2), disc(28))
    result, _ = blended(given, nets, target="photo", light=0, trim=0)
    assert (result == paste(given.background, given.source, given.alpha)).all()


def test_old_sky_round_a_balloon_is_trimmed_off(nets):
    sky, red = np.array([0.5, 0.65, 0.9]), np.array([0.8, 0.2, 0.15])
    grain = np.random.default_rng(0).normal(0, 0.01, (96, 128, 3))
    source = (np.where(disc(25)[..., None], red, sky) + grain).clip(0, 1).astype(np.float32)
    given = task(source, scene(2), disc(28))
    result, _ = blended(given, nets, target="photo", light=0)
    rim = disc(27.5) & ~disc(26.5)
    assert np.abs(result - given.background)[rim].mean() < 0.05
    assert np.abs(result - source)[disc(22)].max() < 1e-6


def test_on_a_painting_the_object_takes_on_texture_but_stays_itself(nets):
    random = np.random.default_rng(3)
    canvas = (0.5 + 0.1 * ndimage.gaussian_filter(random.normal(0, 1, (96, 128, 1)), (0.8, 0.8, 0)) * 2).repeat(3, 2)
    smooth = np.full((96, 128, 3), (0.7, 0.4, 0.3), np.float32)
    given = task(smooth, canvas.clip(0, 1).astype(np.float32), disc(28))
    plain, _ = blended(given, nets, target="painting", texture=0, palette=0, trim=0)
    painted, said = blended(given, nets, target="painting", palette=0, trim=0)
    inside = disc(22)
    assert plain[inside].std(0).max() < 1e-3
    assert painted[inside].std(0).min() > 0.005
    assert np.abs(painted[inside].mean(0) - smooth[0, 0]).max() < 0.02
    assert "Target: painting" in said


def test_the_background_keeps_every_value(nets):
    for target in ("photo", "painting"):
        given = task(scene(1), scene(2), disc(28))
        result, _ = blended(given, nets, target=target)
        assert (result[~given.mask] == given.background[~given.mask]).all()


def test_what_the_target_is_is_measured_and_said(nets):
    _, said = blended(task(scene(1), scene(2), disc(28)), nets)
    assert "Target: " in said
    assert "% sure" in said
