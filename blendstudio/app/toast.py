"""A short message that floats over the picture and goes away by itself."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

STAYS_MS = 6000
GAP = 18  # px, to the lower edge
WIDEST = 560  # px


class Toast(QFrame):
    """Lies at the bottom of its parent, in the middle. Goes on a click and after six seconds, unless pointed at."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STAYS_MS)
        self._timer.timeout.connect(self.hide)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._buttons: list[_Action] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 8, 10, 8)
        self._row.setSpacing(12)
        self._row.addWidget(self._text, 1)
        self._host = parent
        parent.installEventFilter(self)
        self.hide()

    def show_message(self, text: str, actions: Sequence[tuple[str, Callable[[], object]]] = ()) -> None:
        """Shows a sentence and, behind it, what can be done about it, in place of the message before."""
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [_Action(self, name, act) for name, act in actions]
        for button in self._buttons:
            self._row.addWidget(button)
        self._text.setText(text)
        self.show()
        self._lie()
        self.raise_()
        self._timer.start()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        if self.isVisible():
            self._timer.start()

    def hideEvent(self, event: QEvent) -> None:
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._lie()
        return False

    def _lie(self) -> None:
        """Takes the size that the message needs, within the parent's, and the place."""
        room = self._host.size()
        most = min(WIDEST, room.width() - 2 * GAP)
        self._text.setWordWrap(False)
        self._row.activate()
        wanted = self.sizeHint().width()
        self._text.setWordWrap(wanted > most)
        self._row.activate()
        width = min(wanted, most)
        height = self._row.heightForWidth(width) if wanted > most else self.sizeHint().height()
        self.setGeometry((room.width() - width) // 2, room.height() - height - GAP, width, height)


class _Action(QPushButton):
    """One thing that can be done; doing it takes the message away."""

    def __init__(self, toast: Toast, name: str, act: Callable[[], object]) -> None:
        super().__init__(name, toast)
        self.setProperty("role", "link")
        self._act = act
        self._toast = toast
        self.clicked.connect(self._do)

    def _do(self) -> None:
        self._toast.hide()
        self._act()
