"""Opening, saving, exporting and looking after the nets, with the dialogs that they need."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from blendstudio.app import dialogs
from blendstudio.app.desk import Desk
from blendstudio.app.models_dialog import ModelsDialog
from blendstudio.core import reshape

if TYPE_CHECKING:
    from blendstudio.app.window import Window

NO_MORE = ("What was found has been changed as far as the knobs go.", "Turn its knobs back, or use the brush.")


class Paperwork:
    """Asks where, and hands over to Filing."""

    def __init__(self, desk: Desk, window: "Window") -> None:
        self._desk, self._window = desk, window
        self._models: ModelsDialog | None = None
        self._amounts: dict[str, int] = {}  # what was asked for last

    @property
    def models(self) -> ModelsDialog:
        """The list of models, made when it is first wanted."""
        if self._models is None:
            self._models = ModelsDialog(self._desk.weights, self._window)
        return self._models

    def show_models(self) -> None:
        """Shows what nets there are, and which of them are here."""
        self.models.come()

    def new(self) -> None:
        """Closes the work."""
        self.leave(self._desk.session.close)

    def open(self) -> None:
        """Asks for files and opens them."""
        dialogs.ask_open(self._window, "Open", dialogs.EVERYTHING, self._window.open_files)

    def place(self) -> None:
        """Asks for photos and adds them as objects."""
        then = partial(self._window.open_files, zone="object")
        dialogs.ask_open(self._window, "Place", dialogs.PICTURES, then)

    def save(self) -> None:
        """Saves the work where it is, or asks where."""
        self.save_then(None)

    def save_as(self) -> None:
        """Asks where to save the work."""
        self._ask_save(None)

    def save_then(self, then: Callable[[], None] | None) -> None:
        """Saves, asks where if need be, and goes on."""
        path = self._desk.session.path
        if path:
            self._desk.writing.save(path, then)
        else:
            self._ask_save(then)

    def leave(self, then: Callable[[], None]) -> None:
        """Asks about unsaved changes, once, and goes on unless the person stays."""
        session = self._desk.session
        if session.document is None or not session.dirty:
            then()
        else:
            dialogs.ask_unsaved(self._window, session.title, lambda: self.save_then(then), then)

    def export(self) -> None:
        """Asks where to write the picture."""
        dialogs.ask_save(self._window, "Export PNG", dialogs.PNG, self._proposed(".png"), self._desk.writing.export)

    def export_again(self) -> None:
        """Writes the picture where it was written before, or asks."""
        path = self._desk.session.exported
        self._desk.writing.export(path) if path else self.export()

    def export_large(self) -> None:
        """Asks where to write the picture at twice its size."""
        proposed = self._proposed("-2x.png")
        dialogs.ask_save(self._window, "Export PNG at 200 %", dialogs.PNG, proposed, self._desk.writing.export_enlarged)

    def export_mask(self) -> None:
        """Asks where to write the mask."""
        proposed = self._proposed("-mask.png")
        dialogs.ask_save(self._window, "Export Mask", dialogs.PNG, proposed, self._desk.writing.export_mask)

    def load_mask(self) -> None:
        """Asks for a mask picture."""
        dialogs.ask_open(
            self._window, "Load Mask", dialogs.PICTURES, lambda paths: self._window.open_files(paths[:1], "mask")
        )

    def reshape(self, name: str) -> None:
        """Asks by how many pixels, and grows, shrinks, smooths or feathers the mask."""
        layer = self._desk.session.subject
        if layer is None or layer.mask is None:
            return
        most = reshape.most(layer.mask, name)
        if most < 1:
            self._window.strip.failed(*NO_MORE)
            return

        def then(amount: int) -> None:
            self._amounts[name] = amount
            self._desk.mask_edits.reshape(name, amount)

        dialogs.ask_amount(self._window, name.capitalize(), (min(self._amounts.get(name, 2), most), most), then)

    def _ask_save(self, then: Callable[[], None] | None) -> None:
        proposed = self._desk.session.path or self._proposed(".ora")
        dialogs.ask_save(
            self._window, "Save", dialogs.WORKS, proposed, lambda path: self._desk.writing.save(path, then)
        )

    def _proposed(self, ending: str) -> Path:
        folder = (self._desk.session.path or Path.home() / "x").parent
        return folder / f"{self._desk.session.title}{ending}"
