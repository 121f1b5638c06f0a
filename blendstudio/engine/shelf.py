"""The files of the models: what is here, and whether it is intact."""

import os
from dataclasses import dataclass
from pathlib import Path

from blendstudio.assets import asset
from blendstudio.engine import records
from blendstudio.engine.download import Part
from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import Manifest, ModelEntry
from blendstudio.engine.records import Record
from blendstudio.errors import CannotRead, ModelDamaged, ModelMissing, UsageError


@dataclass(frozen=True)
class Status:
    """One line of the list of models: `state` is ready, missing or damaged; `path` is where the weights are or go."""

    entry: ModelEntry
    state: str
    path: Path


class Shelf:
    """The files of the models in a folder, and those that ship. It only looks."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._shipped: dict[Path, Record] = {}

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
            raise unreadable(path, error) from error
        return record.sha256

    def status(self) -> tuple[Status, ...]:
        """All models in the manifest's order, without reading their files."""
        return tuple(Status(entry, self._state(entry), self.path(entry.id)) for entry in self.manifest)

    def verify(self, progress: Progress) -> tuple[Status, ...]:
        """As `status`, but every file that is here is hashed; raises CannotRead."""
        rows: list[Status] = []
        for number, entry in enumerate(self.manifest):
            progress(number / len(self.manifest), f"Checking {entry.id}")
            rows.append(Status(entry, self._state(entry, hashed=True), self.path(entry.id)))
        progress(1.0)
        return tuple(rows)

    def arrived(self, id: str) -> int:
        """How many bytes of a model a stopped download has left, for the next one to go on with."""
        return self._part(self.entry(id)).size

    def _kept(self, entry: ModelEntry) -> Path:
        return self.folder / f"{entry.id}.safetensors"

    def _beside(self, entry: ModelEntry) -> Path:
        return self.folder / f"{entry.id}.json"

    def _part(self, entry: ModelEntry) -> Part:
        return Part(self.folder / f".{entry.id}.part")

    def _record(self, entry: ModelEntry) -> Record | None:
        """The record of a file in the folder that is of use."""
        return records.read(self._beside(entry), source(entry)) if self._kept(entry).is_file() else None

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
            raise unreadable(path, error) from error


def missing(entry: ModelEntry) -> ModelMissing:
    """The error for weights that are not here, with the way to get them."""
    if not entry.file:
        wanted = entry.id if entry.optional else entry.tier
        way = entry.without or f"import a file: blendstudio models import {entry.id} FILE"
        step = f"Run `blendstudio models get {wanted}`, or {way}."
        return ModelMissing(f"The weights of {entry.id} are not on this machine.", step)
    return ModelMissing(
        f"The weights of {entry.id}, which ship with the program, are not there or not intact.",
        f"Install the program again, or import a file: blendstudio models import {entry.id} FILE.",
    )


def source(entry: ModelEntry) -> str:
    """The sha256 of what a model's weights are made from, as far as it is known; empty for one that ships."""
    return "" if entry.file else entry.sha256


def _changed(entry: ModelEntry) -> ModelDamaged:
    return ModelDamaged(
        f"The weights of {entry.id} have changed on the disk.",
        f"Get the model again: blendstudio models get {entry.id}.",
    )


def unreadable(path: Path, error: OSError) -> CannotRead:
    """The error for a file of weights that the system does not give us."""
    return CannotRead(
        f"{path.name} cannot be read: {(error.strerror or 'unknown reason').lower()}.",
        "Check the permissions of the file and its folder.",
        detail=str(error),
    )
