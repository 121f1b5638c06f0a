"""What the canvas shows: the whole work with its layers, or one object's own photo with its mask."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPixmap, QPolygonF

from blendstudio.app.ghost import Ghost
from blendstudio.app.mask_look import MaskLook
from blendstudio.app.mask_views import CHECK, Parts, paint_marks, paint_mask
from blendstudio.app.prompt_hand import PromptHand
from blendstudio.app.prompt_marks import paint_numbered, paint_prompt
from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes, to_qt
from blendstudio.app.strokes import Strokes
from blendstudio.app.theme import Colour
from blendstudio.app.view import View
from blendstudio.core.document import Layer
from blendstudio.core.geometry import IntRect, Rect, Size, Transform
from blendstudio.core.types import U8


class Scene(Protocol):
    """Something with a size in pixels that can be painted through a view."""

    @property
    def size(self) -> Size | None:
        """Width and height, or None when there is nothing."""
        ...

    def paint(self, painter: QPainter, view: View, exposed: QRectF) -> None:
        """Paints the `exposed` part of the widget."""
        ...


class PlaceScene:
    """The work as it will be exported; before and after a blend may stand side by side."""

    def __init__(self, session: Session, shapes: Shapes) -> None:
        self._session, self._shapes = session, shapes
        self.preview: tuple[IntRect, QImage] | None = None
        self.before = False  # show the plain paste everywhere
        self.split: float | None = None  # where before ends and after begins, as a share of the width
        self.ghost: Ghost | None = None

    @property
    def size(self) -> Size | None:
        """The document's size."""
        return self._session.document.size if self._session.document else None

    def paint(self, painter: QPainter, view: View, exposed: QRectF) -> None:
        """Paints the layers, lowest first."""
        if self.size is None:
            return
        frame = QRectF(0, 0, *self.size)
        painter.save()
        painter.translate(*view.origin)
        painter.scale(view.zoom, view.zoom)
        painter.setClipRect(frame)
        paint_checks(painter, view, frame)
        self._layers(painter, before=self.before)
        if self.split is not None and not self.before:
            painter.setClipRect(QRectF(0, 0, self.size.width * self.split, self.size.height))
            self._layers(painter, before=True)
        self._ghost(painter)
        painter.restore()

    def _ghost(self, painter: QPainter) -> None:
        layer = self._session.subject
        if self.ghost and layer and layer.id == self.ghost.layer_id and layer.visible:
            painter.setTransform(to_qt(layer.transform), combine=True)
            self.ghost.draw(painter)

    def _layers(self, painter: QPainter, *, before: bool) -> None:
        document = self._session.document
        for layer in document.layers if document else ():
            shape = self._shapes.of(layer)
            if shape is None or not layer.visible:
                continue
            painter.setOpacity(layer.opacity)
            blended = shape.blended if layer.shown_blend and not before else None
            (blended or shape.plain).draw(painter, layer.transform)
            painter.setOpacity(1)
            if document and layer is not document.background and not blended:
                self._front(painter, document.background, to_qt(layer.transform).map(_corners(shape.plain.rect)))
        if self.preview and not before:
            rect, image = self.preview
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(rect.x0, rect.y0, *rect.size), image)

    def _front(self, painter: QPainter, background: Layer, within: QPolygonF) -> None:
        """Draws what stands in front over an object, whose blend would show it already."""
        shape = self._shapes.of(background)
        if shape is None or shape.front is None or background.mask is None or not background.visible:
            return
        path = QPainterPath()
        path.addPolygon(within)
        painter.save()
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        shape.front.draw(painter, Transform())
        painter.restore()


class CutScene:
    """The photo of the layer whose mask is in hand; the mask lies over it in one of MASK_VIEWS, or with its ORIGIN."""

    def __init__(self, session: Session, shapes: Shapes, strokes: Strokes, look: MaskLook, hand: PromptHand) -> None:
        self._session, self._shapes, self._strokes, self._look, self._hand = session, shapes, strokes, look, hand
        self.marks: Callable[[], U8 | None] = lambda: None  # of the hair brush
        self.veiled = True  # False shows the photo alone
        self.candidates: tuple[tuple[Rect, bool], ...] = ()  # box, and whether it is the chosen one
        self.ghost: Ghost | None = None

    @property
    def size(self) -> Size | None:
        """The photo's size."""
        return self._session.subject.pixels.size if self._session.subject else None

    def paint(self, painter: QPainter, view: View, exposed: QRectF) -> None:
        """Paints the photo, the mask and what was pointed at."""
        layer = self._session.subject
        shape = self._shapes.of(layer) if layer else None
        if layer is None or shape is None:
            return
        frame = QRectF(0, 0, *layer.pixels.size)
        painter.save()
        painter.translate(*view.origin)
        painter.scale(view.zoom, view.zoom)
        paint_checks(painter, view, frame)
        shape.photo.draw(painter, frame)
        painter.restore()
        alpha = self._strokes.alpha()
        if alpha is not None and self.veiled:
            parts = Parts(alpha, shape.found, *self._strokes.hand())
            paint_mask(painter, view, exposed, parts, (self._look.view, layer.prompt))
        marks = self.marks()
        if marks is not None:
            paint_marks(painter, view, exposed, marks, Colour.ACCENT)
        for number, (box, chosen) in enumerate(self.candidates, 1):
            paint_numbered(painter, view.rect_to_widget(box), number, chosen=chosen)
        if self.ghost and self.ghost.layer_id == layer.id:
            painter.save()
            painter.translate(*view.origin)
            painter.scale(view.zoom, view.zoom)
            self.ghost.draw(painter)
            painter.restore()
        paint_prompt(painter, view, self._hand.prompt, self._hand.touched)


def _corners(rect: IntRect) -> QPolygonF:
    return QPolygonF(QRectF(rect.x0, rect.y0, *rect.size))


def paint_checks(painter: QPainter, view: View, frame: QRectF) -> None:
    """The chequered ground that shows through transparent pictures, in squares of the screen."""
    tile = QPixmap(2 * CHECK, 2 * CHECK)
    tile.fill(QColor(Colour.CHECK_LIGHT))
    with QPainter(tile) as drawing:
        for x, y in ((0, 0), (CHECK, CHECK)):
            drawing.fillRect(x, y, CHECK, CHECK, QColor(Colour.CHECK_DARK))
    brush = QBrush(tile)
    brush.setTransform(brush.transform().scale(1 / view.zoom, 1 / view.zoom))
    painter.fillRect(frame, brush)
