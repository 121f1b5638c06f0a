"""The harmoniser's training learns, never measures what it saw, and its list of mismatches is the one in the card."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from PIL import Image
from safetensors.torch import save_file

from blendstudio.engine.correction import changed, undone
from blendstudio.engine.manifest import shipped
from blendstudio.engine.store import Nets, Store
from blendstudio.study import harmoniser_samples, mismatch, train_harmoniser
from blendstudio.study.harmoniser_figures import Row, interval, summary
from blendstudio.study.harmoniser_samples import (
    PIXELS,
    TURNS,
    Photo,
    Samples,
    make_samples,
    objects,
    samples_of,
    segment,
)
from blendstudio.study.mismatch import KINDS, hidden, listed, perturbed, random_change, scene_of, square
from blendstudio.study.train_harmoniser import Plan, begin, directions, lesson, steps, train

PLAN = Plan(drawn_samples=8, samples=8, members=2, steps=10, batch=64, width=16, axes=4, betraying=2, rate=1e-2)


def photo(name="a", seed=0):
    coarse = np.random.default_rng(seed).integers(60, 190, (8, 10, 3), np.uint8)
    rgb = coarse.repeat(8, 0).repeat(8, 1)
    mask = np.zeros((64, 80), bool)
    mask[20:44, 30:56] = True
    return Photo(name, rgb, (mask,))


def taught(count=64):
    """Samples whose first statistic tells how much darker the object was made."""
    rng = np.random.default_rng(2)
    stops = rng.uniform(-1, 1, count)
    truth = rng.integers(60, 150, (count, PIXELS, 3), np.uint8)
    pasted = np.stack([perturbed(one, (stop, 0, 0, 0, 0)) for one, stop in zip(truth, stops, strict=True)])
    rows = rng.normal(size=(count, 8)).astype(np.float32)
    rows[:, 0] = stops
    change = np.zeros((count, 5), np.float32)
    change[:, 0] = stops
    return Samples(rows, rng.normal(size=(count, 6)).astype(np.float16), change, pasted, truth)


def test_ten_steps_bring_the_loss_down():
    made = taught()
    net = begin([made], PLAN)
    losses = list(steps(net, lesson(net, [photo()], [made], PLAN), PLAN))
    assert len(losses) == 10
    assert losses[-1] < losses[0] - 1


def test_the_same_plan_trains_the_same_net():
    one, other = (train([photo()], [taught()], PLAN).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_axes_find_what_only_the_light_moves():
    """Feature 3 differs between the mismatches of a view, the others only between views."""
    rng = np.random.default_rng(5)
    units = torch.from_numpy(rng.normal(size=(50, 6)).repeat(TURNS, 0)).float()
    units[:, 3] = torch.from_numpy(rng.normal(size=50 * TURNS)).float()
    found = directions(units, Plan(axes=2, betraying=1))
    assert found.shape == (6, 3)
    assert int(found[:, 2].abs().argmax()) == 3


def test_every_listed_change_can_be_undone():
    rgb = np.random.default_rng(1).integers(70, 150, (1, 50, 3), np.uint8)
    pixels = torch.from_numpy(rgb / 255).float()
    for one in listed():
        change = torch.tensor([one.change])
        back = undone(changed(pixels, change), change)
        kept = (changed(pixels, change) > 0.002).all(-1) & (changed(pixels, change) < 0.998).all(-1)
        assert kept.any(), one
        assert torch.allclose(back[kept], pixels[kept], atol=2e-3), one


def test_the_list_is_eight_kinds_at_two_strengths_and_a_control():
    found = listed()
    assert len(KINDS) == 8
    assert len(found) == 17
    assert sum(not any(one.change) for one in found) == 1
    assert len({one.change for one in found}) == 17


def test_random_changes_are_sometimes_none_and_never_wild():
    rng = np.random.default_rng(0)
    drawn = np.stack([random_change(rng) for _ in range(400)])
    assert 0.04 < (drawn == 0).all(1).mean() < 0.15
    assert np.abs(drawn).max() < 3


def test_the_object_is_hidden_from_every_method():
    one = photo()
    blank = one.rgb.copy()
    blank[one.masks[0]] = 0
    assert (hidden(one.rgb, one.masks[0]) == hidden(blank, one.masks[0])).all()
    picture, mask = square(one.rgb, one.masks[0])
    assert picture.shape == (512, 512, 3)
    assert scene_of(picture, mask).mask.any()


@pytest.fixture
def folder(tmp_path):
    """Six photos with a drawn mask each."""
    entries = []
    for n in range(6):
        one = photo(str(n), n)
        Image.fromarray(one.rgb).save(tmp_path / f"{n}.png")
        Image.fromarray(one.masks[0]).save(tmp_path / f"{n}m.png")
        entries.append({"id": str(n), "image": f"{n}.png", "objects": [{"word": "thing", "mask": f"{n}m.png"}]})
    (tmp_path / "dataset.json").write_text(json.dumps(entries))
    return tmp_path


def test_a_run_trains_and_measures_on_photos_it_did_not_see(folder, tmp_path_factory, monkeypatch):
    home = tiny.tiny_home(tmp_path_factory.mktemp("home"))
    models = Nets(Store(home / "models", shipped()), "starter", "cpu")
    monkeypatch.setattr(train_harmoniser.api, "nets", lambda *_: models)
    monkeypatch.setattr(train_harmoniser, "make_samples", one_by_one(models))
    monkeypatch.setattr(mismatch, "SIDE", 96)  # 512 takes its time
    said = []
    out = tmp_path_factory.mktemp("out") / "net.safetensors"
    train_harmoniser.run(replace(PLAN, drawn_samples=4, steps=2), [folder], out, folder, said.append)
    assert out.is_file()
    folds = [line for line in said if line.startswith("fold")]
    assert len(folds) == 5
    assert "6 photos, 6 objects, 96 mismatches" in said
    assert any(line.startswith("unperturbed: ") for line in said)


def test_samples_that_an_earlier_run_left_are_kept(tmp_path, monkeypatch):
    kept = Samples(*(np.ascontiguousarray(part[:4]) for part in taught(4)))
    save_file({name: torch.from_numpy(part) for name, part in kept._asdict().items()}, tmp_path / "a.safetensors")
    save_file({}, tmp_path / "b.safetensors")
    monkeypatch.setattr(harmoniser_samples, "ProcessPoolExecutor", lambda **_: ThreadPoolExecutor(1))
    monkeypatch.setattr(harmoniser_samples, "_models", None)  # would be called for a photo without samples
    one, none = make_samples([photo("a"), photo("b")], (8, 8), 1, tmp_path)
    assert none is None
    assert all((got == was).all() for got, was in zip(one, kept, strict=True))


def test_a_net_is_trained_anew_only_for_other_photos_or_another_plan(tmp_path):
    said = []
    path = tmp_path / "net.safetensors"
    pairs = [(photo("a"), taught())]
    one = train_harmoniser.trained_once(path, pairs, PLAN, said.append).state_dict()
    again = train_harmoniser.trained_once(path, pairs, PLAN, said.append).state_dict()
    assert len(said) == 1
    assert all(torch.equal(one[name], again[name]) for name in one)
    train_harmoniser.trained_once(path, [(photo("b"), taught())], PLAN, said.append)
    assert len(said) == 2


def test_a_photo_without_masks_gives_a_region_of_like_colour():
    rgb = np.full((120, 160, 3), (40, 90, 160), np.uint8)
    rgb[30:70, 40:90] = (200, 60, 40)
    found = segment(rgb, np.random.default_rng(0))
    assert found[45:55, 60:70].all()
    assert not found[:20].any()
    assert segment(np.full((120, 160, 3), 90, np.uint8), np.random.default_rng(0)) is None


def test_a_grey_photo_teaches_nothing():
    grey = Photo("g", np.random.default_rng(0).integers(0, 255, (60, 80, 1), np.uint8).repeat(3, 2))
    assert objects(grey, torch.nn.Identity(), np.random.default_rng(0)) == ([], [])


def test_a_photo_under_another_name_is_noticed():
    one = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)).resize((160, 120))
    copy = Photo("copy", np.asarray(one.resize((80, 60))))
    held = Photo("held", np.asarray(one))
    assert train_harmoniser.same_pictures([held], [photo("x"), copy]) == ["held = copy"]
    assert train_harmoniser.same_pictures([held], [photo("x", 1)]) == []


def test_measuring_what_was_seen_is_refused(folder, monkeypatch, tmp_path_factory):
    home = tiny.tiny_home(tmp_path_factory.mktemp("home"))
    models = Nets(Store(home / "models", shipped()), "starter", "cpu")
    monkeypatch.setattr(train_harmoniser.api, "nets", lambda *_: models)
    pairs = [(Photo("under another name", photo("0", 0).rgb), taught(4))]
    with pytest.raises(SystemExit, match="under another name"):
        train_harmoniser.cross_validate(pairs, folder, folder / "net.safetensors", PLAN, lambda _: None)


def one_by_one(models):
    nets = (models.net("saliency"), models.net("words"))
    return lambda photos, counts, seed, _: [samples_of(one, counts, seed, nets) for one in photos]


def test_the_summary_counts_harm():
    *wrong, fine = listed()
    mended = [Row("a", one, 400, 100, 1, 0.01) for one in wrong]
    spoilt = [Row("b", one, 100, 400, 1, 0.01) for one in wrong]
    rows = [*mended, *spoilt, Row("b", fine, 0, 0, 0, 0.01)]
    told = "\n".join(summary(rows))
    assert "within 1 dB of copy-paste or better: 50.0 %; within 3 dB: 50.0 %" in told
    assert "fMSE: 1.000 ×" in told
    assert "unperturbed: 45.0 dB" in told
    low, high = interval(rows)
    assert low < 0 < high
