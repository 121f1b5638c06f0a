"""The mask under the hand: the brush, and the live alpha that the canvas shows while a stroke runs."""

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.core import brush
from blendstudio.core.brush import Tip
from blendstudio.core.document import Layer, Mask
from blendstudio.core.geometry import IntRect, Point
from blendstudio.core.handwork import drawn, first_mask, with_hand
from blendstudio.core.types import F32, U8, Samples, floats

SIZES = (1.0, 2000.0)


@dataclass(frozen=True)
class Brush:
    """How the brush paints: diameter in photo pixels, hardness and opacity in 0..1, and whether it takes away.

    `pen_size` and `pen_opacity` let a pen's pressure decide that share of the size and of the opacity.
    """

    size: float = 40.0
    hardness: float = 0.8
    opacity: float = 1.0
    erase: bool = False
    pen_size: bool = True
    pen_opacity: bool = False

    def tip(self, pressure: float) -> Tip:
        """What touches the photo at a pressure of 0..1; a mouse always presses with 1."""
        size = self.size * pressure if self.pen_size else self.size
        return Tip(max(size, SIZES[0]), self.hardness, pressure if self.pen_opacity else 1.0)


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
    tip: Tip


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

    def hand(self) -> tuple[U8 | None, U8 | None]:
        """What the hand has added and taken away so far, H×W each."""
        if self._stroke and self._holds:
            return self._stroke.parts
        layer = self._session.subject
        return (layer.mask.add, layer.mask.subtract) if layer and layer.mask else (None, None)

    def begin(self, point: Point, *, erase: bool, straight: bool, pressure: float = 1.0) -> None:
        """Starts a stroke on the selected object; a straight one comes from where the last one ended."""
        self.end()
        layer = self._session.subject
        if layer is None:
            return
        whole = erase and not self._session.fronting  # of an object without a mask all shows, in front is nothing
        mask = layer.mask or first_mask(layer.pixels, whole=whole)
        shape = self._shapes.of(layer)
        height, width = layer.pixels.array.shape[:2]
        base = shape.base if shape and layer.mask else None
        if base is None and mask.auto is not None:
            base = floats(mask.auto, 255)
        before = self.alpha()
        opacity = _eight_bits(layer.pixels.array[..., 3])
        parts = drawn(mask, (height, width))
        if before is not None:
            self._live = before if before is self._live else before.copy()
        else:
            self._live = np.where(opacity > 0, opacity, 0) if whole else np.zeros((height, width), np.uint8)
        start = self._end[1] if straight and self._end and self._end[0] == layer.id else point
        coverage = np.zeros((height, width), np.uint8)
        tip = self.brush.tip(pressure)
        self._stroke = _Stroke(layer, mask, parts, coverage, base, opacity, erase, start, tip)
        if before is None:
            self.touched.emit(IntRect(0, 0, width, height))
        self.move(point, pressure)

    def move(self, point: Point, pressure: float = 1.0) -> None:
        """Carries the stroke on to a point."""
        stroke = self._stroke
        if stroke and not self._holds:
            self.cancel()
        if self._stroke is None or stroke is None or self._live is None:
            return
        tip = self.brush.tip(pressure)
        rect = brush.line(stroke.coverage, stroke.last, point, stroke.tip, tip)
        stroke.last, stroke.tip = point, tip
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
        mask = with_hand(stroke.mask, *stroke.parts)
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


def _eight_bits(samples: Samples) -> U8:
    return samples.astype(np.uint8) if samples.dtype == np.uint8 else (samples >> 8).astype(np.uint8)
