"""Weights as others publish them become our tensors, and nothing hostile in them runs or gets through."""

import hashlib
import math
import os
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load
from tiny_onnx import block, onnx_file, onnx_node, onnx_tensor, random_u2net, varint
from torch.nn import functional as F

from blendstudio.engine import convert, onnx_weights
from blendstudio.engine.manifest import ModelEntry, shipped
from blendstudio.engine.nets import efficientnet_lite, vgg
from blendstudio.errors import ModelDamaged


def entry(conversion, member, **values):
    sha256 = hashlib.sha256(member.read_bytes()).hexdigest()
    known = {"id": "tiny", "role": "any", "tier": "starter", "net": "u2net", "purpose": "", "licence": ""}
    return ModelEntry(**known, convert=conversion, bytes=member.stat().st_size, sha256=sha256, **values)


@pytest.mark.parametrize("packed", [False, True])
def test_an_onnx_file_gives_the_tensors_that_went_in(tmp_path, packed):
    state, member = random_u2net(), tmp_path / "net.onnx"
    member.write_bytes(onnx_file(state, packed))
    converted = load(convert.convert(entry("u2net-onnx", member), member))
    assert converted.keys() == state.keys()
    assert all(torch.equal(converted[key], state[key]) for key in state)


def test_the_same_file_gives_the_same_bytes(tmp_path):
    member = tmp_path / "net.onnx"
    member.write_bytes(onnx_file(random_u2net()))
    first = convert.convert(entry("u2net-onnx", member), member)
    assert convert.convert(entry("u2net-onnx", member), member) == first


@given(st.binary(max_size=400))
def test_random_bytes_are_never_an_onnx_file(data):
    with pytest.raises(ModelDamaged):
        onnx_weights.read(data)


SMALL = block(7, onnx_node("Conv", "x", "w", "b") + onnx_tensor("w", np.ones((2, 3, 1, 1), np.float32)))


@given(st.integers(0, len(SMALL) - 1), st.binary(min_size=1, max_size=12), st.booleans())
def test_a_changed_onnx_file_is_read_or_refused_but_never_crashes(position, patch, insert):
    data = SMALL[:position] + patch + SMALL[position + (0 if insert else len(patch)) :]
    try:
        read = onnx_weights.read(data)
    except ModelDamaged:
        return
    assert all(array.dtype == np.float32 for array in read.tensors.values())


@pytest.mark.parametrize("end", range(0, len(SMALL), 7))
def test_a_truncated_onnx_file_is_refused(end):
    with pytest.raises(ModelDamaged):
        onnx_weights.read(SMALL[:end])


def raw_tensor(sizes, data=b"", name=b"w", kind=1):
    dims = b"".join(varint(1 << 3) + varint(size) for size in sizes)
    return block(7, block(5, dims + varint(2 << 3) + varint(kind) + block(8, name) + block(9, data)))


HOSTILE = {
    "a size that is a lie": raw_tensor([1 << 40], b"1234"),
    "sizes whose product overflows": raw_tensor([1 << 32, 1 << 32], b""),
    "no elements but a huge side": raw_tensor([0, 1 << 63], b""),
    "too many dimensions": raw_tensor([1] * 40, b"1234"),
    "another kind of number": raw_tensor([1], b"12345678", kind=11),
    "a name that is no text": raw_tensor([1], b"1234", name=b"\xff\xfe"),
    "a number without an end": b"\x80" * 30,
    "a length beyond the file": varint(7 << 3 | 2) + varint(1 << 62) + b"1234",
    "two graphs": block(7, b"") * 2,
    "a graph that is a number": varint(7 << 3) + b"\x01",
    "a convolution without bias": block(7, onnx_node("Conv", "x", "w")),
    "a group, long out of use": varint(7 << 3 | 3),
    "a million fields": b"\x08\x01" * 1_000_000,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_onnx_file_is_refused(data):
    with pytest.raises(ModelDamaged) as caught:
        onnx_weights.read(data)
    assert caught.value.code == 4


@pytest.mark.parametrize("breach", ["width", "infinite", "one short"])
def test_a_net_of_another_shape_or_with_wild_numbers_is_refused(tmp_path, breach):
    state, member = random_u2net(), tmp_path / "net.onnx"
    data = b""
    if breach == "width":
        state["decoder.1.inp.weight"] = torch.zeros(1, 5, 3, 3)
    elif breach == "infinite":
        state["out.bias"] = torch.tensor([math.inf])
    else:
        data = block(7, onnx_node("Conv", "x", "out.weight", "out.bias"))
    member.write_bytes(data or onnx_file(state))
    with pytest.raises(ModelDamaged):
        convert.convert(entry("u2net-onnx", member), member)


def published_lite():
    """A checkpoint with batch norms, in the published names, of a few channels."""
    random = torch.Generator().manual_seed(5)
    state = {"_conv_stem.weight": (4, 3, 3, 3), "_conv_head.weight": (6, 4, 1, 1)}
    state |= {"_fc.weight": (5, 6), "_fc.bias": (5,)}
    norms = {"_bn0": 4, "_bn1": 6}
    for number in range(len(efficientnet_lite.STRIDES)):
        name, wide = f"_blocks.{number}.", 8 if number else 4
        if number:
            state[f"{name}_expand_conv.weight"] = (8, 4, 1, 1)
            norms[f"{name}_bn0"] = 8
        state |= {f"{name}_depthwise_conv.weight": (wide, 1, 3, 3), f"{name}_project_conv.weight": (4, wide, 1, 1)}
        norms |= {f"{name}_bn1": wide, f"{name}_bn2": 4}
    made = {key: torch.randn(shape, generator=random) * 0.5 for key, shape in state.items()}
    for name, width in norms.items():
        made |= {f"{name}.{part}": torch.randn(width, generator=random) for part in ("weight", "bias", "running_mean")}
        made[f"{name}.running_var"] = torch.rand(width, generator=random) + 0.1
        made[f"{name}.num_batches_tracked"] = torch.tensor(3)
    return made


def test_a_batch_norm_is_folded_into_the_convolution_before_it(tmp_path):
    published, member = published_lite(), tmp_path / "lite.pth"
    torch.save(published, member)
    net = efficientnet_lite.from_state(load(convert.convert(entry("efficientnet-pth", member), member)))
    x = torch.randn(1, 4, 9, 9, generator=torch.Generator().manual_seed(6))
    name, block_one = "_blocks.1.", net.get_submodule("blocks.1")
    y = F.conv2d(x, published[f"{name}_expand_conv.weight"])
    parts = (f"{name}_bn0.{part}" for part in ("running_mean", "running_var", "weight", "bias"))
    expected = F.batch_norm(y, *(published[part] for part in parts), eps=1e-3)
    assert torch.allclose(block_one.expand(x), expected, atol=1e-5)
    assert net(torch.zeros(1, 3, 64, 64)).shape == (1, 5)


class Bomb:
    """Writes a file when it is unpickled carelessly."""

    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.mkdir, (str(self.canary),)


def test_code_in_a_checkpoint_does_not_run(tmp_path):
    member, canary = tmp_path / "lite.pth", tmp_path / "canary"
    torch.save({"_conv_stem.weight": Bomb(canary)}, member)
    with pytest.raises(ModelDamaged):
        convert.convert(entry("efficientnet-pth", member), member)
    assert not canary.exists()


OTHERS = [b"", b"not a checkpoint", [1, 2], {"_fc.weight": "text"}, {"_fc.weight": torch.ones(2)}]


@pytest.mark.parametrize("content", OTHERS)
def test_a_checkpoint_of_something_else_is_refused(tmp_path, content):
    member = tmp_path / "lite.pth"
    if isinstance(content, bytes):
        member.write_bytes(content)
    else:
        torch.save(content, member)
    with pytest.raises(ModelDamaged):
        convert.convert(entry("efficientnet-pth", member), member)


MEANS = tuple(0.5 + 0.25 * number for number in range(13))


def hed_file(path: Path, width=4):
    """A HED file of `width` channels; returns its kernels and biases in running order."""
    random = np.random.default_rng(7)
    layers = []
    with h5py.File(path, "w") as file:
        for number, size in enumerate(convert.HED_BLOCKS, 1):
            for step in range(size):
                kernel = random.normal(0, 0.3, (3, 3, width if layers else 3, width)).astype(np.float32)
                bias = random.normal(0, 0.3, width).astype(np.float32)
                group = f"block{number}/layers/conv2d{f'_{step}' if step else ''}/vars"
                file[f"{group}/0"], file[f"{group}/1"] = kernel, bias
                layers.append((kernel, bias))
    return layers


def test_the_vgg_in_hed_keeps_its_function_up_to_the_scale_of_each_layer(tmp_path):
    member = tmp_path / "hed.h5"
    layers = hed_file(member)
    net = vgg.from_state(load(convert.convert(entry("hed-h5", member, means=MEANS), member)))
    rgb = torch.rand(1, 3, 20, 24, generator=torch.Generator().manual_seed(8))
    caffe = torch.tensor([104.00699, 116.66877, 122.67892]).view(1, 3, 1, 1)
    y = 255 * rgb.flip(1) - caffe
    found = net(rgb, ("relu1_1", "relu1_2"))
    for name, (kernel, bias), mean in zip(("relu1_1", "relu1_2"), layers, MEANS, strict=False):
        y = F.conv2d(y, torch.from_numpy(kernel).permute(3, 2, 0, 1), torch.from_numpy(bias), padding=1).relu()
        inner = (..., slice(2, -2), slice(2, -2))  # the padded rim stands for another mean
        assert torch.allclose(found[name][inner] * mean, y[inner], rtol=1e-4, atol=1e-2)


def test_scaling_divides_every_layers_mean_and_nothing_else(tmp_path):
    hed_file(tmp_path / "hed.h5")
    plain = convert.hed_vgg(tmp_path / "hed.h5")
    as_is, scaled = (
        vgg.from_state({k: torch.from_numpy(v).float() for k, v in arrays.items()}).requires_grad_(False)
        for arrays in (plain, convert.with_unit_means(plain, MEANS))
    )
    x = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(9))
    names = tuple(as_is.names())
    before, after = as_is(x, names), scaled(x, names)
    for name, mean in zip(names, MEANS, strict=True):
        assert torch.allclose(after[name] * mean, before[name], rtol=1e-3, atol=1e-3 * float(before[name].max()))


@pytest.mark.parametrize("means", [(), MEANS[:12], (*MEANS[:12], 0.0), (*MEANS[:12], -1.0)])
def test_one_mean_above_zero_is_needed_per_layer(tmp_path, means):
    member = tmp_path / "hed.h5"
    hed_file(member)
    with pytest.raises(ModelDamaged):
        convert.convert(entry("hed-h5", member, means=means), member)


def test_an_h5_file_of_something_else_is_refused(tmp_path):
    member = tmp_path / "hed.h5"
    with h5py.File(member, "w") as file:
        file["block1/layers/conv2d/vars/0"] = np.ones((3, 3, 3, 4), np.float32)
    with pytest.raises(ModelDamaged):
        convert.convert(entry("hed-h5", member, means=MEANS), member)
    member.write_bytes(b"not an h5 file")
    with pytest.raises(ModelDamaged):
        convert.convert(entry("hed-h5", member, means=MEANS), member)


def test_every_shipped_model_has_a_known_conversion_or_file():
    for model in shipped():
        assert (model.convert in convert.CONVERSIONS) != bool(model.file), model.id
        assert bool(model.package) == (len(model.sha256) == len(model.wheel_sha256) == 64), model.id
