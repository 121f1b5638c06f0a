"""Colour profiles: between a picture's own profile, sRGB and the document's profile, in 8 or 16 bits."""

import struct
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from PIL import Image, ImageCms

from blendstudio.core.pixels import Pixels
from blendstudio.core.types import F32, F64, U8, Samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

Depth = Literal[8, 16]
BLOCK = 1 << 20  # pixels converted at a time in 16 bits, which bounds the float copies to some 50 MB
NODES = 52  # a side of the grid for table profiles: 51 divides 255, so every node is a whole 8-bit code
TABLES = (b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"D2B0", b"D2B1", b"B2D0", b"B2D1")
BROKEN = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


class Shaper(NamedTuple):
    """An RGB profile made of three tone curves and a matrix, as nearly every working space and camera is."""

    curves: F32  # 3×65536, linear light in 0..1 for every 16-bit code
    matrix: F64  # 3×3, linear RGB to XYZ under D50


def rgb_profile(profile: bytes | None) -> bytes | None:
    """The profile if it is a sound RGB profile that colours convert from and to; None, which means sRGB, otherwise."""
    return profile if profile and _is_sound(profile) else None


def is_srgb(profile: bytes | None) -> bool:
    """Whether colours keep their 8-bit values, to one level, when read as sRGB; so for None and broken profiles."""
    return rgb_profile(profile) is None or _keeps_values(profile)


def to_srgb(pixels: Pixels) -> Pixels:
    """The same colours in sRGB without a profile, at the same depth; the very object where it is sRGB already."""
    if is_srgb(pixels.profile):
        return pixels
    return to_profile(pixels, None, 16 if pixels.array.dtype == np.uint16 else 8)


def to_profile(pixels: Pixels, profile: bytes | None, depth: Depth) -> Pixels:
    """The same colours in another profile (None: sRGB) and in 8 or 16 bits; alpha keeps its value.

    Colours outside the new profile are clipped, as relative colorimetry does. In 16 bits a profile of curves and a
    matrix is exact to about one code in 65535; a table profile goes through a grid of 8-bit colours.
    """
    if pixels.profile == profile and pixels.array.dtype == _sample_type(depth):
        return pixels
    if pixels.profile == profile or (is_srgb(pixels.profile) and is_srgb(profile)):
        return Pixels(in_depth(pixels.array, depth), profile)
    source, target = rgb_profile(pixels.profile), rgb_profile(profile)
    result: NDArray[Any] = np.empty(pixels.array.shape, _sample_type(depth))
    result[..., 3] = in_depth(pixels.array[..., 3], depth)
    if pixels.array.dtype == np.uint8 and depth == 8:
        result[..., :3] = _in_8_bits(pixels.rgb8(), source, target)
    else:
        _convert_finely(pixels.array, result, _fine_conversion(source, target))
    return Pixels(result, profile)


def in_depth(samples: Samples, depth: Depth) -> Samples:
    """The samples in 8 or 16 bits: white stays white, and 8 bits survive the way to 16 and back."""
    if samples.dtype == _sample_type(depth):
        return samples
    if depth == 16:
        return samples.astype(np.uint16) * np.uint16(257)
    return ((samples.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def press_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A CMYK image as sRGB through its own profile and intent; by plain complement without a sound CMYK profile."""
    if not profile:
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, _opened(None), _intent(source), "RGB")
    except BROKEN:
        return image.convert("RGB")
    return converted or image.convert("RGB")


@lru_cache(maxsize=16)
def _is_sound(profile: bytes) -> bool:
    try:
        if profile[16:20] != b"RGB ":  # the colour space of the data, ICC.1:2022, 7.2.8
            return False
        probe = np.zeros((1, 1, 3), np.uint8)
        _in_8_bits(probe, profile, None)
        _in_8_bits(probe, None, profile)
    except BROKEN:
        return False
    return True


@lru_cache(maxsize=16)
def _keeps_values(profile: bytes) -> bool:
    grid = _grid(18)
    return int(np.abs(_in_8_bits(grid, profile, None).astype(np.int16) - grid).max()) <= 1


def _sample_type(depth: Depth) -> type[np.uint8] | type[np.uint16]:
    return np.uint16 if depth == 16 else np.uint8


def _opened(profile: bytes | None) -> ImageCms.ImageCmsProfile:
    if profile is None:
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return ImageCms.ImageCmsProfile(BytesIO(profile))


def _intent(source: ImageCms.ImageCmsProfile) -> ImageCms.Intent:
    # Absolute colorimetry would tint the paper white; nobody wants that in a picture for the screen.
    wanted = ImageCms.Intent(ImageCms.getDefaultIntent(source))
    return ImageCms.Intent.RELATIVE_COLORIMETRIC if wanted == ImageCms.Intent.ABSOLUTE_COLORIMETRIC else wanted


def _in_8_bits(rgb: U8, source: bytes | None, target: bytes | None) -> U8:
    """H×W×3 through LittleCMS."""
    start = _opened(source)
    transform = ImageCms.buildTransform(start, _opened(target), "RGB", "RGB", _intent(start))
    converted = ImageCms.applyTransform(Image.fromarray(rgb), transform)
    return np.asarray(converted)


def _grid(nodes: int) -> U8:
    """Every colour whose codes are multiples of 255 / (nodes - 1), as nodes²×nodes×3, red slowest."""
    codes = np.linspace(0, 255, nodes).astype(np.uint8)
    return np.stack(np.meshgrid(codes, codes, codes, indexing="ij"), axis=-1).reshape(nodes * nodes, nodes, 3)


def _convert_finely(source: Samples, result: Samples, conversion: Callable[[Samples], F32]) -> None:
    rows = max(1, BLOCK // source.shape[1])
    top = np.iinfo(result.dtype).max
    for first in range(0, source.shape[0], rows):
        codes = in_depth(source[first : first + rows, :, :3], 16)
        result[first : first + rows, :, :3] = np.rint(conversion(codes) * top)


def _fine_conversion(source: bytes | None, target: bytes | None) -> Callable[[Samples], F32]:
    """From H×W×3 16-bit codes in one profile to floats in 0..1 in another."""
    start, end = _shaper(source), _shaper(target)
    if start is None or end is None or np.any(np.diff(end.curves) < 0):
        return _through_grid(source, target)
    return _through_shapers(start, end)


def _through_shapers(start: Shaper, end: Shaper) -> Callable[[Samples], F32]:
    matrix = (np.linalg.inv(end.matrix) @ start.matrix).astype(np.float32)
    # The way back from light to code is looked up by the square root of light, which is nearly even to the eye;
    # a table over light itself would be coarse in the shadows.
    light = np.linspace(0.0, 1.0, 65536) ** 2
    codes = np.linspace(0.0, 1.0, 65536)
    back = np.stack([np.interp(light, curve, codes) for curve in end.curves]).astype(np.float32)

    def convert(rgb: Samples) -> F32:
        linear = np.stack([start.curves[i][rgb[..., i]] for i in range(3)], axis=-1) @ matrix.T
        steps = np.rint(np.sqrt(np.clip(linear, 0.0, 1.0)) * 65535).astype(np.uint16)
        return np.stack([back[i][steps[..., i]] for i in range(3)], axis=-1)

    return convert


def _through_grid(source: bytes | None, target: bytes | None) -> Callable[[Samples], F32]:
    table = _in_8_bits(_grid(NODES), source, target).reshape(NODES, NODES, NODES, 3).astype(np.float32) / 255

    def convert(rgb: Samples) -> F32:
        place = rgb.astype(np.float32) * ((NODES - 1) / 65535)
        cell = np.minimum(place.astype(np.intp), NODES - 2)
        share = place - cell
        result = np.zeros(rgb.shape, np.float32)
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod(np.where(np.array(corner, bool), share, 1 - share), axis=-1, keepdims=True)
            red, green, blue = np.moveaxis(cell + corner, -1, 0)
            result += weight * table[red, green, blue]
        return result

    return convert


@lru_cache(maxsize=8)
def _shaper(profile: bytes | None) -> Shaper | None:
    """The curves and matrix of an ICC profile (ICC.1:2022, 8.3.3); None when it is made of tables or is unsound."""
    data = profile or ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    try:
        tags = _tags(data)
        if data[20:24] != b"XYZ " or any(name in tags for name in TABLES):
            return None
        matrix = np.stack([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
        curves = np.stack([_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")])
    except (KeyError, ValueError, struct.error):
        return None
    if abs(np.linalg.det(matrix)) < 1e-6 or not np.isfinite(curves).all():
        return None
    return Shaper(np.clip(curves, 0.0, 1.0).astype(np.float32), matrix)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = [struct.unpack_from(">4sII", profile, 132 + 12 * i) for i in range(min(count, 100))]
    return {name: profile[start : start + length] for name, start, length in entries}


def _xyz(tag: bytes) -> F64:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> F64:
    """A `curv` or `para` tag (ICC.1:2022, 10.6 and 10.18) at every 16-bit code."""
    x = np.linspace(0.0, 1.0, 65536)
    if tag[:4] == b"para":
        return _parametric(tag, x)
    if tag[:4] != b"curv":
        raise ValueError("not a tone curve")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return x
    if count == 1:
        return x ** (struct.unpack_from(">H", tag, 12)[0] / 256)
    points = np.frombuffer(tag, ">u2", count, 12) / 65535
    return np.interp(x, np.linspace(0.0, 1.0, count), points)


def _parametric(tag: bytes, x: F64) -> F64:
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind > 4:
        raise ValueError("unknown kind of tone curve")
    numbers = [value / 65536 for value in struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", tag, 12)]
    g, a, b, c, d, e, f = [*numbers, *[0.0] * 7][:7]
    if kind == 0:
        return x**g
    if a <= 0:
        raise ValueError("a tone curve that falls")
    if kind == 1:
        d = -b / a
    elif kind == 2:
        c, d, e, f = 0.0, -b / a, c, c
    return np.where(x >= d, np.maximum(a * x + b, 0.0) ** g + e, c * x + f)
