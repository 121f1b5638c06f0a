"""The open work: its Document with its history, what is selected, and whether it is saved. The one place of edits."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from blendstudio.core import edits
from blendstudio.core.document import Document, Layer
from blendstudio.core.history import History


class Session(QObject):
    """What is being worked on, or nothing. Lives in the window's thread.

    `changed` follows every new or restored state, `focused` a change of the selected layer or of the view, and
    `touched` either of them or both: once, when all who keep something of their own have followed.
    """

    changed = Signal()
    focused = Signal()
    touched = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history: History | None = None
        self.path: Path | None = None
        self.exported: Path | None = None
        self.cutting = False  # whether the canvas shows one layer's own photo, for its mask
        self._selected = self._left = ""
        self._saved: Document | None = None
        self._views: list[Callable[[], None]] = []
        self._behind: list[Callable[[], None]] = []
        self._next_view = QTimer(self, singleShot=True, interval=0)
        self._next_view.timeout.connect(self._catch_up)

    @property
    def document(self) -> Document | None:
        """The current state."""
        return self.history.document if self.history else None

    @property
    def layer(self) -> Layer | None:
        """The selected layer."""
        known = {layer.id: layer for layer in self.document.layers} if self.document else {}
        return known.get(self._selected)

    @property
    def object(self) -> Layer | None:
        """The selected layer, if it is an object."""
        layer = self.layer
        return layer if self.document and layer is not self.document.background else None

    @property
    def subject(self) -> Layer | None:
        """The layer whose mask is in hand: the object, or the background while what stands in front is marked."""
        return self.layer if self.cutting else self.object

    @property
    def fronting(self) -> bool:
        """Whether the canvas shows the background, to mark what stands in front."""
        return self.cutting and self.object is None

    @property
    def dirty(self) -> bool:
        """Whether there is work that no project file holds."""
        return self.document is not self._saved

    @property
    def title(self) -> str:
        """What the work is called."""
        return self.path.stem if self.path else "Untitled"

    def follow(self, view: Callable[[], None]) -> None:
        """Calls `view` now and after every `touched`.

        When a work is opened, the views follow one by one, each in a round of the event loop of its own: together they
        would hold the window up.
        """
        self._views.append(view)
        view()

    def open(self, document: Document, path: Path | None = None) -> None:
        """Starts on a work; one with a path counts as saved there."""
        self.history = History(document)
        self.path, self.exported = path, None
        self._saved = document if path else None
        self.cutting = False
        self._selected = document.layers[-1].id
        self._tell(changed=True, focused=True, paced=True)

    def close(self) -> None:
        """Back to nothing."""
        self.history = self.path = self.exported = self._saved = None
        self._selected, self.cutting = "", False
        self._tell(changed=True, focused=True)

    def saved(self, document: Document, path: Path) -> None:
        """Notes that this state is in the file."""
        self._saved, self.path = document, path
        self._tell(changed=True)

    def apply(self, label: str, document: Document, key: str = "", select: str = "") -> None:
        """Takes an edit as a step of the history; steps with one `key` in a row are one. Outdated blends turn stale."""
        if self.history is None or document is self.history.document:
            return
        self.history.push(label, edits.settle(self.history.document, document), key)
        self._after(select)

    def edit(self, label: str, change: Callable[[Layer], Layer], key: str = "") -> None:
        """Changes the selected layer."""
        if self.document and self.layer:
            merged = f"{key} {self._selected}" if key else ""
            self.apply(label, edits.change(self.document, self._selected, change), merged)

    def seal(self) -> None:
        """Ends a change that came in many small ones, such as the drag of a slider: the next is a step of its own."""
        if self.history:
            self.history.seal()

    def undo(self) -> None:
        """One step back."""
        self.go(self.history.position - 1 if self.history else 0)

    def redo(self) -> None:
        """One step forward."""
        self.go(self.history.position + 1 if self.history else 0)

    def go(self, position: int) -> None:
        """To any step of the history. An object that comes back with it is the selected one."""
        if self.history:
            here = {layer.id for layer in self.history.document.layers}
            returned = [layer.id for layer in self.history.go(position).layers if layer.id not in here]
            self._after(returned[-1] if returned else "")

    def select(self, layer_id: str) -> None:
        """Makes a layer the selected one."""
        if layer_id != self._selected:
            self._selected = layer_id
            self.cutting = self.cutting and self.object is not None
            self._tell(focused=True)

    def cut(self, on: bool) -> None:
        """Shows the selected object's own photo for its mask, or the whole work; a background that is shown stays."""
        on = on and self.subject is not None
        if on != self.cutting:
            if self.fronting:
                self._selected = self._left
            self.cutting = on
            self._tell(focused=True)

    def front(self) -> None:
        """Shows the background, to mark what of it stands in front; afterwards the object is selected again."""
        if self.document and not self.fronting:
            self._left = (self.object or self.document.layers[-1]).id
            self._selected, self.cutting = self.document.background.id, True
            self._tell(focused=True)

    def _after(self, select: str = "") -> None:
        before = (self._selected, self.cutting)
        self._selected = select or self._selected
        if self.document and self.layer is None:
            self._selected = self.document.layers[-1].id
        self.cutting = self.cutting and (self.object is not None or self._selected == before[0])
        self._tell(changed=True, focused=(self._selected, self.cutting) != before)

    def _tell(self, *, changed: bool = False, focused: bool = False, paced: bool = False) -> None:
        if changed:
            self.changed.emit()
        if focused:
            self.focused.emit()
        self.touched.emit()
        self._behind = list(self._views)
        while self._behind and not paced:
            self._behind.pop(0)()
        if self._behind:
            self._next_view.start()

    def _catch_up(self) -> None:
        if self._behind:
            self._behind.pop(0)()
        if self._behind:
            self._next_view.start()
