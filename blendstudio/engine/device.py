"""Where the nets run, on how many threads, and how that is called in recipes and reports."""

import os
from typing import TYPE_CHECKING

from blendstudio.errors import UsageError

if TYPE_CHECKING:
    import torch

NAMES = ("auto", "cpu", "cuda", "mps")
ENOUGH = "OMP_NUM_THREADS"  # the environment's word for the most threads, as OpenMP reads it


def choose(name: str = "auto") -> "torch.device":
    """The device of that name, or the fastest one here for “auto”; raises UsageError when it is not here."""
    import torch

    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if here[kind])
    if not here.get(name):
        names = ", ".join(kind for kind, present in here.items() if present)
        raise UsageError(f"The device “{name}” is not on this machine.", f"Choose auto or one of: {names}.")
    return torch.device(name)


def threads() -> int:
    """How many threads the engine uses: the processors that this process may run on, or fewer by OMP_NUM_THREADS."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    most = os.environ.get(ENOUGH, "")
    return min(here, max(1, int(most))) if most.isdecimal() else here


def prepare() -> int:
    """Sets the thread count of torch and OpenCV, the one place that does; returns it."""
    import cv2
    import torch

    count = threads()
    torch.set_num_threads(count)
    cv2.setNumThreads(count)
    return count
