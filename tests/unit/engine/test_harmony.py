"""The harmoniser's verdict: what members agree on is undone, what they dispute is not, and nothing stays nothing."""

import numpy as np
import pytest
import tiny
import torch

from blendstudio.core.geometry import Rect, Size
from blendstudio.engine import registry
from blendstudio.engine.appearance import SIDE, Scene, statistics, window
from blendstudio.engine.harmony import agreed, corrected, judge
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask
from blendstudio.engine.manifest import shipped
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


def test_members_that_agree_are_believed():
    change, confidence = agreed(torch.tensor([[[-1.0, 0, 0, 0, 0], [-1, 0, 0, 0, 0]]]))
    assert change[0, 0] == pytest.approx(-1, abs=1e-3)
    assert confidence[0] > 0.99


def test_members_that_differ_are_not():
    change, confidence = agreed(torch.tensor([[[-1.0, 0, 0, 0, 0], [0.9, 0, 0, 0, 0]]]))
    assert change.abs().max() < 0.02
    assert confidence[0] < 0.01


def test_next_to_nothing_is_nothing():
    change, confidence = agreed(torch.full((1, 3, 5), 0.005))
    assert not change.any()
    assert confidence[0] == 0
    picture = np.random.default_rng(0).random((5, 6, 3), np.float32)
    assert corrected(picture, (0.0,) * 5) is picture


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
    assert not any(found.change[1:])
    assert 0.9 < found.confidence <= 1


@pytest.mark.parametrize("covered", [0, 1, 9, SIDE * SIDE - 1, SIDE * SIDE])
def test_statistics_of_any_object_are_finite(covered):
    mask = np.zeros(SIDE * SIDE, bool)
    mask[:covered] = True
    for rgb in (np.zeros((SIDE, SIDE, 3), np.float32), np.ones((SIDE, SIDE, 3), np.float32)):
        assert np.isfinite(statistics(Scene(rgb, mask.reshape(SIDE, SIDE)))).all()


def test_the_window_shows_as_much_again_round_the_object():
    assert window(Rect(100, 100, 200, 150), Size(1000, 800)) == (40, 40, 260, 210)
    assert window(Rect(0, 0, 10, 10), Size(12, 12)) == (0, 0, 12, 12)
