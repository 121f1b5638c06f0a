"""Pixels: the one value that a picture is, between the disk and the engine."""

from dataclasses import dataclass

import numpy as np

from blendstudio.core.geometry import Rect, Size
from blendstudio.core.types import F32, U8, Samples, floats, frozen


@dataclass(frozen=True, eq=False)
class Pixels:
    """H×W×4 red, green, blue and straight alpha, uint8 or uint16, read-only, with the bytes of its ICC profile.

    `profile` None means sRGB.
    """

    array: Samples
    profile: bytes | None = None

    def __post_init__(self) -> None:
        shape, kind = self.array.shape, self.array.dtype
        if len(shape) != 3 or shape[2] != 4 or kind not in (np.uint8, np.uint16):
            raise ValueError(f"pixels must be H×W×4 of 8 or 16 bits, not {shape} {kind}")
        object.__setattr__(self, "array", frozen(self.array))

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.array.shape[1], self.array.shape[0])

    @property
    def bounds(self) -> Rect:
        """The whole picture as a rectangle."""
        return Rect(0.0, 0.0, float(self.size.width), float(self.size.height))

    @property
    def top(self) -> int:
        """The largest sample: 255 or 65535."""
        return int(np.iinfo(self.array.dtype).max)

    def rgb8(self) -> U8:
        """H×W×3 of 8 bits, without alpha, for the nets and for showing."""
        rgb = self.array[..., :3]
        if rgb.dtype == np.uint8:
            return np.ascontiguousarray(rgb, np.uint8)
        return ((rgb.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)

    def alpha(self) -> F32:
        """H×W straight alpha in 0..1."""
        return floats(self.array[..., 3], self.top)


def from_rgb(rgb: Samples, profile: bytes | None = None) -> Pixels:
    """Opaque pixels from an H×W×3 array of 8 or 16 bits."""
    samples = np.full((*rgb.shape[:2], 4), np.iinfo(rgb.dtype).max, rgb.dtype)
    samples[..., :3] = rgb
    return Pixels(samples, profile)


def quantise(values: F32, like: Samples) -> Samples:
    """Floats in 0..1 to the sample type of `like`, clamped, rounded half to even."""
    levels = np.rint(np.clip(values, 0.0, 1.0) * np.iinfo(like.dtype).max)
    return levels.astype(np.uint8 if like.dtype == np.uint8 else np.uint16)
