"""The last line: the nets used last, the engine, the size of the work, the zoom, the pointer, and privacy."""

from PySide6.QtWidgets import QLabel, QStatusBar

from blendstudio.app.desk import Desk
from blendstudio.app.flow import ElidedLabel
from blendstudio.core.geometry import Point

PRIVATE = "Nothing leaves this computer"
NETS = {
    "": "no starter nets: box, brush and classical blends work",
    "starter": "starter nets",
    "paper": "the paper's nets",
}


class Status(QStatusBar):
    """Follows the desk."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.engine, self.extent, self.zoom, self.at = QLabel(), QLabel(), QLabel(), QLabel()
        self.at.setMinimumWidth(120)
        self.setSizeGripEnabled(False)
        self.used = ElidedLabel()
        self.used.setObjectName("dim")
        self.used.setContentsMargins(8, 0, 8, 0)
        self.addWidget(self.used, 1)
        for label in (QLabel(PRIVATE), self.engine, self.extent, self.zoom, self.at):
            label.setObjectName("dim")
            label.setContentsMargins(8, 0, 8, 0)
            self.addPermanentWidget(label)
        desk.canvas.moved.connect(self._moved)
        desk.canvas.zoomed.connect(self._zoomed)
        desk.weights.changed.connect(self.refresh)
        desk.runner.ended.connect(self._name_nets)
        desk.session.follow(self.refresh)

    def refresh(self) -> None:
        """Shows the engine and the size of what is on the canvas."""
        device = self._desk.weights.device
        self.engine.setText(f"{device.upper()} · {NETS[self._desk.weights.tier]}" if device else "")
        size = self._desk.canvas.scene.size
        self.extent.setText(f"{size.width} × {size.height}" if size else "")
        self.zoom.setVisible(size is not None)
        if size is None:
            self.at.clear()
        else:
            self._zoomed(self._desk.canvas.view.zoom)

    def _name_nets(self) -> None:
        """Which nets the last find or blend really used."""
        used = " · ".join(self._desk.weights.used)
        self.used.setText(f"Nets used last: {used}" if used else "")
        self.used.setToolTip(self.used.text())

    def _zoomed(self, zoom: float) -> None:
        self.zoom.setText(f"{100 * zoom * self.devicePixelRatioF():.0f} %")

    def _moved(self, at: Point | None) -> None:
        self.at.setText(f"x {at.x:.0f}  y {at.y:.0f}" if at else "")
