"""A monkey at the window: it does at random what a person can do, waits for nothing, and notes what it did."""

import random
import time
from collections import deque

from person import Person
from PySide6.QtCore import QEvent, QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragLeaveEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QFileDialog,
    QLineEdit,
    QListWidget,
    QMessageBox,
    QScrollBar,
    QWidget,
)

from blendstudio.app.window import Window

FILE_DIALOGS = {"open", "place", "save-as", "export", "export-again", "export-large", "export-mask", "load-mask"}
LEFT_ALONE = FILE_DIALOGS | {"quit", "fetch"}
HELD = (
    *(Qt.KeyboardModifier.NoModifier,) * 4,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)
SIGNS = [Qt.Key(code) for code in (*range(Qt.Key.Key_A, Qt.Key.Key_Z + 1), *range(Qt.Key.Key_0, Qt.Key.Key_9 + 1))]
OTHERS = [Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Apostrophe]
WORDS = ("bird", "a bird", "unicorn", "", "   ", "bird " * 60, "mountain\t", "鳥 🐦", "<b>bird</b>")
BUTTONS = (Qt.MouseButton.LeftButton,) * 4 + (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)
TOUCHED = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QListWidget)
ACTS = {  # and how often each comes
    **{"drop": 5, "drag_over": 1, "click": 4, "double_click_somewhere": 3, "drag_something": 8, "hold": 3, "let_go": 3},
    **{"context_menu": 1, "wheel": 3, "command_key": 16, "any_key": 4, "hold_key": 2, "command": 18, "touch": 16},
    **{"say": 5, "cut_out": 6, "blend": 5, "stop": 3, "time_travel": 6, "rename": 1, "reorder": 2, "resize": 2},
    **{"look_elsewhere": 2, "end_work": 1, "wait_a_little": 4},
}


class Monkey(Person):
    """`acts` holds what was done last, `folder` the files there are to drop."""

    def __init__(self, window: Window, folder, seed):
        super().__init__(window)
        self.dice = random.Random(seed)
        self.files = sorted(folder.iterdir())
        self.target = folder.parent / f"monkey-{seed}.ora"
        self.acts = deque(maxlen=20)

    def rest(self):
        """It has no patience: work goes on while it does the next thing."""
        for _ in range(self.dice.randrange(3)):
            QApplication.processEvents()

    def act(self):
        """One act: an answer if something asks, else anything."""
        asking = [x for x in (QApplication.activePopupWidget(), *self.dialogs()) if x]
        if asking:
            self._answer(asking[0])
        else:
            name = self.dice.choices(list(ACTS), list(ACTS.values()))[0]
            getattr(self, name)()
        self.rest()

    def dialogs(self):
        """The dialogs on the screen, the topmost first."""
        shown = [x for x in self.window.findChildren(QDialog) if x.isVisible()]
        return sorted(shown, key=lambda x: x is not QApplication.activeModalWidget())

    def note(self, *words):
        self.acts.append(" ".join(str(word) for word in words))

    # --- files ---

    def drop(self, *_):
        """Some files on some zone, or somewhere."""
        paths = self.dice.sample(self.files, self.dice.choice((1, 1, 1, 2, 3)))
        self.drag_in(*paths)
        zone = self.dice.choice(["", *(row[0] for row in self.window.area.zones._rows())])
        at = None if zone else self.dice.choice([None, self.spot()])
        self.note("drop", *(path.name for path in paths), "on", zone or at or "the window")
        super().drop(*paths, zone=zone, at=at)

    def drag_over(self):
        """Files are dragged over the window and away again."""
        self.note("drag over")
        self.drag_in(*self.dice.sample(self.files, 1))
        QApplication.processEvents()
        QApplication.sendEvent(self.window.area, QDragLeaveEvent())

    # --- the mouse ---

    def spot(self):
        """A place in the picture's pixels, now and then beside it."""
        width, height = self.canvas.picture[1] or (100, 100)
        return self.dice.uniform(-0.1, 1.1) * width, self.dice.uniform(-0.1, 1.1) * height

    def pixel(self):
        """A place on the canvas, in its own pixels."""
        if self.dice.random() < 0.7:
            return self.on_canvas(*self.spot())
        return QPoint(self.dice.randrange(self.canvas.width()), self.dice.randrange(self.canvas.height()))

    def click(self, *_):
        place = self.pixel()
        widget = self.canvas.childAt(place) or self.canvas
        if widget is self.canvas or not _asks_for_files(widget):
            button, keys = self.dice.choice(BUTTONS), self.dice.choice(HELD)
            self.note("click", button.name, keys.name, "at", place.toTuple(), "on", type(widget).__name__)
            QTest.mouseClick(widget, button, keys, widget.mapFrom(self.canvas, place))

    def double_click_somewhere(self):
        place = self.pixel()
        self.note("double-click at", place.toTuple())
        for mouse in (QTest.mouseClick, QTest.mouseDClick):
            mouse(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)

    def drag_something(self):
        points = [self.pixel() for _ in range(self.dice.randint(2, 5))]
        button, keys = self.dice.choice(BUTTONS), self.dice.choice(HELD)
        self.note("drag", self.desk.toolbox.name, button.name, keys.name, [point.toTuple() for point in points])
        self.drag_widget(self.canvas, points, keys, button)

    def hold(self):
        """Presses and does not let go: the next acts come in the middle of a drag."""
        points = [self.pixel() for _ in range(self.dice.randint(1, 3))]
        self.note("hold", self.desk.toolbox.name, [point.toTuple() for point in points])
        self.drag_widget(self.canvas, points, let_go=False)

    def let_go(self):
        point = self.pixel()
        self.note("move on and let go at", point.toTuple())
        self._move(self.canvas, point, Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton)
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)

    def context_menu(self):
        place = self.pixel()
        self.note("context menu at", place.toTuple())
        mouse, shown = QContextMenuEvent.Reason.Mouse, self.canvas.mapToGlobal(place)
        QApplication.sendEvent(self.canvas, QContextMenuEvent(mouse, place, shown))

    def wheel(self):
        place, turn = QPointF(self.pixel()), self.dice.choice((-1200, -120, -15, 15, 120, 1200))
        self.note("wheel", turn, "at", place.toTuple())
        event = QWheelEvent(
            *(place, QPointF(self.canvas.mapToGlobal(place.toPoint())), QPoint(), QPoint(0, turn)),
            *(Qt.MouseButton.NoButton, self.dice.choice(HELD), Qt.ScrollPhase.NoScrollPhase, False),
        )
        QApplication.sendEvent(self.canvas, event)

    # --- keys and commands ---

    def command_key(self):
        """The shortcut of a command, mostly on the canvas."""
        rows = [x for x in self.window.actions_._actions.values() if x.shortcuts() and self._allowed(x.objectName())]
        pressed = self.dice.choice(self.dice.choice(rows).shortcuts())[0]
        widget = self.canvas if self.dice.random() < 0.8 else self._somewhere()
        self.note("key", pressed.keyboardModifiers().name, pressed.key().name, "on", _called(widget))
        self.key(pressed.key(), pressed.keyboardModifiers(), widget)

    def any_key(self):
        key, widget = self.dice.choice(SIGNS + OTHERS * 4), self._somewhere()
        self.note("key", key.name, "on", _called(widget))
        self.key(key, widget=widget)

    def hold_key(self):
        """A key goes down here, and may come up somewhere else."""
        key, other = self.dice.choice(OTHERS[-2:]), self._somewhere()
        self.note("hold", key.name, "and go to", _called(other))
        self.canvas.setFocus()
        QTest.keyPress(self.canvas, key)
        other.setFocus()
        QTest.keyRelease(self.window.focusWidget() or self.canvas, key)

    def command(self):
        """An entry of the menus."""
        names = [x.objectName() for x in self.window.actions_._actions.values() if x.isEnabled()]
        name = self.dice.choice([x for x in names if self._allowed(x)])
        self.note("command", name)
        self.menu(name)

    def touch(self):
        """Any control that can be seen: pressed, turned, chosen from or written into."""
        if self.dice.random() < 0.5:
            self.window.show_panel(self.dice.choice(("Layers", "History", "Mask", "Blend", "Blend")))
        seen = [x for x in self.window.findChildren(QWidget) if isinstance(x, TOUCHED) and self._reachable(x)]
        if seen:
            kind = self.dice.choice(sorted({type(x).__name__ for x in seen}))  # there is one slider among many buttons
            widget = self.dice.choice([x for x in seen if type(x).__name__ == kind])
            self.note("touch", _called(widget))
            self._touch(widget)

    def time_travel(self):
        """Undo, redo, or a jump to a step of the history."""
        history = self.desk.session.history
        how = self.dice.choice(("undo", "undo", "redo", "jump"))
        self.note(how)
        if how != "jump":
            getattr(self, how)()
        elif history:
            self.desk.session.go(self.dice.randrange(len(history.labels)))

    def end_work(self):
        """The work is closed, or one of the samples is opened."""
        if self.desk.session.document is not None and self.dice.random() < 0.5:
            self.note("close the work")
            self.menu("new")
        else:
            self.note("open a sample")
            self.window.start.sample_chosen.emit(self.dice.choice(("astronaut", "chelsea", "coffee")))

    # --- what the program is for ---

    def say(self):
        """A word to cut out by, known or not."""
        line = self.window.prompt.findChild(QLineEdit)
        word = self.dice.choice(WORDS)
        self.note("say", repr(word[:20]))
        line.setFocus()
        line.selectAll()
        line.insert(word)
        QTest.keyClick(line, Qt.Key.Key_Return)

    def cut_out(self):
        """A box, a point or a stroke of the brush on the object's photo."""
        tool = self.dice.choice(("box", "plus", "minus", "brush", "brush", "erase"))
        if not self.window.actions_[f"tool-{tool}"].isEnabled():
            return
        self.menu(f"tool-{tool}")
        points = [self.on_canvas(*self.spot()) for _ in range(self.dice.randint(2, 5))]
        self.note("cut out with", tool, [point.toTuple() for point in points])
        self.drag_widget(self.canvas, points, self.dice.choice(HELD))

    def blend(self):
        self.note("blend")
        self.desk.blending.run()

    def stop(self):
        self.note("stop")
        self.window.strip._ask_to_stop()

    def rename(self):
        rows = self.window.layers_panel.list
        if rows.count():
            item = rows.item(self.dice.randrange(rows.count()))
            self.note("rename", item.text()[:20])
            item.setText(self.dice.choice(("Лебедь 🦢", "", "  two  words ", "x" * 300, "<b>bold</b>")))

    def reorder(self):
        """A layer is dragged to another row."""
        rows = self.window.layers_panel.list
        if rows.count() > 1:
            start, end = self.dice.randrange(rows.count()), self.dice.randrange(rows.count() + 1)
            self.note("reorder", start, "to", end)
            rows.setCurrentRow(start)
            rows.model().moveRow(QModelIndex(), start, QModelIndex(), end)

    # --- the window ---

    def resize(self):
        width, height = self.dice.randint(700, 1600), self.dice.randint(560, 1000)
        self.note("resize to", width, height)
        self.window.resize(width, height)

    def look_elsewhere(self):
        """Another program, another widget."""
        widget = self._somewhere()
        self.note("leave the window, come back to", _called(widget))
        QApplication.sendEvent(self.window, QEvent(QEvent.Type.WindowDeactivate))
        QApplication.sendEvent(self.canvas, QEvent(QEvent.Type.Leave))
        QApplication.sendEvent(self.window, QEvent(QEvent.Type.WindowActivate))
        widget.setFocus()

    def wait_a_little(self):
        self.note("wait a little")
        until = time.monotonic() + self.dice.choice((0.01, 0.05, 0.2))
        while time.monotonic() < until:
            QApplication.processEvents()
            time.sleep(0.002)

    def _allowed(self, name):
        return name not in LEFT_ALONE and (name != "save" or self.desk.session.path is not None)

    def _reachable(self, widget):
        if not (widget.isVisible() and widget.isEnabled()) or isinstance(widget, QScrollBar):
            return False
        return not _asks_for_files(widget) and not isinstance(widget.parent(), QDockWidget)

    def _somewhere(self):
        """A widget that takes the keys."""
        keen = Qt.FocusPolicy.TabFocus
        seen = [x for x in self.window.findChildren(QWidget) if x.isVisible() and x.isEnabled()]
        seen = [x for x in seen if x.focusPolicy() & keen and not _asks_for_files(x)]
        return self.dice.choice([self.canvas, *seen])

    def _touch(self, widget):
        place = QPoint(self.dice.randrange(max(1, widget.width())), widget.height() // 2)
        if isinstance(widget, QListWidget):
            item = widget.item(self.dice.randrange(max(1, widget.count())))
            middle = widget.visualItemRect(item).center() if item else place
            place, keys = QPoint(self.dice.choice((12, middle.x())), middle.y()), self.dice.choice(HELD)
            for mouse in self.dice.choice(((QTest.mouseClick,), (QTest.mouseClick, QTest.mouseDClick))):
                mouse(widget.viewport(), Qt.MouseButton.LeftButton, keys, place)
        elif isinstance(widget, QAbstractButton | QAbstractSlider):
            QTest.mouseClick(widget, Qt.MouseButton.LeftButton, self.dice.choice(HELD), place)
        if isinstance(widget, QComboBox | QAbstractSlider | QAbstractSpinBox):
            QTest.keyClick(widget, self.dice.choice((Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)))
        if isinstance(widget, QAbstractSpinBox | QLineEdit):
            QTest.keyClicks(widget, self.dice.choice(("7", "0", "-3", "1e9", "12.5", "abc", "")))
            QTest.keyClick(widget, self.dice.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape)))

    def _answer(self, asking):
        """A press of some button of what asks; a file dialog is told a file or sent away."""
        self.note("answer", _called(asking))
        if isinstance(asking, QFileDialog):
            if asking.acceptMode() == QFileDialog.AcceptMode.AcceptSave and self.dice.random() < 0.5:
                self.target.unlink(missing_ok=True)
                self.choose_file(self.target)
            else:
                asking.reject()
        elif isinstance(asking, QMessageBox):
            button = self.dice.choice(asking.buttons())
            self.note("with", button.text())
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        else:
            QTest.keyClick(asking, self.dice.choice((Qt.Key.Key_Escape, Qt.Key.Key_Escape, Qt.Key.Key_Down)))


def _called(widget):
    action = getattr(widget, "defaultAction", lambda: None)()
    name = action.objectName() if action else widget.objectName() or getattr(widget, "text", str)()
    return f"{type(widget).__name__} {name[:30]!r}"


def _asks_for_files(widget):
    action = getattr(widget, "defaultAction", lambda: None)()
    if action and action.objectName() in LEFT_ALONE:
        return True
    return isinstance(widget, QAbstractButton) and widget.text() in ("Open…", "Show in folder", "Download")
