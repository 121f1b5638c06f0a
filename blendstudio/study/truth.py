"""The truth study: every blend on objects whose right look is known.

Protocol. Each object of the photos at 512×512, changed in light (8 kinds, mild and strong) and once left as it is, is
blended back into its own photo, in which its region, grown by 3 pixels, was painted over first. So the right answer is
the photo itself, and no method has seen it. The result, in 8 bits, is compared with the photo: on the object's mask
(“fg”), in the band of 6 pixels on either side of its edge (“seam”), and as a whole.
"""

import os
import signal
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import NamedTuple

from blendstudio import api
from blendstudio.engine import device
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets
from blendstudio.errors import UsageError
from blendstudio.study import truth_report
from blendstudio.study.asked import Asked
from blendstudio.study.cases import read_cases
from blendstudio.study.metrics import against_truth
from blendstudio.study.seam_visibility import seam_visibility
from blendstudio.study.truth_cases import VARIANTS, Puzzle, Subject, puzzle, puzzles, subjects
from blendstudio.study.truth_figures import Row, main_way, worst
from blendstudio.study.truth_report import Shown
from blendstudio.study.ways import PASTE, PATIENCE, Chosen, Way, choose, is_slow

PROCESSES = 4  # at most
WORTH = 4  # objects that make a second process worth its start
EVERY = 10  # slow ways: each tenth object only
WORST = 6  # results that the report shows


class Task(NamedTuple):
    """One object with the ways to blend it, and the nets as a process of its own finds them."""

    subject: Subject
    ways: tuple[Way, ...]
    tier: str
    device: str


def run(asked: Asked, models: Nets, progress: Progress) -> list[str]:
    """Measures; writes report.html, truth.json and pictures; returns the summary."""
    chosen = choose(models, asked.methods, slow=asked.slow)
    progress(0.0, "Reading photos")
    found = list(subjects(read_cases(asked.folder(), asked.photos)))
    if not found:
        raise UsageError("No photo there has an object that can be seen.", "Choose a folder with larger objects.")
    slow = set() if asked.slow else slow_ways(chosen, asked.methods, found[0], models, progress)
    tasks = [
        Task(
            subject,
            tuple(way for way in chosen.ways if number % EVERY == 0 or way.label not in slow),
            models.tier,
            str(models.device),
        )
        for number, subject in enumerate(found)
    ]
    rows = measure(tasks, models, progress.part(0.02, 0.97))
    progress(0.97, "Writing")
    notes = chosen.left_out | dict.fromkeys(slow, f"only each {EVERY}th object: it takes more than {PATIENCE:g} s")
    pictures = [_again(row, found, chosen.ways, models, progress) for row in worst(rows, main_way(rows), WORST)]
    lines = truth_report.write(asked.out, (__doc__ or "").split("Protocol. ")[1], rows, notes, pictures)
    progress(1.0, "Done")
    return lines


def slow_ways(chosen: Chosen, named: Sequence[str], subject: Subject, models: Nets, progress: Progress) -> set[str]:
    """The ways that would take hours on everything, tried on one object.

    What was named runs in any case, and so does the default, whatever else the machine is doing.
    """
    first = next(puzzles(subject, "cut-out"))
    slow = set()
    for way in chosen.ways:
        progress(0.0, f"Trying {way.label}")
        if way.label not in (PASTE, api.DEFAULT_METHOD, *named) and is_slow(way, first, models, progress):
            slow.add(way.label)
    return slow


def measure(tasks: Sequence[Task], models: Nets, progress: Progress) -> list[Row]:
    """The rows of all tasks, in their order; many tasks are shared out among processes. Raises Cancelled."""
    count = min(PROCESSES, device.threads(), len(tasks) // WORTH) if models.device.type == "cpu" else 1
    if count > 1:
        return _in_processes(tasks, count, progress)
    rows: list[Row] = []
    for number, task in enumerate(tasks):
        part = progress.part(number / len(tasks), (number + 1) / len(tasks))
        rows += measured(task, models, part)
    return rows


def _in_processes(tasks: Sequence[Task], count: int, progress: Progress) -> list[Row]:
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        asked = [pool.submit(_alone, task) for task in tasks]
        waiting: set[Future[list[Row]]] = set(asked)
        try:
            while waiting:
                progress(1 - len(waiting) / len(tasks), f"Object {len(tasks) - len(waiting) + 1} of {len(tasks)}")
                _, waiting = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
            return [row for one in asked for row in one.result()]
        finally:
            pool.shutdown(cancel_futures=True)  # stopped, or one of them failed: what has begun ends first


def _alone(task: Task) -> list[Row]:
    """A task in a process of its own, on one thread. Ctrl+C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ[device.ENOUGH] = "1"
    return measured(task, api.nets(task.tier, task.device), Progress())


def measured(task: Task, models: Nets, progress: Progress) -> list[Row]:
    """Every variant and mismatch of one object, blended every way."""
    rows: list[Row] = []
    quiet = _quiet(progress)
    for number, variant in enumerate(VARIANTS):
        progress(number / len(VARIANTS), f"{task.subject.photo}: {task.subject.word}, {variant}")
        for one in puzzles(task.subject, variant):
            progress.check()
            rows += (_row(one, way, models, quiet) for way in task.ways)
    return rows


def _row(one: Puzzle, way: Way, models: Nets, progress: Progress) -> Row:
    picture, seconds = way.blend(one, models, progress)
    subject = one.subject
    mismatch, found = one.mismatch, against_truth(picture, subject.truth, subject.mask)
    place = (subject.photo, subject.thing, subject.word, one.variant, mismatch.kind, mismatch.strength, way.label)
    return Row._make((*place, *found, seam_visibility(picture, subject.mask), round(seconds, 4)))


def _again(row: Row, found: Sequence[Subject], ways: Sequence[Way], models: Nets, progress: Progress) -> Shown:
    """The pictures of a measured row, made once more."""
    subject = next(one for one in found if (one.photo, one.thing) == (row.photo, row.thing))
    one = puzzle(subject, row.variant, row.kind, row.strength)
    paste, made = (
        next(way for way in ways if way.label == label).blend(one, models, _quiet(progress)).picture
        for label in (PASTE, row.way)
    )
    return Shown(row, subject, paste, made)


def _quiet(progress: Progress) -> Progress:
    """One that can be stopped and says nothing."""
    return Progress(cancelled=lambda: progress.stopped)
