"""The ways to blend that a study compares: every method as a user gets it, and OpenCV's seamlessClone beside them."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from blendstudio import api
from blendstudio.core.document import AS_GIVEN, Mask
from blendstudio.core.geometry import Placement
from blendstudio.core.pixels import from_rgb
from blendstudio.core.types import Bool
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets
from blendstudio.errors import Cancelled
from blendstudio.study.contenders import Blended, check_labels, every, is_here
from blendstudio.study.truth_cases import Puzzle

PASTE = "copy-paste"  # what the others are measured against
PATIENCE = 2.0  # seconds that a blend may take before its method counts as slow


class Way(Protocol):
    """One way to blend."""

    @property
    def label(self) -> str:
        """What its rows are called."""
        ...

    def blend(self, puzzle: Puzzle, models: Nets, progress: Progress) -> Blended:
        """Blends as the program would."""
        ...


@dataclass(frozen=True)
class Method:
    """A method of the program, by the same calls as the command line's: mask as given, same place, no scaling."""

    label: str
    settings: api.Settings

    def blend(self, puzzle: Puzzle, models: Nets, progress: Progress) -> Blended:
        """The finished picture."""
        found = api.Found(Mask(auto=puzzle.given.astype(np.uint8) * 255, refine=AS_GIVEN))
        document = api.compose(from_rgb(puzzle.source), from_rgb(puzzle.background), found, Placement())
        outcome = api.blend(document, "object-1", self.settings, models, progress)
        return Blended(outcome.picture.rgb8(), outcome.seconds)


@dataclass(frozen=True)
class Clone:
    """cv2.seamlessClone, which the program itself does not use: it changes pixels outside the mask too."""

    label: str = "cv2.seamlessClone"

    def blend(self, puzzle: Puzzle, models: Nets, progress: Progress) -> Blended:  # noqa: ARG002 - as every way
        """The cloned picture. The mask is a copy, for OpenCV 5 writes into it, and stops short of the border."""
        mask = _inside(puzzle.given).astype(np.uint8) * 255
        started = time.perf_counter()
        if not mask.any():
            return Blended(puzzle.background, 0.0)
        x, y, wide, high = cv2.boundingRect(mask)
        place = (x + wide // 2, y + high // 2)
        made = cv2.seamlessClone(puzzle.source, puzzle.background, mask.copy(), place, cv2.NORMAL_CLONE)
        return Blended(np.asarray(made, np.uint8), time.perf_counter() - started)


WIDER = api.Settings("poisson", values={"dilate": 5})  # Poisson's best friend when the source's surroundings fit
EXTRA: tuple[Way, ...] = (Method("poisson +5", WIDER), Clone())


def _inside(mask: Bool) -> Bool:
    inner = np.zeros_like(mask)
    inner[2:-2, 2:-2] = mask[2:-2, 2:-2]
    return inner


class Chosen(NamedTuple):
    """The ways to take, copy-paste first, and the labels of those left out with the reason for it."""

    ways: tuple[Way, ...]
    left_out: dict[str, str]


def choose(models: Nets, only: Collection[str], *, slow: bool) -> Chosen:
    """All ways, or those that are named; without weights none, and what repaints the whole frame only when named.

    Raises UsageError for a name that there is not.
    """
    known: list[Way] = []
    left_out: dict[str, str] = {}
    for one, entry in sorted(every(), key=lambda pair: pair[0].label != PASTE):
        known.append(Method(one.label, one.settings(0)))
        if not is_here(entry, models):
            left_out[one.label] = "its weights are not here"
        elif one.label not in only and not slow and (entry.whole_frame or one.preset):
            left_out[one.label] = "it runs only when it is named, or with --slow"
    known += EXTRA
    check_labels(only, [way.label for way in known])
    wanted = [way for way in known if not only or way.label in only or way.label == PASTE]
    return Chosen(
        tuple(way for way in wanted if way.label not in left_out),
        {way.label: left_out[way.label] for way in wanted if way.label in left_out},
    )


def is_slow(way: Way, puzzle: Puzzle, models: Nets, progress: Progress) -> bool:
    """Whether a blend takes longer than PATIENCE once its nets are loaded. Raises Cancelled when it is stopped."""
    seconds = 0.0
    for _ in ("to load what it needs", "to be timed"):
        started = time.perf_counter()
        try:
            way.blend(puzzle, models, _impatient(progress))
        except Cancelled:
            progress.check()
        seconds = time.perf_counter() - started
    return seconds > PATIENCE


def _impatient(progress: Progress) -> Progress:
    """A progress that stops what takes too long."""
    end = time.perf_counter() + PATIENCE
    return Progress(cancelled=lambda: progress.stopped or time.perf_counter() > end)
