"""Values as JSON can say them, and back: dataclasses by their fields' names and types, arrays by their entry."""

import types
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from blendstudio.core.pixels import Pixels
from blendstudio.core.types import F32, U8
from blendstudio.files.arrays import ArrayReader, ArrayWriter, Plain
from blendstudio.files.openraster import Unsound

NUMBERS = (int, float)
LARGEST = 2.0**63


def to_plain(value: Any, arrays: ArrayWriter) -> Plain:
    """The value for JSON; what it holds of pixels, masks (8 bits) and floats goes to `arrays`."""
    if isinstance(value, Pixels):
        return arrays.pixels(value)
    if isinstance(value, np.ndarray):
        return arrays.mask(value) if value.dtype == np.uint8 else arrays.floats(value)
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name), arrays) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [to_plain(item, arrays) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def from_plain(kind: Any, plain: Plain, arrays: ArrayReader) -> Any:
    """The value of the type `kind`. Fields that are not there get their default; raises Unsound for anything else
    that does not fit."""
    special = {Pixels: arrays.pixels, U8: arrays.mask, F32: arrays.floats}
    if kind in special:
        return special[kind](plain)
    if is_dataclass(kind):
        return _dataclass(kind, plain, arrays)
    if get_origin(kind) in (Union, types.UnionType):
        return _one_of(get_args(kind), plain, arrays)
    if get_origin(kind) is tuple or hasattr(kind, "_fields"):
        return _tuple(kind, plain, arrays)
    return _scalar(kind, plain)


def _dataclass(kind: Any, plain: Plain, arrays: ArrayReader) -> Any:
    if not isinstance(plain, dict):
        raise Unsound(f"no {kind.__name__}")
    hints, found = get_type_hints(kind), {}
    for field in fields(kind):
        if field.name in plain:
            found[field.name] = from_plain(hints[field.name], plain[field.name], arrays)
        elif not _optional(field):
            raise Unsound(f"{kind.__name__} without {field.name}")
    return kind(**found)


def _optional(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _one_of(kinds: tuple[Any, ...], plain: Plain, arrays: ArrayReader) -> Any:
    if plain is None and type(None) in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not type(None))
    if len(kinds) == 1:
        return from_plain(kinds[0], plain, arrays)
    if type(plain) not in kinds:
        raise Unsound("a value of another type")
    return _scalar(type(plain), plain)


def _tuple(kind: Any, plain: Plain, arrays: ArrayReader) -> Any:
    if not isinstance(plain, list):
        raise Unsound("no list")
    if hasattr(kind, "_fields"):
        hints = get_type_hints(kind)
        return kind(*_items(tuple(hints[name] for name in kind._fields), plain, arrays))
    kinds = get_args(kind)
    return _items(kinds[:1] * len(plain) if kinds[1:] == (...,) else kinds, plain, arrays)


def _items(kinds: tuple[Any, ...], plain: list[Plain], arrays: ArrayReader) -> tuple[Any, ...]:
    return tuple(from_plain(kind, item, arrays) for kind, item in zip(kinds, plain, strict=True))


def _scalar(kind: type, plain: Plain) -> Any:
    fits = type(plain) in NUMBERS if kind is float else type(plain) is kind
    if not fits or (type(plain) in NUMBERS and not abs(plain) < LARGEST):
        raise Unsound(f"no {kind.__name__}")
    return plain
