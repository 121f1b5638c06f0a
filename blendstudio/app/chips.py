"""The finds as numbered chips, and the sizes in which one place was found: part, object, whole."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from blendstudio.errors import short

MODES = ("replace", "add", "subtract")
SIZES = {
    "Part": "The smallest of the masks found there",
    "Object": "The middle one of the masks found there",
    "Whole": "The largest of the masks found there",
}


class Chip(QToolButton):
    """One find. A click takes it in place of the others, with Shift beside them, with Alt away from them."""

    chosen = Signal(int, str)
    hovered = Signal(int)  # -1 when the pointer leaves

    def __init__(self, number: int, label: str, score: float, sure: bool) -> None:
        super().__init__()
        self.setText(f"{number + 1}  {short(label, 24)}  {score:.2f}{'' if sure else '  ?'}")
        self.setCheckable(True)
        self._number = number
        self.setProperty("role", "chip")
        self.setProperty("sure", sure)
        doubt = "" if sure else "\nNot sure that this is it: look closely."
        self.setToolTip(
            f"{label}: score {score:.2f}{doubt}\nClick takes it, Shift-click adds it, Alt-click takes it away."
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer)
        self.clicked.connect(self._click)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.hovered.emit(self._number)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(-1)
        super().leaveEvent(event)

    def _click(self) -> None:
        held = QGuiApplication.keyboardModifiers()
        if held & Qt.KeyboardModifier.ShiftModifier:
            mode = "add"
        else:
            mode = "subtract" if held & Qt.KeyboardModifier.AltModifier else "replace"
        self.chosen.emit(self._number, mode)

    def _offer(self, at: QPoint) -> None:
        """The three ways as a menu, where a window manager keeps Alt for itself."""
        menu = QMenu(self)
        for mode, words in zip(MODES, ("Take only this", "Add to the mask", "Take away from the mask"), strict=True):
            menu.addAction(words).setData(mode)
        menu.triggered.connect(self._offered)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(at))

    def _offered(self, action: QAction) -> None:
        self.chosen.emit(self._number, action.data())


class SizeSwitch(QWidget):
    """Part, object, whole: the same place in two or three sizes. `chosen` and `hovered` give finds, as chips do."""

    chosen = Signal(int, str)
    hovered = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._finds: dict[str, int] = {}
        self._buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 0, 0)
        row.setSpacing(0)
        for name, tip in SIZES.items():
            button = QToolButton()
            button.setText(name)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setAccessibleName(f"{name}: {tip}")
            button.setProperty("role", "size")
            button.clicked.connect(self._click)
            button.installEventFilter(self)
            row.addWidget(button)
            self._buttons[name] = button
        self.hide()

    def show_sizes(self, sizes: tuple[int, ...], chosen: int) -> None:
        """The finds of one place, the smallest first; with fewer than two there is nothing to choose."""
        names = ("Part", "Whole") if len(sizes) == 2 else tuple(SIZES)
        ends = {"Part": 0, "Object": len(sizes) // 2, "Whole": -1}
        self._finds = {name: sizes[ends[name]] for name in names} if len(sizes) > 1 else {}
        for name, button in self._buttons.items():
            button.setVisible(name in self._finds)
            button.setChecked(self._finds.get(name, -1) == chosen >= 0)
        self.setVisible(bool(self._finds))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, QToolButton) and event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            over = event.type() == QEvent.Type.Enter
            self.hovered.emit(self._finds.get(watched.text(), -1) if over else -1)
        return False

    def _click(self) -> None:
        button = self.sender()
        if isinstance(button, QToolButton):
            self.chosen.emit(self._finds[button.text()], MODES[0])
