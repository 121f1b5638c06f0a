"""When the commands of the window make sense."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from blendstudio.app.desk import Desk

if TYPE_CHECKING:
    from blendstudio.app.window import Window


class When:
    """Questions about one window and its desk."""

    def __init__(self, desk: Desk, window: "Window") -> None:
        self._desk, self._window = desk, window

    def has_work(self) -> bool:
        """Whether a work is open."""
        return self._desk.session.document is not None

    def has_object(self) -> bool:
        """Whether an object is selected."""
        return self._desk.session.object is not None

    def can_delete(self) -> bool:
        """Whether Delete has something to take: an object, or a box or point while a tool of the prompt is in hand."""
        return self.has_object() or self._desk.prompting

    def has_subject(self) -> bool:
        """Whether there is something whose mask can be worked on."""
        return self._desk.session.subject is not None

    def has_mask(self) -> bool:
        """Whether that has a mask."""
        layer = self._desk.session.subject
        return layer is not None and layer.mask is not None

    def has_prompt(self) -> bool:
        """Whether something says what is to be cut out."""
        layer = self._desk.session.subject
        return layer is not None and not layer.prompt.empty

    def has_strokes(self) -> bool:
        """Whether the hand has painted on the mask."""
        layer = self._desk.session.subject
        return bool(layer and layer.mask and (layer.mask.add is not None or layer.mask.subtract is not None))

    def has_blend(self) -> bool:
        """Whether the selected object has a blend."""
        layer = self._desk.session.object
        return layer is not None and layer.blend is not None

    def can_blend(self) -> bool:
        """Whether Blend would do something."""
        return self.has_object() and not self._desk.blending.running

    def is_blending(self) -> bool:
        """Whether a blend is under way."""
        return self._desk.blending.running

    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        history = self._desk.session.history
        return history is not None and history.position > 0

    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        history = self._desk.session.history
        return history is not None and history.position < len(history.labels) - 1

    def is_cutting(self) -> bool:
        """Whether the object's own photo is shown, or the background to mark what stands in front."""
        return self._desk.session.cutting

    def is_fronting(self) -> bool:
        """Whether the background is shown, to mark what stands in front."""
        return self._desk.session.fronting

    def is_split(self) -> bool:
        """Whether before and after stand side by side."""
        return self._desk.place_scene.split is not None

    def panels_hidden(self) -> bool:
        """Whether the canvas is alone."""
        return self._window.panels_hidden

    def tool_works(self, name: str) -> Callable[[], bool]:
        """When a tool can be taken."""
        return self.has_work if name in ("move", "hand", "zoom") else self.has_subject

    def holds(self, name: str) -> Callable[[], bool]:
        """Whether a tool is in hand."""
        return lambda: self._desk.toolbox.name == name
