"""The few dialogs there are. None of them blocks: each calls back when it is answered."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from blendstudio import __version__

PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.bmp *.gif)"
WORKS = "blendstudio works (*.ora)"
EVERYTHING = "Pictures and works (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.bmp *.gif *.ora)"
PNG = "PNG pictures (*.png)"
ANY_FILE = "All files (*)"


def ask_open(parent: QWidget, title: str, kinds: str, then: Callable[[list[Path]], None]) -> None:
    """Asks for files to read."""
    dialog = QFileDialog(parent, title, "", kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    _answer(dialog, then)


def ask_save(parent: QWidget, title: str, kinds: str, proposed: Path, then: Callable[[Path], None]) -> None:
    """Asks for a file to write; an existing one is asked about by the dialog."""
    dialog = QFileDialog(parent, title, str(proposed.parent), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(proposed.suffix.removeprefix("."))
    dialog.selectFile(proposed.name)
    _answer(dialog, lambda paths: then(paths[0]))


def ask_unsaved(parent: QWidget, title: str, save: Callable[[], None], leave: Callable[[], None]) -> None:
    """Asks once what is to become of unsaved changes: save, discard, or stay."""
    box = QMessageBox(QMessageBox.Icon.Question, "Unsaved changes", f"Save the changes to “{title}”?", parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText("What is not saved will be lost.")
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)

    def answered() -> None:
        button = box.standardButton(box.clickedButton())
        box.deleteLater()
        if button == buttons.Save:
            save()
        elif button == buttons.Discard:
            leave()

    box.finished.connect(answered)
    box.open()


def ask_yes(parent: QWidget, question: str, details: str, yes: str, then: Callable[[], None]) -> None:
    """Asks for a yes, which is called `yes`; without it nothing happens."""
    box = QMessageBox(QMessageBox.Icon.Question, "blendstudio", question, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText(details)
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Yes | buttons.Cancel)
    box.button(buttons.Yes).setText(yes)
    box.setDefaultButton(buttons.Yes)

    def answered() -> None:
        agreed = box.standardButton(box.clickedButton()) == buttons.Yes
        box.deleteLater()
        if agreed:
            then()

    box.finished.connect(answered)
    box.open()


def ask_amount(parent: QWidget, title: str, now_and_most: tuple[int, int], then: Callable[[int], None]) -> None:
    """Asks by how many pixels, and goes on with the answer."""
    now, most = now_and_most
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    dialog.setIntRange(1, most)
    dialog.setIntValue(now)
    dialog.setLabelText(f"{title} the mask by how many pixels of the photo?")
    dialog.setOkButtonText(title)
    dialog.intValueSelected.connect(then)
    dialog.open()


def show_about(parent: QWidget) -> None:
    """What this is."""
    text = (
        f"<h3>blendstudio {__version__}</h3><p>Puts an object from one photo into another so that nobody can find the "
        "seam.</p><p>Everything happens on this computer. MIT licence; the licences of all libraries and nets are in "
        "docs/third-party.md.</p>"
    )
    box = QMessageBox(QMessageBox.Icon.NoIcon, "About blendstudio", text, parent=parent)
    box.finished.connect(box.deleteLater)
    box.open()


def show_shortcuts(parent: QWidget, rows: list[tuple[str, str]]) -> None:
    """All keys: what they do, and how they are pressed."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Keys")
    inner = QWidget()
    grid = QGridLayout(inner)
    grid.setHorizontalSpacing(28)
    half = (len(rows) + 1) // 2
    for number, (text, keys) in enumerate(rows):
        row, column = number % half, 2 * (number // half)
        shown = QLabel(keys)
        shown.setObjectName("keys")
        grid.addWidget(QLabel(text), row, column)
        grid.addWidget(shown, row, column + 1)
    scroll = QScrollArea()
    scroll.setWidget(inner)
    QVBoxLayout(dialog).addWidget(scroll)
    dialog.resize(720, 560)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _answer(dialog: QFileDialog, then: Callable[[list[Path]], None]) -> None:
    def answered(result: int) -> None:
        paths = [Path(name) for name in dialog.selectedFiles()]
        dialog.deleteLater()
        if result and paths:
            then(paths)

    dialog.finished.connect(answered)
    dialog.open()
