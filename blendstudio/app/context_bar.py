"""The small bar near the object: what one most likely wants to do with it now."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton

from blendstudio.app.actions import Actions
from blendstudio.app.desk import Desk
from blendstudio.core.geometry import Point

PLACING = ("cut-out", "fit-object", "flip-h", "duplicate", "delete", "blend")
CUTTING = ("tool-brush", "tool-erase", "invert", "drop-strokes", "clear-mask", "done")
SPOKEN = {"cut-out", "blend", "done", "tool-brush", "tool-erase"}  # with their names
GAP = 14
PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.TabletPress)
RELEASES = (QEvent.Type.MouseButtonRelease, QEvent.Type.TabletRelease)


class ContextBar(QFrame):
    """Lies on the canvas, below the object; out of the way while the hand is busy."""

    def __init__(self, desk: Desk, actions: Actions) -> None:
        super().__init__(desk.canvas)
        self._desk = desk
        self.setObjectName("contextBar")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(2)
        self._buttons = {name: self._button(actions, name) for name in (*PLACING, *CUTTING)}
        for button in self._buttons.values():
            row.addWidget(button)
        desk.canvas.installEventFilter(self)
        desk.canvas.zoomed.connect(self.refresh)
        for signal in (desk.session.touched, desk.shapes.ready, desk.toolbox.changed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the buttons for what is shown, where they belong."""
        layer = self._desk.session.subject
        names = CUTTING if self._desk.session.cutting else PLACING
        for name, button in self._buttons.items():
            button.setVisible(name in names)
        self.setVisible(layer is not None and not self._desk.canvas.busy)
        if layer is None:
            return
        self.adjustSize()
        canvas = self._desk.canvas
        low = Point(canvas.width() / 2, canvas.height())
        if not self._desk.session.cutting:
            box = layer.transform.bounds(self._desk.placing.box(layer))
            seen = canvas.view.rect_to_widget(box)
            low = Point(seen.centre.x, seen.y1)
        x = min(max(low.x - self.width() / 2, GAP), canvas.width() - self.width() - GAP)
        y = min(max(low.y + GAP, GAP), canvas.height() - self.height() - GAP)
        self.move(round(x), round(y))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, *PRESSES, *RELEASES):
            self.setVisible(False)
            if event.type() not in PRESSES:
                self._desk.canvas.settle_later(self.refresh)
        return False

    def _button(self, actions: Actions, name: str) -> QToolButton:
        button = actions.button(name, spoken=name in SPOKEN)
        if name == "blend":
            button.setObjectName("primary")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button
