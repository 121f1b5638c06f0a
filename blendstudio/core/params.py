"""Knobs: one declaration gives the panel, the command-line flag, the range check and the preset."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blendstudio.errors import UsageError, short

Value = float | int | bool | str


@dataclass(frozen=True)
class Knob:
    """One declared parameter. Numbers have `low` and `high`, choices have `choices`, switches have neither."""

    title: str
    help: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()


def knob(default: float, low: float, high: float, title: str, help: str) -> Any:
    """A number; whole when its default is an int."""
    return dataclasses.field(default=default, metadata={"knob": Knob(title, help, low, high)})


def choice(default: str, choices: tuple[str, ...], title: str, help: str) -> Any:
    """One of a few words."""
    return dataclasses.field(default=default, metadata={"knob": Knob(title, help, choices=choices)})


def switch(default: bool, title: str, help: str) -> Any:
    """On or off."""
    return dataclasses.field(default=default, metadata={"knob": Knob(title, help)})


def knobs(params: type) -> dict[str, tuple[Knob, Value]]:
    """Name -> (declaration, default) of every knob of a dataclass."""
    declared: list[Any] = [f for f in dataclasses.fields(params) if "knob" in f.metadata]
    return {f.name: (f.metadata["knob"], f.default) for f in declared}


def build(params: type, values: Mapping[str, Value]) -> Any:
    """The dataclass with `values` in place of its defaults; texts are read as the knob's own type.

    Raises UsageError for a name that is not a knob and for a value out of range.
    """
    declared = knobs(params)
    checked = {}
    for name, value in values.items():
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise UsageError(f"There is no knob named “{short(name)}” here.", f"Choose one of: {known}.")
        knob, default = declared[name]
        checked[name] = _read(name, knob, default, value)
    return params(**checked)


def values(instance: Any) -> dict[str, Value]:
    """Name -> value of every knob of an instance."""
    return {name: getattr(instance, name) for name in knobs(type(instance))}


def _read(name: str, knob: Knob, default: Value, value: Value) -> Value:
    if isinstance(default, bool):
        return _read_switch(name, value)
    if knob.choices:
        if value not in knob.choices:
            raise UsageError(f"“{name}” cannot be “{short(value)}”.", f"Choose one of: {', '.join(knob.choices)}.")
        return value
    return _read_number(name, knob, default, value)


def _read_switch(name: str, value: Value) -> bool:
    words = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
    word = str(value).lower()
    if word not in words:
        raise UsageError(f"“{name}” cannot be “{short(value)}”.", "Choose on or off.")
    return words[word]


def _read_number(name: str, knob: Knob, default: Value, value: Value) -> Value:
    kind = type(default)
    try:
        number = float(value)
    except (ValueError, TypeError, OverflowError):  # a recipe may hold anything
        number = math.nan
    if not knob.low <= number <= knob.high or (kind is int and number != int(number)):
        whole = "a whole number" if kind is int else "a number"
        advice = f"Choose {whole} from {knob.low:g} to {knob.high:g}."
        raise UsageError(f"“{name}” cannot be “{short(value)}”.", advice)
    return kind(number)
