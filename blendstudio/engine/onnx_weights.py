"""Reads the convolutions and their weights out of an ONNX file: just enough of protocol buffers, safe on any bytes."""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from blendstudio.core.types import F32
from blendstudio.errors import ModelDamaged

# Field numbers of ModelProto, GraphProto, NodeProto and TensorProto.
GRAPH = 7
NODE, INITIALIZER = 1, 5
NODE_INPUT, NODE_OPERATION = 1, 4
DIMS, DATA_TYPE, TENSOR_NAME, RAW_DATA = 1, 2, 8, 9

FLOAT = 1
MOST_FIELDS = 100_000
MOST_DIMENSIONS = 8
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
WIDTHS = {FIXED64: 8, FIXED32: 4}


class Convolution(NamedTuple):
    """One `Conv` node by the names of its tensors."""

    weight: str
    bias: str


@dataclass(frozen=True, eq=False)
class Weights:
    """Convolutions in the order in which they run, and every float32 tensor by name."""

    convolutions: tuple[Convolution, ...]
    tensors: dict[str, F32]


Fields = dict[int, list[int | memoryview]]


def read(data: bytes) -> Weights:
    """Raises ModelDamaged for bytes that are not such a file."""
    graphs = _messages(_fields(memoryview(data)), GRAPH)
    if len(graphs) != 1:
        raise damaged()
    graph = _fields(graphs[0])
    tensors = dict(_tensor(_fields(part)) for part in _messages(graph, INITIALIZER))
    nodes = [_fields(part) for part in _messages(graph, NODE)]
    convolutions = tuple(_convolution(node) for node in nodes if _texts(node, NODE_OPERATION) == ["Conv"])
    return Weights(convolutions, tensors)


def damaged() -> ModelDamaged:
    """The error for bytes that break a rule of the format."""
    return ModelDamaged("The file does not hold the net that was expected.", "Get the model again.")


def _fields(data: memoryview) -> Fields:
    """Field number -> values, in order: whole numbers, or the bytes of everything else."""
    found: Fields = defaultdict(list)
    position = count = 0
    while position < len(data):
        count += 1
        if count > MOST_FIELDS:
            raise damaged()
        key, position = _varint(data, position)
        kind = key & 7
        if kind == VARINT:
            value, position = _varint(data, position)
            found[key >> 3].append(value)
            continue
        if kind == LENGTH:
            length, position = _varint(data, position)
        elif kind in WIDTHS:
            length = WIDTHS[kind]
        else:
            raise damaged()
        if length > len(data) - position:
            raise damaged()
        found[key >> 3].append(data[position : position + length])
        position += length
    return found


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    """A number of up to 64 bits, seven to a byte, and the position behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
    raise damaged()


def _messages(fields: Fields, number: int) -> list[memoryview]:
    parts = fields.get(number, [])
    found = [part for part in parts if isinstance(part, memoryview)]
    if len(found) != len(parts):
        raise damaged()
    return found


def _texts(fields: Fields, number: int) -> list[str]:
    try:
        return [str(part, "utf-8") for part in _messages(fields, number)]
    except UnicodeDecodeError as error:
        raise damaged() from error


def _dimensions(fields: Fields) -> list[int]:
    """Sizes are written one by one or packed into one block of numbers."""
    sizes: list[int] = []
    for part in fields.get(DIMS, []):
        if isinstance(part, int):
            sizes.append(part)
            continue
        position = 0
        while position < len(part):
            size, position = _varint(part, position)
            sizes.append(size)
    if len(sizes) > MOST_DIMENSIONS:
        raise damaged()
    return sizes


def _tensor(fields: Fields) -> tuple[str, F32]:
    names, blocks, sizes = _texts(fields, TENSOR_NAME), _messages(fields, RAW_DATA), _dimensions(fields)
    if len(names) != 1 or len(blocks) != 1 or fields.get(DATA_TYPE) != [FLOAT]:
        raise damaged()
    if 0 in sizes or math.prod(sizes) * 4 != len(blocks[0]):
        raise damaged()
    return names[0], np.frombuffer(blocks[0], "<f4").reshape(sizes).astype(np.float32)


def _convolution(node: Fields) -> Convolution:
    inputs = _texts(node, NODE_INPUT)
    if len(inputs) != 3:
        raise damaged()
    return Convolution(inputs[1], inputs[2])
