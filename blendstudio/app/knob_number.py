"""The box beside a slider in which a number is typed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from blendstudio.app.knob_scale import KnobScale, read, written


class KnobNumber(QDoubleSpinBox):
    """A spin box that writes 2.55M for 2550000, steps along the scale of its slider, and speaks once one has typed."""

    typed = Signal(float)
    stepped = Signal(float)  # by a share of the scale

    def __init__(self, scale: KnobScale, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = scale
        self.setDecimals(0 if scale.whole else 9)
        self.setRange(scale.low, scale.high)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._tell)

    def show_value(self, value: float) -> None:
        """Writes a value; no signal."""
        blocked = self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(blocked)

    def textFromValue(self, value: float) -> str:
        return str(round(value)) if self._scale.whole else written(value)

    def valueFromText(self, text: str) -> float:
        if text == self.textFromValue(self.value()):
            return self.value()  # few signs are shown, but none of the value is lost
        try:
            return read(text)
        except ValueError:
            return self.value()

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        """Whether a text is a number within the range, may become one, or cannot."""
        if not all(sign.isdigit() or sign in "+-.,_ eEkKmMgG" for sign in text):
            return QValidator.State.Invalid, text, at
        try:
            number = read(text)
        except (ValueError, OverflowError):
            return QValidator.State.Intermediate, text, at
        inside = self._scale.low <= number <= self._scale.high
        return QValidator.State.Acceptable if inside else QValidator.State.Intermediate, text, at

    def fixup(self, text: str) -> str:
        """What becomes of a text that is no number within the range: the nearest one that is, or the last value."""
        try:
            number = read(text)
        except (ValueError, OverflowError):
            number = self.value()
        return self.textFromValue(min(max(number, self._scale.low), self._scale.high))

    def stepBy(self, steps: int) -> None:
        self.interpretText()
        self.stepped.emit(steps * 0.02)
        self.selectAll()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # the panel scrolls

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.lineEdit().isModified():
            self.lineEdit().setText(self.textFromValue(self.value()))
            self.selectAll()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.selectAll()
            event.accept()

    def _tell(self, value: float) -> None:
        self.typed.emit(round(value) if self._scale.whole else value)
