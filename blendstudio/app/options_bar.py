"""The bar under the menu: the options of the tool in hand, or a sentence on how to use it."""

import math
from dataclasses import replace

from PySide6.QtCore import QObject, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from blendstudio.app import theme
from blendstudio.app.flow import ElidedLabel
from blendstudio.app.placing import Placing
from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.app.strokes import Strokes
from blendstudio.app.tools import Toolbox
from blendstudio.core.document import Layer
from blendstudio.core.geometry import Placement, Point

HINTS = {
    "box": "Drag a box round the object. Shift: one more. Corners and sides can be dragged; Alt-click removes it.",
    "plus": "Click on what belongs to the object. Alt: what does not. Drag a point to move it; a click removes it.",
    "minus": "Click on what does not belong to it. Alt: what does. Drag a point to move it; a click removes it.",
    "lasso": "Draw round what to add to the mask. Alt: take it away.",
    "polygon": "Click corner by corner. Enter or a double click closes, Backspace takes one back, Esc drops it. Alt:"
    " take away.",
    "hand": "Drag to pan. The wheel zooms.",
    "zoom": "Click to zoom in, Alt-click to zoom out.",
}
SLIDER, NARROW = 100, 40  # px


class OptionsBar(QStackedWidget):
    """One page per tool that has options, and one for hints."""

    def __init__(
        self, toolbox: Toolbox, brush: "BrushOptions", place: "PlaceOptions", others: dict[str, QWidget]
    ) -> None:
        super().__init__()
        self._toolbox = toolbox
        self.brush, self.place, self.hint = brush, place, ElidedLabel()
        self.hint.setContentsMargins(10, 0, 10, 0)
        self._pages: dict[str, QWidget] = {"brush": brush, "erase": brush, "move": place, **others}
        for page in (self.brush, self.place, *others.values(), self.hint):
            self.addWidget(page)
        self.setFixedHeight(40)
        toolbox.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the page of the tool in hand."""
        name = self._toolbox.name
        self.hint.setText(HINTS.get(name, ""))
        self.setCurrentWidget(self._pages.get(name, self.hint))


class BrushOptions(QWidget):
    """Add or erase, size, hardness and opacity."""

    def __init__(self, strokes: Strokes, toolbox: Toolbox) -> None:
        super().__init__()
        self._strokes, self._toolbox = strokes, toolbox
        self.add, self.erase = toggle("Add", "brush"), toggle("Erase", "erase")
        self.add.setToolTip("The brush adds to the mask (B; Alt for the other way, X swaps)")
        self.erase.setToolTip("The brush takes away from the mask (E; Alt for the other way, X swaps)")
        group = QButtonGroup(self)
        for button, name in ((self.add, "brush"), (self.erase, "erase")):
            group.addButton(button)
            button.setProperty("tool", name)
        group.buttonClicked.connect(self._take)
        self.diameter = number(1, 2000, 0, " px", "Diameter in photo pixels ([ and ])")
        self.hardness = number(0, 100, 0, " %", "How firm the edge is (Shift+[ and Shift+])")
        self.opacity = number(1, 100, 0, " %", "How strongly a stroke counts (digits)")
        self._sliders = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 0)
        row.addWidget(self.add)
        row.addWidget(self.erase)
        for title, box, name in (("Size", self.diameter, "size"), ("Hardness", self.hardness, "hardness")):
            self._add(row, title, box, name)
        self._add(row, "Opacity", self.opacity, "opacity")
        self.pen_size, self.pen_opacity = toggle("Size"), toggle("Opacity")
        self.pen_size.setToolTip("How hard a pen is pressed decides the size")
        self.pen_opacity.setToolTip("How hard a pen is pressed decides the opacity")
        row.addSpacing(10)
        row.addWidget(QLabel("Pen"))
        for button, name in ((self.pen_size, "pen_size"), (self.pen_opacity, "pen_opacity")):
            button.setProperty("knob", name)
            button.toggled.connect(self._switched)
            row.addWidget(button)
        row.addStretch(1)
        strokes.brush_changed.connect(self.refresh)
        toolbox.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the brush as it is."""
        brush = self._strokes.brush
        (self.erase if brush.erase else self.add).setChecked(True)
        for button, on in ((self.pen_size, brush.pen_size), (self.pen_opacity, brush.pen_opacity)):
            blocker = QSignalBlocker(button)
            button.setChecked(on)
            del blocker
        percents = {"size": brush.size, "hardness": 100 * brush.hardness, "opacity": 100 * brush.opacity}
        for name, box in (("size", self.diameter), ("hardness", self.hardness), ("opacity", self.opacity)):
            slider = self._sliders[name]
            blocked = QSignalBlocker(box), QSignalBlocker(slider)
            box.setValue(percents[name])
            slider.setValue(round(bent(percents[name]) if name == "size" else percents[name]))
            del blocked

    def _add(self, row: QHBoxLayout, title: str, box: QDoubleSpinBox, name: str) -> None:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 1000 if name == "size" else 100)
        slider.setMinimumWidth(NARROW)
        slider.setMaximumWidth(SLIDER)
        slider.setToolTip(box.toolTip())
        slider.setProperty("knob", name)
        slider.valueChanged.connect(self._slid)
        box.setProperty("knob", name)
        box.valueChanged.connect(self._typed)
        self._sliders[name] = slider
        row.addSpacing(10)
        for part in (QLabel(title), slider, box):
            row.addWidget(part)

    def _slid(self, value: int) -> None:
        name = _sender(self).property("knob")
        self._strokes.set_brush(**{name: straight(value) if name == "size" else value / 100})

    def _typed(self, value: float) -> None:
        name = _sender(self).property("knob")
        self._strokes.set_brush(**{name: value if name == "size" else value / 100})

    def _switched(self, on: bool) -> None:
        self._strokes.set_brush(**{_sender(self).property("knob"): on})

    def _take(self, button: QToolButton) -> None:
        self._strokes.set_brush(erase=button.property("tool") == "erase")
        self._toolbox.take(button.property("tool"))


class PlaceOptions(QWidget):
    """Where the middle of the object lies, how large it is and how it is turned: in numbers that can be typed."""

    def __init__(self, session: Session, shapes: Shapes, placing: Placing) -> None:
        super().__init__()
        self._session, self._placing = session, placing
        self.across = number(-99999, 99999, 2, "", "Middle of the object, from the left edge, in pixels")
        self.down = number(-99999, 99999, 2, "", "Middle of the object, from the top edge, in pixels")
        self.scale = number(0.2, 20000, 2, " %", "Background pixels per photo pixel")
        self.angle = number(-360, 360, 2, "°", "Clockwise")
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(10, 0, 10, 0)
        self._boxes = ((self.across, "X"), (self.down, "Y"), (self.scale, "Scale"), (self.angle, "Angle"))
        for box, title in self._boxes:
            self.row.addWidget(QLabel(title))
            self.row.addWidget(box)
            self.row.addSpacing(8)
            box.editingFinished.connect(self._place)
        self.row.addStretch(1)
        session.touched.connect(self.refresh)
        shapes.ready.connect(self.refresh)
        self.refresh()

    def add_button(self, button: QToolButton) -> None:
        """Puts a button behind the numbers."""
        self.row.insertWidget(self.row.count() - 1, button)

    def refresh(self) -> None:
        """Shows where the selected object is."""
        layer = self._session.object
        self.setEnabled(layer is not None)
        if layer is None:
            return
        place = placement(layer, self._placing.box(layer).centre)
        at = place.at or Point(0, 0)
        for box, value in (
            (self.across, at.x),
            (self.down, at.y),
            (self.scale, 100 * (place.scale or 1)),
            (self.angle, place.rotate),
        ):
            blocked = QSignalBlocker(box)
            if not box.hasFocus() or box.value() != round(value, 2):
                box.setValue(value)
            del blocked

    def _place(self) -> None:
        layer = self._session.object
        if layer is None:
            return
        now = placement(layer, self._placing.box(layer).centre)
        at = now.at or Point(0, 0)
        shown = (round(at.x, 2), round(at.y, 2), round(100 * (now.scale or 1), 2), round(now.rotate, 2))
        typed = tuple(round(box.value(), 2) for box, _ in self._boxes)
        if typed == shown:
            return
        # A number that was not touched keeps all its digits.
        x, y, scale, angle = (
            new if new != old else exact
            for new, old, exact in zip(typed, shown, (at.x, at.y, 100 * (now.scale or 1), now.rotate), strict=True)
        )
        self._placing.place(replace(now, at=Point(x, y), scale=scale / 100, rotate=angle))


def placement(layer: Layer, anchor: Point) -> Placement:
    """The layer's transform as a place for `anchor` (layer pixels), a scale, a turn and a flip; skew is lost."""
    a, b, _, c, d, _ = layer.transform.rows[:6]
    flip = "h" if a * d - b * c < 0 else ""
    if flip:
        a, c = -a, -c
    angle = math.degrees(math.atan2(c, a))
    angle = round(angle, 9) + 0.0  # neither -0 nor the noise of the arc tangent
    return Placement(layer.transform.apply(anchor), layer.transform.magnification, angle, flip)


def toggle(text: str, icon: str = "") -> QToolButton:
    """A button that stays down, with its name beside its picture if it has one."""
    button = QToolButton()
    button.setText(text)
    if icon:
        button.setIcon(theme.icon(icon))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setCheckable(True)
    return button


def number(low: float, high: float, decimals: int, suffix: str, tip: str) -> QDoubleSpinBox:
    """A box for a number."""
    box = QDoubleSpinBox()
    box.setDecimals(decimals)
    box.setRange(low, high)
    box.setSuffix(suffix)
    box.setToolTip(tip)
    box.setKeyboardTracking(False)
    box.setFixedWidth(88)
    return box


def bent(size: float) -> float:
    """A size as a slider's position: small sizes get most of the way."""
    return 1000 * math.log(max(1.0, size)) / math.log(2000)


def straight(position: float) -> float:
    """A slider's position as a size."""
    return float(round(2000 ** (position / 1000)))


def _sender(receiver: QObject) -> QObject:
    return receiver.sender() or receiver
