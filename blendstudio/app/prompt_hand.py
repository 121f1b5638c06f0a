"""The hand on the prompt: its points and boxes are taken hold of, moved and removed on the object's photo."""

import math
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, Signal

from blendstudio.app.cutting import Cutting
from blendstudio.app.session import Session
from blendstudio.app.tools import Pointer
from blendstudio.app.view import View
from blendstudio.core.document import Prompt
from blendstudio.core.geometry import Point, Rect, Size
from blendstudio.core.prompt_edits import box_changed, point_moved, without_box, without_point

REACH = 9.0  # px of the screen round a point or a corner
RIM = 5.0  # px of the screen beside a box's side
CLICK = 3.0  # px of the screen: who moves less has clicked
SIDES = (Qt.CursorShape.SizeFDiagCursor, Qt.CursorShape.SizeBDiagCursor)
POINT, CORNER, FRAME = "point", "corner", "frame"


class Handle(NamedTuple):
    """What can be taken hold of: a point, a box's `corner` (clockwise from the top left), or its frame."""

    kind: str
    number: int
    corner: int = 0


class _Grip(NamedTuple):
    handle: Handle
    prompt: Prompt
    at: Pointer
    kept: bool  # a click does not remove it


class PromptHand(QObject):
    """One for all tools of the prompt. `changed` follows every change of what is to be drawn."""

    changed = Signal()

    def __init__(self, session: Session, cutting: Cutting) -> None:
        super().__init__(session)
        self._session, self._cutting = session, cutting
        self._grip: _Grip | None = None
        self._draft: Prompt | None = None
        self._touched: Handle | None = None
        session.focused.connect(self._let_go)

    @property
    def prompt(self) -> Prompt:
        """The prompt as it is drawn: with what the hand is moving, and with what was asked last."""
        return self._draft or self._cutting.prompt

    @property
    def touched(self) -> Handle | None:
        """What the hand had hold of last, if it is still there; Delete removes it."""
        handle = self._touched
        if handle is None:
            return None
        there = self.prompt.points if handle.kind == POINT else self.prompt.boxes
        return handle if handle.number < len(there) else None

    def at(self, pointer: Pointer, view: View, *, frames: bool) -> Handle | None:
        """What a press there would take hold of: the nearest point or corner, else perhaps a box's frame."""
        near = [
            (math.dist(view.to_widget(point), pointer.widget), Handle(POINT, index))
            for index, (point, _) in enumerate(self.prompt.points)
        ]
        near += [
            (math.dist(view.to_widget(corner), pointer.widget), Handle(CORNER, index, number))
            for index, box in enumerate(self.prompt.boxes)
            for number, corner in enumerate(corners(box))
        ]
        distance, handle = min(near, key=lambda x: x[0], default=(math.inf, None))
        if distance <= REACH:
            return handle
        boxes = enumerate(map(view.rect_to_widget, self.prompt.boxes)) if frames else ()
        return next((Handle(FRAME, index) for index, box in boxes if _on_frame(box, pointer.widget)), None)

    def press(self, pointer: Pointer, handle: Handle | None) -> bool:
        """Takes hold of a handle, if there is one; whether there was. With Alt a box goes."""
        if handle is None:
            return False
        self._touched = handle
        if handle.kind != POINT and pointer.alt:
            self.delete()
        else:
            self._grip = _Grip(handle, self.prompt, pointer, pointer.double)
        self.changed.emit()
        return True

    def move(self, pointer: Pointer) -> None:
        """Carries it along."""
        grip, layer = self._grip, self._session.subject
        if grip is None or layer is None:
            return
        if self._draft is None and math.dist(pointer.widget, grip.at.widget) < CLICK:
            return
        self._draft = _dragged(grip, pointer.at, layer.pixels.size)
        self.changed.emit()

    def release(self) -> bool:
        """Lets go: what was moved is asked about again, a point that was clicked goes. Whether anything was held."""
        grip, draft = self._grip, self._draft
        self._grip = self._draft = None
        if grip is None:
            return False
        if draft is not None:
            self._cutting.ask(draft, "Move point" if grip.handle.kind == POINT else "Change box")
        elif grip.handle.kind == POINT and not grip.kept:
            self.delete()
        self.changed.emit()
        return True

    def cancel(self) -> bool:
        """Puts back what is held; whether anything was."""
        held = self._grip is not None
        self._grip = self._draft = None
        self.changed.emit()
        return held

    def delete(self) -> bool:
        """Removes what was touched last; whether there was anything."""
        handle, self._touched = self.touched, None
        if handle is None:
            return False
        if handle.kind == POINT:
            self._cutting.ask(without_point(self.prompt, handle.number), "Remove point")
        else:
            self._cutting.ask(without_box(self.prompt, handle.number), "Remove box")
        self.changed.emit()
        return True

    def add_point(self, at: Point, wanted: bool) -> None:
        """One more point, which is then the touched one."""
        before = self.prompt
        self._cutting.point(at, wanted)
        self._touched = Handle(POINT, len(self.prompt.points) - 1) if self.prompt != before else None

    def add_box(self, box: Rect, more: bool) -> None:
        """A box in the place of the others, or one more; it is then the touched one."""
        before = self.prompt
        self._cutting.box(box, more)
        self._touched = Handle(CORNER, len(self.prompt.boxes) - 1) if self.prompt != before else None

    def cursor(self, handle: Handle) -> Qt.CursorShape:
        """The pointer's shape over a handle."""
        if handle.kind == POINT:
            return Qt.CursorShape.PointingHandCursor
        return SIDES[handle.corner % 2] if handle.kind == CORNER else Qt.CursorShape.SizeAllCursor

    def _let_go(self) -> None:
        self._grip = self._draft = self._touched = None


def corners(box: Rect) -> tuple[Point, ...]:
    """Clockwise from the top left."""
    return Point(box.x0, box.y0), Point(box.x1, box.y0), Point(box.x1, box.y1), Point(box.x0, box.y1)


def between(a: Point, b: Point) -> Rect:
    """The box with these two corners, whichever they are."""
    return Rect(min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))


def _on_frame(box: Rect, at: Point) -> bool:
    outer, inner = box.grown(RIM, RIM), box.grown(-RIM, -RIM)
    return _holds(outer, at) and not _holds(inner, at)


def _holds(box: Rect, at: Point) -> bool:
    return box.x0 <= at.x <= box.x1 and box.y0 <= at.y <= box.y1


def _dragged(grip: _Grip, at: Point, size: Size) -> Prompt:
    """The prompt with the handle carried to a place, all of it within a picture of `size`."""
    kind, index, corner = grip.handle
    if kind == POINT:
        inside = Point(min(max(at.x, 0.0), size.width - 1.0), min(max(at.y, 0.0), size.height - 1.0))
        return point_moved(grip.prompt, index, inside)
    box = grip.prompt.boxes[index]
    if kind == CORNER:
        inside = Point(min(max(at.x, 0.0), float(size.width)), min(max(at.y, 0.0), float(size.height)))
        box = between(corners(box)[(corner + 2) % 4], inside)
        return box_changed(grip.prompt, index, box) if min(box.width, box.height) >= 1 else grip.prompt
    dx = min(max(at.x - grip.at.at.x, -box.x0), size.width - box.x1)
    dy = min(max(at.y - grip.at.at.y, -box.y0), size.height - box.y1)
    return box_changed(grip.prompt, index, Rect(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy))
