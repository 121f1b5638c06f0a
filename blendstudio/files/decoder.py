"""The child process that decodes pictures, so that a hostile file can hurt nothing but this child.

Run as `python -m blendstudio.files.decoder`. It writes READY once, then answers each request on standard input (the
length as 8 bytes, then the file's bytes) on standard output: the length of a JSON header as 4 bytes, the header, and
the profile and the samples that the header announces. It ends when its input does.
"""

import json
import os
import signal
import struct
import sys
import warnings
import zlib
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from blendstudio.core.pixels import Pixels
from blendstudio.core.types import Samples
from blendstudio.files.color import press_to_srgb, rgb_profile

if TYPE_CHECKING:
    from tifffile import TiffPage

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr")
SIDE = 30_000
AREA = 200_000_000
ROWS = 256
MEMORY = 6 << 30
PROCESSOR_SECONDS = 60
READY = b"ready\n"

PNG_MARK = b"\x89PNG\r\n\x1a\n"
TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
ORIENTATION, EXTRA_SAMPLES, PROFILE = 274, 338, 34675  # tags of TIFF and EXIF
ASSOCIATED, SEPARATE = 1, 2  # kinds of alpha in EXTRA_SAMPLES: multiplied into the colours, or straight
OWN_CODECS = (1, 8, 32773, 32946)  # none, deflate, packbits, old deflate: what tifffile unpacks by itself
# What decoders have been seen to raise for damaged files. Anything else ends this process, which the parent survives.
FAULTS = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError, SyntaxError,
    TypeError, ValueError, cv2.error, struct.error, zlib.error,
)  # fmt: skip
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class Refused(Exception):
    """The picture is not decoded; the message is one of `format`, `mode`, `size`, `memory`, `damaged`."""


def decode(data: bytes) -> Pixels:
    """The first picture in the bytes, upright, as straight RGBA; 16 bits where the file has more than 8.

    An RGB profile is kept; CMYK becomes sRGB; any other profile is dropped, which means sRGB. Raises Refused.
    """
    try:
        if data[:4] in TIFF_MARKS:
            pixels = _deep_tiff(data)
            if pixels:
                return pixels
        return _picture(data)
    except UnidentifiedImageError as error:
        raise Refused("format") from error
    except BOMBS as error:
        raise Refused("size") from error
    except MemoryError as error:
        raise Refused("memory") from error
    except FAULTS as error:
        raise Refused("damaged") from error


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers requests until they end."""
    answers.write(READY)
    answers.flush()
    while len(prefix := requests.read(8)) == 8:
        _renew_processor_time()
        try:
            pixels = decode(requests.read(struct.unpack(">Q", prefix)[0]))
        except Refused as refusal:
            _send(answers, {"refused": str(refusal), "detail": repr(refusal.__cause__)[:500]})
            continue
        height, width, _ = pixels.array.shape
        profile = pixels.profile or b""
        bits = pixels.array.dtype.itemsize * 8
        _send(answers, {"width": width, "height": height, "bits": bits, "profile": len(profile)}, profile, pixels.array)


def main() -> None:
    """Sets the limits of this process and serves its standard streams."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a codec that prints must not write into an answer
    _limit_memory()
    cv2.setNumThreads(1)
    Image.MAX_IMAGE_PIXELS = AREA
    PngImagePlugin.MAX_TEXT_CHUNK = 16 << 20  # Pillow's 1 MiB refuses real profiles and the notes of other programs
    for bomb in BOMBS[1:]:
        warnings.simplefilter("error", bomb)
    with answers:
        serve(sys.stdin.buffer, answers)


def _send(answers: BinaryIO, header: dict[str, object], *parts: bytes | NDArray[Any]) -> None:
    packed = json.dumps(header).encode()
    answers.write(struct.pack(">I", len(packed)) + packed)
    for part in parts:
        answers.write(part if isinstance(part, bytes) else part.data.cast("B"))
    answers.flush()


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    with suppress(OSError, ValueError):  # macOS knows the limit and refuses to set it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _renew_processor_time() -> None:
    """Gives this picture its own processor time, so that no child spins on after its parent is gone."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + PROCESSOR_SECONDS
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Refused("damaged")
    if max(width, height) > SIDE or width * height > AREA:
        raise Refused("size")


def _picture(data: bytes) -> Pixels:
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        _check_size(*image.size)
        if image.mode not in MODES and not _is_deep_png(data):
            raise Refused("mode")
        profile = image.info.get("icc_profile")
        if _is_deep_png(data):
            array, orientation = _deep_png(data, image), _orientation(image) if "exif" in image.info else 1
        else:
            array, orientation = _shallow(image, profile), _orientation(image)
        # The converted colours of CMYK are sRGB, and its profile is dropped here as not being one of RGB.
        return Pixels(_upright(array, orientation), rgb_profile(profile))


def _shallow(image: Image.Image, profile: bytes | None) -> NDArray[np.uint8]:
    """H×W×4 of 8 bits from any of MODES."""
    image.load()
    if image.mode == "CMYK":
        image = press_to_srgb(image, profile)
    array = np.empty((image.height, image.width, 4), np.uint8)
    for top in range(0, image.height, ROWS):  # in strips, which halves the memory and is faster than one large copy
        strip = image.crop((0, top, image.width, min(top + ROWS, image.height)))
        array[top : top + ROWS] = np.asarray(strip.convert("RGBA"))
    return array


def _orientation(image: Image.Image) -> int:
    with suppress(*FAULTS):  # broken EXIF is no reason to refuse a sound picture
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _upright(array: Samples, orientation: int) -> Samples:
    """Undoes the turn that EXIF's orientation 2..8 names; any other number is none."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return array


def _is_deep_png(data: bytes) -> bool:
    return data[:8] == PNG_MARK and data[24:25] == b"\x10"


def _deep_png(data: bytes, image: Image.Image) -> NDArray[np.uint16]:
    """H×W×4 of 16 bits. Pillow would clip 16-bit grey and halve the depth of 16-bit RGB."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    width, height = image.size
    if decoded is None or decoded.shape[:2] != (height, width) or decoded.dtype != np.uint16:
        raise Refused("damaged")
    samples = _from_bgr(decoded)
    rgba = _rgba(samples)
    clear = image.info.get("transparency")
    if clear is not None and samples.shape[2] < 4:
        rgba[..., 3][(rgba[..., :3] == np.array(clear)).all(axis=2)] = 0
    return rgba


def _from_bgr(decoded: NDArray[Any]) -> NDArray[Any]:
    """H×W×1, 3 or 4 with red first, from what OpenCV decodes."""
    if decoded.ndim == 2:
        return decoded[..., None]
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB if decoded.shape[2] == 3 else cv2.COLOR_BGRA2RGBA, dst=decoded)


def _rgba(samples: NDArray[np.uint16]) -> NDArray[Any]:
    """H×W×4 from grey, grey and alpha, RGB or RGBA."""
    if samples.shape[2] == 4:
        return samples
    if samples.shape[2] == 3:
        return cv2.cvtColor(samples, cv2.COLOR_RGB2RGBA)
    rgba = cv2.cvtColor(np.ascontiguousarray(samples[..., 0]), cv2.COLOR_GRAY2RGBA)
    if samples.shape[2] == 2:
        rgba[..., 3] = samples[..., 1]
    return rgba


def _deep_tiff(data: bytes) -> Pixels | None:
    """The first page of a grey or RGB TIFF of more than 8 bits a sample; None for every other TIFF."""
    from tifffile import TiffFile, TiffFileError

    try:
        with TiffFile(BytesIO(data)) as file:
            page = file.pages.first
            _check_size(page.imagewidth, page.imagelength)
            if int(page.photometric) not in (0, 1, 2) or page.bitspersample <= 8:
                return None
            array, orientation = _tiff_samples(page, data)
            profile = page.tags.valueof(PROFILE)
            return Pixels(_upright(array, orientation), rgb_profile(profile if isinstance(profile, bytes) else None))
    except TiffFileError as error:
        raise Refused("damaged") from error


def _tiff_samples(page: "TiffPage", data: bytes) -> tuple[NDArray[np.uint16], int]:
    """H×W×4 of 16 bits and the orientation that is still to be undone."""
    if page.samplesperpixel > 8 or page.imagedepth != 1:
        raise Refused("mode")
    if int(page.compression) in OWN_CODECS:
        samples = page.asarray(maxworkers=1)
        if page.samplesperpixel > 1 and int(page.planarconfig) == SEPARATE:
            samples = np.moveaxis(samples, 0, -1)
        orientation = int(page.tags.valueof(ORIENTATION, 1))
    else:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if decoded is None:
            raise Refused("damaged")
        samples, orientation = _from_bgr(decoded), 1  # OpenCV has turned a TIFF already
    if samples.size != page.imagewidth * page.imagelength * page.samplesperpixel:
        raise Refused("mode")
    samples = samples.reshape(*samples.shape[:2], page.samplesperpixel)
    return _straight(_codes(samples, page.bitspersample), page), orientation


def _codes(samples: NDArray[Any], bits: int) -> NDArray[np.uint16]:
    """16-bit codes: floats from 0..1 with 0 for what is no number, integers from 0 to the largest of their bits."""
    if samples.dtype == np.uint16 and bits == 16:
        return samples
    if samples.dtype == np.uint8:
        return samples.astype(np.uint16) * np.uint16(257)
    top = 1.0 if samples.dtype.kind == "f" else float(2 ** (bits - (samples.dtype.kind == "i")) - 1)
    share = samples.astype(np.float32)
    share /= top
    np.nan_to_num(share, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    np.clip(share, 0.0, 1.0, out=share)
    share *= 65535
    return np.rint(share, out=share).astype(np.uint16)


def _straight(codes: NDArray[np.uint16], page: "TiffPage") -> NDArray[np.uint16]:
    """RGBA from a TIFF's samples: its kind of alpha found, divided out of the colours, and white the larger code."""
    colours = 3 if int(page.photometric) == 2 else 1
    extra = codes.shape[2] - colours
    if extra < 0:
        raise Refused("mode")
    kinds = page.tags.valueof(EXTRA_SAMPLES, (SEPARATE,) * (extra == 1))
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    found = next((i for i, kind in enumerate(kinds[:extra]) if kind in (ASSOCIATED, SEPARATE)), None)
    rgba = _rgba(np.ascontiguousarray(codes[..., :colours]))
    if found is not None:
        rgba[..., 3] = codes[..., colours + found]
    if int(page.photometric) == 0:
        rgba[..., :3] = 65535 - rgba[..., :3]
    if found is not None and kinds[found] == ASSOCIATED:
        alpha = np.maximum(rgba[..., 3:], 1).astype(np.float32)
        rgba[..., :3] = np.rint(np.minimum(rgba[..., :3] * np.float32(65535) / alpha, 65535))
    return rgba


if __name__ == "__main__":
    main()
