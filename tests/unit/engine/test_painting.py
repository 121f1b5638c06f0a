"""Photo or painting: any window gets a likelihood, and the judge reads it from texture alone."""

import numpy as np
import pytest
import tiny
from PIL import Image

from blendstudio.assets import asset
from blendstudio.engine.manifest import shipped
from blendstudio.engine.painting import CROP, LARGEST, crops, painted, texture
from blendstudio.engine.store import Nets, Store
from blendstudio.study.brushwork import dabbed, stroked, worn

SAMPLES = ("astronaut", "chelsea", "coffee", "rocket")


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """Models that hold red for paint."""
    home = tiny.tiny_home(tmp_path_factory.mktemp("home"))
    return Nets(Store(home / "models", shipped()), "starter", "cpu")


def flat(*colour, size=(40, 50)):
    return np.full((*size, 3), colour, np.float32)


def test_the_judge_decides_by_what_the_classifier_sees(nets):
    words, judge = nets.net("words"), nets.net("painting")
    assert painted(flat(0.9, 0.1, 0.1), words, judge) > 0.9
    assert painted(flat(0.5, 0.5, 0.5), words, judge) < 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (3, 2), (31, 33), (150, 290), (300, 300), (40, 2000)])
def test_a_window_of_any_size_has_a_likelihood(nets, size):
    rgb = np.random.default_rng(0).random((*size, 3), np.float32)
    assert 0 <= painted(rgb, nets.net("words"), nets.net("painting")) <= 1


def test_crops_are_alike_in_size_and_stay_within_the_picture():
    steep = np.arange(512 * 600 * 3, dtype=np.float32).reshape(512, 600, 3)
    found = crops(steep)
    assert found.shape == (5, CROP, CROP, 3)
    for crop in found:
        top, left = divmod(int(crop[0, 0, 0]) // 3, 600)
        assert (crop == steep[top : top + CROP, left : left + CROP]).all()
    assert crops(steep[:200, :250]).shape == (2, CROP, CROP, 3)
    assert crops(flat(0, 0, 0, size=(2, 3 * LARGEST))).shape == (2, CROP, CROP, 3)


def test_a_small_picture_is_mirrored():
    row = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    (crop,) = crops(row)
    assert crop.shape == (CROP, CROP, 3)
    assert (crop[7, :4] == [row[0, 0], row[0, 1], row[0, 1], row[0, 0]]).all()


def test_texture_is_the_mean_over_the_crops(nets):
    words = nets.net("words")
    rgb = np.random.default_rng(1).random((400, 420, 3), np.float32)
    apart = [texture(np.ascontiguousarray(crop), words) for crop in crops(rgb)]
    assert np.allclose(texture(rgb, words), np.mean(apart, 0), atol=1e-4)


@pytest.mark.real
@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_photos_are_photos_and_paint_on_them_is_seen(name):
    nets = Nets(Store.default(), "starter", "cpu")
    words, judge = nets.net("words"), nets.net("painting")
    with asset(f"samples/{name}.jpg").open("rb") as file:
        rgb = np.asarray(Image.open(file).convert("RGB"))
    plain = painted(rgb / np.float32(255), words, judge)
    assert plain < 0.5
    for seed in range(3):
        left = worn(rgb, np.random.default_rng(seed))
        assert painted(left / np.float32(255), words, judge) < 0.5, seed
    for manner in (dabbed, stroked):
        paint = manner(rgb, np.random.default_rng(3))
        assert painted(paint / np.float32(255), words, judge) > plain + 0.1, manner
