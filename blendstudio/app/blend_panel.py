"""How the selected object is blended: method, preset and knobs, all read from what the methods declare."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from blendstudio.app import theme
from blendstudio.app.blending import Blending
from blendstudio.app.estimate import spoken
from blendstudio.app.knob_form import KnobForm
from blendstudio.app.session import Session
from blendstudio.core.document import Blend
from blendstudio.core.params import Value, knobs
from blendstudio.engine import registry
from blendstudio.engine.meter import free
from blendstudio.engine.pipeline import Common


class BlendPanel(QWidget):
    """`blend_asked` follows a press of the large button."""

    blend_asked = Signal()

    def __init__(self, session: Session, blending: Blending) -> None:
        super().__init__()
        self._session, self._blending = session, blending
        self._filling = False
        self.method, self.preset = QComboBox(), QComboBox()
        for entry in registry.entries("blend"):
            self.method.addItem(entry.title, entry.name)
        self.method.currentIndexChanged.connect(self._choose_method)
        self.preset.activated.connect(self._choose_preset)
        self.button = QPushButton(theme.icon("blend"), "Blend")
        self.button.setObjectName("primary")
        self.button.setToolTip("Blend the object into what lies below it (Ctrl+Enter)")
        self.button.clicked.connect(self.blend_asked)
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(0, 100)
        self.strength.setToolTip("How much of the blend shows; 0 is the plain paste")
        self.strength.valueChanged.connect(self._set_strength)
        self.strength.sliderReleased.connect(session.seal)
        self.percent = QLabel("100 %")
        self.percent.setMinimumWidth(44)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.estimate = QLabel()
        self.estimate.setWordWrap(True)
        self.estimate.setProperty("role", "dim")
        self.watch = QCheckBox("Watch it form")
        self.watch.setToolTip("Show the blend on the canvas while it is made")
        self.watch.setChecked(blending.watching)
        self.watch.toggled.connect(self._watch)
        self.holder, self.notes = QVBoxLayout(), QVBoxLayout()
        self.form: KnobForm | None = None
        self._form_of = ""
        self._lay_out()
        session.follow(self.refresh)
        blending.placed.connect(self.show_cost)

    def refresh(self) -> None:
        """Shows the selected object's recipe and blend."""
        recipe, layer = self._blending.recipe, self._session.object
        self._filling = True
        entry = registry.find("blend", recipe.method)
        self.method.setCurrentIndex(self.method.findData(entry.name))
        if self._form_of != entry.name:
            self._build(entry)
        defaults = {name: default for params in (Common, entry.params) for name, (_, default) in knobs(params).items()}
        if self.form:
            self.form.set_values(defaults | dict(recipe.knobs))
        self._show_preset(dict(recipe.knobs))
        blend = layer.blend if layer else None
        self.strength.setEnabled(blend is not None and not blend.stale)
        self.strength.setValue(round(100 * blend.strength) if blend else 100)
        self.percent.setText(f"{self.strength.value()} %")
        self.state.setText(_state(blend, recipe.method) if layer else "Select an object to blend it.")
        for part in (self.method, self.preset, self.form):
            if part:
                part.setEnabled(layer is not None)
        self.show_running()
        self.show_cost()
        self._filling = False

    def show_running(self) -> None:
        """Lets the button be pressed when there is something to blend and no blend is under way."""
        self.button.setEnabled(self._session.object is not None and not self._blending.running)

    def show_cost(self) -> None:
        """Says what the next blend will cost, and on what it is computed."""
        cost = self._blending.cost
        room = free(self._blending.device) if cost and cost.megabytes else None
        self.estimate.setText(spoken(cost, self._blending.device, room) if self._session.object else "")

    def _build(self, entry: registry.Entry) -> None:
        if self.form:
            self.holder.removeWidget(self.form)
            self.form.hide()  # without a parent it would be a window, and get the keys
            self.form.deleteLater()
        self.form = KnobForm(entry.params, Common)
        self.form.changed.connect(self._turn)
        self.form.settled.connect(self._settle)
        self.holder.addWidget(self.form)
        self._form_of = entry.name
        self.preset.clear()
        self.preset.addItem("Defaults", "")
        self._presets = registry.presets(entry)
        for name in self._presets:
            self.preset.addItem(name.replace("-", " ").capitalize(), name)
        self.preset.addItem("Own", "own")

    def _show_preset(self, turned: dict[str, Value]) -> None:
        known = {"": {}} | self._presets
        name = next((name for name, values in known.items() if values == turned), "own")
        self.preset.setCurrentIndex(self.preset.findData(name))

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 8, 8, 8)
        for title, box in (("Method", self.method), ("Preset", self.preset)):
            row = QHBoxLayout()
            label = QLabel(title)
            label.setMinimumWidth(60)
            row.addWidget(label)
            row.addWidget(box, 1)
            column.addLayout(row)
        column.addLayout(self.holder)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        strength = QHBoxLayout()
        strength.addWidget(QLabel("Strength"))
        strength.addWidget(self.strength, 1)
        strength.addWidget(self.percent)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 4, 8, 8)
        for part in (self.notes, self.state, strength, self.watch, self.estimate, self.button):
            foot.addLayout(part) if isinstance(part, QLayout) else foot.addWidget(part)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll, 1)
        outer.addLayout(foot)

    def _choose_method(self) -> None:
        if not self._filling:
            self._blending.set_method(self.method.currentData())

    def _choose_preset(self) -> None:
        name = self.preset.currentData()
        if name == "own":
            self.refresh()  # turning a knob is how one gets there
        else:
            self._blending.use_preset(name)

    def _turn(self, turned: dict[str, Value]) -> None:
        entry = registry.find("blend", self._blending.recipe.method)
        declared = {name: default for params in (Common, entry.params) for name, (_, default) in knobs(params).items()}
        self._blending.set_knobs({name: value for name, value in turned.items() if value != declared[name]})

    def _settle(self, _: dict[str, Value]) -> None:
        self._session.seal()

    def _set_strength(self, percent: int) -> None:
        self.percent.setText(f"{percent} %")
        if not self._filling:
            self._blending.set_strength(percent / 100)

    def _watch(self, on: bool) -> None:
        self._blending.watching = on


def _state(blend: Blend | None, chosen: str) -> str:
    """What is shown now, which nets really made it, and whether another method is chosen by now."""
    if blend is None:
        return "Pasted as it is, not blended yet."
    title = registry.find("blend", blend.recipe.method).title
    if blend.stale:
        return f"{title}: out of date, so the plain paste is shown. Blend again."
    if blend.recipe.method != chosen:
        return f"Shown: {title}. Blend again for {registry.find('blend', chosen).title}."
    used = ", ".join(name for name, _ in blend.recipe.models)
    notes = "".join(f" · {note}" for note in blend.recipe.notes)
    return f"{title}{notes}" + (f" · made with {used}" if used else "")
