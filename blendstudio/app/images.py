"""Pixels to QImage and back: the only crossing. Premultiplied 8-bit sRGB is what the canvas draws."""

from dataclasses import dataclass
from math import log2

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

import qimage2ndarray  # isort: skip - after PySide6, which it looks for

from blendstudio.core.pixels import Pixels, from_rgb, quantise
from blendstudio.core.showing import halvings, premultiplied
from blendstudio.core.types import F32, U8
from blendstudio.files.color import to_srgb

SMALLEST = 64  # px: no smaller level is made


@dataclass(frozen=True, eq=False)
class Pyramid:
    """One picture at full size, a half, a quarter and so on, so that it is drawn small quickly and without aliasing.

    `samples` is the memory that the levels show.
    """

    levels: tuple[QImage, ...]
    samples: tuple[U8, ...]

    def draw(self, painter: QPainter, place: QRectF) -> None:
        """Draws the picture into `place`, of the best level for the painter's scale."""
        full = self.levels[0].size()
        scale = place.width() / max(1, full.width())
        matrix = painter.deviceTransform()
        scale *= abs(matrix.determinant()) ** 0.5
        level = 0 if scale >= 1 else min(len(self.levels) - 1, int(log2(1 / max(scale, 1e-6))))
        # Pixels are seen as squares when each covers several of the screen's.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 3)
        painter.drawImage(place, self.levels[level])


def pyramid(pixels: Pixels) -> Pyramid:
    """All levels of a picture as it is shown. For workers: Qt's own conversions would hold up Python in all threads."""
    samples = halvings(premultiplied(_srgb8(pixels)), SMALLEST)
    return Pyramid(tuple(_view(level) for level in samples), samples)


def to_image(pixels: Pixels) -> QImage:
    """The picture as it is shown: sRGB, 8 bits, premultiplied; its memory is its own."""
    return _view(premultiplied(_srgb8(pixels))).copy()


def _srgb8(pixels: Pixels) -> U8:
    samples = to_srgb(pixels).array
    return (samples >> 8).astype(np.uint8) if samples.dtype == np.uint16 else samples.astype(np.uint8, copy=False)


def _view(bgra: U8) -> QImage:
    """A view on H×W×4 premultiplied bytes; the array must outlive it."""
    height, width = bgra.shape[:2]
    return QImage(bgra.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)


def to_pixels(image: QImage) -> Pixels:
    """A picture from the clipboard, with its alpha, as 8-bit sRGB pixels."""
    straight = image.convertToFormat(QImage.Format.Format_RGBA8888)
    height, width = straight.height(), straight.width()
    raw = np.frombuffer(straight.constBits(), np.uint8).reshape(height, straight.bytesPerLine())
    return Pixels(raw[:, : 4 * width].reshape(height, width, 4).copy())


def from_preview(picture: F32) -> QImage:
    """An opaque picture, h×w×3 in 0..1 sRGB, such as a running blend shows."""
    return to_image(from_rgb(quantise(picture, np.empty(0, np.uint8))))


def grey(values: U8) -> QImage:
    """A view on an H×W array of bytes as a grey picture. The array must outlive the picture."""
    height, width = values.shape
    return QImage(values.data, width, height, values.strides[0], QImage.Format.Format_Grayscale8)


def grey_values(image: QImage) -> U8:
    """The bytes of a grey picture as an H×W array that shares its memory."""
    return qimage2ndarray.raw_view(image)


def tinted(colours: U8) -> QImage:
    """A picture from H×W×4 premultiplied bytes in the order blue, green, red, alpha; its memory is its own."""
    return _view(colours).copy()
