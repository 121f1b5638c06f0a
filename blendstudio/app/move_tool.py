"""Move, scale and turn the object by hand: drag it, its corners, or the knob above it."""

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.app.theme import Colour
from blendstudio.app.tools import Pointer, Tool
from blendstudio.app.view import View
from blendstudio.core.document import Layer
from blendstudio.core.geometry import Point, Rect, Transform

REACH = 9.0  # px of the screen round a handle
KNOB = 26.0  # px of the screen between the object and the knob that turns it
SNAP = 15.0  # degrees, with Shift
LEAST, MOST = 0.002, 200.0  # document pixels per photo pixel


@dataclass(frozen=True)
class _Grip:
    """What was taken hold of: "object", "knob", or the number of a corner."""

    part: str | int
    layer: Layer
    at: Point
    box: Rect
    step: int  # of the history


class MoveTool(Tool):
    """Places objects. One drag is one step of the history."""

    cutting = False

    def __init__(self, session: Session, shapes: Shapes) -> None:
        super().__init__(session)
        self._session, self._shapes = session, shapes
        self._grip: _Grip | None = None
        self._drags = 0

    def press(self, pointer: Pointer, view: View) -> None:
        """Takes hold of a handle of the selected object, or of the object under the pointer."""
        self._grip = None
        layer = self._session.object
        part = self._part_at(layer, pointer, view) if layer else None
        if part is None:
            layer = self._object_at(pointer.at)
            part = "object"
        history = self._session.history
        if layer is None or history is None:
            self._session.select(history.document.background.id if history else "")
            return
        self._session.select(layer.id)
        self._drags += 1
        self._grip = _Grip(part, layer, pointer.at, self._box(layer), history.position)

    def move(self, pointer: Pointer, view: View) -> None:
        """Carries the object, its corner or its knob along."""
        grip, layer = self._grip, self._session.object
        if grip is None or layer is None or layer.id != grip.layer.id:
            return
        if grip.part == "object":
            label, transform = "Move", _moved(grip, pointer)
        elif grip.part == "knob":
            label, transform = "Rotate", _turned(grip, pointer)
        else:
            label, transform = "Scale", _scaled(grip, int(grip.part), pointer)
        if LEAST <= transform.magnification <= MOST and transform != layer.transform:
            self._session.edit(label, lambda layer: replace(layer, transform=transform), f"drag {self._drags}")

    def release(self, pointer: Pointer, view: View) -> None:
        """Lets go."""
        self._grip = None

    def cancel(self) -> bool:
        """Puts the object back where the drag began."""
        grip, self._grip = self._grip, None
        if grip is None:
            return False
        layer = self._session.object
        history = self._session.history
        if history and layer and layer.id == grip.layer.id and layer.transform != grip.layer.transform:
            if history.position == grip.step + 1:
                self._session.undo()
            else:  # something else was done meanwhile
                self._session.edit("Move back", lambda x: replace(x, transform=grip.layer.transform))
        return True

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """Says what a press would take hold of."""
        layer = self._session.object
        part = self._part_at(layer, pointer, view) if layer else None
        if part == "knob":
            return Qt.CursorShape.CrossCursor
        if isinstance(part, int):
            return Qt.CursorShape.SizeFDiagCursor if part % 2 == 0 else Qt.CursorShape.SizeBDiagCursor
        return Qt.CursorShape.SizeAllCursor if self._object_at(pointer.at) else Qt.CursorShape.ArrowCursor

    def paint(self, painter: QPainter, view: View) -> None:
        """The frame of the selected object with its handles."""
        layer = self._session.object
        if layer is None or not layer.visible:
            return
        corners = [QPointF(*point) for point in self._corners(layer, view)]
        knob = QPointF(*self._knob(layer, view))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((QColor(0, 0, 0, 110), 3.0), (QColor(Colour.ACCENT), 1.4)):
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(QPolygonF(corners))
            painter.drawLine((corners[0] + corners[1]) / 2, knob)
        painter.setPen(QPen(QColor(Colour.ACCENT), 1.4))
        painter.setBrush(QColor(Colour.HANDLE))
        for corner in corners:
            painter.drawRect(int(corner.x()) - 4, int(corner.y()) - 4, 8, 8)
        painter.drawEllipse(knob, 5, 5)

    def _box(self, layer: Layer) -> Rect:
        shape = self._shapes.of(layer)
        return shape.box.real if shape else layer.pixels.bounds

    def _corners(self, layer: Layer, view: View) -> list[Point]:
        return [view.to_widget(layer.transform.apply(point)) for point in _corners(self._box(layer))]

    def _knob(self, layer: Layer, view: View) -> Point:
        a, b, c, _ = self._corners(layer, view)
        top = Point((a.x + b.x) / 2, (a.y + b.y) / 2)
        away = Point(b.x - c.x, b.y - c.y)
        length = max(1e-6, math.hypot(*away))
        return Point(top.x + away.x / length * KNOB, top.y + away.y / length * KNOB)

    def _part_at(self, layer: Layer, pointer: Pointer, view: View) -> str | int | None:
        if math.dist(self._knob(layer, view), pointer.widget) <= REACH:
            return "knob"
        near = [math.dist(corner, pointer.widget) for corner in self._corners(layer, view)]
        return near.index(min(near)) if min(near) <= REACH else None

    def _object_at(self, at: Point) -> Layer | None:
        """The selected object if the point lies in its frame, else the topmost one that does."""
        document = self._session.document
        layers = [x for x in reversed(document.layers[1:]) if x.visible] if document else []
        layers.sort(key=lambda layer: layer is not self._session.object)
        for layer in layers:
            local = _inverse(layer.transform).apply(at)
            box = self._box(layer)
            if box.x0 <= local.x <= box.x1 and box.y0 <= local.y <= box.y1:
                return layer
        return None


def _corners(box: Rect) -> list[Point]:
    """Clockwise from the top left."""
    return [Point(box.x0, box.y0), Point(box.x1, box.y0), Point(box.x1, box.y1), Point(box.x0, box.y1)]


def _inverse(transform: Transform) -> Transform:
    a, b, tx, c, d, ty = transform.rows[:6]
    det = (a * d - b * c) or 1e-12
    return Transform((d / det, -b / det, (b * ty - d * tx) / det, -c / det, a / det, (c * tx - a * ty) / det, 0, 0, 1))


def _moved(grip: _Grip, pointer: Pointer) -> Transform:
    """By whole document pixels; Shift keeps to the stronger axis."""
    dx, dy = round(pointer.at.x - grip.at.x), round(pointer.at.y - grip.at.y)
    if pointer.shift:
        dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
    return grip.layer.transform.then(Transform.moved(dx, dy))


def _turned(grip: _Grip, pointer: Pointer) -> Transform:
    """About the middle of the object; Shift turns in steps."""
    centre = grip.layer.transform.apply(grip.box.centre)
    angles = [math.degrees(math.atan2(p.y - centre.y, p.x - centre.x)) for p in (grip.at, pointer.at)]
    degrees = angles[1] - angles[0]
    if pointer.shift:
        degrees = round(degrees / SNAP) * SNAP
    return _about(grip.layer.transform, centre, Transform.turned(degrees))


def _scaled(grip: _Grip, corner: int, pointer: Pointer) -> Transform:
    """From the opposite corner, or with Alt from the middle; in proportion, unless Shift frees it."""
    corners = _corners(grip.box)
    fixed = grip.box.centre if pointer.alt else corners[(corner + 2) % 4]
    held = corners[corner]
    before = grip.layer.transform
    if pointer.shift:
        local = _inverse(before).apply(pointer.at)
        x = (local.x - fixed.x) / ((held.x - fixed.x) or 1.0)
        y = (local.y - fixed.y) / ((held.y - fixed.y) or 1.0)
        return _about(Transform(), fixed, Transform.scaled(max(x, LEAST), max(y, LEAST))).then(before)
    anchor, end = before.apply(fixed), before.apply(held)
    along = Point(end.x - anchor.x, end.y - anchor.y)
    reach = (pointer.at.x - anchor.x) * along.x + (pointer.at.y - anchor.y) * along.y
    factor = max(reach / max(1e-9, along.x**2 + along.y**2), LEAST)
    return _about(before, anchor, Transform.scaled(factor, factor))


def _about(before: Transform, centre: Point, change: Transform) -> Transform:
    """`before`, then `change` with `centre` as its origin."""
    return before.then(Transform.moved(-centre.x, -centre.y)).then(change).then(Transform.moved(centre.x, centre.y))
