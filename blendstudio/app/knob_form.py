"""The panel of a method's knobs, made from their declarations."""

from collections.abc import Mapping
from typing import cast

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from blendstudio.app.knob_number import KnobNumber
from blendstudio.app.knob_scale import KnobScale
from blendstudio.app.knob_slider import KnobSlider
from blendstudio.app.theme import Colour
from blendstudio.core import params
from blendstudio.core.params import Knob, Value

ROW = 26  # px
NUMBER = 62  # px
PAUSE_MS = 300  # after this long without another turn of the wheel the change has ended


class KnobForm(QWidget):
    """One row for each knob of the dataclasses: a slider and a box, a choice, or a switch.

    A double click on a title takes its knob back to the default; a dot marks what differs from it.
    """

    changed = Signal(dict)  # at every change, also while dragging
    settled = Signal(dict)  # when the change has ended

    def __init__(self, *declared: type, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._declared = declared
        self._rows: dict[str, _Row] = {}
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._settle)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        for declaration in declared:
            for name, (knob, default) in params.knobs(declaration).items():
                self._add(grid, name, _row(knob, default, self))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def values(self) -> dict[str, Value]:
        """Name -> value of every knob, in the order of the rows."""
        return {name: row.value for name, row in self._rows.items()}

    def defaults(self) -> dict[str, Value]:
        """Name -> value of every knob as it was declared."""
        return {name: row.default for name, row in self._rows.items()}

    def set_values(self, values: Mapping[str, Value]) -> None:
        """Shows values; no signal. Names that have no row here are left out, rows without a value stay.

        Raises UsageError for a value out of range, and then shows none.
        """
        checked: dict[str, Value] = {}
        for declaration in self._declared:
            own = {name: values[name] for name in params.knobs(declaration) if name in values}
            built = params.values(params.build(declaration, own))
            checked |= {name: built[name] for name in own}
        for name, value in checked.items():
            self._rows[name].show_value(value)

    def reset(self) -> None:
        """Takes every knob back to its default, as one change."""
        self.set_values(self.defaults())
        self.changed.emit(self.values())
        self._settle()

    def _add(self, grid: QGridLayout, name: str, row: "_Row") -> None:
        number = grid.rowCount()
        grid.setRowMinimumHeight(number, ROW)
        row.arrange(grid, number)
        row.changed.connect(self._change)
        row.ended.connect(self._settle)
        row.show_value(row.default)
        self._rows[name] = row

    def _change(self, will_end: bool) -> None:
        """A row changed; without a sign of its end (wheel, keys) a pause ends the change."""
        if not will_end:
            self._pause.start()
        self.changed.emit(self.values())

    def _settle(self) -> None:
        self._pause.stop()
        self.settled.emit(self.values())


class _Row(QObject):
    """One knob: its value, its title and what changes it."""

    changed = Signal(bool)  # True where `ended` will follow
    ended = Signal()

    def __init__(self, knob: Knob, default: Value, parent: QWidget) -> None:
        super().__init__(parent)
        self.knob, self.default, self.value = knob, default, default
        self.controls: tuple[QWidget, ...] = ()
        self.title = _Title(knob.title, parent)
        self.title.setToolTip(f"{knob.help}\nDouble-click: back to {_plain(default)}.")
        self.title.double_clicked.connect(self._reset)

    def add(self, *controls: QWidget) -> None:
        """Takes the controls and gives them the knob's name and help."""
        self.controls = controls
        for control in controls:
            control.setToolTip(self.knob.help)
            control.setAccessibleName(self.knob.title)
            control.setAccessibleDescription(self.knob.help)

    def arrange(self, grid: QGridLayout, number: int) -> None:
        """Puts the title and the controls into a row of the grid; a control alone takes two columns."""
        grid.addWidget(self.title, number, 0)
        for column, control in enumerate(self.controls, 1):
            grid.addWidget(control, number, column, 1, 3 - len(self.controls))

    def show_value(self, value: Value) -> None:
        """Takes a value; no signal."""
        self.value = value
        self.title.mark(value != self.default)

    def take(self, value: Value, *, will_end: bool = False) -> None:
        """Takes a value from the hand."""
        if value != self.value:
            self.show_value(value)
            self.changed.emit(will_end)

    def _reset(self) -> None:
        if self.value != self.default:
            self.take(self.default, will_end=True)
            self.ended.emit()


class _NumberRow(_Row):
    def __init__(self, knob: Knob, default: Value, parent: QWidget) -> None:
        super().__init__(knob, default, parent)
        number = cast("float", default)
        self._scale = KnobScale.of(knob, number)
        self._slider = KnobSlider(self._scale.place(number), parent)
        self._number = KnobNumber(self._scale, parent)
        self._number.setFixedSize(NUMBER, ROW - 4)
        self.add(self._slider, self._number)
        self._slider.stepped.connect(self._step)
        self._number.stepped.connect(self._step)
        self._slider.dragged.connect(self._drag)
        self._slider.let_go.connect(self.ended)
        self._number.typed.connect(self._type)

    def show_value(self, value: Value) -> None:
        super().show_value(value)
        self._slider.setProperty("changed", value != self.default)
        self._slider.show_place(self._scale.place(cast("float", value)))
        self._number.show_value(cast("float", value))

    def _drag(self, place: float) -> None:
        self.take(self._scale.value(place), will_end=True)

    def _step(self, share: float) -> None:
        self.take(self._scale.stepped(cast("float", self.value), share))

    def _type(self, value: float) -> None:
        self.take(value, will_end=True)
        self.ended.emit()


class _ChoiceRow(_Row):
    def __init__(self, knob: Knob, default: Value, parent: QWidget) -> None:
        super().__init__(knob, default, parent)
        self._box = _Choice(parent)
        self._box.setFixedHeight(ROW - 3)
        for word in knob.choices:
            self._box.addItem(word.replace("-", " ").capitalize(), word)
        self.add(self._box)
        self._box.activated.connect(self._choose)

    def show_value(self, value: Value) -> None:
        super().show_value(value)
        self._box.setCurrentIndex(self._box.findData(value))

    def _choose(self, index: int) -> None:
        if self._box.itemData(index) != self.value:
            self.take(self._box.itemData(index), will_end=True)
            self.ended.emit()


class _SwitchRow(_Row):
    def __init__(self, knob: Knob, default: Value, parent: QWidget) -> None:
        super().__init__(knob, default, parent)
        self._box = QCheckBox(parent)
        self.add(self._box)
        self._box.clicked.connect(self._choose)

    def show_value(self, value: Value) -> None:
        super().show_value(value)
        self._box.setChecked(value is True)

    def _choose(self, on: bool) -> None:
        self.take(on, will_end=True)
        self.ended.emit()


class _Choice(QComboBox):
    """The wheel scrolls the panel, it does not choose."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Title(QLabel):
    """A title with room for a dot before it."""

    double_clicked = Signal()

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setIndent(11)
        self._changed = False

    def mark(self, changed: bool) -> None:
        """Shows or hides the dot."""
        self._changed = changed
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._changed:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(Colour.ACCENT))
            painter.drawEllipse(QPointF(4, self.height() / 2), 2.5, 2.5)


def _row(knob: Knob, default: Value, parent: QWidget) -> _Row:
    if isinstance(default, bool):
        return _SwitchRow(knob, default, parent)
    return _ChoiceRow(knob, default, parent) if knob.choices else _NumberRow(knob, default, parent)


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"“{value}”" if isinstance(value, str) else f"{value:g}"
