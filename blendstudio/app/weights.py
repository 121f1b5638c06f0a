"""The nets as the window needs them: what is here, fetching it in a queue, and waking the engine after the paint."""

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from blendstudio import api
from blendstudio.app.jobs import Job, Runner
from blendstudio.engine.costs import Costs
from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import ModelEntry
from blendstudio.engine.shelf import Status
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import StudioError

STARTER, PAPER = "starter", "paper"
LANE = "models"


@dataclass(frozen=True)
class Row:
    """A model as things stand: `state` is ready, missing, damaged, waiting, busy or stopping.

    `share` is how much of it is done or was done before a stop, 0..1; `stage` says at what it is.
    """

    entry: ModelEntry
    state: str
    path: Path
    share: float = 0.0
    stage: str = ""
    error: StudioError | None = None


class Weights(QObject):
    """One store for the whole session, so that a net is loaded once.

    `changed` follows whatever may have changed what is here, `moved` also each step of a job on the way there.
    """

    changed = Signal()
    moved = Signal()
    said = Signal(str)

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self._runner = runner
        self._store = Store.default()
        self.device = ""
        self._given: Nets | None = None
        self._missing: tuple[ModelEntry, ...] | None = None
        self._tier: str | None = None
        self._lying: tuple[tuple[Status, float], ...] | None = None  # looked up once, as `_missing`
        self._jobs: dict[str, Job] = {}
        self._done: dict[str, tuple[float, str]] = {}
        self._errors: dict[str, StudioError] = {}
        self._damaged: frozenset[str] = frozenset()
        runner.progressed.connect(self._progressed)
        runner.failed.connect(self._failed)
        runner.ended.connect(self._ended)

    @property
    def folder(self) -> Path:
        """Where the models are."""
        return self._store.folder

    @property
    def checking(self) -> bool:
        """Whether all files are being hashed."""
        return "" in self._jobs

    def missing(self) -> tuple[ModelEntry, ...]:
        """The starter models that are not on this machine; looked up once, and again after a change."""
        if self._missing is None:
            self._missing = self.lacking(STARTER)
        return self._missing

    @property
    def tier(self) -> str:
        """Whose nets are used: the paper's where they are whole, else the starter ones, or nobody's where some lack."""
        if self._tier is None:
            self._tier = STARTER if not self.missing() else ""
            self._tier = self._tier if self.lacking(PAPER) else PAPER
        return self._tier

    def lacking(self, tier: str) -> tuple[ModelEntry, ...]:
        """What a tier still needs to be whole; a role that another of its models serves is served."""
        known = [entry for entry in self._store.manifest if entry.tier == tier]
        served = {entry.role for entry in known if self._store.has(entry.id)}
        return tuple(entry for entry in known if not entry.optional and entry.role not in served)

    def rows(self) -> tuple[Row, ...]:
        """Every model, in the manifest's order."""
        if self._lying is None:
            states = self._store.status()
            self._lying = tuple((one, self._store.arrived(one.entry.id) / max(1, one.entry.bytes)) for one in states)
        return tuple(self._row(status, min(1.0, arrived)) for status, arrived in self._lying)

    def nets(self) -> Nets:
        """The nets for one job, in the job's own thread: what they record as used is that job's alone."""
        nets = api.nets("auto", "auto", self._store)
        self.device = str(nets.device)
        self._given = nets
        return nets

    @property
    def costs(self) -> Costs:
        """What past blends cost on this machine."""
        return self._store.costs

    @property
    def used(self) -> tuple[str, ...]:
        """The names of the nets that the last job of the engine really used, in the order of first use."""
        return tuple(self._store.entry(id).name for id, _ in self._given.used) if self._given else ()

    def wake(self) -> None:
        """Imports the engine's libraries in its thread, so that the first job need not."""
        self._runner.submit(Job("Starting the engine", self._woken, self._awake, quiet=True))

    def get(self, entries: Sequence[ModelEntry]) -> None:
        """Fetches models one after the other. Whoever calls this has asked for a yes."""
        for entry in entries:
            if not self._active(entry.id):
                self._submit(entry.id, f"Getting {entry.name}", partial(self._store.get, [entry.id]))

    def take_file(self, entry: ModelEntry, file: Path) -> None:
        """Takes a model's weights from a file."""
        if not self._active(entry.id):
            work = partial(self._store.import_file, entry.id, file)
            self._submit(entry.id, f"Reading {file.name}", work)

    def check(self) -> None:
        """Hashes all files that are here."""
        if not self._active(""):
            self._submit("", "Checking the models", self._store.verify)

    def delete(self, entry: ModelEntry) -> None:
        """Takes a model off this machine."""
        work = partial(self._store.delete, entry.id)
        failed = partial(self._note, entry.id)
        self._runner.submit(Job(f"Deleting {entry.name}", work, self._awake, "files", quiet=True, failed=failed))

    def stop(self, entry: ModelEntry) -> None:
        """Stops what is done with a model; what has come of it stays for the next time."""
        if entry.id in self._jobs:
            self._runner.stop(self._jobs[entry.id])
        self.moved.emit()

    def stop_all(self) -> None:
        """Stops the whole queue."""
        for job in self._jobs.values():
            self._runner.stop(job)
        self.moved.emit()

    def _row(self, status: Status, arrived: float) -> Row:
        id = status.entry.id
        error, job = self._errors.get(id), self._jobs.get(id)
        if job and self._active(id):
            running = next(one for one in self._runner.jobs if one.lane == LANE) is job
            return Row(status.entry, "busy" if running else "waiting", status.path, *self._done.get(id, (0.0, "")))
        if job and id in self._done:
            return Row(status.entry, "stopping", status.path, *self._done[id])
        state = "damaged" if id in self._damaged and status.state == "ready" else status.state
        return Row(status.entry, state, status.path, arrived, "", error)

    def _active(self, id: str) -> bool:
        """Whether a model has a job that nobody asked to stop."""
        return id in self._jobs and not self._jobs[id].stop.is_set()

    def _submit(self, id: str, title: str, work: Any) -> None:
        self._errors.pop(id, None)
        self._done.pop(id, None)
        done = partial(self._intact, id) if id else self._checked
        self._jobs[id] = Job(title, work, done, lane=LANE)
        self._runner.submit(self._jobs[id])
        self.moved.emit()

    def _woken(self, _: Progress) -> None:
        self.nets()
        # The libraries stay for good: looking through their million objects again and again would halt all threads.
        gc.freeze()

    def _intact(self, id: str, _: None) -> None:
        self._damaged -= {id}

    def _checked(self, rows: tuple[Status, ...]) -> None:
        self._damaged = frozenset(row.entry.id for row in rows if row.state == "damaged")
        here = sum(row.state != "missing" for row in rows)
        bad = len(self._damaged)
        self.said.emit(f"{bad} of {here} models are damaged: get them again." if bad else f"All {here} are intact.")

    def _awake(self, _: Any) -> None:
        self.look()

    def look(self) -> None:
        """Looks again what is here: another program may have changed it."""
        self._missing = self._lying = self._tier = None
        self.changed.emit()
        self.moved.emit()

    def _note(self, id: str, error: StudioError) -> None:
        self._errors[id] = error
        self.look()

    def _id(self, job: Job) -> str | None:
        return next((id for id, one in self._jobs.items() if one is job), None)

    @Slot(object, float, str)
    def _progressed(self, job: Job, share: float, stage: str) -> None:
        id = self._id(job)
        if id is not None:
            self._done[id] = share, stage
            self.moved.emit()

    @Slot(object, object)
    def _failed(self, job: Job, error: StudioError) -> None:
        id = self._id(job)
        if id is not None:
            self._errors[id] = error

    @Slot(object, str)
    def _ended(self, job: Job, _: str) -> None:
        id = self._id(job)
        if id is not None:
            del self._jobs[id]
            self._done.pop(id, None)
            self.look()
