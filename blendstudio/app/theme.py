"""The look of the window: neutral greys, so that the colours of pictures are judged well, and one restrained accent."""

from string import Template

from PySide6.QtCore import QDir
from PySide6.QtGui import QColor, QFontInfo, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from blendstudio.app import icons
from blendstudio.assets import asset

TYPE_PX = 13  # px, the size of plain text; a larger one set for the whole system is kept
LARGEST_PX = 18


class Colour:
    """Every colour of the window as #rrggbb. Greys have no hue."""

    CANVAS = "#262626"  # round the picture
    PANEL = "#333333"
    RAISED = "#454545"  # buttons
    HOVER = "#525252"
    FIELD = "#292929"  # what is typed into
    EDGE = "#212121"  # lines between panels
    OUTLINE = "#5e5e5e"  # round fields and buttons
    TEXT = "#e6e6e6"
    DIM = "#adadad"
    FAINT = "#8a8a8a"  # disabled
    ACCENT = "#5a9fe0"
    PICKED = "#2f6299"  # behind selected text
    PICKED_QUIET = "#41566e"  # the same in a list that has lost focus
    OVERLAY = "#ff4038"  # the mask
    BY_WORD = "#4a9dff"  # where a mask comes from
    BY_POINTING = "#b06cff"
    AS_GIVEN = "#38b8a6"
    BY_HAND = "#ffd23c"
    HANDLE = "#ffffff"
    DANGER = "#ef7d6d"
    CAUTION = "#e3b356"
    OK = "#72bd8a"
    CHECK_LIGHT = "#8e8e8e"  # the chequers behind transparent pixels
    CHECK_DARK = "#767676"


ICONS = {
    **{"new": "file_plus_outline", "open": "folder_open_outline", "save": "content_save_outline"},
    **{"export": "export_variant", "place": "image_plus_outline", "paste": "content_paste", "copy": "content_copy"},
    **{"undo": "undo", "redo": "redo", "history": "history", "reset": "backup_restore", "delete": "trash_can_outline"},
    **{
        "move": "cursor_move",
        "box": "select_drag",
        "brush": "brush",
        "erase": "eraser",
        "hand": "hand_back_right_outline",
        "lasso": "lasso",
        "polygon": "vector_polygon",
        "wand": "auto_fix",
        "hair": "feather",
    },
    **{
        "zoom": "magnify",
        "find": "magnify",
        "plus-point": "plus_circle_outline",
        "minus-point": "minus_circle_outline",
    },
    **{
        "eye": "eye_outline",
        "eye-off": "eye_off_outline",
        "mask": "circle_box_outline",
        "quick-mask": "selection_ellipse",
    },
    **{"invert": "invert_colors", "flip-h": "flip_horizontal", "flip-v": "flip_vertical", "swap": "swap_horizontal"},
    **{
        "duplicate": "plus_box_multiple_outline",
        "up": "chevron_up",
        "down": "chevron_down",
        "front": "arrange_bring_to_front",
        "rename": "pencil_outline",
    },
    **{"blend": "set_center", "stop": "stop", "compare": "compare", "done": "check", "close": "close"},
    **{"fit": "fit_to_screen_outline", "actual-size": "relative_scale", "layers": "layers_outline"},
    **{"background": "image_outline", "picture": "image_outline", "object": "shape_outline"},
    **{"add": "plus", "subtract": "minus", "download": "tray_arrow_down", "settings": "tune"},
    **{"help": "help_circle_outline", "info": "information_outline", "warning": "alert_outline"},
}


def apply(app: QApplication) -> None:
    """Gives the program its style, palette, type and style sheet. May be called again."""
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette())
    font = app.font()
    font.setPixelSize(min(max(QFontInfo(font).pixelSize(), TYPE_PX), LARGEST_PX))
    app.setFont(font)
    QDir.setSearchPaths("icons", [str(asset("icons"))])
    colours = {name: value for name, value in vars(Colour).items() if name.isupper()}
    app.setStyleSheet(Template(asset("theme.qss").read_text("utf-8")).substitute(colours))


def palette() -> QPalette:
    """The colours that Fusion and self-painted widgets draw with."""
    made = QPalette()
    role = QPalette.ColorRole
    plain = {
        **{role.Window: Colour.PANEL, role.Base: Colour.FIELD, role.AlternateBase: "#2e2e2e"},
        **{role.Button: Colour.RAISED, role.ToolTipBase: "#1f1f1f", role.ToolTipText: Colour.TEXT},
        **{role.WindowText: Colour.TEXT, role.Text: Colour.TEXT, role.ButtonText: Colour.TEXT},
        **{role.BrightText: Colour.HANDLE, role.PlaceholderText: Colour.FAINT, role.Mid: Colour.EDGE},
        **{role.Highlight: Colour.PICKED, role.HighlightedText: Colour.HANDLE, role.Accent: Colour.ACCENT},
        **{role.Link: Colour.ACCENT, role.LinkVisited: Colour.ACCENT, role.Dark: Colour.EDGE, role.Shadow: "#141414"},
        **{role.Light: Colour.OUTLINE, role.Midlight: Colour.HOVER},
    }
    for part, colour in plain.items():
        made.setColor(part, QColor(colour))
    for part in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, part, QColor(Colour.FAINT))
    made.setColor(QPalette.ColorGroup.Inactive, role.Highlight, QColor(Colour.PICKED_QUIET))
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(Colour.RAISED))
    return made


def icon(name: str, colour: str = "") -> QIcon:
    """One of ICONS, drawn from its outline at any size; `colour` replaces the plain one. Raises KeyError."""
    mode, state = QIcon.Mode, QIcon.State
    shades = {
        (mode.Disabled, state.Off): "#6e6e6e",
        (mode.Disabled, state.On): "#6e6e6e",
        (mode.Normal, state.On): Colour.HANDLE,
        (mode.Active, state.On): Colour.HANDLE,
    }
    return icons.icon(ICONS[name], colour or "#d2d2d2", shades)
