"""The nets as the window needs them: what is missing, fetching it, and waking the engine after the first paint."""

import gc

from PySide6.QtCore import QObject, Signal

from blendstudio import api
from blendstudio.app.jobs import Job, Runner
from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import ModelEntry
from blendstudio.engine.store import Nets, Store

STARTER = "starter"


class Weights(QObject):
    """One store for the whole session, so that a net is loaded once. `changed` follows a fetch."""

    changed = Signal()

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self._runner = runner
        self._store = Store.default()
        self.device = ""
        self._missing: tuple[ModelEntry, ...] | None = None

    def missing(self) -> tuple[ModelEntry, ...]:
        """The starter models that are not on this machine; looked up once, and again after a fetch."""
        if self._missing is None:
            self._missing = tuple(x for x in self._store.manifest if x.tier == STARTER and not self._store.has(x.id))
        return self._missing

    def nets(self) -> Nets:
        """The nets for one job, in the job's own thread: what they record as used is that job's alone."""
        nets = api.nets("auto", "auto", self._store)
        self.device = str(nets.device)
        return nets

    def wake(self) -> None:
        """Imports the engine's libraries in its thread, so that the first job need not."""
        self._runner.submit(Job("Starting the engine", self._woken, self._awake, quiet=True))

    def fetch(self) -> None:
        """Fetches the starter models that are missing."""
        self._runner.submit(Job("Fetching the starter nets", self._fetched, self._awake, lane="files"))

    def _woken(self, _: Progress) -> None:
        self.nets()
        # The libraries stay for good: looking through their million objects again and again would halt all threads.
        gc.freeze()

    def _fetched(self, progress: Progress) -> None:
        try:
            self._store.get([STARTER], progress)
        finally:
            self._missing = None

    def _awake(self, _: None) -> None:
        self.changed.emit()
