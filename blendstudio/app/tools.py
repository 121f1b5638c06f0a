"""Tools turn what the pointer does into edits. A tool knows pictures and points; the canvas knows widgets."""

from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QPainter

from blendstudio.app.session import Session
from blendstudio.app.view import View
from blendstudio.core.geometry import Point


class Pointer(NamedTuple):
    """Where the pointer is, in the shown picture's pixels and in the widget's, and which keys are held.

    A pen also has a `pressure`, 0..1, and an end that erases.
    """

    at: Point
    widget: Point
    shift: bool = False
    alt: bool = False
    control: bool = False
    double: bool = False  # the second press of a double click
    pressure: float = 1.0
    eraser: bool = False


class Tool(QObject):
    """What happens between press and release. `repaint` names the widget's Rect to paint again, or None for all."""

    repaint = Signal(object)
    cutting: bool | None = None  # True works on the object's photo, False on the whole work, None on either
    pen = False  # whether it asks a pen for its pressure; to the others a pen is a mouse

    def press(self, pointer: Pointer, view: View) -> None:
        """The left button goes down."""

    def move(self, pointer: Pointer, view: View) -> None:
        """The pointer moves with the button down."""

    def release(self, pointer: Pointer, view: View) -> None:
        """The button goes up."""

    def hover(self, pointer: Pointer, view: View) -> None:
        """The pointer moves with no button down."""

    def wants(self, key: int) -> bool:
        """Whether a key means something to what is under way, so that it is no shortcut."""
        return False

    def key(self, key: int) -> bool:
        """Takes a key that it wants; whether that did anything."""
        return False

    def cancel(self) -> bool:
        """Gives up what is under way; whether there was anything."""
        return False

    def paint(self, painter: QPainter, view: View) -> None:
        """Paints handles and rubber bands, in widget coordinates."""

    def cursor(self, pointer: Pointer, view: View) -> Qt.CursorShape:
        """The pointer's shape at a place."""
        return Qt.CursorShape.ArrowCursor


class Toolbox(QObject):
    """The tools by name, and the one in hand. Taking a mask tool opens the object's photo, Move closes it."""

    changed = Signal()

    def __init__(self, session: Session, tools: dict[str, Tool]) -> None:
        super().__init__(session)
        self._session, self._tools = session, tools
        self.name = "move"
        session.focused.connect(self._follow)

    @property
    def tool(self) -> Tool:
        """The tool in hand."""
        return self._tools[self.name]

    def take(self, name: str) -> None:
        """Takes a tool in hand."""
        self.tool.cancel()
        self.name = name
        if self.tool.cutting is not None:
            self._session.cut(self.tool.cutting)
        self.changed.emit()

    def _follow(self) -> None:
        """A tool that does not work on what is shown gives way."""
        if self.tool.cutting not in (None, self._session.cutting):
            self.tool.cancel()
            self.name = "brush" if self._session.cutting else "move"
            self.changed.emit()
