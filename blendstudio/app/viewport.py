"""A widget that shows a picture through a view: zoom, pan, fit, and painting no more than what changed."""

from PySide6.QtCore import QPoint, QRectF, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from blendstudio.app.view import View, centred, fitted
from blendstudio.core.geometry import IntRect, Point, Rect, Size

NOTCH = 120  # of a wheel, for one step
PER_NOTCH = 1.25  # how much one step zooms


class Viewport(QWidget):
    """Keeps one view per picture that it shows. `zoomed` follows every change of the view."""

    zoomed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._views: dict[str, tuple[Size, View, Size | None]] = {}  # the last is the room it was fitted into
        self._last_zoom = 1.0

    @property
    def picture(self) -> tuple[str, Size | None]:
        """A name for what is shown, and its size; None when there is nothing."""
        return "", None

    @property
    def view(self) -> View:
        """Where the shown picture lies; one that is new here is fitted, and one that was fitted stays so."""
        name, size = self.picture
        size, room = size or Size(1, 1), self._room()
        known = self._views.get(name)
        if known is None or known[0] != size or known[2] not in (None, room):
            self._views[name] = (size, fitted(size, room), room)
        return self._views[name][1]

    def set_view(self, view: View, *, fit: bool = False) -> None:
        """Zooms and pans; `fit` keeps the picture fitted when the widget changes its size."""
        name, size = self.picture
        self._views[name] = (size or Size(1, 1), view, self._room() if fit else None)
        self.zoomed.emit(view.zoom)
        self.update()

    def pixel_at(self, place: QPoint) -> Point | None:
        """A place of the widget as whole pixels of the picture, if it lies on the picture."""
        size, view = self.picture[1], self.view
        x, y = map(round, view.to_picture(Point(place.x(), place.y())))
        return Point(x, y) if size and 0 <= x < size.width and 0 <= y < size.height else None

    def fit(self) -> None:
        """The whole picture."""
        size = self.picture[1]
        if size:
            self._last_zoom = self.view.zoom
            self.set_view(fitted(size, self._room()), fit=True)

    def actual_size(self) -> None:
        """One pixel of the picture on one of the screen."""
        size = self.picture[1]
        if size:
            self._last_zoom = self.view.zoom
            self.set_view(centred(size, self._room(), 1 / self.devicePixelRatioF()))

    def last_zoom(self) -> None:
        """The zoom before the last Fit or 100 %, about the middle."""
        zoom, self._last_zoom = self._last_zoom, self.view.zoom
        self.set_view(self.view.zoomed(zoom, Point(self.width() / 2, self.height() / 2)))

    def step_zoom(self, direction: int, at: Point | None = None) -> None:
        """One usual step in (1) or out (-1), about a place in the widget or the middle."""
        self.set_view(self.view.stepped(direction, at or Point(self.width() / 2, self.height() / 2)))

    def update_picture(self, rect: IntRect) -> None:
        """Paints some pixels of the picture again."""
        self.update_rect(self.view.rect_to_widget(rect.real).grown(2, 2))

    def update_rect(self, rect: Rect | None) -> None:
        """Paints a part of the widget again, or all of it."""
        if rect is None:
            self.update()
        else:
            self.update(QRectF(rect.x0, rect.y0, rect.width, rect.height).toAlignedRect())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.picture[1]:
            notches = event.angleDelta().y() / NOTCH
            at = Point(event.position().x(), event.position().y())
            self.set_view(self.view.zoomed(self.view.zoom * PER_NOTCH**notches, at))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.picture[1]:
            self.zoomed.emit(self.view.zoom)
            self.update()

    def _room(self) -> Size:
        return Size(self.width(), self.height())
