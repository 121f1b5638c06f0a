"""What the canvas draws of each layer, made by workers: the photo, the object cut out, the blended patch."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QPainter, QTransform

from blendstudio.app.images import Pyramid, pyramid
from blendstudio.app.jobs import Job, Runner
from blendstudio.app.session import Session
from blendstudio.core.compose import cut_out
from blendstudio.core.document import Document, Layer, Mask
from blendstudio.core.geometry import IntRect, Transform
from blendstudio.core.handwork import bytes_of
from blendstudio.core.masking import auto_alpha, bounds, painted
from blendstudio.core.patches import patch
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import F32, U8
from blendstudio.engine.job import Progress


class Sprite(NamedTuple):
    """A picture and where it lies: in the layer's pixels, or in the document's when `flat`."""

    picture: Pyramid
    rect: IntRect
    flat: bool

    def draw(self, painter: QPainter, transform: Transform) -> None:
        """Draws it into the document."""
        painter.save()
        if not self.flat:
            painter.setTransform(to_qt(transform), combine=True)
        self.picture.draw(painter, QRectF(self.rect.x0, self.rect.y0, *self.rect.size))
        painter.restore()


@dataclass(frozen=True, eq=False)
class Shape:
    """All that is worked out about a layer in one state. `base` is the alpha before hand work; None when there is none.

    `found` is that in 0..255, `alpha` all of the mask, `box` the upright box of what shows, in layer pixels, `front`
    what of the background stands in front.
    """

    key: tuple[Any, ...]
    photo: Pyramid
    plain: Sprite
    blended: Sprite | None
    base: F32 | None
    alpha: U8 | None
    box: IntRect
    front: Sprite | None = None
    found: U8 | None = None


class Shapes(QObject):
    """Keeps the shape of every layer up to date. `ready` names the layer whose shape is new."""

    ready = Signal(str)

    def __init__(self, session: Session, runner: Runner) -> None:
        super().__init__(session)
        self._session, self._runner = session, runner
        self._shapes: dict[str, Shape] = {}
        self._waiting: dict[str, tuple[tuple[Any, ...], Job]] = {}
        session.changed.connect(self.sync)

    def of(self, layer: Layer) -> Shape | None:
        """The newest shape of a layer; it may be of an older state while a new one is made."""
        return self._shapes.get(layer.id)

    def current(self, layer: Layer) -> Shape | None:
        """The layer's shape if it is of its present state."""
        shape = self._shapes.get(layer.id)
        document = self._session.document
        return shape if document and shape and shape.key == key_of(document, layer) else None

    @property
    def settled(self) -> bool:
        """Whether every shape is of the present state."""
        return not self._waiting

    def sync(self) -> None:
        """Asks for the shapes that the document has and the cache has not."""
        document = self._session.document
        layers = document.layers if document else ()
        alive = {layer.id for layer in layers}
        self._shapes = {name: shape for name, shape in self._shapes.items() if name in alive}
        for layer in layers:
            if document:
                self._ask(document, layer)
        for name in [name for name in self._waiting if name not in alive]:
            self._runner.stop(self._waiting.pop(name)[1])

    def _ask(self, document: Document, layer: Layer) -> None:
        key = key_of(document, layer)
        waiting, shape = self._waiting.get(layer.id), self._shapes.get(layer.id)
        if (waiting and waiting[0] == key) or (shape and shape.key == key and not waiting):
            return
        if waiting:
            self._runner.stop(waiting[1])

        def work(progress: Progress) -> Shape:
            return shape_of(document, layer, shape, progress)

        job = Job("Preparing", work, self._take, "shapes", quiet=True, failed=self._forget, cancelled=self._forget)
        self._waiting[layer.id] = key, job
        self._runner.submit(job)

    def _take(self, shape: Shape) -> None:
        name = shape.key[0]
        self._shapes[name] = shape
        if name in self._waiting and self._waiting[name][0] == shape.key:
            del self._waiting[name]
        self.ready.emit(name)

    def _forget(self, _: Exception | None = None) -> None:
        running = self._runner.jobs
        self._waiting = {name: asked for name, asked in self._waiting.items() if asked[1] in running}


def key_of(document: Document, layer: Layer) -> tuple[Any, ...]:
    """What a shape is made from; two keys are equal only for the same state."""
    below = None
    if layer.shown_blend:
        below = tuple(
            (x.pixels, x.mask, x.transform, x.opacity, x.visible, x.blend) for x in document.below(layer.id).layers
        )
    return (layer.id, layer.pixels, layer.mask, layer.shown_blend, below)


def shape_of(document: Document, layer: Layer, last: Shape | None, progress: Progress) -> Shape:
    """Works a shape out, with all that `last` knows already. For workers."""
    progress.check()
    same_photo = last is not None and last.key[1] is layer.pixels
    photo = last.photo if last and same_photo else pyramid(layer.pixels)
    progress.check()
    base = found = soft = None
    whole = IntRect(0, 0, *layer.pixels.size)
    plain, front, box = Sprite(photo, whole, flat=False), None, whole
    ground = layer is document.background
    if layer.mask:
        if last and same_photo and _same_auto(last.key[2], layer.mask):
            base, found = last.base, last.found
        base = auto_alpha(layer.mask, layer.pixels) if base is None else base
        found = bytes_of(base) if found is None and base is not None else found
        progress.check()
        alpha = painted(base, layer.mask, layer.pixels)
        soft = bytes_of(alpha)
        cut = (last.front if ground else last.plain) if last and same_photo and last.key[2] is layer.mask else None
        if cut is None:
            samples, rect = cut_out(layer, alpha)
            cut = Sprite(pyramid(Pixels(samples, layer.pixels.profile)), rect, flat=False)
        if ground:
            front = cut
        else:
            plain, box = cut, (bounds(alpha >= 0.5) or layer.pixels.bounds).whole(layer.pixels.size)
    progress.check()
    blended = None
    if layer.shown_blend:
        picture, rect = patch(document, layer.id)
        blended = Sprite(pyramid(picture), rect, flat=True)
    return Shape(key_of(document, layer), photo, plain, blended, base, soft, box, front, found)


def to_qt(transform: Transform) -> QTransform:
    """The transform as Qt writes it: by columns."""
    return QTransform(*(float(v) for v in np.asarray(transform.matrix).T.ravel()))


def _same_auto(old: Mask | None, new: Mask) -> bool:
    return old is not None and old.auto is new.auto and old.exclude is new.exclude and old.refine == new.refine
