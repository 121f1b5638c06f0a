"""Pictures in and out: the only place where a file's bytes become Pixels, and Pixels a PNG."""

import atexit
import json
import os
import stat
import struct
import subprocess
import sys
import threading
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

import cv2
import numpy as np

from blendstudio.atomic import replacing
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import U8
from blendstudio.errors import CannotRead, FileError, NotAnImage, TooLarge
from blendstudio.files.decoder import AREA, READY, SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE_BYTES = 1 << 30
ANSWER_SECONDS = 20.0
SECONDS_PER_BYTE = 1 / 20e6  # a bomb is a small file; an honest large one gets its time on a slow machine
START_SECONDS = 60.0
HEADER_BYTES = 1 << 16
# A broken pipe, an early end, and whatever a header can be that a hijacked child made up.
ANSWER_FAULTS = (OSError, EOFError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError)
PROFILE_BYTES = 64 << 20
_SMALLER = "Make a smaller copy in another program and open that."
_ANOTHER = "Choose a PNG, JPEG, WebP, TIFF, BMP or GIF picture."
_AGAIN = "Export the picture again, or choose another file."
REFUSALS: dict[str, tuple[type[FileError], str, str]] = {
    "empty": (NotAnImage, "is empty", _AGAIN),
    "format": (NotAnImage, "is not a picture in a format that is read here", _ANOTHER),
    "mode": (NotAnImage, "has a colour mode that is not read here", "Convert it to RGB in another program."),
    "damaged": (NotAnImage, "is damaged or cut short", _AGAIN),
    "crash": (NotAnImage, "could not be decoded", _AGAIN),
    "time": (TooLarge, "takes too long to decode", _SMALLER),
    "size": (TooLarge, "is over 30,000 pixels a side or 200 megapixels", _SMALLER),
    "bytes": (TooLarge, "is a file of more than 1 GiB", _SMALLER),
    "memory": (TooLarge, "needs more memory than can be given", _SMALLER),
}


class Decoder:
    """A warm child process that decodes pictures; started when first needed, and again when it has died.

    Calls from several threads wait for each other. Close it, or use it in a `with` block.
    """

    def __init__(self, seconds: float = ANSWER_SECONDS) -> None:
        """`seconds` is what a picture may take before the child is killed; large files get SECONDS_PER_BYTE more."""
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process number, or None while there is no child."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the child, if it does not run, so that the first picture need not wait for it. Raises CannotRead."""
        with self._lock:
            self._running()

    def decode(self, data: bytes, name: str) -> Pixels:
        """The picture in a file's bytes; `name` is what an error calls it. Raises NotAnImage, TooLarge, CannotRead."""
        if not data or len(data) > FILE_BYTES:
            raise refusal("bytes" if data else "empty", name)
        with self._lock:
            # A child that was killed between two pictures is found out only by asking it, hence the second try.
            answer = self._ask(data) or self._ask(data) or ("crash", "the decoder ended twice")
        if isinstance(answer, Pixels):
            return answer
        raise refusal(answer[0], name, answer[1])

    def close(self) -> None:
        """Ends the child; the next picture starts another."""
        with self._lock:
            self._end()

    def _ask(self, data: bytes) -> "Pixels | tuple[str, str] | None":
        """Pixels, or a reason of REFUSALS with a detail, or None when the child died of itself."""
        process = self._running()
        answer = None
        late = _Watch(process, self._seconds + len(data) * SECONDS_PER_BYTE)
        try:
            with late:
                answer = _exchange(process, data)
        except MemoryError:
            return "memory", "the parent has no room for the samples"
        except ANSWER_FAULTS as error:
            return ("time", str(error)) if late.fired else None
        finally:
            if answer is None:  # also after Ctrl-C: what is left in the pipes belongs to no request
                self._end()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is None:
            return self._process
        self._end()
        try:
            self._process = _started()
            with _Watch(self._process, START_SECONDS):
                ready = _outlet(self._process).read(len(READY))
        except OSError as error:
            self._end()
            raise _no_decoder(str(error)) from error
        if ready != READY:
            self._end()
            raise _no_decoder("no sign of life")
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in filter(None, (process.stdin, process.stdout)):
            with suppress(OSError):  # what was not sent yet has nowhere to go
                stream.close()
        process.wait()


class _Watch:
    """Kills a process that outlives its time, so that no read from it can wait for ever."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.fired = False
        self._process = process
        self._timer = threading.Timer(seconds, self._fire)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()

    def _fire(self) -> None:
        self.fired = True
        self._process.kill()


@cache
def default_decoder() -> Decoder:
    """The decoder that the program shares; it ends with the program."""
    decoder = Decoder()
    atexit.register(decoder.close)
    return decoder


def read_image(path: Path) -> Pixels:
    """The picture in a file, upright, with its profile, in 8 or 16 bits.

    Raises CannotRead (no file, or not to be opened), NotAnImage, or TooLarge (30,000 a side, 200 megapixels, 1 GiB).
    """
    return read_image_bytes(_content(path), path.name)


def read_image_bytes(data: bytes, name: str = "The picture") -> Pixels:
    """The picture in the bytes of a file; `name` is what an error calls it. Raises as `read_image`."""
    return default_decoder().decode(data, name)


def write_png(pixels: Pixels, path: Path) -> None:
    """Writes a PNG as `encode_png` makes it, in one step; `path` may exist. Raises CannotWrite or DiskFull."""
    encoded = encode_png(pixels)
    with replacing(path) as file:
        file.write(encoded)


def write_mask(mask: U8, path: Path) -> None:
    """Writes an H×W mask of 0..255 as an 8-bit grey PNG, in one step. Raises CannotWrite or DiskFull."""
    encoded = encode_mask(mask)
    with replacing(path) as file:
        file.write(encoded)


def encode_png(pixels: Pixels) -> memoryview:
    """A PNG of 8 or 16 bits with the ICC profile and nothing else about the picture; without alpha where opaque."""
    opaque = pixels.array[..., 3].min() == pixels.top
    png = _encoded(cv2.cvtColor(pixels.array, cv2.COLOR_RGBA2BGR if opaque else cv2.COLOR_RGBA2BGRA))
    if not pixels.profile:
        return png
    chunk = b"iCCP" + b"ICC profile\0\0" + zlib.compress(pixels.profile)
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    end_of_size = 8 + 25  # the mark, then IHDR, which the profile has to follow
    return memoryview(b"".join([png[:end_of_size], framed, png[end_of_size:]]))


def encode_mask(mask: U8) -> memoryview:
    """An 8-bit grey PNG of an H×W mask of 0..255."""
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise ValueError(f"a mask must be H×W of 8 bits, not {mask.shape} {mask.dtype}")
    return _encoded(mask)


def refusal(reason: str, name: str, detail: str = "") -> FileError:
    """The error for a reason of REFUSALS; an unknown reason is damage."""
    kind, what, next_step = REFUSALS.get(reason, REFUSALS["damaged"])
    return kind(f"{shown(name)} {what}.", next_step, detail=detail[:500])


def shown(name: str) -> str:
    """A file name fit for one line: at most 48 characters, what cannot be printed replaced."""
    printable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return printable if len(printable) <= 48 else f"{printable[:30]}…{printable[-17:]}"


def _encoded(samples: "NDArray[Any]") -> memoryview:
    _, png = cv2.imencode(".png", samples)  # its default, run lengths, is the fastest by far and no larger
    return np.asarray(png, np.uint8).data  # no copy: 70 MB of it would hold up all other threads


def _content(path: Path) -> bytes:
    """The bytes of a plain file; never waits on a pipe or a device."""
    try:
        if path.is_dir():
            raise CannotRead(f"{shown(path.name)} is a folder.", _ANOTHER)
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise CannotRead(f"{shown(path.name)} is a pipe or a device, not a file.", _ANOTHER)
            if about.st_size > FILE_BYTES:
                raise refusal("bytes", path.name)
            return file.read(about.st_size)  # what another program still appends is left out
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise CannotRead(
            f"{shown(path.name)} cannot be read: {reason}.",
            "Check that the file is still there and that you may open it.",
            detail=str(error),
        ) from error
    except ValueError as error:
        raise CannotRead(f"{shown(path.name)} is no possible file name.", _ANOTHER, detail=str(error)) from error


def _started() -> subprocess.Popen[bytes]:
    # -P and the parent's own path: the child finds what the parent finds, and nothing more than that in the folder
    # in which the program was started.
    places = [*filter(None, sys.path), str(Path(__file__).parents[2])]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    environment |= {"PYTHONPATH": os.pathsep.join(places), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "blendstudio.files.decoder"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _no_decoder(detail: str) -> CannotRead:
    return CannotRead("The picture decoder does not start.", "Install blendstudio again.", detail=detail)


def _outlet(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise OSError("the decoder has no output")
    return process.stdout


def _exchange(process: subprocess.Popen[bytes], data: bytes) -> Pixels | tuple[str, str]:
    """Sends a picture and receives the answer, which is checked like any other input: the child may be hijacked."""
    if process.stdin is None:
        raise OSError("the decoder has no input")
    process.stdin.write(struct.pack(">Q", len(data)))
    process.stdin.write(data)
    process.stdin.flush()
    outlet = _outlet(process)
    header = json.loads(_exactly(outlet, *struct.unpack(">I", _exactly(outlet, 4, 4)), HEADER_BYTES))
    if "refused" in header:
        return str(header["refused"]), str(header["detail"])
    width, height, length = (int(header[name]) for name in ("width", "height", "profile"))
    if not (0 < width <= SIDE and 0 < height <= SIDE and width * height <= AREA):
        raise ValueError("impossible size")
    profile = _exactly(outlet, length, PROFILE_BYTES) or None
    array: NDArray[Any] = np.empty((height, width, 4), {8: np.uint8, 16: np.uint16}[header["bits"]])
    if outlet.readinto(memoryview(array).cast("B")) != array.nbytes:  # type: ignore[attr-defined]
        raise EOFError("the samples end early")
    return Pixels(array, profile)


def _exactly(outlet: IO[bytes], count: int, limit: int) -> bytes:
    if not 0 <= count <= limit:
        raise ValueError("impossible length")
    data = outlet.read(count)
    if len(data) != count:
        raise EOFError("the answer ends early")
    return data
