"""The mask under the hand: the brush, and the live alpha that the canvas shows while a stroke runs."""

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.core import brush
from blendstudio.core.document import AS_GIVEN, Layer, Mask
from blendstudio.core.geometry import IntRect, Point
from blendstudio.core.types import F32, U8, Samples, floats

SIZES = (1.0, 2000.0)


@dataclass(frozen=True)
class Brush:
    """How the brush paints: diameter in photo pixels, hardness and opacity in 0..1, and whether it takes away."""

    size: float = 40.0
    hardness: float = 0.8
    opacity: float = 1.0
    erase: bool = False


@dataclass(eq=False)
class _Stroke:
    """What a running stroke needs: the layer and the mask it began with, the working copies, and where it has been."""

    layer: Layer
    mask: Mask
    parts: tuple[U8, U8]
    coverage: U8
    base: F32 | None
    opacity: U8
    erase: bool
    last: Point


class Strokes(QObject):
    """Paints on the selected object's mask. `touched` names the photo pixels that look different now."""

    touched = Signal(object)
    brush_changed = Signal()

    def __init__(self, session: Session, shapes: Shapes) -> None:
        super().__init__(session)
        self._session, self._shapes = session, shapes
        self.brush = Brush()
        self._stroke: _Stroke | None = None
        self._live: U8 | None = None
        self._live_of: Mask | None = None
        self._end: tuple[str, Point] | None = None  # where the last stroke ended, for a straight line from there
        session.changed.connect(self._forget)

    @property
    def painting(self) -> bool:
        """Whether a stroke is running."""
        return self._stroke is not None

    def set_brush(self, **values: float | bool) -> None:
        """Changes the brush; sizes are kept within their range."""
        self.brush = replace(self.brush, **values)  # type: ignore[arg-type]
        self.brush = replace(self.brush, size=min(max(self.brush.size, SIZES[0]), SIZES[1]))
        self.brush_changed.emit()

    def grow(self, factor: float) -> None:
        """A larger or smaller brush, by at least a pixel."""
        size = self.brush.size * factor
        step = 1.0 if factor > 1 else -1.0
        self.set_brush(size=round(size) if abs(size - self.brush.size) >= 1 else self.brush.size + step)

    def harden(self, step: float) -> None:
        """A firmer or softer edge."""
        self.set_brush(hardness=min(max(round(self.brush.hardness + step, 2), 0.0), 1.0))

    def alpha(self) -> U8 | None:
        """The selected object's alpha as it is now, H×W, or None where all of it shows or nothing is known yet."""
        layer = self._session.subject
        if layer is None:
            return None
        made = layer.mask is not None and self._live_of is layer.mask
        if self._live is not None and (self._holds if self._stroke else made):
            return self._live
        shape = self._shapes.of(layer)
        return shape.alpha if shape and layer.mask else None

    def begin(self, point: Point, *, erase: bool, straight: bool) -> None:
        """Starts a stroke on the selected object; a straight one comes from where the last one ended."""
        self.end()
        layer = self._session.subject
        if layer is None:
            return
        whole = erase and not self._session.fronting  # of an object without a mask all shows, in front is nothing
        mask = layer.mask or _first_mask(layer, whole)
        shape = self._shapes.of(layer)
        height, width = layer.pixels.array.shape[:2]
        base = shape.base if shape and layer.mask else None
        if base is None and mask.auto is not None:
            base = floats(mask.auto, 255)
        before = self.alpha()
        opacity = _eight_bits(layer.pixels.array[..., 3])
        parts = tuple(np.zeros((height, width), np.uint8) if p is None else p.copy() for p in (mask.add, mask.subtract))
        if before is not None:
            self._live = before if before is self._live else before.copy()
        else:
            self._live = np.where(opacity > 0, opacity, 0) if whole else np.zeros((height, width), np.uint8)
        start = self._end[1] if straight and self._end and self._end[0] == layer.id else point
        coverage = np.zeros((height, width), np.uint8)
        self._stroke = _Stroke(layer, mask, (parts[0], parts[1]), coverage, base, opacity, erase, start)
        if before is None:
            self.touched.emit(IntRect(0, 0, width, height))
        self.move(point)

    def move(self, point: Point) -> None:
        """Carries the stroke on to a point."""
        stroke = self._stroke
        if stroke and not self._holds:
            self.cancel()
        if self._stroke is None or stroke is None or self._live is None:
            return
        size, hardness = self.brush.size, self.brush.hardness
        rect = brush.line(stroke.coverage, stroke.last, point, size, hardness)
        stroke.last = point
        if rect.size.width <= 0 or rect.size.height <= 0:
            return
        cut = rect.slices
        paint = brush.subtract if stroke.erase else brush.add
        before = tuple(None if part is None else part[cut] for part in (stroke.mask.add, stroke.mask.subtract))
        parts = (stroke.parts[0][cut], stroke.parts[1][cut])
        paint(parts, (before[0], before[1]), brush.scaled(stroke.coverage[cut], self.brush.opacity))
        base = None if stroke.base is None else stroke.base[cut]
        self._live[cut] = brush.final(base, parts, stroke.opacity[cut])
        self.touched.emit(rect)

    def end(self) -> None:
        """Ends the stroke; what it changed becomes one step of the history."""
        holds = self._holds
        stroke, self._stroke = self._stroke, None
        if stroke is None:
            return
        if not (holds and stroke.coverage.any()):
            self._live = self._live_of = None
            return
        self._end = (stroke.layer.id, stroke.last)
        add, subtract = (part if part.any() else None for part in stroke.parts)
        mask = replace(stroke.mask, add=add, subtract=subtract)
        self._live_of = mask
        self._session.edit("Erase" if stroke.erase else "Brush", lambda x: replace(x, mask=mask))

    def cancel(self) -> None:
        """Gives the stroke up; the mask is as it was."""
        if self._stroke:
            self._stroke = self._live = self._live_of = None
            layer = self._session.subject
            if layer:
                self.touched.emit(IntRect(0, 0, *layer.pixels.size))

    def _forget(self) -> None:
        """Lets go of an alpha that is no longer shown; a work that is closed leaves nothing behind."""
        layer = self._session.subject
        if self._stroke is None and (layer is None or layer.mask is not self._live_of):
            self._live = self._live_of = None

    @property
    def _holds(self) -> bool:
        """Whether the mask under the running stroke is still the one that it began with."""
        layer, stroke = self._session.subject, self._stroke
        if layer is None or stroke is None or layer.id != stroke.layer.id:
            return False
        return layer.pixels is stroke.layer.pixels and layer.mask is stroke.layer.mask


def _first_mask(layer: Layer, whole: bool) -> Mask:
    """What a stroke begins with where there is no mask: all of the photo to erase from, or nothing to add to."""
    if not whole:
        return Mask()
    height, width = layer.pixels.array.shape[:2]
    return Mask(auto=np.full((height, width), 255, np.uint8), refine=AS_GIVEN)


def _eight_bits(samples: Samples) -> U8:
    return samples.astype(np.uint8) if samples.dtype == np.uint8 else (samples >> 8).astype(np.uint8)
