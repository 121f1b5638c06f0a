"""Work beside the window: the only file that knows threads. A job is a plain function with a Progress."""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Qt, QThread, Signal, Slot

from blendstudio.core.geometry import IntRect
from blendstudio.engine.job import Progress
from blendstudio.errors import Cancelled, StudioError, explained

PROGRESS_GAP = 0.05  # s between two reports
PREVIEW_GAP = 0.25  # s between two previews: calm, and cheap beside the work
LANES = ("engine", "files", "shapes")
AHEAD = "ahead"  # a lane for what nobody has asked for yet
NICE = 10  # of a worker's thread and of those it starts: at 5 the window was late, at 15 other programs starved it
PATIENCE = 8.0  # s that a quit waits for work that was asked to stop


@dataclass(eq=False)
class Job:
    """One piece of work. `done`, `failed`, `cancelled` and `previewed` are called in the window's thread.

    Jobs of one lane run one after the other; a `quiet` one shows no progress.
    """

    title: str
    work: Callable[[Progress], Any]
    done: Callable[[Any], None]
    lane: str = "engine"
    quiet: bool = False
    failed: Callable[[StudioError], None] | None = None
    cancelled: Callable[[], None] | None = None
    previewed: Callable[[Any, IntRect | None], None] | None = None
    stop: threading.Event = field(default_factory=threading.Event)


def nothing(_: Any) -> None:
    """What follows a job whose result nobody needs."""


class _Worker(QObject):
    """Lives in a lane's thread. It speaks by signals to Runner, whose slots run in the window's thread."""

    progressed = Signal(object, float, str)
    previewed = Signal(object, object, object)
    ended = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        self._next_report = self._next_preview = 0.0

    @Slot()
    def give_way(self) -> None:
        """Lowers the thread's claim on the processor where Qt's own priorities do nothing."""
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)

    @Slot(object)
    def run(self, job: Job) -> None:
        """Does one job; exactly one `ended` follows."""
        result, error = None, None
        try:
            progress = Progress(self._reporter(job), self._previewer(job), job.stop.is_set)
            progress.check()
            result = job.work(progress)
        except (Cancelled, StudioError) as told:
            error = told
        except Exception as bug:  # noqa: BLE001 - the edge: whatever it is, the window lives and says so
            error = explained(bug, traceback.format_exc())
        if error:
            error.__traceback__ = None  # it would hold the frames, and with them the pictures
        self.ended.emit(job, result, error)

    def _reporter(self, job: Job) -> Callable[[float, str], None]:
        def report(share: float, stage: str) -> None:
            now = time.monotonic()
            if not job.quiet and now >= self._next_report:
                self._next_report = now + PROGRESS_GAP
                self.progressed.emit(job, share, stage)

        return report

    def _previewer(self, job: Job) -> Callable[[Any, IntRect | None], None]:
        def show(picture: Any, rect: IntRect | None) -> None:
            now = time.monotonic()
            if job.previewed and now >= self._next_preview:
                self._next_preview = now + PREVIEW_GAP
                self.previewed.emit(job, picture, rect)

        return show


class Runner(QObject):
    """Runs jobs in a thread per lane and brings what they say to the window's thread."""

    started = Signal(object)
    progressed = Signal(object, float, str)
    failed = Signal(object, object)
    ended = Signal(object, str)  # the job, and "finished", "failed" or "cancelled"
    engine, files, shapes = Signal(object), Signal(object), Signal(object)  # orders, by lane
    models, ahead = Signal(object), Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: dict[str, tuple[QThread, _Worker]] = {}
        self._jobs: list[Job] = []
        self._closed = False

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What is running or waiting, oldest first."""
        return tuple(self._jobs)

    def busy(self, lane: str) -> bool:
        """Whether a lane has a job that nobody asked to stop."""
        return any(job.lane == lane and not job.stop.is_set() for job in self._jobs)

    def submit(self, job: Job) -> Job:
        """Starts a job, or lets it wait for those before it in its lane; once all is closed nothing starts any more."""
        if self._closed:
            return job
        self._open_lane(job.lane)
        self._jobs.append(job)
        if not job.quiet:
            self.started.emit(job)
        getattr(self, job.lane).emit(job)
        return job

    def stop(self, job: Job) -> None:
        """Asks a job to stop. A method that has a usable result still returns it."""
        job.stop.set()

    def close(self) -> bool:
        """Stops everything and waits for it, with the window still answering; whether all threads have ended."""
        self._closed = True
        for job in self._jobs:
            job.stop.set()
        until = time.monotonic() + PATIENCE
        while self._jobs and time.monotonic() < until:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
        for thread, _ in self._threads.values():
            thread.quit()
        ended = [thread.wait(1000 if not self._jobs else 10) for thread, _ in self._threads.values()]
        if all(ended):
            self._threads.clear()
        return all(ended)

    def open_lanes(self) -> None:
        """Starts all threads, so that the first job of each need not wait for its own."""
        for lane in LANES:
            self._open_lane(lane)

    def _open_lane(self, lane: str) -> None:
        if lane in self._threads:
            return
        thread, worker = QThread(self), _Worker()
        thread.setObjectName(f"blendstudio-{lane}")
        worker.moveToThread(thread)
        getattr(self, lane).connect(worker.run, Qt.ConnectionType.QueuedConnection)
        thread.started.connect(worker.give_way)
        worker.progressed.connect(self._progress)
        worker.previewed.connect(self._preview)
        worker.ended.connect(self._end)
        thread.start(QThread.Priority.LowPriority)
        self._threads[lane] = thread, worker

    @Slot(object, float, str)
    def _progress(self, job: Job, share: float, stage: str) -> None:
        if job in self._jobs:
            self.progressed.emit(job, share, stage)

    @Slot(object, object, object)
    def _preview(self, job: Job, picture: Any, rect: IntRect | None) -> None:
        if job in self._jobs and job.previewed:
            job.previewed(picture, rect)

    @Slot(object, object, object)
    def _end(self, job: Job, result: Any, error: StudioError | Cancelled | None) -> None:
        self._jobs.remove(job)
        if error is None:
            try:
                job.done(result)
            finally:  # whatever its taker did with the result, the job is over
                self.ended.emit(job, "finished")
        elif isinstance(error, Cancelled):
            if job.cancelled:
                job.cancelled()
            self.ended.emit(job, "cancelled")
        else:
            if job.failed:
                job.failed(error)
            else:
                self.failed.emit(job, error)
            self.ended.emit(job, "failed")
