"""The line at the foot of the window that says what is being worked on, how far it is, and what went wrong."""

import time
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from blendstudio.app import theme
from blendstudio.app.flow import ElidedLabel
from blendstudio.app.theme import Colour

TICK_MS = 500  # how often the time left is written anew
EARLIEST_S, EARLIEST_SHARE = 1.5, 0.04  # before both an estimate would be a guess
SMOOTH = 0.3  # how much a new estimate counts against what was left of the last one
DETAILS = 110  # px


class JobStrip(QFrame):
    """Quiet while nothing runs. One job at a time: start, report …, then done or failed."""

    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self.setObjectName("jobStrip")
        self._left = _TimeLeft(clock)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._show_left)
        self._running = self._stopping = False
        self._build()
        self._show(text="Ready", role="faint")

    def start(self, title: str) -> None:
        """A job begins; its title stands until the first stage is reported."""
        self._running, self._stopping = True, False
        self._left.start()
        self._timer.start()
        self._fill(0)
        self._percent.setText("0 %")
        self._show(text=title, role="")
        self._show_left()

    def report(self, share: float, stage: str) -> None:
        """How much is done, 0..1, and at what the job is. After the end it is left unheard."""
        if not self._running:
            return
        share = min(max(share, 0.0), 1.0) if share == share else 0.0  # noqa: PLR0124  NaN is not itself
        self._fill(round(share * self._bar.maximum()))
        self._percent.setText(f"{int(share * 100)} %")
        if stage and not self._stopping:
            self._text.setText(stage)
        self._left.report(share)
        self._show_left()

    def done(self, text: str) -> None:
        """The job ended well, or was stopped; `text` stays until the next one."""
        self._end()
        if text:
            self._show(text=text, role="dim", symbol="done")
        else:
            self.clear()

    def failed(self, what: str, next_step: str, detail: str = "") -> None:
        """The job ended badly: what happened, what to do, and for those who ask, the detail."""
        self._end()
        self._message.setText(f"{what} {next_step}".strip())
        self._detail.setPlainText(detail)
        self._show(failure=True, symbol="warning")

    def stopping(self) -> None:
        """Stop was asked for; the job will end at its next safe place."""
        if self._running and not self._stopping:
            self._stopping = True
            self._text.setText("Stopping…")
            self._stop.setText("Stopping…")
            self._stop.setEnabled(False)
            self._show_left()

    def clear(self) -> None:
        """Back to the quiet line; nothing happens while a job runs."""
        if not self._running:
            self._show(text="Ready", role="faint")

    def _end(self) -> None:
        self._running = self._stopping = False
        self._timer.stop()

    def _ask_to_stop(self) -> None:
        self.stopping()
        self.stop_requested.emit()

    def _show_left(self) -> None:
        self._time.setText("" if self._stopping else self._left.spoken())

    def _show(self, *, text: str = "", role: str = "", symbol: str = "", failure: bool = False) -> None:
        """Brings the parts of one state to the front."""
        self._text.setText(text)
        _dress(self._text, "role", role)
        self._text.setVisible(not failure)
        self._symbol.setVisible(bool(symbol))
        if symbol:
            colour = Colour.CAUTION if failure else Colour.OK
            self._symbol.setPixmap(theme.icon(symbol, colour).pixmap(QSize(16, 16), self.devicePixelRatioF()))
        for part in (self._bar, self._percent, self._time, self._stop):
            part.setVisible(self._running)
        self._stop.setText("Stop")
        self._stop.setEnabled(True)
        self._message.setVisible(failure)
        self._close.setVisible(failure)
        self._details.setVisible(failure and bool(self._detail.toPlainText()))
        self._details.setChecked(False)
        _dress(self, "failed", failure)

    def _fill(self, value: int) -> None:
        self._bar.setUpdatesEnabled(False)  # else the bar would at once paint all that waits to be painted
        self._bar.setValue(value)
        self._bar.setUpdatesEnabled(True)

    def _build(self) -> None:
        self._symbol = QLabel()
        self._symbol.setFixedWidth(16)
        keeps = self._symbol.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)  # so that all texts begin at the same place
        self._symbol.setSizePolicy(keeps)
        self._text = ElidedLabel()
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._message = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._message.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._bar = QProgressBar(minimum=0, maximum=1000, textVisible=False)
        self._bar.setAccessibleName("Progress")
        self._percent, self._time = QLabel(), QLabel()
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._percent.setMinimumWidth(self.fontMetrics().horizontalAdvance("100 %"))
        self._time.setMinimumWidth(self.fontMetrics().horizontalAdvance("about 55 min left"))
        _dress(self._time, "role", "dim")
        self._stop = QPushButton("Stop")
        self._stop.setToolTip("Stop and keep the best so far (Esc)")
        self._stop.setMinimumWidth(84)
        self._stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._stop.clicked.connect(self._ask_to_stop)
        self._details = QPushButton("Details")
        self._details.setCheckable(True)
        _dress(self._details, "role", "link")
        self._close = QToolButton()
        self._close.setIcon(theme.icon("close"))
        self._close.setToolTip("Close this message")
        self._close.setAccessibleName("Close this message")
        self._close.clicked.connect(self.clear)
        self._detail = QPlainTextEdit(readOnly=True)
        self._detail.setFixedHeight(DETAILS)
        self._detail.hide()
        self._details.toggled.connect(self._detail.setVisible)
        self._arrange()

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 3, 8, 3)
        grid.setHorizontalSpacing(10)
        grid.setRowMinimumHeight(0, 30)
        grid.addWidget(self._symbol, 0, 0)
        grid.addWidget(self._text, 0, 1)
        grid.addWidget(self._message, 0, 1, 1, 5)
        grid.addWidget(self._bar, 0, 2)
        for column, part in enumerate((self._percent, self._time, self._stop), 3):
            grid.addWidget(part, 0, column)
        grid.addWidget(self._details, 0, 6)
        grid.addWidget(self._close, 0, 7)
        grid.addWidget(self._detail, 1, 0, 1, 8)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(2, 4)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)


class _TimeLeft:
    """How long a job will still take, from how long it took so far."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.start()

    def start(self) -> None:
        self._began = self._at = self._clock()
        self._share = 0.0
        self._left: float | None = None

    def report(self, share: float) -> None:
        """Takes what is done, 0..1, into the estimate; an unchanged share says nothing new."""
        now = self._clock()
        if share <= self._share or share < 0.01:
            return
        fresh = (now - self._began) / share * (1 - share)
        kept = fresh if self._left is None else max(0.0, self._left - (now - self._at))
        self._share, self._at, self._left = share, now, SMOOTH * fresh + (1 - SMOOTH) * kept

    def spoken(self) -> str:
        """Such as “about 14 s left”; empty as long as nobody can know."""
        now = self._clock()
        early = now - self._began < EARLIEST_S and self._share < EARLIEST_SHARE
        if self._left is None or early:
            return ""
        seconds = self._left - (now - self._at)
        if seconds < 1:
            return "almost done"
        if seconds < 20:
            return f"about {round(seconds)} s left"
        if seconds < 90:
            return f"about {round(seconds / 5) * 5} s left"
        return f"about {round(seconds / 60)} min left"


def _dress(widget: QWidget, name: str, value: object) -> None:
    """Sets a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
