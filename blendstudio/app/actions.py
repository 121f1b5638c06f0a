"""Every command of the window in one table: what it is called, its key, its picture, what it does and when it is on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from blendstudio.app import dialogs, theme
from blendstudio.app.desk import Desk
from blendstudio.app.when import When

if TYPE_CHECKING:
    from blendstudio.app.window import Window

TOOLS = ("move", "box", "plus", "minus", "brush", "erase", "lasso", "polygon", "wand", "hair", "hand", "zoom")
SEPARATOR = "-"
NUDGES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
MENUS = {
    "&File": "new open place - save save-as - export export-again export-large export-mask - quit",
    "&Edit": "undo redo - copy paste paste-background - delete duplicate",
    "&Object": "fit-object own-size flip-h flip-v turn-left turn-right - raise lower hide",
    "&Mask": "cut-out in-front find - grow shrink smooth feather - fill-holes drop-islands keep-largest - invert"
    " drop-strokes clear-prompt clear-mask - load-mask export-mask - next-view origin veil"
    " - smaller larger softer firmer swap",
    "&Blend": "blend stop - split remove-blend",
    "&View": "fit actual-size last-zoom zoom-in zoom-out - escape - panels reset-panels full-screen",
    "&Help": "models - keys about",
}


@dataclass(frozen=True)
class Command:
    """One row. `keys` are shortcuts parted by spaces; `when` says whether it can be used, `on` whether it is ticked."""

    id: str
    text: str
    tip: str
    call: Callable[[], object]
    keys: str = ""
    icon: str = ""
    when: Callable[[], bool] | None = None
    on: Callable[[], bool] | None = None
    local: bool = False  # its keys mean this only on the canvas: elsewhere they type, scroll or move a cursor


def table(desk: Desk, window: "Window") -> tuple[Command, ...]:
    """All commands, in no particular order."""
    when = When(desk, window)
    groups = (_files(window, when), _edits(desk, when), _objects(desk, when), _masks(desk, window, when))
    return (
        *(row for group in groups for row in group),
        *_blends(desk, when),
        *_views(desk, window, when),
        *_tools(desk, when),
    )


def _files(window: "Window", when: When) -> tuple[Command, ...]:
    do, work, masks = window.paperwork, when.has_work, when.has_subject
    large = "Enlarge the picture with PAN, then write it"
    return (
        Command("new", "New", "Close this work and begin with nothing", do.new, "Ctrl+N", "new", work),
        Command("open", "Open…", "Open pictures or a work", do.open, "Ctrl+O", "open"),
        Command("place", "Place Object…", "Add a photo as an object", do.place, "Ctrl+Shift+P", "place", work),
        Command("save", "Save", "Save the work with all that makes it editable", do.save, "Ctrl+S", "save", work),
        Command("save-as", "Save As…", "Save the work under another name", do.save_as, "Ctrl+Shift+S", "", work),
        Command("export", "Export PNG…", "Write the flat picture", do.export, "Ctrl+Shift+E", "export", work),
        Command("export-again", "Export Again", "Write the same file again", do.export_again, "Ctrl+E", "", work),
        Command("export-large", "Export PNG at 200 %…", large, do.export_large, when=work),
        Command("export-mask", "Export Mask…", "Write the soft mask as a PNG", do.export_mask, when=masks),
        Command("load-mask", "Load Mask…", "Take a mask from a picture", do.load_mask, "", "open", masks),
        Command("quit", "Quit", "Close the window", window.close, "Ctrl+Q"),
    )


def _edits(desk: Desk, when: When) -> tuple[Command, ...]:
    placing, has, below = desk.placing, when.has_object, partial(desk.paste, "background")
    copied = "Copy the layer, cut out, with its transparency"
    return (
        Command("undo", "Undo", "One step back", desk.session.undo, "Ctrl+Z", "undo", when.can_undo),
        Command("redo", "Redo", "One step forward", desk.session.redo, "Ctrl+Shift+Z Ctrl+Y", "redo", when.can_redo),
        Command("copy", "Copy", copied, desk.copy, "Ctrl+C", "copy", when.has_work),
        Command("paste", "Paste", "Add the copied picture", desk.paste, "Ctrl+V", "paste"),
        Command("paste-background", "Paste as Background", "Put the copied picture lowest", below, "Ctrl+Shift+V"),
        Command(
            "delete",
            "Delete Object",
            "Take the object away, or the touched box or point",
            desk.delete,
            "Del Backspace",
            "delete",
            when.can_delete,
            local=True,
        ),
        Command("duplicate", "Duplicate", "Copy the object", placing.duplicate, "Ctrl+J", "duplicate", has),
    )


def _objects(desk: Desk, when: When) -> tuple[Command, ...]:
    do, has = desk.placing, when.has_object
    nudges = (
        Command(
            f"nudge-{name}-{length}",
            f"Nudge {name.capitalize()} by {length}",
            "Move the object by whole pixels",
            partial(do.nudge, dx * length, dy * length),
            f"{shift}{name.capitalize()}",
            when=has,
            local=True,
        )
        for name, (dx, dy) in NUDGES.items()
        for length, shift in ((1, ""), (10, "Shift+"))
    )
    return (
        *nudges,
        Command("fit-object", "Fit to Background", "As large as the background holds", do.fit, "", "fit", has),
        Command("own-size", "Own Size", "100 %, upright", do.reset, "", "reset", has),
        Command("flip-h", "Flip Horizontally", "Mirror left and right", partial(do.flip, "h"), "", "flip-h", has),
        Command("flip-v", "Flip Vertically", "Mirror top and bottom", partial(do.flip, "v"), "", "flip-v", has),
        Command("turn-left", "Turn Left", "A quarter turn to the left", partial(do.turn, -90), when=has),
        Command("turn-right", "Turn Right", "A quarter turn to the right", partial(do.turn, 90), when=has),
        Command("raise", "Bring Forward", "One layer up", partial(do.raise_by, 1), "Ctrl+]", "up", has),
        Command("lower", "Send Backward", "One layer down", partial(do.raise_by, -1), "Ctrl+[", "down", has),
        Command("hide", "Show or Hide", "Show or hide the object", do.toggle, "Ctrl+,", "eye", has),
    )


def _candidates(desk: Desk, has: Callable[[], bool]) -> tuple[Command, ...]:
    digits = (
        Command(f"digit-{n}", f"Candidate {n}", "Or the brush's opacity", call, str(n), when=has, local=True)
        for n, call in ((n, partial(desk.digit, n)) for n in range(10))
    )
    joins = (
        Command(f"{mode}-{n}", f"{text} {n}", tip, partial(desk.digit, n, mode), f"{held}+{n}", when=has, local=True)
        for mode, text, held, tip in (
            ("add", "Add Candidate", "Shift", "Join this find to the mask"),
            ("subtract", "Take Candidate Away", "Alt", "Take this find away from the mask"),
        )
        for n in range(1, 10)
    )
    return (*digits, *joins)


def _masks(desk: Desk, window: "Window", when: When) -> tuple[Command, ...]:
    cutting, strokes, has, masked = desk.cutting, desk.strokes, when.has_subject, when.has_mask
    by_hand = "Keep only what was found: all that brush, lasso, wand and hair brush did goes"
    forget = "Take away words, boxes, points and what they found; what you painted stays"
    photo, drop = "Show the object's own photo and its mask", cutting.drop_strokes
    origin = "Colours say what a word, a box or points found and what the hand did"
    views, softer, firmer = desk.look.next, partial(strokes.harden, -0.1), partial(strokes.harden, 0.1)
    mark = "Mark what of the background stands in front of the objects"
    return (
        *_candidates(desk, has),
        *_reshapes(desk, window, when),
        Command("cut-out", "Edit Mask", photo, desk.toggle_cut, "Q", "mask", has, when.is_cutting),
        Command(
            "in-front",
            "In Front",
            mark,
            desk.toggle_front,
            "Shift+Q",
            "front",
            when.has_work,
            when.is_fronting,
        ),
        Command(
            "done", "Done", "Back to the whole work", desk.done, "Return Enter", "done", when.is_cutting, local=True
        ),
        Command("find", "Find…", "Type what to cut out", window.focus_prompt, "Ctrl+F", "find", has),
        Command("invert", "Invert Mask", "Turn the mask inside out", cutting.invert, "Ctrl+I", "invert", masked),
        Command("drop-strokes", "Drop All My Edits", by_hand, drop, "", "reset", when.has_strokes),
        Command("clear-prompt", "Clear Prompt", forget, cutting.clear_prompt, "", "close", when.has_prompt),
        Command("clear-mask", "Clear Mask", "Show all of the photo", cutting.clear, "", "delete", masked),
        Command(
            "next-view", "Next Mask View", "Overlay, black, white, grey, transparent, outline", views, "F", when=has
        ),
        Command(
            "origin", "Mask Origin", origin, desk.look.toggle_origin, "Shift+F", when=has, on=lambda: desk.look.origin
        ),
        Command("veil", "Overlay On or Off", "The photo with or without its mask", desk.toggle_veil, "\\", when=has),
        Command("smaller", "Smaller Brush", "Paint finer", partial(strokes.grow, 0.8), "[", when=has),
        Command("larger", "Larger Brush", "Paint broader", partial(strokes.grow, 1.25), "]", when=has),
        Command("softer", "Softer Brush", "Give the brush a softer edge", softer, "{ Shift+[", when=has),
        Command("firmer", "Firmer Brush", "Give the brush a firmer edge", firmer, "} Shift+]", when=has),
        Command("swap", "Swap Add and Erase", "The brush for the eraser", desk.swap_brush, "X", "swap", has),
    )


def _reshapes(desk: Desk, window: "Window", when: When) -> tuple[Command, ...]:
    amounts = (
        ("grow", "Grow…", "Move the mask's edge outwards"),
        ("shrink", "Shrink…", "Move the mask's edge inwards"),
        ("smooth", "Smooth…", "Round the mask's edge"),
        ("feather", "Feather…", "Blur the mask's edge"),
    )
    wholes = (
        ("fill-holes", "Fill Holes", "Close every hole in the mask"),
        ("drop-islands", "Drop Islands", "Drop parts smaller than a tenth of the largest one"),
        ("keep-largest", "Keep Largest", "Drop all parts but the largest one"),
    )
    masked, edits = when.has_mask, desk.mask_edits
    return (
        *(Command(x, text, tip, partial(window.paperwork.reshape, x), when=masked) for x, text, tip in amounts),
        *(Command(x, text, tip, partial(edits.reshape, x), when=masked) for x, text, tip in wholes),
    )


def _blends(desk: Desk, when: When) -> tuple[Command, ...]:
    do, has, keys = desk.blending, when.has_object, "Ctrl+Return Ctrl+Enter"
    both = "Side by side, with a line to drag"
    return (
        Command("blend", "Blend", "Blend the object into what lies below it", do.run, keys, "blend", when.can_blend),
        Command("stop", "Stop", "Stop the blend and keep the best so far", do.stop, "", "stop", when.is_blending),
        Command("escape", "Back", "One level back", desk.escape, "Esc"),
        Command("split", "Before and After", both, desk.toggle_split, "M", "compare", has, when.is_split),
        Command("remove-blend", "Remove Blend", "Back to the plain paste", do.remove, "", "reset", when.has_blend),
    )


def _views(desk: Desk, window: "Window", when: When) -> tuple[Command, ...]:
    canvas, work = desk.canvas, when.has_work
    closer, away = partial(canvas.step_zoom, 1), partial(canvas.step_zoom, -1)
    alone, models = "Show the canvas alone, or the panels again", window.paperwork.show_models
    return (
        Command("fit", "Fit", "The whole picture", canvas.fit, "Ctrl+0", "fit", work),
        Command("actual-size", "100 %", "One pixel on one pixel", canvas.actual_size, "Ctrl+1", "actual-size", work),
        Command("last-zoom", "Last Zoom", "The zoom before that", canvas.last_zoom, "Shift+Z", when=work),
        Command("zoom-in", "Zoom In", "One step closer", closer, "Ctrl++ Ctrl+=", when=work),
        Command("zoom-out", "Zoom Out", "One step away", away, "Ctrl+-", when=work),
        Command("panels", "Canvas Alone", alone, window.toggle_panels, "Tab", on=when.panels_hidden, local=True),
        Command("full-screen", "Full Screen", "The whole screen", window.toggle_full_screen, "F11"),
        Command("reset-panels", "Reset Panels", "All panels where they were at first", window.reset_panels),
        Command("keys", "Keys…", "All shortcuts", window.show_keys, "F1 ?", "help"),
        Command("models", "Models…", "Get, check and delete the nets", models, "Ctrl+Shift+M", "download"),
        Command("about", "About blendstudio", "What this is", partial(dialogs.show_about, window), "", "info"),
    )


def _tools(desk: Desk, when: When) -> tuple[Command, ...]:
    rows = (
        ("move", "Move", "Drag, scale and turn the object", "V", "move"),
        ("box", "Box", "Drag a box round what to cut out", "W", "box"),
        ("plus", "Point On", "Click on what belongs to the object", "P", "plus-point"),
        ("minus", "Point Off", "Click on what does not belong to it", "Shift+P", "minus-point"),
        ("brush", "Brush", "Paint on the mask", "B", "brush"),
        ("erase", "Eraser", "Erase from the mask", "E", "erase"),
        ("lasso", "Lasso", "Draw round what to add to the mask", "L", "lasso"),
        ("polygon", "Polygon Lasso", "Click round what to add to the mask", "Shift+L", "polygon"),
        ("wand", "Wand", "Click a colour to add it to the mask", "U", "wand"),
        ("hair", "Hair Brush", "Paint over hair to free it from what is behind", "R", "hair"),
        ("hand", "Hand", "Drag to pan", "H", "hand"),
        ("zoom", "Zoom", "Click to zoom in, Alt-click to zoom out", "Z", "zoom"),
    )
    return tuple(
        Command(f"tool-{x}", text, tip, partial(desk.take_tool, x), keys, icon, when.tool_works(x), when.holds(x))
        for x, text, tip, keys, icon in rows
    )


class Actions:
    """The table as Qt's actions, kept up to date."""

    def __init__(self, window: QWidget, canvas: QWidget, rows: tuple[Command, ...]) -> None:
        self._rows = {row.id: row for row in rows}
        self._actions = {row.id: _action(canvas if row.local else window, row) for row in rows}
        for action in self._actions.values():
            action.triggered.connect(self.refresh)  # after its own call
        group = QActionGroup(window)
        for name in TOOLS:
            group.addAction(self._actions[f"tool-{name}"])

    def __getitem__(self, id: str) -> QAction:
        """The action of that id."""
        return self._actions[id]

    def refresh(self) -> None:
        """Turns actions on and off, and ticks them, as things stand."""
        for id, action in self._actions.items():
            row = self._rows[id]
            action.setEnabled(row.when is None or row.when())
            if row.on:
                action.setChecked(row.on())

    def fill(self, menu: QMenu, ids: str) -> None:
        """Adds actions to a menu; "-" is a line."""
        for id in ids.split():
            menu.addSeparator() if id == SEPARATOR else menu.addAction(self[id])

    def button(self, id: str, *, spoken: bool = False) -> QToolButton:
        """A flat button for an action; a spoken one has the action's name beside its picture."""
        button = QToolButton()
        button.setDefaultAction(self[id])
        button.setAutoRaise(True)
        if spoken:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def keys(self) -> list[tuple[str, str]]:
        """What every key does, by the name of the command."""
        return [
            (row.text.rstrip("…"), "  ".join(QKeySequence(key).toString() for key in row.keys.split()))
            for row in self._rows.values()
            if row.keys
        ]


def _action(owner: QWidget, row: Command) -> QAction:
    action = QAction(row.text, owner)
    action.setObjectName(row.id)
    action.setShortcuts([QKeySequence(key) for key in row.keys.split()])
    keys = f" ({row.keys.split()[0]})" if row.keys else ""
    action.setToolTip(row.tip + keys)
    action.setStatusTip(row.tip)
    if row.icon:
        action.setIcon(theme.icon(row.icon))
    action.setCheckable(row.on is not None)
    if row.local:
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.triggered.connect(lambda _=False: row.call())
    owner.addAction(action)
    return action
