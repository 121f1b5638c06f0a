"""What a person does to a layer as a whole: place, turn, copy, order, show, name and delete it."""

from dataclasses import replace

from PySide6.QtCore import QObject

from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.core import edits
from blendstudio.core.document import Layer
from blendstudio.core.geometry import Placement, Point, Rect, Transform


class Placing(QObject):
    """Edits of the selected layer."""

    def __init__(self, session: Session, shapes: Shapes) -> None:
        super().__init__(session)
        self._session, self._shapes = session, shapes

    def box(self, layer: Layer) -> Rect:
        """The upright box of what shows of a layer, in its own pixels."""
        shape = self._shapes.of(layer)
        return shape.box.real if shape else layer.pixels.bounds

    def centre(self) -> Point | None:
        """Where the middle of the selected object lies, in document pixels."""
        layer = self._session.object
        return layer.transform.apply(self.box(layer).centre) if layer else None

    def place(self, place: Placement) -> None:
        """Puts the selected object exactly where the numbers say, as the command line does."""
        layer, document = self._session.object, self._session.document
        if layer and document:
            transform = place.transform(layer.pixels.size, document.size, self.box(layer).centre)
            if transform != layer.transform:
                self._session.edit("Place", lambda x: replace(x, transform=transform), "place")

    def nudge(self, dx: int, dy: int) -> None:
        """Moves the object by whole pixels."""
        self._change("Nudge", Transform.moved(dx, dy), "nudge")

    def flip(self, axis: str) -> None:
        """Mirrors the object about its middle, "h" or "v"."""
        self._about_centre("Flip", Transform.scaled(-1, 1) if axis == "h" else Transform.scaled(1, -1))

    def turn(self, degrees: float) -> None:
        """Turns the object clockwise about its middle."""
        self._about_centre("Rotate", Transform.turned(degrees))

    def fit(self) -> None:
        """Makes the object as large as the background holds, in its middle, upright."""
        layer, document = self._session.object, self._session.document
        if layer and document:
            box = self.box(layer)
            scale = min(document.size.width / box.width, document.size.height / box.height)
            self.place(Placement(document.background.pixels.bounds.centre, scale, flip=_mirrored(layer.transform)))

    def reset(self) -> None:
        """The object at its own size, upright, where it is."""
        layer = self._session.object
        if layer:
            self.place(Placement(self.centre(), 1.0, flip=_mirrored(layer.transform)))

    def duplicate(self) -> None:
        """A copy of the object on top of it."""
        layer, document = self._session.object, self._session.document
        if layer and document:
            after, copy = edits.duplicate(document, layer.id)
            self._session.apply("Duplicate", after, select=copy)

    def delete(self) -> None:
        """Takes the object away."""
        layer, document = self._session.object, self._session.document
        if layer and document:
            self._session.apply(f"Delete {layer.name}", edits.remove_layer(document, layer.id))

    def raise_by(self, steps: int) -> None:
        """Moves the object up the stack, or down."""
        layer, document = self._session.object, self._session.document
        if layer and document:
            index = document.layers.index(layer)
            self.move_to(layer.id, index + steps)

    def move_to(self, layer_id: str, index: int) -> None:
        """Moves an object to a place in the stack, 1 the lowest."""
        document = self._session.document
        if document and 1 <= index < len(document.layers) and document.layers[index].id != layer_id:
            self._session.apply("Order", edits.move_layer(document, layer_id, index), select=layer_id)

    def show(self, layer_id: str, on: bool) -> None:
        """Shows or hides a layer."""
        if self._session.document:
            label = "Show" if on else "Hide"
            self._session.apply(label, edits.set_visible(self._session.document, layer_id, on))

    def toggle(self) -> None:
        """Shows or hides the selected object."""
        layer = self._session.object
        if layer:
            self.show(layer.id, not layer.visible)

    def rename(self, layer_id: str, name: str) -> None:
        """Gives a layer another name, if it is one."""
        document, name = self._session.document, " ".join(name.split())[:80]
        if document and name and document.layer(layer_id).name != name:
            self._session.apply("Rename", edits.rename(document, layer_id, name))

    def set_opacity(self, opacity: float) -> None:
        """The selected layer at 0..1 of its opacity."""
        layer = self._session.object
        if layer and layer.opacity != opacity:
            self._session.edit("Opacity", lambda x: replace(x, opacity=min(max(opacity, 0.0), 1.0)), "opacity")

    def _about_centre(self, label: str, change: Transform) -> None:
        centre = self.centre()
        if centre:
            back = Transform.moved(-centre.x, -centre.y).then(change).then(Transform.moved(*centre))
            self._change(label, back)

    def _change(self, label: str, change: Transform, key: str = "") -> None:
        if self._session.object:
            self._session.edit(label, lambda x: replace(x, transform=x.transform.then(change)), key)


def _mirrored(transform: Transform) -> str:
    """The flip that is left of an object once it stands upright."""
    a, b, _, c, d, _ = transform.rows[:6]
    if a * d - b * c >= 0:
        return ""
    return "v" if a > 0 else "h"
