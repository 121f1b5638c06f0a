"""The hair brush: marks where a hard edge will not do; there the photo decides what is hair and what shows through."""

import numpy as np
from PySide6.QtCore import QObject, Signal

from blendstudio.app.session import Session
from blendstudio.app.strokes import Brush, Strokes
from blendstudio.core import brush
from blendstudio.core.brush import Tip
from blendstudio.core.document import Layer
from blendstudio.core.geometry import IntRect, Point
from blendstudio.core.types import U8


class HairBrush(QObject):
    """A stroke's marks on the selected object. `drawn` gives them, and whether to restore, when the stroke ends;
    `touched` names the photo pixels that look different now, `said` carries a sentence and no file."""

    drawn = Signal(object, bool)
    said = Signal(str, object)
    touched = Signal(object)
    brush_changed = Signal()

    def __init__(self, session: Session, strokes: Strokes) -> None:
        super().__init__(session)
        self._session, self._strokes = session, strokes
        self._layer: Layer | None = None
        self._restore = False
        self._last = (Point(0, 0), Tip(1.0))
        self._end: tuple[str, Point] | None = None  # where the last stroke ended, for a straight line from there
        self.marks: U8 | None = None  # H×W, also after the stroke, until what it leads to is there
        strokes.brush_changed.connect(self.brush_changed)

    @property
    def brush(self) -> Brush:
        """The brush; its edge is always hard, and it has no opacity."""
        return self._strokes.brush

    @property
    def painting(self) -> bool:
        """Whether a stroke is running."""
        return self._layer is not None

    def begin(self, point: Point, *, erase: bool, straight: bool, pressure: float = 1.0) -> None:
        """Starts a stroke; `erase` restores what was found. A straight one comes from where the last one ended."""
        layer = self._session.subject
        if layer is None or layer.mask is None:
            self.said.emit("There is no edge yet. Find or paint the object first, then its hair.", None)
            return
        self._layer, self._restore = layer, erase
        self.marks = np.zeros(layer.pixels.array.shape[:2], np.uint8)
        tip = self._tip(pressure)
        start = self._end[1] if straight and self._end and self._end[0] == layer.id else point
        self._last = (start, tip)
        self.move(point, pressure)

    def move(self, point: Point, pressure: float = 1.0) -> None:
        """Carries the stroke on to a point."""
        if self.marks is None or self._layer is None:
            return
        tip = self._tip(pressure)
        rect = brush.line(self.marks, self._last[0], point, self._last[1], tip)
        self._last = (point, tip)
        if rect.size.width > 0 and rect.size.height > 0:
            self.touched.emit(rect)

    def end(self) -> None:
        """Ends the stroke."""
        layer, self._layer = self._layer, None
        if layer is not None and self.marks is not None:
            self._end = (layer.id, self._last[0])
            self.drawn.emit(self.marks, self._restore)

    def cancel(self) -> None:
        """Gives the stroke up."""
        self._layer = None
        self.clear()

    def clear(self) -> None:
        """Takes the marks away, unless a stroke is running."""
        layer = self._session.subject
        if self.marks is not None and self._layer is None:
            self.marks = None
            if layer is not None:
                self.touched.emit(IntRect(0, 0, *layer.pixels.size))

    def _tip(self, pressure: float) -> Tip:
        return self.brush.tip(pressure)._replace(hardness=1.0, strength=1.0)
