"""The list of all nets: what is here, getting, stopping, locating, checking and deleting them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from blendstudio.app import dialogs, theme
from blendstudio.app.model_card import ACTIVE, TO_GET, ModelCard, state_said
from blendstudio.app.theme import Colour
from blendstudio.app.weights import PAPER, STARTER, Row, Weights
from blendstudio.engine.manifest import ModelEntry, megabytes

SIZE = QSize(900, 560)
LIST = 430  # px
LINE = 25  # px
TIERS = {
    STARTER: (
        "Starter",
        "Small nets that find by word, cut out by box and click, and blend as the paper does. They come from the "
        "package index, read as data and never run as programs, and work offline after that.",
    ),
    PAPER: (
        "Paper",
        "The nets that the paper itself used, as their authors publish them. They know more words and cut finer "
        "edges, and need more memory and time. Once one for each purpose is here, they are used.",
    ),
    "own": ("Ships with the program", "Trained by this project; always here."),
}
MARKS = {  # the picture before a state, and its colour
    "ready": ("done", Colour.OK),
    "missing": ("", ""),
    "damaged": ("warning", Colour.CAUTION),
    "waiting": ("history", Colour.DIM),
    "busy": ("download", Colour.ACCENT),
    "stopping": ("stop", Colour.DIM),
}


class ModelsDialog(QDialog):
    """Stays open beside the window, so that one can go on working while something comes."""

    def __init__(self, weights: Weights, parent: QWidget) -> None:
        super().__init__(parent)
        self._weights = weights
        self._rows: dict[str, Row] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self.setWindowTitle("Models")
        self.resize(SIZE)
        self._note = ""
        self._works, self._said = QLabel(wordWrap=True), QLabel()
        self._works.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setProperty("role", "dim")
        self.list, self.card = _list(), ModelCard()
        self._stop_all, self._check = QPushButton("Stop All"), QPushButton("Check All Files")
        self._build()
        self._fill()
        weights.moved.connect(self.refresh)
        weights.said.connect(self._tell)

    def come(self) -> None:
        """Shows itself, with what is here now."""
        self.show()
        self._weights.look()
        self.activateWindow()
        self.list.setFocus()

    def ask_for_starter(self) -> None:
        """Asks for the yes to fetch the starter nets."""
        self.come()
        self.list.setCurrentItem(self._items[STARTER])
        self._get()

    def refresh(self) -> None:
        """Shows everything as it is now."""
        if not self.isVisible():
            return
        self._rows = {row.entry.id: row for row in self._weights.rows()}
        for id, row in self._rows.items():
            item = self._items[id]
            if item.text(1) != state_said(row):
                item.setText(1, state_said(row))
                symbol, colour = ("warning", Colour.CAUTION) if row.error else MARKS[row.state]
                item.setData(1, Qt.ItemDataRole.DecorationRole, theme.icon(symbol, colour) if symbol else None)
        self._works.setText(self._summary())
        self._show_card()
        self._show_queue()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self._delete()
        else:
            super().keyPressEvent(event)

    # --- what one sees ---

    def _summary(self) -> str:
        """What works with what is here."""
        starter, paper = self._weights.lacking(STARTER), self._weights.lacking(PAPER)
        if not paper:
            return "The paper's nets are here and are used. Everything works, offline too."
        if starter:
            return (
                f"Without the starter nets ({_size(starter)}) box and brush cut out, and the blends that need no net "
                "work. With them one can find by word, click on objects, and blend as the paper does."
            )
        return "The starter nets are here: words, boxes, clicks and every blend work, offline too."

    def _show_card(self) -> None:
        id = self._chosen()
        if id in self._rows:
            self.card.show_row(self._rows[id])
        else:
            title, text = TIERS[id]
            self.card.show_tier(title, text, len(self._lacking(id)))

    def _show_queue(self) -> None:
        active = [row for row in self._rows.values() if row.state in ACTIVE]
        self._stop_all.setVisible(len(active) > 1)
        self._check.setEnabled(not self._weights.checking)
        if active or self._weights.checking:
            self._note = ""
        if active:
            left = sum((1 - row.share) * row.entry.fetched for row in active)
            waiting = sum(row.state == "waiting" for row in active)
            self._said.setText(f"{megabytes(left)} to come" + (f", {waiting} waiting" if waiting else ""))
        elif self._weights.checking:
            self._said.setText("Checking all files…")
        else:
            self._said.setText(self._note or f"{megabytes(_free(self._weights.folder))} free on the disk")

    def _tell(self, text: str) -> None:
        """Stays at the foot until something else begins."""
        self._note = text

    # --- what one does ---

    def _chosen(self) -> str:
        item = self.list.currentItem()
        return item.data(0, Qt.ItemDataRole.UserRole) if item else STARTER

    def _lacking(self, id: str) -> tuple[ModelEntry, ...]:
        """What Get would fetch for a model or a tier."""
        entries = (self._rows[id].entry,) if id in self._rows else self._weights.lacking(id)
        return tuple(one for one in entries if one.fetched and self._rows[one.id].state in TO_GET)

    def _get(self) -> None:
        """Asks for the yes, with size and licence of everything that would come."""
        wanted = self._lacking(self._chosen())
        if not wanted:
            return
        name = wanted[0].name if len(wanted) == 1 else f"{len(wanted)} models"
        lines = [f"{one.name}: {megabytes(one.fetched)} from {one.hosts[0]}. {one.terms}." for one in wanted]
        if len(wanted) > 1:
            lines.append(f"In all {_size(wanted)}; {megabytes(_free(self._weights.folder))} are free on the disk.")
        dialogs.ask_yes(self, f"Get {name}?", "\n\n".join(lines), "Get", lambda: self._weights.get(wanted))

    def _stop(self) -> None:
        self._weights.stop(self._rows[self._chosen()].entry)

    def _locate(self) -> None:
        entry = self._rows[self._chosen()].entry

        def take(paths: list[Path]) -> None:
            self._weights.take_file(entry, paths[0])

        dialogs.ask_open(self, f"Locate the File of {entry.name}", dialogs.ANY_FILE, take)

    def _delete(self) -> None:
        row = self._rows.get(self._chosen())
        if row is None or not row.entry.fetched or row.state in (*ACTIVE, "stopping"):
            return
        if row.state == "missing" and not row.share:
            return
        details = "It can be fetched again; until then what needs it does not work."
        dialogs.ask_yes(self, f"Delete {row.entry.name}?", details, "Delete", lambda: self._weights.delete(row.entry))

    def _activate(self) -> None:
        """Enter, or a double click: the one thing that lies at hand."""
        row = self._rows.get(self._chosen())
        if row is None or row.state in TO_GET:
            self._get()

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(_existing(self._weights.folder))))

    # --- building ---

    def _build(self) -> None:
        self.list.currentItemChanged.connect(lambda *_: self.refresh())
        # Once the key is dealt with, or the list would pass it on to what the question opens.
        self.list.itemActivated.connect(lambda *_: self._activate(), Qt.ConnectionType.QueuedConnection)
        self.card.get_wished.connect(self._get)
        self.card.stop_wished.connect(self._stop)
        self.card.locate_wished.connect(self._locate)
        self.card.delete_wished.connect(self._delete)
        self._stop_all.clicked.connect(self._weights.stop_all)
        self._check.clicked.connect(self._weights.check)
        folder, close = QPushButton("Open Folder"), QPushButton("Close")
        folder.clicked.connect(self._open_folder)
        close.clicked.connect(self.close)
        middle = QHBoxLayout()
        middle.addWidget(self.list)
        middle.addWidget(self.card, 1)
        foot = QHBoxLayout()
        foot.addWidget(self._said, 1)
        for button in (self._stop_all, self._check, folder, close):
            button.setAutoDefault(False)  # Enter belongs to the list
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(self._works)
        column.addLayout(middle, 1)
        column.addLayout(foot)

    def _fill(self) -> None:
        """One line per tier and model."""
        for row in self._weights.rows():
            tier = row.entry.tier
            if tier not in self._items:
                self._items[tier] = _line(self.list.invisibleRootItem(), tier, TIERS[tier][0], "")
            size = megabytes(row.entry.fetched) if row.entry.fetched else ""
            self._items[row.entry.id] = _line(self._items[tier], row.entry.id, row.entry.name, size)
            self._items[tier].setExpanded(True)
        self.list.setCurrentItem(self._items[STARTER])


def _line(above: QTreeWidgetItem, id: str, title: str, size: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem(above, [title, "", size])
    item.setData(0, Qt.ItemDataRole.UserRole, id)
    item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    item.setSizeHint(0, QSize(0, LINE))
    if id in TIERS:
        font = item.font(0)
        font.setBold(True)
        item.setFont(0, font)
    return item


def _list() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setAccessibleName("Models")
    tree.setHeaderLabels(["Model", "State", "Size"])
    tree.setRootIsDecorated(False)
    tree.setItemsExpandable(False)
    tree.setIndentation(14)
    tree.setFixedWidth(LIST)
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column, width in ((1, 128), (2, 76)):
        header.resizeSection(column, width)
    return tree


def _size(entries: Sequence[ModelEntry]) -> str:
    return megabytes(sum(entry.fetched for entry in entries))


def _free(folder: Path) -> int:
    """Bytes that are left on the disk of a folder that need not be there yet."""
    return shutil.disk_usage(_existing(folder)).free


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
