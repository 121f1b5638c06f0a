"""Edits of a mask that take a moment: worked out beside the window, each one step of the history."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from blendstudio.app.jobs import Job, Runner
from blendstudio.app.session import Session
from blendstudio.app.strokes import Strokes
from blendstudio.app.wand_tool import Wand
from blendstudio.core import edits, handwork, region, reshape
from blendstudio.core.document import Layer, Mask
from blendstudio.core.geometry import Point
from blendstudio.core.hair import strands
from blendstudio.core.tiles import box_of
from blendstudio.core.types import U8
from blendstudio.engine.job import Progress
from blendstudio.errors import StudioError

SOON = 30  # ms
Change = Callable[[Layer], Mask | None]


class MaskEdits(QObject):
    """Changes the mask in hand. `ended` follows every edit, also a vain one."""

    ended = Signal()

    def __init__(self, session: Session, runner: Runner, strokes: Strokes, wand: Wand) -> None:
        super().__init__(session)
        self._session, self._runner, self._strokes, self._wand = session, runner, strokes, wand

    def outline(self, points: Sequence[Point], erase: bool) -> None:
        """Adds what a closed line holds, or takes it away."""

        def find(layer: Layer) -> region.Region:
            return region.outlined(points, layer.pixels.array.shape[:2])

        self._lay("Lasso, take away" if erase else "Lasso", find, erase=erase)

    def pick(self, at: Point, erase: bool) -> None:
        """Adds what has the colour of a place, or takes it away."""
        wand = self._wand

        def find(layer: Layer) -> region.Region:
            return region.alike(layer.pixels.array, at, wand.tolerance, contiguous=wand.contiguous)

        self._lay("Wand, take away" if erase else "Wand", find, erase=erase)

    def reshape(self, name: str, amount: int = 0) -> None:
        """One of the commands on the whole mask; `amount` in pixels for those that have one."""
        label = name.replace("-", " ").capitalize()

        def change(layer: Layer) -> Mask | None:
            mask = layer.mask
            if mask is None:
                return None
            way = reshape.AMOUNTS[name] if amount else None
            how = way(mask.refine, amount) if way else reshape.WHOLE[name](mask.refine)
            return reshape.reshaped(mask, layer.pixels, how)

        self._submit(f"{label} by {amount} px" if amount else label, change)

    def hair(self, band: U8, *, restore: bool) -> None:
        """Lets the photo decide the alpha of what H×W `band` marks, or gives back what was found there."""
        box = box_of(band)
        if not box.x1:
            self.ended.emit()
        elif restore:
            self._submit("Restore edge", lambda x: x.mask and handwork.lifted(x.mask, x.pixels, box, band[box.slices]))
        else:
            self._submit("Hair brush", partial(_with_strands, band))

    def _lay(self, label: str, find: Callable[[Layer], region.Region], *, erase: bool) -> None:
        whole = erase and not self._session.fronting

        def change(layer: Layer) -> Mask | None:
            rect, coverage = find(layer)
            if not coverage.any():
                return None
            mask = layer.mask or handwork.first_mask(layer.pixels, whole=whole)
            return handwork.laid(mask, layer.pixels, rect, coverage, erase=erase)

        self._submit(label, change)

    def _submit(self, label: str, change: Change, layer_id: str = "") -> None:
        layer = self._layer(layer_id) if layer_id else self._session.subject
        if layer is None:
            self.ended.emit()
            return

        def work(_: Progress) -> Mask | None:
            return change(layer)

        def done(mask: Mask | None) -> None:
            now = self._layer(layer.id)
            if now is None or now.pixels is not layer.pixels or mask is None:
                self.ended.emit()
            elif now.mask is not layer.mask or self._strokes.painting:  # the hand was quicker: after what it does
                QTimer.singleShot(SOON, self, lambda: self._submit(label, change, layer.id))
            else:
                self._take(label, now, mask)

        def failed(error: StudioError) -> None:
            self._runner.failed.emit(job, error)
            self.ended.emit()

        job = Job(label, work, done, "shapes", quiet=True, failed=failed, cancelled=self.ended.emit)
        self._runner.submit(job)

    def _take(self, label: str, layer: Layer, mask: Mask) -> None:
        document = self._session.document
        if document:
            self._session.apply(label, edits.set_mask(document, layer.id, mask))
        self.ended.emit()

    def _layer(self, layer_id: str) -> Layer | None:
        document = self._session.document
        return next((x for x in document.layers if x.id == layer_id), None) if document else None


def _with_strands(band: U8, layer: Layer) -> Mask | None:
    mask = layer.mask
    if mask is None:
        return None
    before = handwork.found(mask, layer.pixels)
    after = strands(layer.pixels.array, handwork.seen(mask, before), band)
    return handwork.showing(mask, before, after, np.asarray(band > 0))
