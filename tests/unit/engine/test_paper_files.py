"""Files of the paper's nets as their authors publish them: the right ones are taken, others are refused in words."""

import dataclasses
import hashlib
import pickle
from pathlib import Path

import pytest
import tiny
import tiny_paper
import torch
from safetensors.torch import save_file

from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import shipped
from blendstudio.engine.nets.weights import Weights, WrongWeights
from blendstudio.engine.store import Store
from blendstudio.errors import ModelDamaged


def store_for(folder, id, file, **values):
    """A store whose manifest expects exactly that file."""
    known = next(entry for entry in shipped() if entry.id == id)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return Store(folder / "models", (dataclasses.replace(known, sha256=sha256, **values),))


def published(folder, content, name="net.pth"):
    torch.save(content, folder / name)
    return folder / name


def taken(folder, id, content):
    file = published(folder, content)
    store = store_for(folder, id, file)
    store.import_file(id, file, Progress())
    return store.net(id)


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"model": x}, lambda x: {f"module.{k}": x[k] for k in x}])
def test_a_checkpoint_is_taken_whatever_it_is_wrapped_in(tmp_path, wrap):
    state = tiny_paper.copied(tiny_paper.sam())
    net = taken(tmp_path, "sam-vit-b", wrap(state))
    assert all(torch.equal(tensor, state[name]) for name, tensor in net.state_dict().items())
    assert not net.training


def test_vgg19_is_torchvisions_and_its_classifier_stays_behind(tmp_path):
    from torchvision.models.vgg import VGG, cfgs, make_layers

    narrow = [width if width == "M" else width // 32 for width in cfgs["E"]]
    with torch.device("meta"):
        official = VGG(make_layers(narrow), num_classes=2, init_weights=False)
    official.classifier = torch.nn.Sequential(torch.nn.Linear(2, 2))
    official = tiny_paper.seeded(official.to_empty(device="cpu"))
    net = taken(tmp_path, "vgg19", official.state_dict())
    picture = torch.rand(1, 3, 48, 64)
    value = (picture - net.mean) / net.deviation
    reached, block, layer, wanted = value, 1, 0, {}
    with torch.inference_mode():
        for part in official.features:
            reached = part(reached)
            if isinstance(part, torch.nn.ReLU):
                layer += 1
                wanted[f"relu{block}_{layer}"] = reached.clone()
            elif isinstance(part, torch.nn.MaxPool2d):
                block, layer = block + 1, 0
        found = net(picture, tuple(wanted))
    assert list(wanted) == net.names()
    assert len(wanted) == 16
    for tap, own in wanted.items():
        assert (found[tap] * 0.398 - own).abs().max() <= 1e-5 * own.abs().max(), tap


def test_a_safetensors_file_is_taken_without_a_known_hash(tmp_path):
    state = tiny_paper.copied(tiny_paper.sam())
    save_file(state, tmp_path / "mine.safetensors")
    store = Store(tmp_path / "models", shipped())
    store.import_file("sam-vit-b", tmp_path / "mine.safetensors", Progress())
    assert torch.equal(
        store.net("sam-vit-b").state_dict()["mask_decoder.iou_token.weight"], state["mask_decoder.iou_token.weight"]
    )


def test_the_beginning_of_a_hash_is_enough_where_no_more_is_published(tmp_path):
    file = published(tmp_path, tiny.features(indices=tiny_paper.VGG19))
    full = store_for(tmp_path, "vgg19", file).entry("vgg19")
    for sha256, fits in ((full.sha256[:8], True), ("0" + full.sha256[:7], False), ("", False)):
        store = Store(tmp_path / sha256 / "models", (dataclasses.replace(full, sha256=sha256),))
        if not fits:
            with pytest.raises(ModelDamaged, match="not the one that was expected"):
                store.import_file("vgg19", file, Progress())
            continue
        store.import_file("vgg19", file, Progress())
        assert store.verify(Progress())[0].state == "ready"


class Canary:
    """Pickled, it makes a file when it is unpickled carelessly."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


NAME = "mask_decoder.iou_token.weight"


def wrong_files(folder):
    """Name -> (content of a checkpoint, words of the sentence that refuses it)."""
    state = tiny_paper.copied(tiny_paper.sam())
    nan = state[NAME] * float("nan")
    return {
        "shape": (state | {NAME: torch.zeros(1, 31)}, "“mask_decoder.iou_token.weight” is 1×31 and not 1×32"),
        "missing": ({k: v for k, v in state.items() if k != NAME}, "it lacks “mask_decoder.iou_token.weight”"),
        "missing block": (
            {k: v for k, v in state.items() if "pos_embed" not in k},
            "it lacks “image_encoder.pos_embed”",
        ),
        "foreign": (state | {"more": torch.zeros(1)}, "it holds “more”, which that model does not have"),
        "nan": (state | {NAME: nan}, "a number in “mask_decoder.iou_token.weight” is not finite"),
        "another net": (tiny.features(), "it lacks"),
        "a list": ([1, 2, 3], "it is not a list of weights"),
        "a text": ({"a": "b"}, "it is not a list of weights"),
        "code": (state | {"evil": Canary(folder / "canary")}, "it is not plain weights, so nothing of it was run"),
    }


@pytest.mark.parametrize("name", wrong_files(Path()))
def test_a_wrong_file_is_refused_with_its_own_sentence(tmp_path, name):
    content, words = wrong_files(tmp_path)[name]
    file = published(tmp_path, content)
    store = store_for(tmp_path, "sam-vit-b", file)
    with pytest.raises(ModelDamaged) as told:
        store.import_file("sam-vit-b", file, Progress())
    assert words in told.value.what
    assert told.value.what.startswith("The file for sam-vit-b does not hold that model: ")
    assert not store.has("sam-vit-b")
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_bare_pickle_with_code_is_refused_and_runs_nothing(tmp_path, protocol):
    file = tmp_path / "net.pth"
    file.write_bytes(pickle.dumps({"a": Canary(tmp_path / "canary")}, protocol))
    store = store_for(tmp_path, "sam-vit-b", file)
    with pytest.raises(ModelDamaged, match="nothing of it was run"):
        store.import_file("sam-vit-b", file, Progress())
    pickle.loads(pickle.dumps(Canary(tmp_path / "other canary")))
    assert [path.name for path in tmp_path.glob("*canary")] == ["other canary"]


def test_a_checkpoint_of_an_unknown_hash_is_not_even_opened(tmp_path, monkeypatch):
    file = published(tmp_path, {"a": Canary(tmp_path / "canary")})
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("opened"))
    store = Store(tmp_path / "models", shipped())
    with pytest.raises(ModelDamaged, match="not the one that was expected"):
        store.import_file("sam-vit-b", file, Progress())
    assert not (tmp_path / "canary").exists()


def test_weights_count_their_parts_and_name_what_they_lack():
    weights = Weights({"block.0.a": torch.zeros(1), "block.1.a": torch.zeros(2, 3), "block.norm.a": torch.zeros(1)})
    assert weights.count("block.") == 2
    assert weights.shape("block.1.a") == (2, 3)
    with pytest.raises(WrongWeights, match="it lacks “more”"):
        weights["more"]
