"""What past blends cost, kept in the data folder, and what the next one will therefore cost.

Seconds grow with the evaluations and with the pixels that are worked on, so a past run of the same method, device and
thread count is scaled by both; the nearest one is taken, as it needs the least scaling.
"""

import json
import math
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from blendstudio.atomic import append_bytes, make_folder, write_bytes
from blendstudio.core.compose import footprint
from blendstudio.core.document import Document
from blendstudio.core.params import values
from blendstudio.errors import FileError

NAME = "costs.jsonl"
MOST = 100  # runs that are remembered
TAIL = 1 << 15  # bytes of the file that are read: more than MOST lines have
ALIKE = 0.1  # doublings: runs that lie so close to the nearest count as the same work
MEASURED = 3  # of those, the newest so many are compared
SIZE, EVALUATIONS = "size", "evaluations"  # the names of knobs that say how much is computed


class Work(NamedTuple):
    """What is to be done: the pixels that are worked on, and how often a picture is evaluated on the way."""

    method: str
    device: str
    threads: int
    pixels: int
    evaluations: int


class Run(NamedTuple):
    """What was done, and what it took; `megabytes` is None where the system does not tell."""

    work: Work
    seconds: float
    megabytes: float | None = None


class Cost(NamedTuple):
    """What a blend takes beyond the nets: seconds, and megabytes of memory where they are known."""

    seconds: float
    megabytes: float | None


def work_of(document: Document, layer_id: str, method: str, params: Any, where: tuple[str, int]) -> Work:
    """The work that a method with these knobs has with a layer, on a device with so many threads.

    The pixels are those of the document that the layer's picture reaches, or fewer where the method has a working size.
    """
    size, knobs = footprint(document.layer(layer_id), document.size).size, values(params)
    shrunk = min(1.0, float(knobs.get(SIZE, math.inf)) / max(1, *size))
    evaluations = sum(int(value) for name, value in knobs.items() if name.startswith(EVALUATIONS))
    return Work(method, *where, max(1, round(size.width * size.height * shrunk**2)), max(1, evaluations))


def expected(work: Work, runs: Iterable[Run]) -> Cost | None:
    """What the work will cost by past `runs`, oldest first; None when none was of its method, device and threads.

    Of several alike the median of the seconds, and the most memory: a later run reuses what an earlier one left.
    """
    known = [(_distance(work, run.work), run) for run in runs if run.work[:3] == work[:3]]
    if not known:
        return None
    nearest = min(distance for distance, _ in known)
    alike = [run for distance, run in known if distance <= nearest + ALIKE]
    seconds = [run.seconds * _times(work, run.work) for run in alike[-MEASURED:]]
    memory = [run.megabytes * work.pixels / run.work.pixels for run in alike if run.megabytes is not None]
    return Cost(median(seconds), max(memory, default=None))


class Costs:
    """The newest runs on this machine. A file that is damaged or cannot be written costs the memory, never the work."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        self._runs: tuple[Run, ...] | None = None

    @property
    def runs(self) -> tuple[Run, ...]:
        """Oldest first; read from the disk once, so runs of other programs show at the next start."""
        if self._runs is None:
            self._runs = _read(self._file)
        return self._runs

    def expected(self, work: Work) -> Cost | None:
        """What the work will cost by the runs that are remembered."""
        return expected(work, self.runs)

    def learn(self, run: Run) -> None:
        """Remembers a run, here and on the disk."""
        self._runs = (*self.runs, run)[-MOST:]
        with suppress(FileError, OSError):
            make_folder(self._file.parent)
            if self._file.exists() and self._file.stat().st_size > TAIL // 2:
                write_bytes(self._file, b"".join(map(_line, self._runs)))
            else:
                append_bytes(self._file, _line(run))


def _distance(one: Work, other: Work) -> float:
    """How far two works of one method lie apart, in doublings of the pixels and of the evaluations."""
    return abs(math.log2(one.pixels / other.pixels)) + abs(math.log2(one.evaluations / other.evaluations))


def _times(work: Work, past: Work) -> float:
    """How many times as much there is to compute."""
    return work.pixels / past.pixels * work.evaluations / past.evaluations


def _line(run: Run) -> bytes:
    """It begins a line of its own, whatever an earlier program left of its last one."""
    entry = run.work._asdict() | {"seconds": run.seconds, "megabytes": run.megabytes}
    return b"\n" + json.dumps(entry).encode()


def _read(file: Path) -> tuple[Run, ...]:
    try:
        if not file.is_file():
            return ()
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - TAIL))
            lines = opened.read(TAIL).splitlines()
    except OSError:
        return ()
    return tuple(run for run in map(_run, lines) if run is not None)[-MOST:]


def _run(line: bytes) -> Run | None:
    """The run that a line tells of, or None for anything else."""
    try:
        entry = json.loads(line)
        work = Work(*(entry[name] for name in Work._fields))
        run = Run(work, entry["seconds"], entry["megabytes"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    texts = all(isinstance(text, str) for text in work[:2])
    whole = all(isinstance(number, int) and 0 < number < 1 << 60 for number in work[2:])
    taken = _number(run.seconds) and (run.megabytes is None or _number(run.megabytes))
    return run if texts and whole and taken else None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value < 1e9
