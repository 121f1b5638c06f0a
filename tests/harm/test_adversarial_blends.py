"""Blends of pictures and knobs that nobody would choose: always a picture or a sentence, the same each time."""

import numpy as np
import pytest
import tiny
from scipy import ndimage

from blendstudio.core.params import build, knobs
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask
from blendstudio.engine.manifest import shipped
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import StudioError

BLEND = registry.entries("blend")


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    home = tiny.tiny_home(tmp_path_factory.mktemp("home"))
    return Nets(Store(home / "models", shipped()), "starter", "cpu")


def picture(random, height, width):
    kind = random.integers(8)
    if kind < 3:
        return np.full((height, width, 3), (0.0, 0.5, 1.0)[kind], np.float32)
    if kind == 3:  # a checkerboard of extremes
        board = (np.indices((height, width)).sum(0) % 2).astype(np.float32)
        return np.repeat(board[..., None], 3, 2)
    if kind == 4:  # one colour that a channel cannot leave
        return np.tile(np.float32([1, 0, 0]), (height, width, 1))
    noise = random.random((height, width, 3), np.float32)
    return noise if kind == 5 else ndimage.gaussian_filter(noise, (3, 3, 0)).astype(np.float32)


def mask(random, height, width):
    kind = random.integers(6)
    if kind == 0:
        return np.ones((height, width), bool)
    found = np.zeros((height, width), bool)
    y, x = int(random.integers(height)), int(random.integers(width))
    if kind == 1:  # one pixel
        found[y, x] = True
    elif kind == 2:  # a row
        found[y] = True
    elif kind == 3:  # all but one
        found[:] = True
        found[y, x] = height * width == 1
    elif kind == 4:  # every other pixel
        found[::2, ::2] = True
    else:
        found[y // 2 : y + 1, x // 2 : x + 1] = True
    return found


def task(random):
    height, width = (int(side) for side in random.choice([1, 2, 3, 7, 16, 33, 48], 2))
    inside = mask(random, height, width)
    soft = ndimage.gaussian_filter(inside.astype(np.float32), 0.7).astype(np.float32)
    alpha = inside.astype(np.float32) if random.random() < 0.5 else soft
    zone = ndimage.distance_transform_edt(~inside) < random.integers(1, 9)
    pictures = (picture(random, height, width) for _ in "sb")
    return BlendTask(*pictures, inside, alpha, zone, float(random.uniform(0.01, 1)), int(random.integers(9)))


def params(random, entry):
    """Knobs at their ends as often as not; what takes long stays short."""
    turned = {}
    for name, (knob, default) in knobs(entry.params).items():
        if name.startswith(("evaluations", "rounds")):
            turned[name] = int(random.integers(0, 4))
        elif name == "size":
            turned[name] = 64
        elif random.random() < 0.5:
            continue
        elif isinstance(default, bool):
            turned[name] = bool(random.integers(2))
        else:
            turned[name] = str(random.choice(knob.choices)) if knob.choices else random.choice([knob.low, knob.high])
    return build(entry.params, turned)


def result(entry, given, knobs_, nets):
    try:
        return entry.call(given, knobs_, nets, Progress())
    except StudioError as error:
        assert error.what.endswith(".")
        assert error.next_step.endswith(".")
        return None


def blended_twice(seed, nets):
    random = np.random.default_rng(seed)
    entry = BLEND[seed % len(BLEND)]
    given, turned = task(random), params(random, entry)
    first, again = (result(entry, given, turned, nets) for _ in "12")
    if first is None:
        assert again is None
        return
    assert first.shape == given.background.shape
    assert np.isfinite(first).all()
    assert first.min() >= 0
    assert first.max() <= 1
    assert first.tobytes() == again.tobytes()


@pytest.mark.parametrize("start", range(0, 60, 10))
def test_adversarial_tasks_end_in_a_picture_or_a_sentence(nets, start):
    for seed in range(start, start + 10):
        blended_twice(seed, nets)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_five_hundred_of_them(nets):
    for seed in range(1000, 1500):
        blended_twice(seed, nets)
