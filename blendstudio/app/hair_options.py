"""The options of the hair brush."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from blendstudio.app.flow import ElidedLabel
from blendstudio.app.options_bar import SLIDER, bent, number, straight
from blendstudio.app.strokes import Strokes

HINT = "Paint over hair or fur and a little of what is round it: the photo decides what is hair. Alt: as it was found."


class HairOptions(QWidget):
    """The size, which it shares with the brush, and how it is used."""

    def __init__(self, strokes: Strokes) -> None:
        super().__init__()
        self._strokes = strokes
        self.diameter, self.slider = number(1, 2000, 0, " px", "Diameter ([ and ])"), QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 1000)
        self.slider.setFixedWidth(SLIDER)
        hint = ElidedLabel(HINT)
        hint.setObjectName("dim")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 0)
        for part in (QLabel("Size"), self.slider, self.diameter, hint):
            row.addWidget(part)
            row.addSpacing(6)
        row.setStretchFactor(hint, 1)
        self.slider.valueChanged.connect(lambda value: strokes.set_brush(size=straight(value)))
        self.diameter.valueChanged.connect(lambda value: strokes.set_brush(size=value))
        strokes.brush_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the size as it is."""
        size = self._strokes.brush.size
        blocked = [QSignalBlocker(part) for part in (self.slider, self.diameter)]
        self.slider.setValue(round(bent(size)))
        self.diameter.setValue(size)
        del blocked
