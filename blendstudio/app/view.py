"""Zoom and pan: where a picture lies in the widget. Pure arithmetic on continuous coordinates."""

from dataclasses import dataclass

from blendstudio.core.geometry import Point, Rect, Size

LEAST, MOST = 0.01, 64.0
STEPS = (0.0625, 0.125, 0.25, 0.333, 0.5, 0.667, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0)
RIM = 24.0  # px of the widget that stay free round a fitted picture
FOOT = 36.0  # px more that stay free below it, for the bar


@dataclass(frozen=True)
class View:
    """`zoom` widget pixels per picture pixel; `origin` is where the picture's corner lies in the widget."""

    zoom: float = 1.0
    origin: Point = Point(0.0, 0.0)

    def to_picture(self, point: Point) -> Point:
        """From the widget into the picture."""
        return Point((point.x - self.origin.x) / self.zoom, (point.y - self.origin.y) / self.zoom)

    def to_widget(self, point: Point) -> Point:
        """From the picture into the widget."""
        return Point(point.x * self.zoom + self.origin.x, point.y * self.zoom + self.origin.y)

    def rect_to_widget(self, rect: Rect) -> Rect:
        """An upright rectangle, from the picture into the widget."""
        return Rect(*self.to_widget(Point(rect.x0, rect.y0)), *self.to_widget(Point(rect.x1, rect.y1)))

    def panned(self, dx: float, dy: float) -> "View":
        """Moved by widget pixels."""
        return View(self.zoom, Point(self.origin.x + dx, self.origin.y + dy))

    def zoomed(self, zoom: float, at: Point) -> "View":
        """At another zoom, with the picture point under the widget's `at` staying there."""
        zoom = min(max(zoom, LEAST), MOST)
        fixed = self.to_picture(at)
        return View(zoom, Point(at.x - fixed.x * zoom, at.y - fixed.y * zoom))

    def stepped(self, direction: int, at: Point) -> "View":
        """To the next usual zoom, up (1) or down (-1)."""
        if direction > 0:
            zoom = next((step for step in STEPS if step > self.zoom * 1.01), MOST)
        else:
            zoom = next((step for step in reversed(STEPS) if step < self.zoom * 0.99), LEAST)
        return self.zoomed(zoom, at)


def fitted(picture: Size, widget: Size) -> View:
    """The whole picture in the widget, with room for the bar below; small ones are enlarged at most threefold."""
    above = Size(widget.width, round(widget.height - FOOT))
    room = Size(max(1, round(above.width - 2 * RIM)), max(1, round(above.height - 2 * RIM)))
    zoom = min(3.0, room.width / picture.width, room.height / picture.height)
    return centred(picture, above, max(zoom, LEAST))


def centred(picture: Size, widget: Size, zoom: float) -> View:
    """The picture's middle in the widget's, at a zoom; at 100 % on whole pixels."""
    x, y = (widget.width - picture.width * zoom) / 2, (widget.height - picture.height * zoom) / 2
    return View(zoom, Point(float(round(x)), float(round(y))))
