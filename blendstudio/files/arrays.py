"""Pictures, masks and floats as entries of a project: each stored once, and shared again when it is read."""

import hashlib
import math
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from blendstudio.core.pixels import Pixels
from blendstudio.core.types import F32, U8
from blendstudio.files.archive import Archive
from blendstudio.files.decoder import AREA
from blendstudio.files.images import encode_mask, encode_png, read_image_bytes
from blendstudio.files.openraster import Unsound

FOLDER = "blendstudio"
DECODED_BYTES = 4 << 30  # of all arrays of one project; a small file can hold pictures that swell a thousandfold
FLOATS = np.dtype("<f4")
LARGEST = 1e6  # of any float; samples run over 0..1
Data = bytes | memoryview
Plain = Any  # what JSON can say
_T = TypeVar("_T")


class ArrayWriter:
    """Puts arrays into a project under the hash of their content, so that equal ones are stored once."""

    def __init__(self, put: Callable[[str, Data], None]) -> None:
        self._put = put
        self._places: dict[tuple[object, ...], str] = {}  # by identity: what is shared is not even encoded twice
        self._names: dict[str, str] = {}  # by hash

    def picture(self, pixels: Pixels, name: str, *, original: bool) -> str:
        """Stores a picture that other programs see as `name`; returns the SHA-256 of its bytes.

        `original`: these are a layer's own pixels, which outlive this writer and need no second copy.
        """
        encoded = encode_png(pixels)
        digest = hashlib.sha256(encoded).hexdigest()
        self._names.setdefault(digest, name)
        if original:
            self._places[_identity(pixels)] = name
        self._put(name, encoded)
        return digest

    def pixels(self, pixels: Pixels) -> Plain:
        """Stores pixels, with the profile by itself as well: in a PNG a broken one would be lost."""
        place = self._once(_identity(pixels), "pixels", "png", lambda: encode_png(pixels))
        profile = pixels.profile
        return {"file": place, "profile": None if profile is None else self._kept("profiles", "icc", profile)}

    def mask(self, mask: U8) -> Plain:
        """Stores an H×W mask."""
        return {"file": self._once((id(mask),), "masks", "png", lambda: encode_mask(mask))}

    def floats(self, values: F32) -> Plain:
        """Stores floats of any shape."""
        place = self._once((id(values),), "floats", "z", lambda: _packed(values))
        return {"file": place, "shape": list(values.shape)}

    def _once(self, identity: tuple[object, ...], folder: str, ending: str, encode: Callable[[], Data]) -> str:
        if identity not in self._places:
            self._places[identity] = self._kept(folder, ending, encode())
        return self._places[identity]

    def _kept(self, folder: str, ending: str, data: Data) -> str:
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._names:
            self._names[digest] = f"{FOLDER}/{folder}/{digest[:32]}.{ending}"
            self._put(self._names[digest], data)
        return self._names[digest]


class ArrayReader:
    """Reads what an ArrayWriter stored; one entry gives one object, however often it is asked for.

    Raises Unsound for what is not as stored, and the archive's and the decoder's own errors.
    """

    def __init__(self, archive: Archive, altered: frozenset[str] = frozenset()) -> None:
        """`altered` are the entries that another program has written over."""
        self._archive = archive
        self._altered = altered
        self._made: dict[tuple[object, ...], Any] = {}
        self._left = DECODED_BYTES

    def picture(self, name: str) -> Pixels:
        """The picture of an entry as other programs see it."""
        return self._once(("picture", name), lambda: self._decoded(name))

    def pixels(self, plain: Plain) -> Pixels:
        """Pixels with the very profile that they had."""
        name, profile = plain["file"], plain["profile"]
        return self._once(("pixels", name, profile), lambda: self._with_profile(self._own(name), profile))

    def mask(self, plain: Plain) -> U8:
        """An H×W mask."""
        name = self._own(plain["file"])
        return self._once(("mask", name), lambda: _grey(self._decoded(name)))

    def floats(self, plain: Plain) -> F32:
        """Floats of the shape that is declared. A stale blend may be larger than the document is by now."""
        name, shape = self._own(plain["file"]), tuple(plain["shape"])
        if not all(type(side) is int and side >= 0 for side in shape) or math.prod(shape) > 3 * AREA:
            raise Unsound("an impossible shape")
        return self._once(("floats", name, shape), lambda: self._unpacked(name, shape))

    def _once(self, key: tuple[object, ...], make: Callable[[], _T]) -> _T:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def _own(self, name: str) -> str:
        if name in self._altered:
            raise Unsound(f"{name} was written by another program")
        return name

    def _decoded(self, name: str) -> Pixels:
        pixels = read_image_bytes(self._archive.read(name), self._archive.name)
        self._spend(pixels.array.nbytes)
        return pixels

    def _with_profile(self, name: str, profile: str | None) -> Pixels:
        return Pixels(self.picture(name).array, None if profile is None else self._archive.read(profile))

    def _unpacked(self, name: str, shape: tuple[int, ...]) -> F32:
        count = math.prod(shape) * FLOATS.itemsize
        self._spend(count)
        inflater = zlib.decompressobj()
        data = inflater.decompress(self._archive.read(name), count + 1)
        if len(data) != count or not inflater.eof:
            raise Unsound(f"{name} does not fill its shape")
        values = np.frombuffer(data, FLOATS).reshape(shape).astype(np.float32, copy=False)
        if not np.abs(values).max(initial=0) <= LARGEST:
            raise Unsound(f"{name} holds what is no colour")
        return values

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise self._archive.too_large("all arrays together")


def _identity(pixels: Pixels) -> tuple[object, ...]:
    return id(pixels.array), pixels.profile


def _packed(values: F32) -> bytes:
    """Little-endian floats, deflated by run lengths: what is zero vanishes, and what is not hardly packs anyway."""
    deflater = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return deflater.compress(np.ascontiguousarray(values, FLOATS).data.cast("B")) + deflater.flush()


def _grey(pixels: Pixels) -> U8:
    if pixels.array.dtype != np.uint8:
        raise Unsound("a mask of 16 bits")
    return np.ascontiguousarray(pixels.array[..., 0], np.uint8)
