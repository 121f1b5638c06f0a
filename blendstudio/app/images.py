"""Pixels to QImage and back: the only crossing. Premultiplied 8-bit sRGB is what the canvas draws."""

from dataclasses import dataclass
from math import log2

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

import qimage2ndarray  # isort: skip - after PySide6, which it looks for

from blendstudio.core.pixels import Pixels
from blendstudio.core.types import F32, U8
from blendstudio.files.color import to_srgb

SMALLEST = 64  # px: no smaller level is made


@dataclass(frozen=True, eq=False)
class Pyramid:
    """One picture at full size, a half, a quarter and so on, so that it is drawn small quickly and without aliasing."""

    levels: tuple[QImage, ...]

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


def pyramid(image: QImage) -> Pyramid:
    """All levels of a picture. For workers: 24 megapixels take about a fifth of a second."""
    levels = [image]
    while min(levels[-1].width(), levels[-1].height()) >= 2 * SMALLEST:
        half = levels[-1].size() / 2
        smooth = Qt.TransformationMode.SmoothTransformation
        levels.append(levels[-1].scaled(half, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))
    return Pyramid(tuple(levels))


def to_image(pixels: Pixels) -> QImage:
    """The picture as it is shown: sRGB, 8 bits, premultiplied; its memory is its own."""
    samples = to_srgb(pixels).array
    if samples.dtype == np.uint16:
        samples = (samples >> 8).astype(np.uint8)
    height, width = samples.shape[:2]
    straight = QImage(samples.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return straight.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def to_pixels(image: QImage) -> Pixels:
    """A picture from the clipboard, with its alpha, as 8-bit sRGB pixels."""
    straight = image.convertToFormat(QImage.Format.Format_RGBA8888)
    height, width = straight.height(), straight.width()
    raw = np.frombuffer(straight.constBits(), np.uint8).reshape(height, straight.bytesPerLine())
    return Pixels(raw[:, : 4 * width].reshape(height, width, 4).copy())


def from_preview(picture: F32) -> QImage:
    """An opaque picture, h×w×3 in 0..1 sRGB, such as a running blend shows."""
    return qimage2ndarray.array2qimage(np.clip(picture, 0, 1) * 255).copy()


def grey(values: U8) -> QImage:
    """A view on an H×W array of bytes as a grey picture. The array must outlive the picture."""
    height, width = values.shape
    return QImage(values.data, width, height, values.strides[0], QImage.Format.Format_Grayscale8)


def grey_values(image: QImage) -> U8:
    """The bytes of a grey picture as an H×W array that shares its memory."""
    return qimage2ndarray.raw_view(image)


def tinted(colours: U8) -> QImage:
    """A picture from H×W×4 premultiplied bytes in the order blue, green, red, alpha; its memory is its own."""
    height, width = colours.shape[:2]
    view = QImage(colours.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    return view.copy()
