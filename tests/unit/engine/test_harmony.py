"""The harmoniser's verdict: what surely helps is undone, what may harm is not, and nothing stays nothing."""

import numpy as np
import pytest
import tiny
import torch

from blendstudio.core.geometry import Rect, Size
from blendstudio.engine import registry
from blendstudio.engine.appearance import SMALL, Scene, alone, reduced, squared, statistics, window
from blendstudio.engine.harmony import corrected, decided, drawn, judge
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask
from blendstudio.engine.manifest import shipped
from blendstudio.engine.nets.harmoniser import Opinions
from blendstudio.engine.store import Nets, Store


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """Models that hold an object darker than its surroundings for darkened."""
    home = tiny.tiny_home(tmp_path_factory.mktemp("home"))
    return Nets(Store(home / "models", shipped()), "starter", "cpu")


def task():
    mask = np.zeros((60, 70), bool)
    mask[15:45, 20:50] = True
    source = np.full((60, 70, 3), 0.3, np.float32)
    return BlendTask(source, np.full_like(source, 0.6), mask, mask.astype(np.float32), mask)


def pixels():
    return torch.from_numpy(np.random.default_rng(3).uniform(0.2, 0.6, (48, 3)).astype(np.float32))


def test_a_change_that_all_hold_for_likely_is_taken_back():
    likely = torch.tensor([[-1.0, 0, 0, 0, 0], [-1.0, 0, 0, 0, 0.01]])
    change, confidence = decided(likely, pixels())
    assert change[0] == pytest.approx(-1, abs=0.05)
    assert confidence > 0.99


def test_an_object_that_may_be_too_bright_or_too_dark_is_left_alone():
    either = torch.zeros(96, 5)
    either[:, 0] = torch.linspace(-0.8, 0.8, 96)
    change, confidence = decided(either, pixels())
    assert not change.any()
    assert confidence == 0


def test_what_is_sure_is_taken_back_and_what_is_not_is_left():
    """All say “too vivid”; whether it is too bright or too dark, they cannot tell."""
    likely = torch.tensor([[stops, 0, 0, 0, 1.0] for stops in (0.9, 0, 0, 0, -0.9)])
    change, confidence = decided(likely, pixels())
    assert change[4] > 0.3
    assert abs(change[0]) < 0.2
    assert 0.5 < confidence <= 1


def test_next_to_nothing_is_nothing():
    change, confidence = decided(torch.full((3, 5), 0.005), pixels())
    assert not change.any()
    assert confidence == 0
    picture = np.random.default_rng(0).random((5, 6, 3), np.float32)
    assert corrected(picture, (0.0,) * 5) is picture


def test_changes_are_drawn_as_likely_as_their_peaks_say():
    means = torch.zeros(2, 1, 2, 5)
    means[:, :, 1, 0] = 1.0
    weights = torch.tensor([0.25, 0.75]).log().expand(2, 1, 2)
    bright = drawn(Opinions(weights, means, torch.full_like(means, -4.0)))[0, :, 0] > 0.5
    assert bright.float().mean() == pytest.approx(0.75, abs=0.01)


def test_a_dark_object_becomes_brighter_and_the_background_stays(nets):
    entry = registry.find("blend", "harmonise")
    given = task()
    blend = entry.call(given, entry.params(), nets, Progress())
    assert (blend[~given.mask] == given.background[~given.mask]).all()
    assert blend[given.mask].mean() > 0.4
    half = entry.call(given, entry.params(strength=0.5), nets, Progress())
    assert 0.3 < half[given.mask].mean() < blend[given.mask].mean()
    none = entry.call(given, entry.params(strength=0.0), nets, Progress())
    assert np.allclose(none[given.mask], 0.3)


def test_the_verdict_comes_with_its_confidence(nets):
    found = judge(task().scene_or_own(), nets.net("words"), nets.net("harmoniser"))
    assert found.change[0] < -0.5
    assert max(map(abs, found.change[1:])) < 0.1
    assert 0.9 < found.confidence <= 1


@pytest.mark.parametrize("covered", [0, 1, 9, SMALL * SMALL - 1, SMALL * SMALL])
def test_statistics_of_any_object_are_finite(covered):
    mask = np.zeros(SMALL * SMALL, bool)
    mask[:covered] = True
    for rgb in (np.zeros((SMALL, SMALL, 3), np.float32), np.ones((SMALL, SMALL, 3), np.float32)):
        assert np.isfinite(statistics(Scene(rgb, mask.reshape(SMALL, SMALL)))).all()


def test_the_window_shows_as_much_again_round_the_object():
    assert window(Rect(100, 100, 200, 150), Size(1000, 800)) == (40, 40, 260, 210)
    assert window(Rect(0, 0, 10, 10), Size(12, 12)) == (0, 0, 12, 12)


def test_the_object_alone_fills_its_picture():
    mask = np.zeros((40, 60), bool)
    mask[10:20, 30:50] = True
    rgb = np.where(mask[..., None], np.float32(0.9), np.float32(0.1)).repeat(3, 2)
    found = alone(Scene(rgb, mask))
    assert found.mask.all()
    assert np.allclose(found.rgb, 0.9)
    small = reduced(Scene(squared(rgb), squared(mask.astype(np.float32)) > 0.5))
    assert small.rgb.shape == (SMALL, SMALL, 3)
    assert small.mask.mean() == pytest.approx(mask.mean(), abs=0.02)
