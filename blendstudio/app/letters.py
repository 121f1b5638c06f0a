"""Letters typed into a list of choices find a choice there, and take no tool."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QWidget


class Letters(QObject):
    """Keeps plain letters for the combo boxes below `root`; call `watch` again after new ones have come."""

    def __init__(self, root: QWidget) -> None:
        super().__init__(root)
        self._form: object = None
        self._root = root

    def watch(self, form: object) -> None:
        """Looks after all combo boxes that are there now, if `form` is a new one."""
        if form is not self._form:
            self._form = form
            for box in self._root.findChildren(QComboBox):
                box.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        plain = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
        if not (event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)):
            return False
        typed = bool(event.text()) and event.text().isprintable() and event.modifiers() in plain
        if typed:
            event.accept()
        return typed
