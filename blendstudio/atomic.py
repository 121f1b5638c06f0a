"""The one writer of files: written beside, synced, renamed; a reader sees the old file or the new one, never half."""

import errno
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from blendstudio.errors import CannotWrite, DiskFull

_numbers = itertools.count()
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A binary file, to write and to read back, that becomes `target` when the block ends well, else vanishes.

    Raises DiskFull or CannotWrite with the reason; `target` is then untouched.
    """
    target = Path(os.path.realpath(target))
    beside = _beside(target)
    try:
        with _opened(beside, target) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
        with suppress(OSError):  # the file is in place; some network disks cannot sync a folder
            _sync_folder(target.parent)
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        with suppress(OSError):
            beside.unlink()


def check_writable(target: Path) -> None:
    """Raises CannotWrite or DiskFull now where `replacing` would raise it after the work."""
    target = Path(os.path.realpath(target))
    beside = _beside(target)
    try:
        _opened(beside, target).close()
        beside.unlink()
    except OSError as error:
        raise write_error(target, error) from error


def make_folder(folder: Path) -> None:
    """Makes a folder and all above it; it may be there. Raises CannotWrite."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error


def write_bytes(target: Path, data: bytes | memoryview) -> None:
    """Replaces the content of `target` in one step."""
    with replacing(target) as file:
        file.write(data)


def append_bytes(target: Path, data: bytes) -> None:
    """Adds a line or so to the end of `target`, which is made if need be, in one write: for what may be lost.

    Raises DiskFull or CannotWrite; what two programs add at the same time stands one after the other.
    """
    try:
        if target.exists() and not target.is_file():
            raise OSError(errno.EINVAL, "it is not an ordinary file", str(target))
        with target.open("ab", buffering=0) as file:
            file.write(data)
    except OSError as error:
        raise write_error(target, error) from error


def write_error(target: Path, error: OSError) -> CannotWrite:
    """The sentence for an operating-system error met while writing `target`."""
    if error.errno in FULL:
        return DiskFull(
            f"There is no room left on the disk for {target.name}.",
            "Free some space or choose another folder, then try again.",
            detail=str(error),
        )
    return CannotWrite(
        f"{target.name} cannot be written: {(error.strerror or 'unknown reason').lower()}.",
        "Choose a folder that exists and that you may write to.",
        detail=str(error),
    )


def _beside(target: Path) -> Path:
    return target.parent / f".{target.name[:40]}.{os.getpid()}.{next(_numbers)}.tmp"


def _opened(beside: Path, target: Path) -> BinaryIO:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(target))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "it is not an ordinary file", str(target))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "it is read-only", str(target))
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    if target.exists():
        os.chmod(beside, target.stat().st_mode & 0o777)
    return os.fdopen(descriptor, "w+b")


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
