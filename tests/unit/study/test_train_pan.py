"""PAN's training learns, goes on where it stopped, and its figures are those of the pictures."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from blendstudio import api
from blendstudio.study import super_resolution, train_pan
from blendstudio.study.train_pan import Plan, begin, draw, half, read_pairs, train_step

PLAN = Plan(steps=40, batch=4, patch=16, rate=4e-2, seed=3, report=5)


@pytest.fixture
def photos(tmp_path):
    """Two pictures with edges, as a folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(2):
        squares = np.random.default_rng(seed).integers(0, 256, (8, 10, 3), np.uint8)
        Image.fromarray(squares).resize((80, 64), Image.Resampling.NEAREST).save(folder / f"{seed}.png")
    return folder


@pytest.fixture
def set5(tmp_path, photos):
    """The layout of Set5 with those pictures."""
    folder = tmp_path / "set5"
    for name in ("HR", "LRx2"):
        (folder / name).mkdir(parents=True)
    for path in photos.glob("*.png"):
        photo = np.asarray(Image.open(path))
        Image.fromarray(photo).save(folder / "HR" / path.name)
        Image.fromarray(half(photo)).save(folder / "LRx2" / f"{path.stem}x2.png")
    return folder


def test_ten_steps_bring_the_loss_down(photos):
    pairs = read_pairs([photos])
    small, large = draw(pairs, PLAN, np.random.default_rng(9))
    state = begin(PLAN)

    def loss():
        with torch.inference_mode():
            return float(F.l1_loss(state.net(small), large))

    before = loss()
    for _ in range(10):
        train_step(state, (small, large), PLAN)
    assert state.step == 10
    assert loss() < 0.97 * before


def test_a_run_that_was_stopped_goes_on(photos, tmp_path):
    said = []
    out = tmp_path / "net.safetensors"
    train_pan.run(Plan(steps=5, batch=1, patch=16, report=5), [photos], out, None, said.append)
    train_pan.run(Plan(steps=10, batch=1, patch=16, report=5), [photos], out, None, said.append)
    assert [line.split()[1] for line in said] == ["5", "10"]
    assert out.is_file()


def test_the_figures_of_the_shipped_weights(set5):
    lines = list(super_resolution.lines(set5, api.nets("auto", "auto"), None))
    figures = {line[:28].strip(): line[28:].split() for line in lines}
    assert float(figures["these weights"][0]) > float(figures["bicubic"][0]) + 1
    assert figures["the published weights"] == ["not", "run:", "weights", "absent"]
    assert float(figures["tiles against the whole"][0]) < 1e-3
    assert float(figures["seconds per megapixel"][0]) > 0


def test_tiles_of_the_shipped_weights_are_the_whole_picture():
    models = api.nets("auto", "auto")
    photo = np.random.default_rng(4).random((60, 420, 3), np.float32)
    tiled = super_resolution.Enlarge(models, "off").picture(photo)
    with torch.inference_mode():
        whole = models.net("upscale")(torch.from_numpy(photo.transpose(2, 0, 1)[None].copy()))
    assert np.abs(tiled - whole[0].permute(1, 2, 0).clamp(0, 1).numpy()).max() < 1e-3
