"""Reports and stops in the middle of one pass through a net that others wrote."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from blendstudio.engine.job import Progress

if TYPE_CHECKING:
    from torch import nn


@contextmanager
def watched(parts: "Sequence[nn.Module]", progress: Progress, stage: str) -> Iterator[None]:
    """While the block runs, every part of a net that is done in this thread moves the progress; a stop ends the pass.

    The net may be at work in other threads too: their passes are theirs.
    """
    mine, done = threading.get_ident(), 0

    def step(*_: Any) -> None:
        nonlocal done
        if threading.get_ident() == mine:
            done += 1
            progress(min(1.0, done / len(parts)), stage)

    progress(0.0, stage)
    hooks = [part.register_forward_hook(step) for part in parts]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
