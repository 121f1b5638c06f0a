"""Writes the little of ONNX that the program reads, for files of a few channels."""

import tiny
import torch

from blendstudio.engine.nets import u2net


def varint(value):
    low, rest = value & 127, value >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


def block(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def onnx_tensor(name, array, packed=False):
    sizes = b"".join(varint(size) for size in array.shape)
    dims = block(1, sizes) if packed else b"".join(varint(1 << 3) + varint(size) for size in array.shape)
    return block(5, dims + varint(2 << 3) + b"\x01" + block(8, name.encode()) + block(9, array.tobytes()))


def onnx_node(operation, *inputs):
    return block(1, b"".join(block(1, name.encode()) for name in inputs) + block(4, operation.encode()))


def onnx_file(state, packed=False):
    nodes = tensors = b""
    for number, name in enumerate(u2net.conv_names()):
        own = name if name.startswith("side") else {"out": "outconv"}.get(name, str(number))
        nodes += onnx_node("Conv", "x", f"{own}.weight", f"{own}.bias") + onnx_node("Relu", "y")
        for part in ("weight", "bias"):
            tensors += onnx_tensor(f"{own}.{part}", state[f"{name}.{part}"].numpy(), packed)
    opset = block(8, varint(2 << 3) + varint(11))
    return varint(1 << 3) + varint(6) + opset + block(7, nodes + block(2, b"graph") + tensors)


def random_u2net():
    random = torch.Generator().manual_seed(1)
    return {key: torch.randn(value.shape, generator=random) for key, value in tiny.saliency().items()}
