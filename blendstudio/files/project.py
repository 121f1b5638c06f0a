"""The project file: an OpenRaster picture for every program, and beside it all that makes the work editable here."""

import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from blendstudio.atomic import replacing
from blendstudio.core.compose import front_of
from blendstudio.core.document import Document
from blendstudio.core.geometry import IntRect
from blendstudio.core.patches import laid
from blendstudio.core.pixels import Pixels
from blendstudio.errors import CannotRead, CannotWrite, ProjectDamaged, TooLarge
from blendstudio.files.archive import TEXT_BYTES, Archive, add, opened, plain_file
from blendstudio.files.arrays import ArrayWriter
from blendstudio.files.color import in_depth, to_srgb
from blendstudio.files.images import encode_png, shown
from blendstudio.files.openraster import MIMETYPE, Entry, Stack, Unsound, read_stack, write_stack
from blendstudio.files.reopen import Opened, reopen
from blendstudio.files.sidecar import NAME, Picture, read_records, write_records

STACK, MERGED, THUMBNAIL = "stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"
THUMBNAIL_SIDE = 256
HEAD = 128  # bytes within which a file says that it is OpenRaster
Check = Callable[[float], None]

__all__ = ["Opened", "is_project", "read_project", "write_project"]


def _unwatched(share: float) -> None:
    """Nobody waits for the share of the work that is done."""


def write_project(document: Document, path: Path, check: Check = _unwatched) -> None:
    """Saves the document in one step; until that, the old file stays as it is.

    `check` is called with the share done, 0..1, and may raise Cancelled. Raises CannotWrite or DiskFull.
    """
    with replacing(path) as file:
        with zipfile.ZipFile(file, "w") as archive:
            _write(document, archive, check)
        _read_through(file, path.name)
    check(1.0)


def read_project(path: Path, check: Check = _unwatched) -> Opened:
    """The document in a project or in any other OpenRaster file, with notes on what is not as it was saved.

    `check` is called as by `write_project`. Raises CannotRead, ProjectDamaged, ProjectTooNew or TooLarge.
    """
    with opened(path) as archive:
        try:
            stack = read_stack(archive.read(STACK, TEXT_BYTES))
        except Unsound as error:
            raise archive.damaged(f"{STACK}: {error}") from error
        return reopen(archive, stack, read_records(archive), check)


def is_project(path: Path) -> bool:
    """Whether the file begins as an OpenRaster file does, whatever its name; False when it cannot be read."""
    with suppress(CannotRead, OSError), plain_file(path) as file:
        head = file.read(HEAD)
        return head.startswith(b"PK\3\4") and head[30:38] == b"mimetype" and MIMETYPE in head
    return False


def _write(document: Document, archive: zipfile.ZipFile, check: Check) -> None:
    add(archive, "mimetype", MIMETYPE)
    arrays = ArrayWriter(lambda name, data: add(archive, name, data))
    pictures: list[Picture] = []
    entries: list[Entry] = []
    seen, front = document.background.pixels, front_of(document)
    for number, layer in enumerate(document.layers):
        check(0.8 * number / len(document.layers))
        src, patch, place = f"data/{number:03d}.png", seen, IntRect(0, 0, *document.size)
        entry = Entry(src, layer.name)  # of the background, which nothing hides
        if number:
            seen, patch, place = laid(seen, layer, front)
            entry = Entry(src, layer.name, place.x0, place.y0, layer.opacity, layer.visible)
        digest = arrays.picture(patch, src, original=number == 0)
        pictures.append(Picture(src, digest, place.x0, place.y0))
        entries.append(entry)
    check(0.8)
    add(archive, NAME, write_records(list(zip(document.layers, pictures, strict=True)), arrays))
    add(archive, STACK, write_stack(Stack(document.size, tuple(entries))))
    check(0.9)
    add(archive, MERGED, encode_png(seen))
    add(archive, THUMBNAIL, encode_png(_thumbnail(seen)))


def _thumbnail(pixels: Pixels) -> Pixels:
    """At most 256 pixels a side, 8 bits, sRGB."""
    scale = min(1.0, THUMBNAIL_SIDE / max(pixels.size))
    size = tuple(max(1, round(side * scale)) for side in pixels.size)
    small = np.asarray(cv2.resize(pixels.array, size, interpolation=cv2.INTER_AREA), pixels.array.dtype)
    return to_srgb(Pixels(in_depth(small, 8), pixels.profile))


def _read_through(file: BinaryIO, name: str) -> None:
    """Reads every entry back before the old file is given up. Raises CannotWrite."""
    file.flush()
    try:
        archive = Archive(file, name)
        for entry in archive:
            archive.read(entry)
    except (ProjectDamaged, TooLarge) as error:
        raise CannotWrite(
            f"{shown(name)} was written but could not be read back.",
            "Save it on another disk; the old file is untouched.",
            detail=error.detail,
        ) from error
