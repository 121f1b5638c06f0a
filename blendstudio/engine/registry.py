"""The methods there are. A new method is one file in `methods/`: a frozen dataclass of knobs, a decorated function."""

import importlib
import pkgutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from blendstudio.assets import asset
from blendstudio.core.params import Value, build
from blendstudio.core.types import U8
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Method, Models
from blendstudio.errors import UsageError, short

KINDS = ("detect", "segment", "blend", "upscale")


@dataclass(frozen=True)
class Entry:
    """One method: what it is called, its knobs, and the roles of the nets it needs.

    `prepare` (rgb, params, models, progress) does ahead what every task on a picture will need. A `rival` is run by
    studies and by name, never chosen for a prompt.
    """

    kind: str
    name: str
    title: str
    params: type
    call: Method
    needs: tuple[str, ...] = ()
    tier: str = "starter"
    whole_frame: bool = False  # repaints beyond the mask by definition
    prepare: Callable[[U8, Any, Models, Progress], None] | None = None
    rival: bool = False


_entries: dict[tuple[str, str], Entry] = {}


def method(kind: str, name: str, title: str, params: type, **traits: Any) -> Callable[[Method], Method]:
    """Declares the decorated function as a method; `traits` are Entry's further fields."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind}")

    def declare(call: Method) -> Method:
        if (kind, name) in _entries:
            raise ValueError(f"two methods are called {kind} {name}")
        _entries[kind, name] = Entry(kind, name, title, params, call, **traits)
        return call

    return declare


@cache
def _imported() -> tuple[str, ...]:
    package = importlib.import_module("blendstudio.engine.methods")
    names = tuple(info.name for info in pkgutil.iter_modules(package.__path__))
    for name in names:
        importlib.import_module(f"{package.__name__}.{name}")
    return names


def entries(kind: str) -> tuple[Entry, ...]:
    """All methods of a kind, by name."""
    _imported()
    return tuple(entry for key, entry in sorted(_entries.items()) if key[0] == kind)


def find(kind: str, name: str) -> Entry:
    """The method of that name; raises UsageError with the names there are."""
    for entry in entries(kind):
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in entries(kind))
    raise UsageError(f"There is no method named “{short(name)}”.", f"Choose one of: {known}.")


def presets(entry: Entry) -> dict[str, dict[str, Value]]:
    """Name -> knob values of every preset that belongs to a method."""
    found = {}
    folder = asset("presets")
    for file in folder.iterdir() if folder.is_dir() else ():
        if not file.name.endswith(".toml"):
            continue
        preset = tomllib.loads(file.read_text("utf-8"))
        if preset["method"] == entry.name:
            found[file.name.removesuffix(".toml")] = preset["knobs"]
    return dict(sorted(found.items()))


def params(entry: Entry, preset: str = "", values: Mapping[str, Value] | None = None) -> Any:
    """The knobs of a method: its defaults, then a preset, then `values`. Raises UsageError for unknown names."""
    chosen: dict[str, Value] = {}
    if preset:
        known = presets(entry)
        if preset not in known:
            names = ", ".join(known) or "none for this method"
            raise UsageError(f"There is no preset named “{short(preset)}”.", f"Choose one of: {names}.")
        chosen |= known[preset]
    return build(entry.params, chosen | dict(values or {}))
