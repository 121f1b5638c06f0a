"""The judge's training learns, leaves whole works out, and knows holes, twins and parts of one picture."""

import numpy as np
import pytest
import tiny
import torch
from PIL import Image
from safetensors.torch import load_file

from blendstudio.engine.manifest import shipped
from blendstudio.engine.nets.painting import from_state
from blendstudio.engine.store import Nets, Store
from blendstudio.study import brushwork, train_painting
from blendstudio.study.painting_samples import Picture, Samples, distinct, read_pictures, samples_of, whole_part, window
from blendstudio.study.train_painting import Folders, Plan, begin, doubt, lesson, train

PLAN = Plan(windows=2)


def picture(name, seed=0, *, painting=False, size=(80, 96)):
    coarse = np.random.default_rng(seed).integers(60, 190, (6, 8, 3), np.uint8)
    return Picture(name, name, np.asarray(Image.fromarray(coarse).resize(size[::-1])), painting)


def samples(kind, count=8):
    rng = np.random.default_rng(count)
    shift = np.array([1.0 * kind, 0, 0], np.float32)
    rows = rng.normal(size=(count, 3)).astype(np.float32) + shift
    return Samples(rows[:1], rows[1:], rows[:0] if kind else rows[:2] + 1)


def taught():
    pictures = [picture("a"), picture("b", painting=True)]
    return lesson(pictures, [samples(0), samples(1)], PLAN)


def test_a_few_steps_bring_the_loss_down():
    read = taught()
    net = begin(read)
    before = doubt(net, read, PLAN).item()
    optimiser = torch.optim.SGD(net.odds.parameters(), 0.5)
    for _ in range(5):
        optimiser.zero_grad()
        doubt(net, read, PLAN).backward()
        optimiser.step()
    few = doubt(net, read, PLAN).item()
    assert few < before - 0.01
    assert doubt(train(read, PLAN), read, PLAN).item() < few


def test_every_work_of_a_kind_weighs_the_same():
    pictures = [Picture(f"{n}", work, np.zeros((4, 4, 3), np.uint8), True) for n, work in enumerate("xxy")]
    read = lesson([*pictures, picture("photo")], [samples(1)] * 3 + [samples(0)], PLAN)
    assert read.weights[:16].sum() == pytest.approx(read.weights[16:24].sum())
    assert read.weights.sum() == pytest.approx(1)
    assert read.weights[read.truth == 0].sum() == pytest.approx(PLAN.photo)


def test_of_a_picture_with_holes_the_largest_whole_rectangle_is_read(tmp_path):
    rgba = np.full((320, 320, 4), 255, np.uint8)
    rgba[..., 0] = np.arange(320) % 256
    rgba[:100, :, 3] = 0
    rgba[:, 300:, 3] = 0
    part = whole_part(rgba[..., 3] > 250, rgba[..., :3])
    assert part.shape == (220, 300, 3)
    assert (part == rgba[100:, :300, :3]).all()
    Image.fromarray(rgba).save(tmp_path / "wave_a1.png")
    Image.fromarray(rgba[:50, :50]).save(tmp_path / "wave_b2.png")
    said = []
    assert [one.work for one in read_pictures(tmp_path, painting=True, say=said.append)] == ["wave"]


def test_a_picture_that_shows_again_is_read_once():
    one = picture("one")
    smaller = Picture("two", "two", np.asarray(Image.fromarray(one.rgb).resize((48, 40))), False)
    assert [kept.id for kept in distinct([one, smaller, picture("three", 3)])] == ["one", "three"]


@pytest.mark.parametrize("manner", ["stylised", "smoothed_on_canvas", "dabbed", "stroked", "few_colours"])
def test_paint_changes_a_photo_and_keeps_its_light(manner):
    rgb = picture("one").rgb
    paint = getattr(brushwork, manner)(rgb, np.random.default_rng(0))
    assert paint.shape == rgb.shape and paint.dtype == np.uint8
    assert np.abs(paint.astype(int) - rgb).max() > 8
    assert abs(paint.mean() - rgb.mean()) < 25
    assert np.array_equal(paint, getattr(brushwork, manner)(rgb, np.random.default_rng(0)))


def test_windows_and_wear_are_the_same_for_the_same_seed():
    rgb = picture("one", size=(200, 400)).rgb
    first, again = (brushwork.worn(window(rgb, rng), rng) for rng in (np.random.default_rng(7) for _ in range(2)))
    assert np.array_equal(first, again)


def test_a_run_trains_and_judges_works_that_it_did_not_see(tmp_path, monkeypatch):
    home = tiny.tiny_home(tmp_path / "home")
    models = Nets(Store(home / "models", shipped()), "starter", "cpu")
    monkeypatch.setattr(train_painting.api, "nets", lambda *_: models)
    calls = []
    monkeypatch.setattr(train_painting, "make_samples", one_by_one(models, calls))
    for name, start in (("photos", 0), ("paintings", 4)):
        (tmp_path / name).mkdir()
        for n in range(start, start + 3):
            Image.fromarray(picture("x", n).rgb).save(tmp_path / name / f"{n}x.png")
    folders = Folders([tmp_path / "photos"], [tmp_path / "paintings"])
    out = tmp_path / "painting.safetensors"
    said = []
    train_painting.run(PLAN, folders, out, [tmp_path / "paintings"], said.append, figures=True)
    assert "6 pictures, 21 samples" in said
    told = [line.split(":")[0] for line in said if line.endswith(" right")]
    kinds = ("photos, synthetic", "photos, whole", "paintings, whole", "photos, windows", "paintings, windows")
    assert told == list(kinds)
    assert any(line.startswith("4x.png: 0.") or line.startswith("4x.png: 1.") for line in said)
    assert from_state(load_file(out)).centre.shape == (8,)
    train_painting.run(PLAN, folders, out, [], said.append, figures=False)
    assert len(calls) == 1


def one_by_one(models, calls):
    def made(pictures, count, seed):
        calls.append(count)
        return [samples_of(one, count, seed, models.net("words")) for one in pictures]

    return made
