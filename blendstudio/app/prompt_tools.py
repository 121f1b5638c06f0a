"""Tools of the prompt on the object's own photo: boxes, points on it and beside it. Both move what is there already."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from blendstudio.app.prompt_hand import Handle, PromptHand, between
from blendstudio.app.theme import Colour
from blendstudio.app.tools import Pointer, Tool
from blendstudio.app.view import View
from blendstudio.core.geometry import Point

SMALLEST = 4.0  # px of the screen: less is a slip of the hand, not a box


class PromptTool(Tool):
    """What both have in common: a handle under the pointer comes first."""

    cutting = True
    frames = False  # whether a box's side is a handle, too

    def __init__(self, hand: PromptHand) -> None:
        super().__init__(hand)
        self._hand = hand

    def press(self, pointer: Pointer, view: View) -> None:
        """Takes hold of a handle, or begins something new."""
        if not self._hand.press(pointer, self.handle(pointer, view)):
            self.begin(pointer)

    def begin(self, pointer: Pointer) -> None:
        """A press beside all handles."""

    def handle(self, pointer: Pointer, view: View) -> Handle | None:
        """What a press would take hold of."""
        return self._hand.at(pointer, view, frames=self.frames)

    def move(self, pointer: Pointer, view: View) -> None:
        """Carries the handle along."""
        self._hand.move(pointer)

    def release(self, pointer: Pointer, view: View) -> None:
        """Lets go of the handle."""
        self._hand.release()

    def cancel(self) -> bool:
        """Puts the handle back."""
        return self._hand.cancel()

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """What a press would take hold of, or a cross."""
        handle = self.handle(pointer, view)
        return self._hand.cursor(handle) if handle else Qt.CursorShape.CrossCursor


class BoxTool(PromptTool):
    """Draws a box round the object, with Shift one more."""

    frames = True

    def __init__(self, hand: PromptHand) -> None:
        super().__init__(hand)
        self._corners: tuple[Point, Point] | None = None

    def begin(self, pointer: Pointer) -> None:
        """The first corner."""
        self._corners = (pointer.at, pointer.at)

    def move(self, pointer: Pointer, view: View) -> None:
        """The other corner follows."""
        super().move(pointer, view)
        if self._corners:
            self._corners = (self._corners[0], pointer.at)
            self.repaint.emit(None)

    def release(self, pointer: Pointer, view: View) -> None:
        """The box is drawn."""
        super().release(pointer, view)
        ends, self._corners = self._corners, None
        self.repaint.emit(None)
        if ends:
            box = between(*ends)
            if min(box.width, box.height) * view.zoom >= SMALLEST:
                self._hand.add_box(box, pointer.shift)

    def cancel(self) -> bool:
        """Forgets the box under way."""
        had, self._corners = self._corners, None
        self.repaint.emit(None)
        return super().cancel() or had is not None

    def paint(self, painter: QPainter, view: View) -> None:
        """The rubber band."""
        if self._corners:
            x0, y0, x1, y1 = view.rect_to_widget(between(*self._corners))
            painter.setPen(QPen(QColor(Colour.ACCENT), 1.5))
            painter.setBrush(QColor(90, 159, 224, 40))
            painter.drawRect(QRectF(x0, y0, x1 - x0, y1 - y0))


class PointTool(PromptTool):
    """Sets points on the object, or beside it; Alt means the other kind.

    `rested` follows the pointer: the place and the kind of the point that a click would set, or None over a handle.
    """

    rested = Signal(object, bool, float)  # place, whether on the object, picture pixels per pixel of the screen

    def __init__(self, hand: PromptHand, *, wanted: bool) -> None:
        super().__init__(hand)
        self._wanted = wanted

    def begin(self, pointer: Pointer) -> None:
        """A point."""
        self._hand.add_point(pointer.at, self._wanted != pointer.alt)

    def hover(self, pointer: Pointer, view: View) -> None:
        """What a click would do is looked into."""
        place = None if self.handle(pointer, view) else pointer.at
        self.rested.emit(place, self._wanted != pointer.alt, 1 / view.zoom)
