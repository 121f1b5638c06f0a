import numpy as np
import pytest
import qimage2ndarray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPalette
from PySide6.QtWidgets import QListWidget, QPushButton, QSpinBox, QVBoxLayout, QWidget

from blendstudio.app import theme
from blendstudio.app.theme import Colour

NEEDED = {
    *("open", "save", "export", "undo", "redo", "move", "box", "brush"),
    *("erase", "hand", "zoom", "plus-point", "minus-point", "eye", "eye-off", "delete"),
    *("duplicate", "up", "down", "blend", "stop", "compare", "fit", "mask"),
    *("quick-mask", "invert", "flip-h", "flip-v", "reset", "place", "paste", "copy"),
    *("history", "layers", "settings", "help", "info", "warning", "close", "find"),
    *("background", "object", "download", "add", "subtract", "rename", "swap", "actual-size"),
    *("done", "picture", "new"),
}


def light(colour: str) -> float:
    """Relative luminance (WCAG 2)."""
    parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(first: str, second: str) -> float:
    high, low = sorted((light(first), light(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def drawn(icon: QIcon, mode=QIcon.Mode.Normal, state=QIcon.State.Off, ratio=1.0):
    return icon.pixmap(QSize(20, 20), ratio, mode, state).toImage()


def alpha(image: QImage) -> np.ndarray:
    return qimage2ndarray.alpha_view(image.convertToFormat(QImage.Format.Format_ARGB32)).astype(int)


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_every_icon_is_drawn(name):
    assert alpha(drawn(theme.icon(name))).max() > 200


def test_an_icon_is_dimmed_when_disabled_and_bright_when_checked():
    icon = theme.icon("stop")  # a filled square: its middle has the plain colour
    middles = [
        drawn(icon, mode, state).pixelColor(10, 10).lightness()
        for mode, state in (
            (QIcon.Mode.Disabled, QIcon.State.Off),
            (QIcon.Mode.Normal, QIcon.State.Off),
            (QIcon.Mode.Normal, QIcon.State.On),
        )
    ]
    assert middles == sorted(set(middles))


def test_an_icon_is_drawn_from_its_outline_on_a_fine_screen():
    fine = drawn(theme.icon("box"), ratio=2.0)
    assert fine.width() == 40
    blown_up = drawn(theme.icon("box")).scaled(40, 40)
    assert np.abs(alpha(fine) - alpha(blown_up)).max() > 60


@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        (Colour.TEXT, Colour.PANEL, 7),
        (Colour.DIM, Colour.PANEL, 4.5),
        (Colour.DIM, Colour.CANVAS, 4.5),
        (Colour.FAINT, Colour.PANEL, 3),
        (Colour.ACCENT, Colour.PANEL, 4),
        (Colour.HANDLE, Colour.PICKED, 4.5),
        (Colour.HANDLE, Colour.PICKED_QUIET, 4.5),
        (Colour.DANGER, Colour.PANEL, 4.5),
    ],
)
def test_text_can_be_read(text, ground, least):
    assert contrast(text, ground) >= least


def test_greys_have_no_hue():
    for name in ("CANVAS", "PANEL", "RAISED", "FIELD", "EDGE", "TEXT", "DIM", "CHECK_LIGHT", "CHECK_DARK"):
        colour = QColor(getattr(Colour, name))
        assert colour.red() == colour.green() == colour.blue(), name


def test_a_selected_row_stays_readable_when_the_list_lost_the_focus(shown, qapp):
    rows = QListWidget()
    rows.addItems(["first", "second"])
    rows.setCurrentRow(0)
    shown(rows, 120, 80).clearFocus()
    image = rows.grab().toImage()
    row = rows.visualItemRect(rows.item(0))
    colours = {
        image.pixelColor(x, y + rows.frameWidth()).name()
        for x in range(4, 60)
        for y in range(row.top() + 4, row.bottom())
    }
    ground = image.pixelColor(row.right() - 4, row.center().y()).name()
    assert ground != Colour.FIELD
    assert max(contrast(colour, ground) for colour in colours) > 4.5


def test_a_box_without_buttons_shows_its_number(shown):
    box = QSpinBox()
    box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    shown(box, 62, 22)
    assert box.lineEdit().width() > 40


def test_disabled_text_differs_from_enabled_text(qapp):
    role = QPalette.ColorRole.WindowText
    colours = [
        qapp.palette().color(group, role).name() for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Disabled)
    ]
    assert colours == [Colour.TEXT, Colour.FAINT]


def test_applying_twice_changes_nothing(qapp):
    before = (qapp.font().pixelSize(), qapp.styleSheet())
    theme.apply(qapp)
    assert (qapp.font().pixelSize(), qapp.styleSheet()) == before
    assert qapp.font().pixelSize() >= 13
    assert "$" not in qapp.styleSheet()


def test_focus_can_be_seen(shown, qtbot):
    host = QWidget()
    column = QVBoxLayout(host)
    buttons = [QPushButton("One"), QPushButton("Two")]
    for button in buttons:
        column.addWidget(button)
    shown(host, 200, 100)
    host.activateWindow()
    buttons[1].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(buttons[1].hasFocus)
    edges = [button.grab().toImage().pixelColor(30, 0).name() for button in buttons]
    assert edges[1] == Colour.ACCENT != edges[0]
