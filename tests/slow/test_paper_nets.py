"""The paper's nets at their real size, with random numbers: the authors' own answers, and what they cost.

Figures are printed: `python -m pytest -m slow -n 0 -s tests/slow/test_paper_nets.py`. The comparison with the
unmodified Grounding DINO installs transformers 4.57 in a folder of its own, so it needs the package index.
"""

import dataclasses
import hashlib
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest
import tiny_paper
import torch
from safetensors.torch import save, save_file

from blendstudio.assets import asset
from blendstudio.core.geometry import Point, Rect
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import SegmentTask
from blendstudio.engine.manifest import shipped
from blendstudio.engine.methods import grounding_dino, mask_rcnn, sam
from blendstudio.engine.methods.grounding_dino import GroundingDinoKnobs
from blendstudio.engine.nets import bert_words
from blendstudio.engine.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
TRANSFORMERS = "transformers==4.57.6"
REFERENCE = Path(__file__).with_name("grounding_reference.py")


def photo():
    return cv2.imread(str(asset("samples/astronaut.jpg")))[..., ::-1].copy()


def taken(folder, id, content):
    """The net that the store makes of a checkpoint whose hash its manifest names."""
    torch.save(content, folder / f"{id}.pth")
    known = next(entry for entry in shipped() if entry.id == id)
    sha256 = hashlib.sha256((folder / f"{id}.pth").read_bytes()).hexdigest()
    store = Store(folder / "models", (dataclasses.replace(known, sha256=sha256),))
    store.import_file(id, folder / f"{id}.pth", Progress())
    return store.net(id)


def farthest(ours, theirs):
    """The largest difference over the largest number."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def said(name, difference):
    sys.stdout.write(f"\n{name}: largest difference {difference:.1e} of the largest number\n")
    assert difference <= 1e-5


def test_sam_vit_b_says_what_the_authors_predictor_says(tmp_path):
    from segment_anything import SamPredictor, sam_model_registry

    own = tiny_paper.seeded(sam_model_registry["vit_b"](), spread=0.05)
    own.pixel_mean.data = torch.tensor([123.675, 116.28, 103.53]).view(-1, 1, 1)
    own.pixel_std.data = torch.tensor([58.395, 57.12, 57.375]).view(-1, 1, 1)
    predictor, box = SamPredictor(own), Rect(110, 20, 330, 480)
    predictor.set_image(photo())
    wanted = predictor.predict(
        np.array([[200, 150]]), np.array([1]), np.array(box), multimask_output=True, return_logits=True
    )
    net = taken(tmp_path, "sam-vit-b", own.state_dict())
    task = SegmentTask(photo(), box, ((Point(200.5, 150.5), True),))
    found = sam.predicted(net, sam.looked_at(net, task.rgb, Progress(), half=False), task)
    said("SAM ViT-B", max(farthest(mine, theirs) for mine, theirs in zip(found, wanted, strict=True)))


def test_vgg19_says_what_torchvisions_says(tmp_path):
    from torchvision.models import vgg19

    with torch.device("meta"):
        own = vgg19(weights=None)
    own.classifier = torch.nn.Sequential(torch.nn.Linear(1, 1))
    own = tiny_paper.seeded(own.to_empty(device="cpu"), spread=0.05)
    net = taken(tmp_path, "vgg19", own.state_dict())
    picture = torch.from_numpy(photo().transpose(2, 0, 1)[None] / np.float32(255))
    value, wanted = (picture - net.mean) / net.deviation, []
    with torch.inference_mode():
        for part in own.features:
            value = part(value)
            if isinstance(part, torch.nn.ReLU):
                wanted.append(value.clone())
        found = net(picture, tuple(net.names()))
    differences = [farthest(mine * 0.398, theirs) for mine, theirs in zip(found.values(), wanted, strict=True)]
    assert len(differences) == 16
    said("VGG19, all 16 layers", max(differences))


def test_mask_rcnn_says_what_torchvisions_says(tmp_path):
    from torchvision.models.detection import MaskRCNN_ResNet50_FPN_Weights, maskrcnn_resnet50_fpn

    torch.manual_seed(3)
    blank = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    state = {name: tensor for name, tensor in blank.state_dict().items() if "num_batches" not in name}
    state["roi_heads.box_predictor.cls_score.bias"][1:] += 3  # or nothing would be seen
    with patch.object(MaskRCNN_ResNet50_FPN_Weights, "get_state_dict", lambda *_, **__: state):
        own = maskrcnn_resnet50_fpn(weights=MaskRCNN_ResNet50_FPN_Weights.COCO_V1).eval()
    net = taken(tmp_path, "mask-rcnn-coco", state)
    own.roi_heads.score_thresh = net.roi_heads.score_thresh = 0.005
    with torch.inference_mode():
        (wanted,) = own([torch.from_numpy(photo().transpose(2, 0, 1) / np.float32(255))])
    found = mask_rcnn.looked(net, photo(), Progress())
    assert len(found["scores"]) > 10
    assert (found["labels"] == wanted["labels"].numpy()).all()
    said("Mask R-CNN", max(farthest(found[name], wanted[name].numpy()) for name in ("boxes", "scores", "masks")))


def vocabulary():
    """As many tokens as the real one has."""
    tokens = tiny_paper.vocabulary().decode().splitlines()
    return "\n".join([*tokens, *(f"[unused{n}]" for n in range(30522 - len(tokens)))]).encode() + b"\n"


@pytest.fixture(scope="module")
def swin_t(tmp_path_factory):
    """Random numbers for the Swin-T net, its words, and BERT's folder for the unmodified package."""
    folder = tmp_path_factory.mktemp("swin-t")
    with tiny_paper.quiet():
        from transformers import BertConfig

        net = tiny_paper.seeded(tiny_paper.blank_grounding(30522, tiny=False), spread=0.04)
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    torch.save({"model": state}, folder / "weights.pth")
    (folder / "bert").mkdir()
    BertConfig().save_pretrained(folder / "bert")
    (folder / "bert" / "vocab.txt").write_bytes(vocabulary())
    bert = {name.removeprefix("bert."): tensor for name, tensor in state.items() if name.startswith("bert.")}
    save_file(bert, folder / "bert" / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.fixture(scope="module")
def old_transformers(tmp_path_factory):
    """A folder with the last transformers that the unmodified package runs on."""
    folder = tmp_path_factory.mktemp("transformers")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder]
    subprocess.run([*pip, TRANSFORMERS], check=True)
    return folder


def test_grounding_dino_says_what_the_unmodified_package_says(swin_t, old_transformers, tmp_path):
    cv2.imwrite(str(tmp_path / "photo.png"), photo()[..., ::-1])
    command = [sys.executable, REFERENCE, swin_t, tmp_path / "photo.png", "red bird", tmp_path / "answer.npz"]
    environment = os.environ | {"PYTHONPATH": str(old_transformers), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    wanted = np.load(tmp_path / "answer.npz")
    assert str(wanted["transformers"]).startswith("4.57")
    net = taken(tmp_path, "grounding-dino-swint", torch.load(swin_t / "weights.pth", weights_only=True))
    words = taken_words(tmp_path)
    grounding_dino.check_readable(grounding_dino.Phrase("red bird"), words, net)
    knobs = GroundingDinoKnobs(box_threshold=0.0)
    picture = grounding_dino.seen(photo(), knobs.size)
    found = grounding_dino.passed(net, picture, "red bird", knobs, Progress())
    boxes = np.array([[*one.box.centre, one.box.width, one.box.height] for one in found])
    scores = np.array([one.score for one in found])
    assert len(boxes) == 900
    difference = max(farthest(boxes, wanted["boxes"]), farthest(scores, wanted["logits"].max(1)))
    said(f"Grounding DINO Swin-T, against transformers {wanted['transformers']}", difference)


def taken_words(folder):
    (folder / "vocab.txt").write_bytes(vocabulary())
    known = next(entry for entry in shipped() if entry.id == "bert-words")
    store = Store(folder / "words", (dataclasses.replace(known, sha256=hashlib.sha256(vocabulary()).hexdigest()),))
    store.import_file("bert-words", folder / "vocab.txt", Progress())
    return store.net("bert-words").tokenizer


MEASURED = """
import resource, sys
from blendstudio.cli import main
code = main(sys.argv[1:])
sys.stderr.write(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}")
sys.exit(code)
"""


def test_the_whole_of_the_paper_at_full_size(swin_t, tmp_path):
    """Text, Grounding DINO Swin-T, SAM ViT-B, VGG19, PAN, PNG; prints seconds and peak memory."""
    from segment_anything import sam_model_registry
    from torchvision.models import vgg19

    home = tiny_paper.paper_home(tmp_path / "home")
    store = Store(home / "models", shipped())
    large = sam_model_registry["vit_b"]().state_dict()
    kept = {"sam-vit-b": large, "grounding-dino-swint": torch.load(swin_t / "weights.pth", weights_only=True)["model"]}
    kept["vgg19"] = {name: x for name, x in vgg19(weights=None).state_dict().items() if name.startswith("features.")}
    for id, state in kept.items():
        store.keep(id, save({name: tensor.clone() for name, tensor in state.items()}))
    store.keep("bert-words", save(bert_words.to_state(vocabulary())))
    samples = {name: str(asset(f"samples/{name}.jpg")) for name in ("astronaut", "rocket")}
    words = ["blend", "--models", "paper", "--prompt", "bird", "--preset", "paper", "--device", "cpu", "--json"]
    words += ["--set", "evaluations_1=3", "--set", "evaluations_2=3", "-o", str(tmp_path / "out.png")]
    words += ["--source", samples["astronaut"], "--background", samples["rocket"]]
    environment = os.environ | {"BLENDSTUDIO_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    heard: dict[str, float] = {}
    command = [sys.executable, "-c", MEASURED, *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, env=environment, text=True, **pipes)
    for line in process.stdout:
        event = json.loads(line)
        heard.setdefault(event.get("stage") or event["event"], time.perf_counter())
    errors = process.stderr.read()
    assert process.wait() == 0, errors
    assert event["models"][:1] == ["vgg19"]
    assert {"grounding-dino-swint", "sam-vit-b"} <= set(event["models"])
    peak = int(errors.split("peak ")[1]) / 1e6
    marks = list(heard.items())
    for (stage, begun), (_, ended) in itertools.pairwise(marks):
        sys.stdout.write(f"\n{stage:40s} {ended - begun:6.1f} s")
    sys.stdout.write(f"\nin all {event['seconds']:.1f} s without start-up and loading; peak memory {peak:.2f} GB\n")
    assert cv2.imread(str(tmp_path / "out.png")).shape == cv2.imread(samples["rocket"]).shape
