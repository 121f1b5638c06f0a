"""One writer at a time for a file, across processes; the system lets go of a lock when its process dies."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blendstudio.atomic import write_error
from blendstudio.engine.job import Progress

PAUSE = 0.1  # seconds between two tries

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def held(path: Path, progress: Progress, stage: str) -> Iterator[None]:
    """Holds the lock file `path` during the block, after waiting for whoever has it; a stop ends the waiting.

    The empty file stays behind: what locks is the open file, so one left by a dead process blocks nobody.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise write_error(path, error) from error
    try:
        while not _try(descriptor):
            progress(0.0, stage)
            time.sleep(PAUSE)
        yield
    finally:
        os.close(descriptor)
