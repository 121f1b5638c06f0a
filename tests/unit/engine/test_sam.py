"""SAM through its authors' package: the same numbers, every size, looked at once."""

import dataclasses

import numpy as np
import pytest
import tiny_paper
import torch
from tiny_paper import photo, stopped_after

from blendstudio.core.document import Prompt
from blendstudio.core.geometry import Point, Rect
from blendstudio.engine import pipeline, registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import SegmentTask
from blendstudio.engine.manifest import shipped
from blendstudio.engine.methods import sam
from blendstudio.engine.nets.sam import encoder_of
from blendstudio.engine.nets.weights import Weights
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import Cancelled, ModelMissing, UsageError

BOX, POINTS = Rect(20, 20, 70, 60), ((Point(45.5, 40.5), True), (Point(90.5, 70.5), False))
ENTRY = registry.find("segment", "sam")
FULL = sam.SamKnobs(precision="full")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tiny_paper.paper_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def models(home, tmp_path):
    """The tiny nets in a store that has not looked at any picture."""
    store = Store(home / "models", shipped())
    store.embeddings = type(store.embeddings)(tmp_path / "embeddings")
    return Nets(store, "paper", "cpu")


def official(rgb, **prompt):
    """What the authors' predictor says: masks, scores, raw logits."""
    from segment_anything import SamPredictor

    predictor = SamPredictor(tiny_paper.sam())
    predictor.set_image(rgb)
    return predictor.predict(**prompt, return_logits=True)


def close(ours, theirs):
    return np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max()


PROMPTS = {
    "box": ({"box": BOX}, {"box": np.array(BOX)}),
    "points": (
        {"points": POINTS},
        {"point_coords": np.array([[45, 40], [90, 70]]), "point_labels": np.array([1, 0])},
    ),
    "box and point": (
        {"box": BOX, "points": POINTS[:1]},
        {"box": np.array(BOX), "point_coords": np.array([[45, 40]]), "point_labels": np.array([1])},
    ),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_the_numbers_are_the_authors_own(models, name):
    ours, theirs = PROMPTS[name]
    task = SegmentTask(photo(), **ours)
    features = sam.looked_at(models.net("sam"), task.rgb, Progress(), half=False)
    answers = sam.predicted(models.net("sam"), features, task)
    wanted = official(photo(), **theirs)
    assert all(close(mine, own) for mine, own in zip(answers, wanted, strict=True))
    found = ENTRY.call(task, FULL, models, Progress())
    best = [number for number in np.argsort(-wanted[1]) if (wanted[0][number] > 0).any()]
    assert len(found) == len(best)
    for one, number in zip(found, best, strict=True):
        assert ((one.mask == 255) == (wanted[0][number] > 0)).all()
        assert one.score == pytest.approx(np.clip(wanted[1][number], 0, 1), abs=1e-5)


def test_a_mask_goes_on_from_an_earlier_one(models):
    first = ENTRY.call(SegmentTask(photo(), BOX), FULL, models, Progress())[0]
    task = SegmentTask(photo(), None, POINTS, first)
    answers = sam.predicted(models.net("sam"), sam._embedding(task.rgb, FULL, models, Progress()), task)
    _, _, low = official(photo(), box=np.array(BOX))
    earlier = next(one for one in low if close(first.logits, one))
    assert close(answers[0], official(photo(), mask_input=earlier[None], **PROMPTS["points"][1])[0])
    assert not close(answers[0], official(photo(), **PROMPTS["points"][1])[0])


def test_points_correct_the_previous_candidate(models):
    rgb = photo()
    first = pipeline.find(rgb, Prompt(boxes=(BOX,)), models, Progress())[0]
    corrected = pipeline.find(rgb, Prompt(points=POINTS), models, Progress(), first)
    plain = pipeline.find(rgb, Prompt(points=POINTS), models, Progress())
    assert not np.array_equal(corrected[0].logits, plain[0].logits)


@pytest.mark.parametrize("size", ["vit_b", "vit_l", "vit_h"])
def test_the_shapes_tell_the_size(size):
    from segment_anything import sam_model_registry

    with torch.device("meta"):
        net = sam_model_registry[size]()
    told = encoder_of(Weights(net.state_dict()))
    encoder = net.image_encoder
    assert (told["img_size"], told["patch_size"], told["out_chans"]) == (1024, 16, 256)
    assert told["depth"] == len(encoder.blocks)
    assert (told["num_heads"], told["mlp_ratio"]) == (encoder.blocks[0].attn.num_heads, 4)
    windows = [block.window_size for block in encoder.blocks]
    assert told["global_attn_indexes"] == tuple(n for n, window in enumerate(windows) if window == 0)
    assert told["window_size"] == max(windows)


def test_a_picture_is_looked_at_once_here_and_after_a_restart(models, monkeypatch):
    looks = []
    look = sam.looked_at
    monkeypatch.setattr(sam, "looked_at", lambda *a, **k: looks.append(1) or look(*a, **k))
    rgb = photo()
    pipeline.prepare(rgb, models, Progress())
    first = pipeline.find(rgb, Prompt(boxes=(BOX,)), models, Progress())
    assert len(looks) == 1
    models.embeddings = type(models.embeddings)(models.embeddings._folder)
    again = pipeline.find(rgb.copy(), Prompt(boxes=(BOX,)), models, Progress())
    assert len(looks) == 1
    assert [one.mask.tobytes() for one in again] == [one.mask.tobytes() for one in first]
    pipeline.find(rgb[:, ::-1], Prompt(boxes=(BOX,)), models, Progress())
    assert len(looks) == 2


def test_a_stop_while_the_picture_is_looked_at_keeps_nothing(models):
    with pytest.raises(Cancelled):
        pipeline.prepare(photo(), models, stopped_after(2))
    assert list(models.store.embeddings._folder.glob("*")) == []
    assert not any(module._forward_hooks for module in models.net("sam").modules())


def test_bfloat16_gives_nearly_the_same_mask(models):
    task = SegmentTask(photo(), BOX)
    full, half = (
        sam.predicted(models.net("sam"), sam.looked_at(models.net("sam"), task.rgb, Progress(), half=half), task)[0]
        for half in (False, True)
    )
    assert not np.array_equal(full, half)
    assert ((full > 0) == (half > 0)).mean() > 0.95
    assert half.dtype == np.float32


def test_automatic_precision_follows_the_machine(monkeypatch):
    for able, half in (({"amx_bf16": True}, True), ({"avx512_bf16": True}, True), ({}, False)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert sam.in_half("auto", "cpu") is half
        assert (sam.in_half("full", "cpu"), sam.in_half("bfloat16", "cpu")) == (False, True)
    assert not sam.in_half("auto", "mps")


def test_a_picture_as_thin_as_a_thread_is_refused(models):
    with pytest.raises(UsageError, match="too thin"):
        ENTRY.call(SegmentTask(np.zeros((1, 5000, 3), np.uint8), Rect(0, 0, 9, 1)), FULL, models, Progress())


def test_of_several_sizes_the_largest_that_is_here_is_used(home, tmp_path):
    from safetensors.torch import save

    store = Store(tmp_path / "models", shipped())
    assert Nets(store, "paper", "cpu")._find("sam").id == "sam-vit-b"
    for id in ("sam-vit-b", "sam-vit-h"):
        store.keep(id, save(tiny_paper.copied(tiny_paper.sam())))
    nets = Nets(store, "paper", "cpu")
    nets.net("sam")
    assert [name for name, _ in nets.used] == ["sam-vit-h"]


def test_who_asks_for_the_papers_nets_is_not_given_others(tmp_path):
    only_own = Store(tmp_path, shipped())
    with pytest.raises(ModelMissing, match="sam-vit-b"):
        pipeline.find(photo(), Prompt(boxes=(BOX,)), Nets(only_own, "paper", "cpu"), Progress())
    assert pipeline.usable("segment", Nets(only_own, "starter", "cpu")).name == "grabcut"
    assert dataclasses.is_dataclass(ENTRY.params)
