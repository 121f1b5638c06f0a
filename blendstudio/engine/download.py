"""Published files over https: gone on with where they stopped, from one mirror after the other, checked before use."""

import hashlib
import json
import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from blendstudio.atomic import write_bytes, write_error
from blendstudio.engine.answer import CHUNK, POLL, Answer, Dropped, Head, Refused, host
from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import ModelEntry
from blendstudio.errors import DownloadFailed, ModelDamaged, ModelError

TRIES = 4  # of one source in a row without a byte more than before
RESTARTS = 2  # of one source: what it sent does not go together
PAUSE = 1.0  # s before the second try; doubled before each further one
AGAIN = {408, 425, 429, 500, 502, 503, 504}  # what a server says when it may be asked again
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)$")


class _Changed(Exception):
    """What lies here and what the server has are not one file: begin again."""


@dataclass(frozen=True)
class Part:
    """A file on its way: the bytes so far in `path`, and beside them which version of it which server was sending."""

    path: Path

    @property
    def size(self) -> int:
        """Bytes so far."""
        with suppress(OSError):
            return self.path.stat().st_size
        return 0

    def tag(self, url: str) -> str:
        """What the server at `url` called the version that was begun, if it did and it is that server's."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(self._beside.read_bytes())
            return str(known["tag"]) if known["url"] == url else ""
        return ""

    def begin(self, url: str, tag: str) -> None:
        """Throws away what was there for another version. Raises CannotWrite, DiskFull."""
        write_bytes(self.path, b"")
        write_bytes(self._beside, json.dumps({"url": url, "tag": tag}).encode())

    def drop(self) -> None:
        """Nothing of it is left. Raises CannotWrite."""
        for path in (self.path, self._beside):
            remove(path)

    @property
    def _beside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")


def remove(path: Path) -> None:
    """Deletes a file that may be there. Raises CannotWrite."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(path, error) from error


def download(entry: ModelEntry, part: Part, progress: Progress) -> Path:
    """Fetches a model's published file from the first of its sources that has it whole; returns where it lies.

    What an earlier try left is gone on with, and a stop leaves what has come for the next one. Raises DownloadFailed,
    ModelDamaged when every source sends something else, DiskFull, CannotWrite, and Cancelled in a tenth of a second.
    """
    told: list[ModelError] = []
    for url in entry.urls:
        try:
            _from_source(url, entry, part, progress)
        except (DownloadFailed, ModelDamaged) as error:
            told.append(error)
        else:
            return part.path
    raise _summary(told)


def _from_source(url: str, entry: ModelEntry, part: Part, progress: Progress) -> None:
    """Asks one source as often as it makes sense."""
    tries, restarts, most = 0, 0, part.size
    while True:
        try:
            return _once(url, entry, part, progress)
        except Refused as error:
            raise _failed(entry, f"{host(url)} {error}") from error
        except _Changed as error:
            part.drop()
            restarts += 1
            if restarts > RESTARTS:
                raise _damaged(entry, url) from error
        except Dropped as error:
            tries = 0 if part.size > most else tries + 1
            most = max(most, part.size)
            if tries >= TRIES:
                raise _failed(entry, f"{host(url)} {error}") from error
            _wait(PAUSE * 2 ** (tries - 1) if tries else 0.0, progress)


def _once(url: str, entry: ModelEntry, part: Part, progress: Progress) -> None:
    """Asks for what is missing, writes it and checks the whole."""
    whole, resumed = hashlib.sha256(), part.size > 0
    if part.size > entry.bytes:
        raise _Changed
    if part.size < entry.bytes:
        with Answer(url, _wanted(url, part), progress.check) as answer:
            _begin(answer.head(), url, entry, part)
            resumed = part.size > 0
            _hash_so_far(part, whole, progress)
            _append(answer, entry, part, whole, progress)
    else:
        _hash_so_far(part, whole, progress)
    if part.size < entry.bytes:
        raise Dropped("broke the connection off")
    if not entry.sha256 or not whole.hexdigest().startswith(entry.sha256):
        if resumed:
            raise _Changed
        part.drop()
        raise _damaged(entry, url)


def _wanted(url: str, part: Part) -> dict[str, str]:
    """The headers that ask for the rest: from the same server only of the version that was begun."""
    if not part.size:
        return {}
    tag = part.tag(url)
    return {"Range": f"bytes={part.size}-"} | ({"If-Range": tag} if tag else {})


def _begin(head: Head, url: str, entry: ModelEntry, part: Part) -> None:
    """Goes on with the part, or begins it anew where the server sends all of the file.

    Raises Dropped or _Changed to ask again, DownloadFailed and ModelDamaged when that would be of no use.
    """
    if head.status == 416:
        raise _Changed
    if head.status in AGAIN:
        raise Dropped("is too busy")
    if head.status not in (200, 206):
        raise _failed(entry, f"{host(url)} does not give the file away (status {head.status})")
    if head.headers.get("Content-Encoding", "identity") != "identity":
        raise _failed(entry, f"{host(url)} sends the file in another form")
    if head.status == 206:
        found = RANGE.match(head.headers.get("Content-Range", ""))
        if not found or int(found[1]) != part.size or found[2] not in ("*", str(entry.bytes)):
            raise _Changed
    elif head.headers.get("Content-Length", str(entry.bytes)) != str(entry.bytes):
        raise _damaged(entry, url)
    if head.status == 200 or not part.size:
        part.begin(url, _strong_tag(head))


def _strong_tag(head: Head) -> str:
    """What If-Range may be asked with: not a weak tag, which tells alike from equal only roughly."""
    tag = head.headers.get("ETag", "")
    return tag if tag.startswith('"') else ""


def _append(answer: Answer, entry: ModelEntry, part: Part, whole: "hashlib._Hash", progress: Progress) -> None:
    """Writes what comes behind what is there; raises ModelDamaged when it is more than the file has."""
    done = part.size
    try:
        with part.path.open("ab") as file:
            while (block := answer.block()) is not None:
                done += len(block)
                if done > entry.bytes:
                    break
                whole.update(block)
                file.write(block)
                progress(done / entry.bytes, said(entry, done))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise write_error(part.path, error) from error
    if done > entry.bytes:
        part.drop()
        raise _Changed


def said(entry: ModelEntry, done: int) -> str:
    """How far a download is, such as “Downloading sam-vit-b: 12 of 375 MB”."""
    return f"Downloading {entry.id}: {done / 1e6:.0f} of {entry.bytes / 1e6:.0f} MB"


def _hash_so_far(part: Part, whole: "hashlib._Hash", progress: Progress) -> None:
    if not part.size:
        return
    try:
        with part.path.open("rb") as file:
            _hash(file, whole, progress)
    except OSError as error:
        raise write_error(part.path, error) from error


def _hash(file: BinaryIO, whole: "hashlib._Hash", progress: Progress) -> None:
    while block := file.read(4 * CHUNK):
        progress.check()
        whole.update(block)


def _wait(seconds: float, progress: Progress) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        progress.check()
        time.sleep(POLL)


def _failed(entry: ModelEntry, what: str) -> DownloadFailed:
    step = f"Check the network, then try again, {by_hand(entry)}."
    return DownloadFailed(f"{what}.", step + meanwhile(entry))


def _damaged(entry: ModelEntry, url: str) -> ModelDamaged:
    what = f"What {host(url)} sends for {entry.id} is not the file that was expected."
    return ModelDamaged(what, f"Try again later, {by_hand(entry)}.")


def by_hand(entry: ModelEntry) -> str:
    """The way round the network."""
    return f"or take a file that you have: blendstudio models import {entry.id} FILE"


def meanwhile(entry: ModelEntry) -> str:
    """What still works, as a sentence that follows another."""
    return f" Until then, {entry.without}." if entry.without else ""


def _summary(told: Sequence[ModelError]) -> ModelError:
    """The last source's error, with what all of them said as its detail."""
    last = told[-1]
    return type(last)(last.what, last.next_step, detail="\n".join(error.what for error in told))
