"""A person at the window: drops, clicks, drags, types, waits and looks. Nothing here calls what a person could not."""

import time

import numpy as np
from PySide6 import QtGui
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QTextDocumentFragment,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QSlider,
    QTabBar,
    QWidget,
)

from blendstudio.core.geometry import Point

PATIENCE = 60  # s


class Person:
    """Sits before one window. Places are in picture pixels of what the canvas shows, unless said otherwise."""

    def __init__(self, window):
        self.window, self.desk, self.canvas = window, window.desk, window.desk.canvas

    # --- waiting and looking ---

    def wait(self, until=lambda: False, seconds=PATIENCE):
        """Lets the window work until something is so; fails when it never is."""
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, "waited in vain"
            QApplication.processEvents()
            time.sleep(0.002)
        QApplication.processEvents()

    def rest(self):
        """Waits until nothing is going on, neither jobs nor what they set off."""
        quiet = 0
        while quiet < 3:
            self.wait(lambda: not self.desk.runner.jobs)
            QApplication.processEvents()
            quiet = 0 if self.desk.runner.jobs else quiet + 1

    def picture(self, widget=None):
        """What a widget shows, h×w×3 uint8; the canvas when none is named."""
        self.rest()
        return self.glance(widget)

    def glance(self, widget=None):
        """What a widget shows at this moment, whatever is going on."""
        image = (widget or self.canvas).grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return raw[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()

    def colour(self, x, y):
        """The colour that the canvas shows at a place of the picture."""
        place = self.on_canvas(x, y)
        return self.picture()[place.y(), place.x()]

    def reads(self, text, widget=None):
        """Whether some visible label, button or title shows a text."""
        root = widget or self.window
        parts = [*root.findChildren(QLabel), *root.findChildren(QAbstractButton)]
        shown = [part.text() for part in parts if part.isVisible()]
        return any(text in words for words in [*shown, self.window.windowTitle()])

    def layers(self):
        """The names in the layers panel, topmost first."""
        rows = self.window.layers_panel.list
        return [rows.item(number).text() for number in range(rows.count())]

    def shown(self, layer):
        """Whether the eye of a layer is open."""
        rows = self.window.layers_panel.list
        return rows.item(self.layers().index(layer)).data(Qt.ItemDataRole.UserRole + 1)

    def chosen(self):
        """The layer that the panel shows as selected."""
        return self.window.layers_panel.list.currentItem().text()

    def numbers(self):
        """What stands in the boxes X, Y, Scale and Angle."""
        options = self.window.place_options
        return tuple(box.value() for box in (options.across, options.down, options.scale, options.angle))

    def asked(self):
        """The words of the question on the screen, or nothing."""
        boxes = [x for x in self.window.findChildren(QMessageBox) if x.isVisible()]
        return boxes[0].text() if boxes else ""

    def tip(self, widget):
        """The words of a widget's tool tip, as they are shown."""
        text = widget.toolTip()
        return QTextDocumentFragment.fromHtml(text).toPlainText() if QtGui.Qt.mightBeRichText(text) else text

    def steps(self):
        """The names in the history panel, oldest first."""
        rows = self.window.history_panel.list
        return [rows.item(number).text() for number in range(rows.count())]

    # --- the mouse ---

    def on_canvas(self, x, y):
        """A place of the picture as a pixel of the canvas."""
        at = self.canvas.view.to_widget(Point(x, y))
        return QPoint(round(at.x), round(at.y))

    def click(self, x, y, keys=Qt.KeyboardModifier.NoModifier, button=Qt.MouseButton.LeftButton):
        QTest.mouseClick(self.canvas, button, keys, self.on_canvas(x, y))

    def double_click(self, x, y):
        self.click(x, y)
        QTest.mouseDClick(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.on_canvas(x, y))

    def drag(self, *places, keys=Qt.KeyboardModifier.NoModifier, let_go=True):
        """Presses at the first place, moves over the others, lets go at the last."""
        left = Qt.MouseButton.LeftButton
        points = [self.on_canvas(*place) for place in places]
        self.drag_widget(self.canvas, points, keys, left, let_go=let_go)

    def drag_widget(
        self, widget, points, keys=Qt.KeyboardModifier.NoModifier, button=Qt.MouseButton.LeftButton, *, let_go=True
    ):
        """The same on any widget, in its own pixels."""
        QTest.mousePress(widget, button, keys, points[0])
        for point in points[1:]:
            self._move(widget, point, keys, button)
        if let_go:
            QTest.mouseRelease(widget, button, keys, points[-1])

    def wheel(self, x, y, notches):
        """Turns the wheel over a place of the picture, away from oneself when `notches` is positive."""
        place = QPointF(self.on_canvas(x, y))
        none, turn = Qt.MouseButton.NoButton, QPoint(0, 120 * notches)
        phase, keys = Qt.ScrollPhase.NoScrollPhase, Qt.KeyboardModifier.NoModifier
        over = QPointF(self.canvas.mapToGlobal(place.toPoint()))
        event = QWheelEvent(place, over, QPoint(), turn, none, keys, phase, False)
        QApplication.sendEvent(self.canvas, event)

    def point_at(self, x, y):
        """Moves the pointer to a place of the picture with no button down."""
        self._move(self.canvas, self.on_canvas(x, y), Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton)

    def click_row(self, layer, across=150):
        """Clicks a layer in the panel; 12 pixels `across` is its eye."""
        rows = self.window.layers_panel.list
        place = rows.visualItemRect(rows.item(self.layers().index(layer)))
        spot = QPoint(place.left() + across, place.center().y())
        QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
        self.rest()

    def drag_row(self, layer, below):
        """Drags a layer's row below another: presses it, then moves it as the list itself does when it is let go."""
        rows, names = self.window.layers_panel.list, self.layers()
        self.click_row(layer)
        rows.model().moveRow(QModelIndex(), names.index(layer), QModelIndex(), names.index(below) + 1)
        self.rest()

    def rename(self, layer, name):
        """Double-clicks a layer's name and types another."""
        rows = self.window.layers_panel.list
        place = rows.visualItemRect(rows.item(self.layers().index(layer))).center()
        self.click_row(layer)
        QTest.mouseDClick(rows.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        editor = rows.findChild(QLineEdit)
        assert editor, "the name cannot be typed"
        QApplication.clipboard().setText(name)
        editor.selectAll()
        editor.paste()
        QTest.keyClick(editor, Qt.Key.Key_Return)
        self.rest()

    def type(self, text, box):
        """Types a number into a box and presses Enter."""
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, text)
        QTest.keyClick(box, Qt.Key.Key_Return)
        self.rest()

    def drag_on(self, *places, keys=Qt.KeyboardModifier.NoModifier):
        """Moves on with the button held."""
        for place in places:
            self._move(self.canvas, self.on_canvas(*place), keys, Qt.MouseButton.LeftButton)

    def let_go(self, place, keys=Qt.KeyboardModifier.NoModifier):
        """Lets go of the button."""
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, keys, self.on_canvas(*place))

    def _move(self, widget, point, keys, button):
        from PySide6.QtCore import QEvent
        from PySide6.QtGui import QMouseEvent

        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(point),
            QPointF(widget.mapToGlobal(point)),
            Qt.MouseButton.NoButton,
            button,
            keys,
        )
        QApplication.sendEvent(widget, event)

    def button(self, text, widget=None):
        """A visible button by its text, or by the name of its action."""
        for button in (widget or self.window).findChildren(QAbstractButton):
            action = getattr(button, "defaultAction", lambda: None)()
            names = (button.text(), action.objectName() if action else "", button.objectName())
            if button.isVisible() and text in names:
                return button
        raise AssertionError(f"there is no “{text}” to press")

    def press(self, text, widget=None):
        """Clicks it."""
        button = self.button(text, widget)
        assert button.isEnabled(), f"“{text}” cannot be pressed"
        at = QPoint(8, button.height() // 2) if isinstance(button, QCheckBox) else button.rect().center()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=at)

    def tab(self, title):
        """Brings a panel to the front by its tab."""
        for bar in self.window.findChildren(QTabBar):
            for number in range(bar.count()):
                if bar.isVisible() and bar.tabText(number) == title:
                    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(number).center())
                    return
        raise AssertionError(f"there is no tab “{title}”")

    def chip(self, number, keys=Qt.KeyboardModifier.NoModifier):
        """Clicks one of the finds, counted from 1."""
        QTest.mouseClick(self.chips()[number - 1], Qt.MouseButton.LeftButton, keys)
        self.rest()

    def chips(self):
        """The finds in the prompt bar."""
        buttons = self.window.prompt.findChildren(QAbstractButton)
        return [one for one in buttons if one.property("role") == "chip" and one.isVisible()]

    def follow(self, words):
        """Clicks a link by its words."""
        label = next(x for x in self.window.findChildren(QLabel) if x.isVisible() and f">{words}</a>" in x.text())
        for y in range(label.height() // 4, label.height(), label.height() // 4):
            for x in range(4, label.width(), 12):  # a link has no place of its own: feel for it
                self._move(label, QPoint(x, y), Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton)
                if label.cursor().shape() == Qt.CursorShape.PointingHandCursor:
                    QTest.mouseClick(label, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
                    self.rest()
                    return
        raise AssertionError(f"“{words}” cannot be clicked")

    def knob(self, title):
        """The box, the choice or the switch of a knob in the panels, by its title."""
        kinds = (QAbstractSpinBox, QComboBox, QCheckBox)
        for part in (one for kind in kinds for one in self.window.findChildren(kind)):
            if part.isVisible() and part.accessibleName() == title:
                return part
        raise AssertionError(f"there is no knob “{title}”")

    def slider(self, title):
        """The slider of a knob in the panels."""
        found = [x for x in self.window.findChildren(QSlider) if x.isVisible() and x.accessibleName() == title]
        assert found, f"there is no slider “{title}”"
        return found[0]

    def pick(self, words, box):
        """Chooses an entry of a list of choices with the arrow keys."""
        row = box.findText(words)
        assert row >= 0, f"there is no “{words}”"
        box.setFocus()
        key = Qt.Key.Key_Down if row > box.currentIndex() else Qt.Key.Key_Up
        for _ in range(abs(row - box.currentIndex())):
            QTest.keyClick(box, key)
        assert box.currentText() == words
        self.rest()

    # --- keys ---

    def key(self, key, keys=Qt.KeyboardModifier.NoModifier, widget=None):
        """Presses a key on the canvas, or on a widget."""
        widget = widget or self.canvas
        widget.setFocus()
        QTest.keyClick(widget, key, keys)

    def hold(self, key):
        """Presses a key on the canvas and keeps it down."""
        self.canvas.setFocus()
        QTest.keyPress(self.canvas, key)

    def let_key_go(self, key):
        """Lets a key go."""
        QTest.keyRelease(self.canvas, key)

    def undo(self):
        self.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)

    def redo(self):
        self.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)

    def ask_for(self, word, *, wait=True):
        """Types what to cut out, presses Enter, and waits for it unless told not to."""
        line = self.window.prompt.findChild(QLineEdit)
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, word)
        QTest.keyClick(line, Qt.Key.Key_Return)
        if wait:
            self.rest()

    def menu(self, id):
        """Chooses a command from the menus."""
        action = self.window.actions_[id]
        assert action.isEnabled(), f"“{action.text()}” is grey"
        action.trigger()

    # --- files ---

    def drop(self, *paths, zone="", at=None, image=None):
        """Drags files, or a picture, over the window and drops them: on a zone, or at a place of the picture."""
        self.drag_in(*paths, image=image)
        place = self.zone_place(zone) if zone else QPointF(self.window.area.mapFrom(self.window, QPoint(400, 300)))
        if at:
            place = QPointF(self.canvas.mapTo(self.window.area, self.on_canvas(*at)))
        mime = self._carried(paths, image)
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self.window.area, QDragMoveEvent(place.toPoint(), copy, mime, left, none))
        QApplication.sendEvent(self.window.area, QDropEvent(place, copy, mime, left, none))
        self.rest()

    def drag_in(self, *paths, image=None):
        """Drags something over the window without letting go."""
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        self._mime = self._carried(paths, image)
        QApplication.sendEvent(self.window.area, QDragEnterEvent(QPoint(10, 10), copy, self._mime, left, none))

    def drag_out(self):
        """Drags it out of the window again."""
        QApplication.sendEvent(self.window.area, QDragLeaveEvent())

    def zones(self):
        """Title and line of each drop zone on the screen, in their places."""
        zones = self.window.area.zones
        return {title: line for _, _, title, line in zones._rows()} if zones.isVisible() else {}

    def zone_place(self, zone):
        """The middle of a drop zone."""
        rows = {name: rect.center() for name, rect, _, _ in self.window.area.zones._rows()}
        assert zone in rows, f"there is no zone for {zone}"
        return rows[zone]

    def _carried(self, paths, image):
        mime = QMimeData()
        if paths:
            mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        if image is not None:
            mime.setImageData(image)
        return mime

    def choose_file(self, path):
        """Answers the open file dialog, and yes if it asks whether to write over a file."""
        self.wait(lambda: any(x.isVisible() for x in self.window.findChildren(QFileDialog)))
        dialog = next(x for x in self.window.findChildren(QFileDialog) if x.isVisible())
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # its question would hold up the test for ever
        dialog.setDirectory(str(path.parent))
        dialog.selectFile(path.name)
        dialog.fileSelected.emit(str(path))
        dialog.findChild(QWidget, "fileNameEdit").setText(str(path))
        dialog.accept()
        self._come_back()

    def cancel_file(self):
        """Closes the open file dialog without a choice."""
        self.wait(lambda: any(x.isVisible() for x in self.window.findChildren(QFileDialog)))
        next(x for x in self.window.findChildren(QFileDialog) if x.isVisible()).reject()
        self._come_back()

    def answer(self, button):
        """Presses a standard button of the question on the screen."""
        self.wait(lambda: any(x.isVisible() for x in self.window.findChildren(QMessageBox)))
        box = next(x for x in self.window.findChildren(QMessageBox) if x.isVisible())
        QTest.mouseClick(box.button(button), Qt.MouseButton.LeftButton)
        self._come_back()

    def _come_back(self):
        """Goes on in the window once a dialog has closed, as a window manager sees to."""
        self.rest()
        if self.window.isVisible() and QApplication.activeWindow() is None:
            self.window.activateWindow()
            QTest.qWaitForWindowActive(self.window, 2000)
        self.rest()
