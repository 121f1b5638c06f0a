"""Models of a few kilobytes in the layout of the real ones, and wheels that carry such files.

The tiny nets see one thing: red. So a red blob on grey is salient, is a “bird”, and everything else is neither.
"""

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn

from blendstudio.engine.appearance import SMALL, Scene, statistics
from blendstudio.engine.manifest import ModelEntry, shipped
from blendstudio.engine.nets.efficientnet_lite import STRIDES
from blendstudio.engine.nets.harmoniser import CHANGE, PEAKS, UNIT, Harmoniser
from blendstudio.engine.nets.painting import Painting
from blendstudio.engine.nets.pan import Pan
from blendstudio.engine.nets.u2net import DECODER, ENCODER, U2Net
from blendstudio.engine.nets.vgg import DEVIATION, MEAN
from blendstudio.engine.painting import BLOCKS
from blendstudio.engine.store import Store

ROBIN, ALP, CLASSES = 15, 970, 1000  # ImageNet classes: a bird, and a mountain for all that is not red
VGG16 = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)

State = dict[str, Tensor]


def tiny_home(folder: Path) -> Path:
    """Fills `folder`/models with tiny weights for every role; returns `folder`, for BLENDSTUDIO_HOME."""
    store = Store(folder / "models", shipped())
    states = {"saliency": saliency(), "words": words(), "features": features(), "upscale": upscale()}
    states |= {"harmoniser": harmoniser(), "painting": painting()}
    for entry in store.manifest:
        if entry.tier in ("starter", "own"):
            store.keep(entry.id, save(states[entry.role]))
    return folder


def centre(gains: list[float]) -> Tensor:
    """Weights of a 3×3 convolution with one output that mixes the channels of a pixel, ignoring its neighbours."""
    weight = torch.zeros(1, len(gains), 3, 3)
    weight[0, :, 1, 1] = torch.tensor(gains)
    return weight


def saliency() -> State:
    """A U²-Net of one channel: sigmoid(40 (R − G) − 10), for red and green in 0..1; every other path is zero."""
    net = U2Net([(1, 1)] * len(ENCODER), [(1, 1)] * len(DECODER))
    state = {key: torch.zeros_like(value) for key, value in net.state_dict().items()}
    state["encoder.0.inp.weight"] = centre([DEVIATION[0], -DEVIATION[1], 0.0])
    state["encoder.0.inp.bias"] = torch.tensor([MEAN[0] - MEAN[1]])
    state["decoder.4.inp.weight"] = centre([0.0, 1.0])
    state["side.0.weight"] = centre([1.0])
    state["out.weight"][0, 0] = 40.0
    state["out.bias"] += -10.0
    return state


def words() -> State:
    """An EfficientNet-Lite0 of one channel: a robin in cells where R − G is above 80 on average, an alp elsewhere."""
    halving = torch.zeros(1, 1, 3, 3)
    halving[..., :2, :2] = 0.25  # the mean of 2×2 pixels
    one = torch.ones(1, 1, 1, 1)
    state = {"stem.weight": torch.cat([halving, -halving, 0 * halving], 1), "head.weight": one}
    for number, stride in enumerate(STRIDES):
        block = f"blocks.{number}"
        if number:
            state[f"{block}.expand.weight"] = one
        state[f"{block}.depthwise.weight"] = halving
        state[f"{block}.project.weight"] = one if stride == 2 else 0 * one  # the others add nothing to their input
    state |= {key.replace("weight", "bias"): torch.zeros(1) for key in state}
    state["classifier.weight"] = torch.zeros(CLASSES, 1)
    state["classifier.bias"] = torch.full((CLASSES,), -30.0)
    state["classifier.weight"][ROBIN], state["classifier.bias"][ROBIN] = 25.6, -16.0
    state["classifier.bias"][ALP] = 0.0
    return {key: value.clone() for key, value in state.items()}


def features(width: int = 8, indices: tuple[int, ...] = VGG16) -> State:
    """A VGG of `width` channels with random weights, the same every time; `indices` are torchvision's."""
    random = torch.Generator().manual_seed(16)
    state: State = {}
    for index in indices:
        weight = torch.empty(width, 3 if index == 0 else width, 3, 3)
        state[f"features.{index}.weight"] = nn.init.kaiming_normal_(weight, generator=random)
        state[f"features.{index}.bias"] = torch.full((width,), 0.1)
    return state


def upscale() -> State:
    """A PAN whose own contribution is zero, so that it is the bilinear picture."""
    net = Pan(scale=2, features=8, upsampled=8, half=4, blocks=2)
    state = {key: torch.full_like(value, 0.01) for key, value in net.state_dict().items()}
    return state | {key: torch.zeros_like(state[key]) for key in ("conv_last.weight", "conv_last.bias")}


def harmoniser(deep: int = 25) -> State:
    """Two members, sure that an object was changed by three stops per unit of lightness between it and the rest.

    Each keeps a number through its two layers as GELU(x) − GELU(−x) = x.
    """
    scene = Scene(np.zeros((SMALL, SMALL, 3), np.float32), np.zeros((SMALL, SMALL), bool))
    width = len(statistics(scene))
    region = (width - 61) // 5  # object, rest, ring, and the object less each of the others; then texture and edge
    state = {
        key: torch.zeros_like(value) for key, value in Harmoniser(width, deep, 2, 2, members=2).state_dict().items()
    }
    state["spread"], state["deep_spread"] = torch.ones(width), torch.ones(deep)
    state["layers.0"][:, 3 * region + 30] = torch.tensor([3.0, -3.0]) / UNIT[0]  # the medians of lightness
    state["layers.1"][:, :, :2] = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])
    answer = state["biases.2"].unflatten(-1, (PEAKS, 1 + 2 * CHANGE))
    answer[..., 1 + CHANGE :] = -100  # as narrow as can be
    for peak in range(PEAKS):
        state["layers.2"][:, :2, peak * (1 + 2 * CHANGE) + 1] = torch.tensor([1.0, -1.0])
    return state


def painting() -> State:
    """A judge that holds a picture for painted when the first block of `words` sees R − G above 80 on average."""
    state = {key: torch.zeros_like(value) for key, value in Painting(2 * len(BLOCKS)).state_dict().items()}
    state["centre"][0], state["spread"] = torch.tensor(80 / 128), torch.full((2 * len(BLOCKS),), 1 / 128)
    state["odds.weight"][0, 0] = 2.0
    return state


def tiny_wheel(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    """A wheel `name`-1.0 with these files, in `folder`."""
    module = name.replace("-", "_")
    path = folder / f"{module}-1.0-py3-none-any.whl"
    info = f"{module}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, data in files.items():
            wheel.writestr(member, data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def wheel_entry(wheel: Path, inside: str, **values: object) -> ModelEntry:
    """A manifest's entry for the member `inside` a tiny wheel; `values` replace its fields."""
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(inside) if inside in archive.namelist() else b""
    package = wheel.name.split("-")[0].replace("_", "-")
    usual = {
        "id": "tiny",
        "role": "saliency",
        "tier": "starter",
        "net": "u2net",
        "purpose": "Tests.",
        "licence": "MIT",
        "package": f"{package}==1.0",
        "wheel_bytes": wheel.stat().st_size,
        "wheel_sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "member": inside,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "convert": "u2net-onnx",
    }
    return ModelEntry(**usual | values)
