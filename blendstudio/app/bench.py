"""How the window feels: its first paint, its heartbeat while work goes on, the brush on 24 megapixels."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from blendstudio.app import theme
from blendstudio.app.desk import Desk
from blendstudio.app.main import SWITCH, build
from blendstudio.app.window import Window
from blendstudio.core.geometry import Point, Rect, Size
from blendstudio.core.pixels import Pixels, from_rgb
from blendstudio.files.images import write_png

BEAT = 20  # ms
LARGE = Size(6000, 4000)
DECODES = 3  # works opened anew: in the beats of one, the 99th percentile would be the second worst
STROKES, MOVES = 6, 60
FIRST_PAINT = """
import os, sys, time
from pathlib import Path
from PySide6.QtWidgets import QApplication
from blendstudio.app import theme
from blendstudio.app.main import build
app = QApplication([])
theme.apply(app)
window, guide = build(Path(sys.argv[1]))
window.painted.disconnect()
window.painted.connect(lambda: (print(time.time()), sys.stdout.flush(), os._exit(0)))
window.show()
app.exec()
"""


class Figure(NamedTuple):
    """One measurement in milliseconds: what, the 99th percentile, the worst, and of how many."""

    what: str
    p99: float
    worst: float
    times: int


class Heartbeat(QObject):
    """Notes the milliseconds between two beats of a timer in the window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    @contextmanager
    def during(self) -> Iterator[None]:
        """Beats while the block runs."""
        self.gaps, self._last = [], time.perf_counter()
        self._timer.start(BEAT)
        yield
        self._timer.stop()
        self._beat()

    def figure(self, what: str) -> Figure:
        """What the last beats say."""
        return figure(what, self.gaps)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self._last = now


def figure(what: str, milliseconds: list[float]) -> Figure:
    """The 99th percentile and the worst of some times."""
    return Figure(what, float(np.percentile(milliseconds, 99)), max(milliseconds), len(milliseconds))


def run(report: Callable[[Figure], None]) -> None:
    """Measures everything, one figure after the other. Needs a screen or QT_QPA_PLATFORM=offscreen."""
    with tempfile.TemporaryDirectory() as folder:
        report(first_paint(Path(folder)))
        sys.setswitchinterval(SWITCH)
        app = QApplication(sys.argv[:1])
        theme.apply(app)
        window, _ = build(Path(folder))
        beat = Heartbeat()
        with beat.during():
            window.show()
            _rest(window.desk)
        report(beat.figure("first import of the engine"))
        for one in _work(window, beat, Path(folder)):
            report(one)
        window.desk.runner.close()
        window.hide()


def first_paint(folder: Path) -> Figure:
    """From the start of a new process to its window's first paint; the best of three, as a p99 of one."""
    times = []
    for _ in range(3):
        began = time.time()
        command = [sys.executable, "-c", FIRST_PAINT, str(folder)]
        told = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
        times.append(1000 * (float(told.stdout.split()[-1]) - began))
    return Figure("window first painted", min(times), max(times), len(times))


def _work(window: Window, beat: Heartbeat, folder: Path) -> Iterator[Figure]:
    desk = window.desk
    paths = [folder / f"{name}.png" for name in ("background", "object")]
    for seed, path in enumerate(paths):
        write_png(photo(LARGE, seed), path)

    def step(what: str, call: Callable[[], object]) -> Figure:
        with beat.during():
            call()
            _rest(desk)
        return beat.figure(what)

    def decode() -> None:
        for _ in range(DECODES):
            desk.session.close()
            desk.filing.open(paths)
            _rest(desk)

    yield step("decode two photos of 24 megapixels", decode)
    desk.session.cut(True)
    yield step("mask by a box, 24 megapixels", lambda: desk.cutting.box(Rect(1800, 900, 4200, 3100)))
    yield brush(window)
    _rest(desk)
    yield step("invert the mask, 24 megapixels", desk.cutting.invert)
    desk.session.undo()
    _rest(desk)
    desk.session.cut(False)
    yield step("blend", desk.blending.run)
    yield step("export 24 megapixels", lambda: desk.writing.export(folder / "out.png"))
    yield step("save 24 megapixels", lambda: desk.writing.save(folder / "out.ora"))


def brush(window: Window) -> Figure:
    """From a mouse move on a 24-megapixel mask to the end of the repaint that it causes."""
    desk = window.desk
    desk.take_tool("brush")
    desk.strokes.set_brush(size=160.0)
    canvas = desk.canvas
    canvas.setFocus()
    times = []
    for stroke in range(STROKES):
        places = [Point(300 + 8 * n, 120 + 60 * stroke + 30 * np.sin(n / 6)) for n in range(MOVES)]
        _send(window, QEvent.Type.MouseButtonPress, places[0])
        for place in places[1:]:
            began = time.perf_counter()
            _send(window, QEvent.Type.MouseMove, place)
            QApplication.processEvents()
            times.append(1000 * (time.perf_counter() - began))
        _send(window, QEvent.Type.MouseButtonRelease, places[-1])
        _rest(desk)
    return figure("brush on 24 megapixels, event to repaint", times)


def photo(size: Size, seed: int) -> Pixels:
    """Soft shapes with grain, the same for a seed."""
    y, x = np.mgrid[: size.height, : size.width].astype(np.float32)
    waves = [np.sin(x / (90 + 40 * c + 13 * seed)) + np.cos(y / (120 + 30 * c)) for c in range(3)]
    grain = np.random.default_rng(seed).integers(0, 24, (size.height, size.width, 1), np.uint8)
    smooth = np.dstack([(60 * wave + 116).astype(np.uint8) for wave in waves])
    picture = np.minimum(smooth, 231) + grain
    middle = ((x - size.width / 2) / (size.width / 7)) ** 2 + ((y - size.height / 2) / (size.height / 5)) ** 2 < 1
    picture[middle] = (200, 60 + 50 * seed, 40)
    return from_rgb(picture)


def _send(window: Window, kind: QEvent.Type, place: Point) -> None:
    canvas = window.desk.canvas
    at, left, none = QPointF(*place), Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind == QEvent.Type.MouseMove else left
    held = none if kind == QEvent.Type.MouseButtonRelease else left
    event = QMouseEvent(kind, at, canvas.mapToGlobal(at), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)


def _rest(desk: Desk) -> None:
    """Until nothing is going on any more, at most ten minutes."""
    until = time.monotonic() + 600
    quiet = 0
    while quiet < 3 and time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.001)
        quiet = 0 if desk.runner.jobs else quiet + 1
