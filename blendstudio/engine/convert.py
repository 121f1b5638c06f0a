"""Weights as others publish them, turned once into safetensors under this program's own names."""

import importlib
import warnings
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from pickle import UnpicklingError

import h5py
import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from blendstudio.core.types import F32, F64
from blendstudio.engine import onnx_weights
from blendstudio.engine.manifest import ModelEntry
from blendstudio.engine.nets import bert_words, efficientnet_lite, u2net, vgg
from blendstudio.engine.nets.weights import WrongWeights
from blendstudio.engine.records import is_safetensors
from blendstudio.errors import ModelDamaged

# HED (Xie and Tu, 2015) keeps the Caffe habits of the net it grew from: BGR in 0..255 minus these means.
CAFFE_MEAN_RGB = (122.67892, 116.66877, 104.00699)
HED_BLOCKS = (2, 2, 3, 3, 3)
NORM_FLOOR = 1e-3  # what EfficientNet's batch norms add to the variance

State = dict[str, Tensor]
Arrays = dict[str, F64]
BROKEN = (UnpicklingError, SafetensorError, RuntimeError, ValueError, TypeError, LookupError, EOFError, AttributeError)


def convert(entry: ModelEntry, member: Path) -> bytes:
    """The member file of a model as safetensors; the same bytes on every machine.

    `member` has been checked against the sha256 of the manifest. Raises ModelDamaged where its content is not the net
    that the entry names.
    """
    try:
        state = CONVERSIONS[entry.convert](member, entry)
    except (*BROKEN, OSError) as error:
        raise damaged(entry, error) from error
    for name, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise damaged(entry, WrongWeights(f"a number in “{name}” is not finite"))
    return save(state)


def damaged(entry: ModelEntry, error: Exception) -> ModelDamaged:
    """The error for a file whose content is not the model's, with the reason where a person can read it."""
    reason = ""
    if isinstance(error, UnpicklingError):
        reason = ": it is not plain weights, so nothing of it was run"
    elif isinstance(error, WrongWeights):
        reason = f": {error}"
    return ModelDamaged(f"The file for {entry.id} does not hold that model{reason}.", _again(entry), detail=str(error))


def _again(entry: ModelEntry) -> str:
    return f"Get the model again: blendstudio models get {entry.id}."


def from_u2net_onnx(member: Path, _: ModelEntry) -> State:
    """U²-Net as its exporter left it: batch norms folded, convolutions nameless, hence taken in running order."""
    weights = onnx_weights.read(member.read_bytes())
    heads = ("side", "outconv")
    body = [conv for conv in weights.convolutions if not conv.weight.startswith(heads)]
    last = [conv for conv in weights.convolutions if conv.weight.startswith(heads)]
    state: State = {}
    for name, conv in zip(u2net.conv_names(), body + last, strict=True):
        state[f"{name}.weight"] = torch.from_numpy(weights.tensors[conv.weight])
        state[f"{name}.bias"] = torch.from_numpy(weights.tensors[conv.bias])
    u2net.from_state(state)
    return state


def from_efficientnet_pth(member: Path, _: ModelEntry) -> State:
    """The checkpoint of the Lite0 net; every convolution takes in the batch norm behind it."""
    published = torch.load(member, weights_only=True, map_location="cpu")
    arrays = {key: value.double().numpy() for key, value in published.items()}
    folded = _folded(arrays, "_conv_stem", "_bn0", "stem") | _folded(arrays, "_conv_head", "_bn1", "head")
    for number in range(len(efficientnet_lite.STRIDES)):
        block = f"_blocks.{number}."
        for conv, norm, name in (("expand", 0, "expand"), ("depthwise", 1, "depthwise"), ("project", 2, "project")):
            if f"{block}_{conv}_conv.weight" in arrays:
                folded |= _folded(arrays, f"{block}_{conv}_conv", f"{block}_bn{norm}", f"blocks.{number}.{name}")
    folded |= {f"classifier.{part}": arrays[f"_fc.{part}"] for part in ("weight", "bias")}
    state = _state(folded)
    efficientnet_lite.from_state(state)
    return state


def _folded(arrays: Arrays, conv: str, norm: str, name: str) -> Arrays:
    gain = arrays[f"{norm}.weight"] / np.sqrt(arrays[f"{norm}.running_var"] + NORM_FLOOR)
    return {
        f"{name}.weight": arrays[f"{conv}.weight"] * gain[:, None, None, None],
        f"{name}.bias": arrays[f"{norm}.bias"] - arrays[f"{norm}.running_mean"] * gain,
    }


def from_hed_h5(member: Path, entry: ModelEntry) -> State:
    """The VGG16 in HED under torchvision's names and for its input, each layer of unit mean activation."""
    state = _state(with_unit_means(hed_vgg(member), entry.means))
    vgg.from_state(state)
    return state


def hed_vgg(member: Path) -> Arrays:
    """`features.{index}.weight` and `.bias` for RGB normalised as torchvision does, the layers as loud as published."""
    arrays: Arrays = {}
    index = 0
    with h5py.File(member, "r") as file:
        for block, size in enumerate(HED_BLOCKS, 1):
            for step in range(size):
                group = f"block{block}/layers/conv2d{f'_{step}' if step else ''}/vars"
                kernel = np.asarray(file[f"{group}/0"], np.float64)
                arrays[f"features.{index}.weight"] = kernel.transpose(3, 2, 0, 1)
                arrays[f"features.{index}.bias"] = np.asarray(file[f"{group}/1"], np.float64)
                index += 2
            index += 1
    return arrays | _for_torchvision_input(arrays["features.0.weight"], arrays["features.0.bias"])


def _for_torchvision_input(weight: F64, bias: F64) -> Arrays:
    """The first layer for (rgb / 255 − mean) / deviation instead of BGR in 0..255 minus the Caffe means.

    Exact but for the rim of one pixel, where zero padding now stands for another mean.
    """
    rgb = weight[:, ::-1]
    deviation = 255 * np.array(vgg.DEVIATION)
    offset = 255 * np.array(vgg.MEAN) - np.array(CAFFE_MEAN_RGB)
    return {
        "features.0.weight": rgb * deviation[None, :, None, None],
        "features.0.bias": bias + (rgb.sum((2, 3)) * offset).sum(1),
    }


def with_unit_means(arrays: Arrays, means: tuple[float, ...]) -> Arrays:
    """Divides each layer's output by its mean and undoes the division before it: ReLU(s·x) = s·ReLU(x) for s > 0.

    Raises ValueError when there is not one mean above 0 per layer.
    """
    names = [key.removesuffix(".weight") for key in arrays if key.endswith(".weight")]
    if len(means) != len(names) or min(means) <= 0:
        raise ValueError("one mean above 0 per layer is needed")
    scaled: Arrays = {}
    for name, (before, mean) in zip(names, pairwise((1.0, *means)), strict=True):
        scaled[f"{name}.weight"] = arrays[f"{name}.weight"] * (before / mean)
        scaled[f"{name}.bias"] = arrays[f"{name}.bias"] / mean
    return scaled


def from_checkpoint(member: Path, entry: ModelEntry) -> State:
    """A checkpoint in its authors' own layout, which the entry's net builds itself from; wrappers fall away."""
    module = importlib.import_module(f"blendstudio.engine.nets.{entry.net}")
    spare = getattr(module, "SPARE", ())
    state = {name: tensor for name, tensor in published(member).items() if name not in spare}
    module.from_state(state)
    return {name: tensor.contiguous().clone() for name, tensor in state.items()}  # some share their memory


def from_torchvision_vgg(member: Path, entry: ModelEntry) -> State:
    """The convolutions of a torchvision VGG, each layer divided by its mean of the manifest."""
    known = published(member)
    state = _state(
        with_unit_means(
            {name: known[name].double().numpy() for name in known if name.startswith(vgg.PREFIX)}, entry.means
        )
    )
    vgg.from_state(state)
    return state


def from_vocabulary(member: Path, _: ModelEntry) -> State:
    """A vocabulary, one token per line, as the tensor of its bytes."""
    return load_file(member) if is_safetensors(member) else bert_words.to_state(member.read_bytes())


def published(member: Path) -> State:
    """Name -> tensor of a published checkpoint or a safetensors file; nothing in it is run.

    Raises UnpicklingError for a pickle that holds more than numbers, WrongWeights for one that holds something else.
    """
    if is_safetensors(member):
        return load_file(member)
    with warnings.catch_warnings(action="ignore"):  # it warns of old pickles that it then reads or refuses
        found = torch.load(member, weights_only=True, map_location="cpu", mmap=zipfile.is_zipfile(member))
    for wrapper in ("model", "state_dict"):
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not isinstance(found, dict) or not all(isinstance(tensor, Tensor) for tensor in found.values()):
        raise WrongWeights("it is not a list of weights")
    return {str(name).removeprefix("module."): tensor for name, tensor in found.items()}


def _state(arrays: Arrays) -> State:
    return {key: torch.from_numpy(_single(array)) for key, array in arrays.items()}


def _single(array: F64) -> F32:
    return np.ascontiguousarray(array, np.float32)


CONVERSIONS: dict[str, Callable[[Path, ModelEntry], State]] = {
    "u2net-onnx": from_u2net_onnx,
    "efficientnet-pth": from_efficientnet_pth,
    "hed-h5": from_hed_h5,
    "checkpoint": from_checkpoint,
    "torchvision-vgg": from_torchvision_vgg,
    "vocabulary": from_vocabulary,
}
