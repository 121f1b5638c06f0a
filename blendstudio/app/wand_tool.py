"""The wand: a click takes what has the same colour; with Alt it takes that away."""

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QWidget

from blendstudio.app.flow import ElidedLabel
from blendstudio.app.options_bar import SLIDER, number
from blendstudio.app.tools import Pointer, Tool
from blendstudio.app.view import View

TOLERANCE = 32  # as in other programs


class Wand(QObject):
    """How it chooses: the tolerance of each channel in 0..255, and whether only what hangs together counts."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.tolerance, self.contiguous = TOLERANCE, True

    def set(self, tolerance: int, contiguous: bool) -> None:
        """Another way to choose."""
        self.tolerance, self.contiguous = min(max(0, tolerance), 255), contiguous
        self.changed.emit()


class WandTool(Tool):
    """Clicks: `picked` gives a place in photo pixels, and whether to take away."""

    cutting = True
    picked = Signal(object, bool)

    def press(self, pointer: Pointer, view: View) -> None:
        """A click."""
        self.picked.emit(pointer.at, pointer.alt or pointer.eraser)

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """A cross."""
        return Qt.CursorShape.CrossCursor


class WandOptions(QWidget):
    """Tolerance and Contiguous."""

    def __init__(self, wand: Wand) -> None:
        super().__init__()
        self._wand = wand
        tip = "How far each of red, green and blue may differ from the place that is clicked, 0 to 255"
        self.tolerance, self.slider = number(0, 255, 0, "", tip), QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 255)
        self.slider.setFixedWidth(SLIDER)
        self.slider.setToolTip(tip)
        self.contiguous = QCheckBox("Contiguous")
        self.contiguous.setToolTip("Only what hangs together with the place; otherwise that colour everywhere")
        hint = ElidedLabel("Click to add what has this colour. Alt: take it away.")
        hint.setObjectName("dim")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 0)
        for part in (QLabel("Tolerance"), self.slider, self.tolerance, self.contiguous, hint):
            row.addWidget(part)
            row.addSpacing(6)
        row.setStretchFactor(hint, 1)
        self.slider.valueChanged.connect(lambda value: wand.set(value, wand.contiguous))
        self.tolerance.valueChanged.connect(lambda value: wand.set(round(value), wand.contiguous))
        self.contiguous.toggled.connect(lambda on: wand.set(wand.tolerance, on))
        wand.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the wand as it is."""
        blocked = [QSignalBlocker(part) for part in (self.slider, self.tolerance, self.contiguous)]
        self.slider.setValue(self._wand.tolerance)
        self.tolerance.setValue(self._wand.tolerance)
        self.contiguous.setChecked(self._wand.contiguous)
        del blocked
