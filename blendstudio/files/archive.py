"""Zip archives that need not be trusted: read entry by entry into memory, within limits, and never unpacked to disk."""

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from blendstudio.errors import CannotRead, FileError, ProjectDamaged, TooLarge
from blendstudio.files.images import shown

ENTRIES = 4096
TOTAL_BYTES = 4 << 30
TEXT_BYTES = 4 << 20
DIRECTORY_BYTES = 4 << 20
RATIO = 200  # of a deflated entry; text packs to a tenth, a bomb to a thousandth
CHUNK = 1 << 20
LOCAL = struct.Struct("<4s22xHH")  # of an entry: its mark, and the lengths of its name and of what follows that
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
ENCRYPTED = 0x1 | 0x40 | 0x2000
# What Python's zip reader has been seen to raise for damaged files.
FAULTS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError),
    *(NotImplementedError, RuntimeError, OverflowError),
)
_AGAIN = "Open a copy of the file, or an earlier version."
_CHOOSE = "Choose a file that ends in .ora."
_CHECK = "Check that the file is still there and that you may open it."


class Archive:
    """The entries of a zip file by their names. Raises ProjectDamaged or TooLarge for what cannot be trusted."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        """`name` is what an error calls the file; the caller closes it."""
        self.name = shown(name)
        self._file = file
        try:
            self._zip = zipfile.ZipFile(file)
            self._entries = self._checked(self._zip.infolist())
        except FAULTS as error:
            raise self.damaged(str(error)) from error

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def read(self, name: str, limit: int = TOTAL_BYTES) -> bytes:
        """The content of an entry, whole and with the checksum it should have. Raises ProjectDamaged, TooLarge."""
        entry = self._entries.get(name)
        if entry is None:
            raise self.damaged(f"no {name}")
        if entry.file_size > limit:
            raise self.too_large(f"{name}: {entry.file_size} bytes")
        try:
            with self._zip.open(entry) as file:
                data = b"".join(iter(lambda: file.read(CHUNK), b""))
        except FAULTS as error:
            raise self.damaged(f"{name}: {error}") from error
        if len(data) != entry.file_size:
            raise self.damaged(f"{name} is cut short")
        return data

    def damaged(self, detail: str) -> FileError:
        """The error for a file that is not what it should be."""
        return ProjectDamaged(f"{self.name} is not a project, or is damaged.", _AGAIN, detail=detail[:500])

    def too_large(self, detail: str) -> FileError:
        """The error for a file that would take too much memory."""
        return TooLarge(f"{self.name} holds more than can be opened safely.", _AGAIN, detail=detail[:500])

    def _checked(self, entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > TOTAL_BYTES:
            raise self.too_large(f"{len(entries)} entries")
        for entry in entries:
            if fault := _fault(entry):
                raise self.damaged(f"{entry.orig_filename!r}: {fault}")
            if entry.file_size > RATIO * max(entry.compress_size, 1):
                raise self.too_large(f"{entry.filename} unpacks to {entry.file_size} bytes")
        named = {entry.orig_filename: entry for entry in entries}
        if len(named) != len(entries) or self._overlap(entries):
            raise self.damaged("two entries of one name, or on one another")
        return named

    def _overlap(self, entries: list[zipfile.ZipInfo]) -> bool:
        """Whether any entry reaches into the next, or into the directory at the end."""
        starts = [entry.header_offset for entry in sorted(entries, key=_start)] + [self._zip.start_dir]
        return any(
            self._end(entry) > after for entry, after in zip(sorted(entries, key=_start), starts[1:], strict=True)
        )

    def _end(self, entry: zipfile.ZipInfo) -> int:
        self._file.seek(entry.header_offset)
        mark, name, extra = LOCAL.unpack(self._file.read(LOCAL.size))
        if mark != b"PK\3\4":
            raise zipfile.BadZipFile("no entry where one should begin")
        return entry.header_offset + LOCAL.size + name + extra + entry.compress_size


class _Guarded(io.BufferedReader):
    """A file of which nobody takes more than a directory at once: zipfile would read any length that it is told."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > DIRECTORY_BYTES:
            raise zipfile.BadZipFile("the directory is too long")
        return super().read(DIRECTORY_BYTES if size is None or size < 0 else size)

    def __enter__(self) -> Self:
        return self


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive in a file. Raises CannotRead, ProjectDamaged or TooLarge."""
    with plain_file(path) as file:
        yield Archive(file, path.name)


def plain_file(path: Path) -> IO[bytes]:
    """An ordinary file, open for reading; never waits on a pipe or a device. Raises CannotRead."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if path.is_dir():
            raise CannotRead(f"{shown(path.resolve().name)} is a folder.", _CHOOSE)
        file = _Guarded(io.FileIO(path, opener=lambda name, _: os.open(name, flags)))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "this is no possible name").lower()
        raise CannotRead(f"{shown(path.name)} cannot be read: {reason}.", _CHECK, detail=str(error)) from error
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise CannotRead(f"{shown(path.name)} is a pipe or a device, not a file.", _CHOOSE)


def add(archive: zipfile.ZipFile, name: str, data: bytes | memoryview) -> None:
    """Writes one entry as it is; the same content gives the same bytes at any time."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    archive.writestr(entry, data)


def _start(entry: zipfile.ZipInfo) -> int:
    return entry.header_offset


def _fault(entry: zipfile.ZipInfo) -> str:
    """Why an entry is not to be trusted, or nothing."""
    name = entry.orig_filename
    parts = name.removesuffix("/").split("/")
    if re.match("[A-Za-z]:", name) or re.search(r"[\\\0]", name) or set(parts) & {"", ".", ".."}:
        return "a name that leads elsewhere"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link"
    if entry.flag_bits & ENCRYPTED:
        return "encrypted"
    if entry.compress_type not in (STORED, DEFLATED):
        return "packed in an unknown way"
    if entry.compress_type == STORED and entry.file_size != entry.compress_size:
        return "two lengths"
    return ""
