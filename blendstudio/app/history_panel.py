"""The steps of the work by name; a click goes to one."""

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from blendstudio.app.session import Session
from blendstudio.app.theme import Colour


class HistoryPanel(QWidget):
    """Oldest first; what was undone is dim."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.list = QListWidget()
        self.list.setObjectName("history")
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.list)
        session.follow(self.refresh)

    def refresh(self) -> None:
        """Shows all steps and the current one."""
        history = self._session.history
        labels = history.labels if history else ()
        while self.list.count() > len(labels):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(labels):
            self.list.addItem(QListWidgetItem())
        for row, label in enumerate(labels):
            item = self.list.item(row)
            item.setText(label)
            undone = history is not None and row > history.position
            item.setForeground(QColor(Colour.FAINT if undone else Colour.TEXT))
        if history:
            self.list.setCurrentRow(history.position)
            self.list.scrollToItem(self.list.currentItem())

    def _go(self, item: QListWidgetItem) -> None:
        self._session.go(self.list.row(item))
