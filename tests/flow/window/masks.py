"""What the tests of the mask tools have in common: reading a mask off the canvas, answering for an amount."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QInputDialog, QSpinBox

FREE = (104, 16)  # beside the bird
ON_BIRD = (62, 44)
EYE = (37, 40)


def show(person, view="Black and white"):
    """Opens the photo and shows its mask so."""
    if not person.desk.session.cutting:
        person.key(Qt.Key.Key_Q)
    person.pick(view, person.window.mask_panel.views)


def mask(person, x, y):
    """The mask's value at a place of the photo, 0..255, as the canvas shows it black and white."""
    red, green, blue = (int(v) for v in person.colour(x, y))
    assert red == green == blue
    return red


def row(person, y, x0=0, x1=128):
    """The mask's values along a row of the photo's pixels, read at their middles."""
    shown = person.picture()
    places = [person.on_canvas(x + 0.5, y + 0.5) for x in range(x0, x1)]
    return np.array([shown[place.y(), place.x(), 0] for place in places], int)


def ask(person, command, amount=None, *, agree=True):
    """Chooses a command of the menu Mask and answers for the pixels; None takes what is proposed."""
    person.menu(command)
    dialog = next(one for one in person.window.findChildren(QInputDialog) if one.isVisible())
    box = dialog.findChild(QSpinBox)
    if amount is not None:
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, str(amount))
    proposed = box.value()
    buttons, kind = dialog.findChild(QDialogButtonBox), QDialogButtonBox.StandardButton
    QTest.mouseClick(buttons.button(kind.Ok if agree else kind.Cancel), Qt.MouseButton.LeftButton)
    person._come_back()
    return proposed
