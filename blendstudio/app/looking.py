"""Looking at every photo as soon as it lands, so that the first click on it is answered as fast as the next."""

from PySide6.QtCore import QObject

from blendstudio import api
from blendstudio.app.jobs import AHEAD, Job, Runner
from blendstudio.app.session import Session
from blendstudio.app.weights import PAPER, Weights
from blendstudio.core.pixels import Pixels
from blendstudio.engine.job import Progress
from blendstudio.errors import StudioError


class Looking(QObject):
    """Does so for the tier whose segmenter looks at a picture once and for all; quietly, one photo after the other."""

    def __init__(self, session: Session, runner: Runner, weights: Weights) -> None:
        super().__init__(session)
        self._session, self._runner, self._weights = session, runner, weights
        self._jobs: dict[str, tuple[Pixels, Job]] = {}
        self._seen: dict[str, Pixels] = {}
        session.touched.connect(self.sync)
        weights.changed.connect(self.sync)

    def has_seen(self, pixels: Pixels) -> bool:
        """Whether a photo has been looked at."""
        return any(one is pixels for one in self._seen.values())

    def sync(self) -> None:
        """Looks at the photos that are there, and stops looking at those that are gone."""
        document = self._session.document if self._weights.tier == PAPER else None
        layers = document.layers[0 if self._session.fronting else 1 :] if document else ()
        wanted = {layer.id: layer.pixels for layer in layers}
        self._seen = {name: pixels for name, pixels in self._seen.items() if wanted.get(name) is pixels}
        for name, (pixels, job) in list(self._jobs.items()):
            if wanted.get(name) is not pixels:
                self._runner.stop(job)
                del self._jobs[name]
        for name, pixels in wanted.items():
            if name not in self._seen and name not in self._jobs:
                self._look(name, pixels)

    def _look(self, name: str, pixels: Pixels) -> None:
        def work(progress: Progress) -> None:
            api.prepare(pixels, self._weights.nets(), progress)

        def seen(_: None) -> None:
            if self._forget(name, pixels):
                self._seen[name] = pixels

        def failed(_: StudioError) -> None:
            seen(None)  # not again: the first click will say what is wrong

        job = Job("Looking at the picture", work, seen, AHEAD, quiet=True, failed=failed)
        self._jobs[name] = pixels, job
        self._runner.submit(job)

    def _forget(self, name: str, pixels: Pixels) -> bool:
        """Whether the job for that photo was still wanted."""
        wanted = name in self._jobs and self._jobs[name][0] is pixels
        if wanted:
            del self._jobs[name]
        return wanted
