"""The bar in which one says what to cut out: a word, a box, points, and which of the finds is meant."""

from html import escape

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from blendstudio.app import theme
from blendstudio.app.chips import Chip, SizeSwitch
from blendstudio.app.flow import FlowLayout

QUESTION = "What should I cut out?"
FRONT_QUESTION = "What is in front of the object?"
NO_OBJECT = "Add a picture to the background, or select one there; then I can cut something out of it."
WORDS_KEPT = 50
WIDE, LINE, HEIGHT = 800, 300, 48  # px: from where the finds stand beside the line; its width and the bar's height then
NARROW = 100  # px, the line at least
WIDEST = (1 << 24) - 1  # Qt's own bound of a width
TOOLS = {
    "box": ("box", "Box: drag round what you want"),
    "plus": ("plus-point", "Plus point: click on what belongs to it"),
    "minus": ("minus-point", "Minus point: click on what does not belong to it"),
}


class PromptBar(QFrame):
    """A line for words, three tools, the finds as numbered chips, and a line for what there is to say."""

    find_requested = Signal(str)
    tool_chosen = Signal(str)  # "box", "plus", "minus" or ""
    candidate_chosen = Signal(int, str)  # from 0; "replace", "add" or "subtract"
    candidate_hovered = Signal(int)  # from 0; -1 when the pointer leaves
    box_instead = Signal()
    cleared = Signal()
    left = Signal()  # Esc: the focus goes back to where it was

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("promptBar")
        self._busy = False
        self._name: str | None = None
        self._tools: dict[str, QToolButton] = {}
        self._chips: list[Chip] = []
        self._candidates: list[tuple[str, float, bool]] = []
        self._line = _Line(self)
        self._find = QPushButton("Find")
        self._find.setToolTip("Find it in the picture (Enter)")
        self._find.setProperty("role", "main")
        self._said = QLabel()
        self._said.setTextFormat(Qt.TextFormat.RichText)
        self._said.setWordWrap(True)
        self._said.setMinimumWidth(1)
        self._said.setContentsMargins(2, 0, 0, 0)
        self._said.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._arrange()
        self.setFocusProxy(self._line)
        self._find.clicked.connect(self._ask)
        self._line.returnPressed.connect(self._ask)
        self._line.textChanged.connect(self._refresh)
        self._line.left.connect(self.left)
        self._line.emptied.connect(self._clear)
        self._said.linkActivated.connect(self._follow)
        self.set_object(None)

    def set_object(self, name: str | None, question: str = QUESTION) -> None:
        """The layer that something is to be found in, by its name; without one the bar is disabled and says why."""
        self._line.setPlaceholderText(question)
        self._line.setAccessibleName(question)
        for part in (self._line, *self._tools.values()):
            part.setEnabled(name is not None)
        tip = escape(f"Type what to find in “{name}”, and press Enter")
        self._line.setToolTip("" if name is None else f"<span>{tip}</span>")
        if name is None:
            self.show_candidates([], -1)
            self.set_tool("")
            self.say(NO_OBJECT)
        elif name != self._name:
            self.say("")  # it was said of another layer
        self._name = name
        self._refresh()

    def text(self) -> str:
        """What stands in the line, without blanks at its ends."""
        return self._line.text().strip()

    def set_text(self, text: str) -> None:
        """Writes into the line; no signal."""
        self._line.setText(text)

    def set_tool(self, tool: str) -> None:
        """Shows which tool is in the hand; no signal."""
        for name, button in self._tools.items():
            button.setChecked(name == tool)

    def show_candidates(
        self, candidates: list[tuple[str, float, bool]], chosen: int, sizes: tuple[int, ...] = ()
    ) -> None:
        """A chip for each label, score and whether it is sure; `chosen` counts from 0, -1 for none; `sizes` are those
        of them that show one place, the smallest first."""
        if candidates != self._candidates:
            self._candidates = list(candidates)
            self._replace_chips()
        for number, chip in enumerate(self._chips):
            chip.setChecked(number == chosen)
        self._sizes.show_sizes(sizes, chosen)
        self._row.setVisible(bool(candidates))
        self._show_answers()
        self._refresh()

    def say(self, text: str, action: str = "") -> None:
        """A sentence below the line, and a link behind it that asks for a box instead; empty takes both away."""
        link = f'&nbsp; <a href="#way" style="text-decoration: none">{escape(action)}</a>' if action else ""
        self._said.setText(escape(text, quote=False) + link)
        self._said.setVisible(bool(text or action))
        self._show_answers()

    def busy(self, busy: bool) -> None:
        """Whether a search runs; one can go on typing, and the focus stays."""
        self._busy = busy
        self._find.setText("Finding…" if busy else "Find")
        self._refresh()

    def _replace_chips(self) -> None:
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = [Chip(number, *candidate) for number, candidate in enumerate(self._candidates)]
        for chip in self._chips:
            chip.chosen.connect(self._choose)
            chip.hovered.connect(self.candidate_hovered)
            self._flow.addWidget(chip)
        self._flow.removeWidget(self._sizes)
        self._flow.addWidget(self._sizes)  # behind the chips

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._flow_lines(event.size().width() >= WIDE)

    def _flow_lines(self, wide: bool) -> None:
        """Puts the answers beside the question where there is room, below it where there is not."""
        sides = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._sides.setDirection(sides)
        self._line.setMinimumWidth(LINE if wide else NARROW)
        self._line.setMaximumWidth(LINE if wide else WIDEST)
        self.setMinimumHeight(HEIGHT if wide else 0)
        self._show_answers()

    def _show_answers(self) -> None:
        """Below the question an empty place is taken away; beside it the place stays, so that nothing jumps."""
        wide = self._sides.direction() == QBoxLayout.Direction.LeftToRight
        self._answers.setVisible(wide or not (self._row.isHidden() and self._said.isHidden()))

    def _arrange(self) -> None:
        asking = QWidget()
        first = QHBoxLayout(asking)
        first.setContentsMargins(0, 0, 0, 0)
        first.setSpacing(4)
        first.addWidget(self._line, 1)
        first.addWidget(self._find)
        first.addSpacing(4)
        for name in TOOLS:
            self._tools[name] = self._tool(name)
            first.addWidget(self._tools[name])
        self._find.setMinimumWidth(self.fontMetrics().horizontalAdvance("Finding…") + 36)
        self._find.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the cursor in the line
        self._row = QWidget()
        self._flow = FlowLayout(5, self._row)
        self._sizes = SizeSwitch(self._row)
        self._sizes.chosen.connect(self._choose)
        self._sizes.hovered.connect(self.candidate_hovered)
        self._answers = QWidget()
        column = QVBoxLayout(self._answers)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addStretch()
        column.addWidget(self._row)
        column.addWidget(self._said)
        column.addStretch()
        self._sides = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._sides.setContentsMargins(8, 7, 8, 7)
        self._sides.setSpacing(7)
        self._sides.addWidget(asking)
        self._sides.addWidget(self._answers, 1)

    def _tool(self, name: str) -> QToolButton:
        symbol, tip = TOOLS[name]
        button = QToolButton()
        button.setObjectName(name)
        button.setIcon(theme.icon(symbol))
        button.setIconSize(QSize(18, 18))
        button.setCheckable(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(self._take_tool)
        return button

    def _follow(self, _: str) -> None:
        self.box_instead.emit()

    def _take_tool(self, on: bool) -> None:
        name = self.sender().objectName() if on else ""
        self.set_tool(name)
        self.tool_chosen.emit(name)

    def _ask(self) -> None:
        if self.text() and not self._busy:
            self._line.remember(self.text())
            self.find_requested.emit(self.text())

    def _choose(self, number: int, mode: str) -> None:
        for index, chip in enumerate(self._chips):
            if index == number or mode == "replace":
                chip.setChecked(index == number and mode != "subtract")
        self.candidate_chosen.emit(number, mode)

    def _clear(self) -> None:
        self.show_candidates([], -1)
        self.say("")
        self.cleared.emit()

    def _refresh(self) -> None:
        self._find.setEnabled(self._line.isEnabled() and bool(self.text()) and not self._busy)
        self._line.offer_clear(bool(self._line.text() or self._chips))


class _Line(QLineEdit):
    """The line for words. Up and Down walk what was asked before; what was being typed waits at the end."""

    left = Signal()
    emptied = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, placeholderText=QUESTION)
        self.setAccessibleName(QUESTION)
        self._words: list[str] = []
        self._place = 0
        self._draft = ""
        self.addAction(theme.icon("find", theme.Colour.FAINT), QLineEdit.ActionPosition.LeadingPosition)
        self._clear = self.addAction(theme.icon("close"), QLineEdit.ActionPosition.TrailingPosition)
        self._clear.setToolTip("Clear the words, boxes, points and finds; what you painted stays")
        self._clear.triggered.connect(self._empty)

    def remember(self, word: str) -> None:
        """Puts a word at the end of the history, once."""
        self._words = [*(known for known in self._words if known != word), word][-WORDS_KEPT:]
        self._place = len(self._words)

    def offer_clear(self, offered: bool) -> None:
        """Shows or hides the cross at the end of the line."""
        self._clear.setVisible(offered)

    def event(self, event: QEvent) -> bool:
        key = event.key() if isinstance(event, QKeyEvent) else None
        if event.type() == QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Escape:
            event.accept()  # Esc is the line's own here, not the window's
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._walk(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def _walk(self, step: int) -> None:
        place = min(max(self._place + step, 0), len(self._words))
        if place == self._place:
            return
        if self._place == len(self._words):
            self._draft = self.text()
        self._place = place
        self.setText(self._draft if place == len(self._words) else self._words[place])

    def _empty(self) -> None:
        self.clear()
        self.emptied.emit()
