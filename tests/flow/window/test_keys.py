"""The keys and the menus: none means two things, all are found, and none does harm where it means nothing."""

from collections import Counter

import pictures
import pytest
from person import Person
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QLabel, QLineEdit, QMenu, QMessageBox, QToolBar

from blendstudio.app.main import build

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ASKING = {"open", "place", "save", "save-as", "export", "export-again", "export-large", "export-mask", "load-mask"}
ELSEWHERE = {"quit", "keys", "about", "full-screen", "paste", "paste-background", "models"}  # beyond the picture


def commands(person):
    """Every action of the table, by its name."""
    window = person.window
    found = {one.objectName(): one for one in window.findChildren(QAction) if one.objectName()}
    return {name: one for name, one in found.items() if one is window.actions_[name]}


def in_menus(person):
    """The names of what the menus offer."""
    menus = person.window.menuBar().findChildren(QMenu)
    return {action.objectName() for menu in menus for action in menu.actions() if action.objectName()}


def press_all(person, *, but=frozenset()):
    """Presses every key of the table on the canvas, as if one hit the keyboard with the flat hand."""
    for name, action in commands(person).items():
        if name not in but:
            for keys in action.shortcuts():
                person.key(keys[0].key(), keys[0].keyboardModifiers())
    person.rest()


def test_no_key_means_two_things(person):
    keys = [key.toString() for action in person.window.findChildren(QAction) for key in action.shortcuts()]
    assert "" not in keys
    assert len(keys) > 60
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_every_command_has_a_name_and_a_tip_that_names_its_key(person):
    rows = commands(person)
    assert len(rows) > 80
    for name, action in rows.items():
        assert action.text().strip(), name
        assert len(action.statusTip()) > 3, name
        assert action.toolTip().startswith(action.statusTip()), name
        if action.shortcuts() and not action.shortcuts()[0].toString().startswith(("{", "}")):
            assert person.window.actions_[name].toolTip().endswith(")"), name
    texts = Counter(action.text() for action in rows.values())
    assert [text for text, times in texts.items() if times > 1] == []


def test_what_has_no_key_of_the_canvas_is_in_a_menu_or_among_the_tools(person):
    everywhere = {n for n, a in commands(person).items() if a.shortcutContext() != Qt.ShortcutContext.WidgetShortcut}
    tools = {action.objectName() for action in person.window.findChild(QToolBar).actions()}
    assert everywhere - in_menus(person) - tools == set()
    titles = [action.text() for action in person.window.menuBar().actions()]
    assert titles == ["&File", "&Edit", "&Object", "&Mask", "&Blend", "&View", "&Help"]


def test_f1_shows_every_key_and_escape_closes_it(person):
    person.key(Qt.Key.Key_F1)
    dialog = next(one for one in person.window.findChildren(QDialog) if one.isVisible())
    assert dialog.windowTitle() == "Keys"
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    for name, action in commands(person).items():
        if action.shortcuts():
            assert action.text().rstrip("…") in shown, name
            assert any(action.shortcuts()[0].toString() in words.split("  ") for words in shown), name
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    person.rest()
    person.menu("about")
    assert "blendstudio" in person.asked()
    person.answer(QMessageBox.StandardButton.Ok)
    assert not [one for one in person.window.findChildren(QDialog) if one.isVisible()]


def test_letters_in_the_prompt_are_letters(at_work):
    person, line = at_work, at_work.window.prompt.findChild(QLineEdit)
    before = person.picture()
    person.key(Qt.Key.Key_F, CONTROL)
    assert person.window.focusWidget() is line
    word = "vwb e12,phzqxm?[]\\"
    QTest.keyClicks(line, word)
    assert line.text() == word
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
        QTest.keyClick(line, key)
    assert line.text() == word[:-2]
    assert person.window.actions_["tool-move"].isChecked()
    assert person.layers() == ["bird", "sea"]
    assert person.steps() == ["Open", "Place object"]
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert person.window.focusWidget() is person.canvas
    line.clear()
    person.rest()
    assert (person.picture() == before).all()
    number = person.window.place_options.scale
    number.setFocus()
    QTest.keyClicks(number, "b")
    assert person.window.actions_["tool-move"].isChecked()


def test_tab_leaves_the_canvas_alone_and_brings_the_panels_back(at_work, tmp_path):
    person, window = at_work, at_work.window
    parts = [*window.findChildren(QDockWidget), *window.findChildren(QToolBar), window.options]
    before, width = [part.isVisible() for part in parts], person.canvas.width()
    picture = person.picture()
    person.key(Qt.Key.Key_Tab)
    person.rest()
    assert not any(part.isVisible() for part in parts)
    assert person.canvas.width() > width + 250
    person.key(Qt.Key.Key_V)
    person.key(Qt.Key.Key_Right)
    person.undo()
    assert not any(part.isVisible() for part in parts)
    person.key(Qt.Key.Key_Tab)
    person.rest()
    assert [part.isVisible() for part in parts] == before
    assert (person.picture() == picture).all()
    person.key(Qt.Key.Key_Tab)
    person.menu("reset-panels")
    person.rest()
    assert [part.isVisible() for part in parts] == before
    line = window.prompt.findChild(QLineEdit)
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Tab)  # here it goes on to the next part
    assert [part.isVisible() for part in parts] == before


def test_panels_hidden_at_the_end_are_there_at_the_next_start(at_work, tmp_path):
    person = at_work
    person.key(Qt.Key.Key_Tab)
    person.window.close()
    person.answer(QMessageBox.StandardButton.Discard)
    assert not person.window.isVisible()
    again, guide = build(tmp_path / "data")
    again.show()
    Person(again).rest()
    shown = [dock.windowTitle() for dock in again.findChildren(QDockWidget) if dock.isVisible()]
    ended = again.desk.runner.close()
    for part in (again, again.desk, guide):
        part.deleteLater()
    assert ended
    assert {"Layers", "Mask"} <= set(shown)


@pytest.mark.parametrize("opened", ["nothing", "a background"])
def test_keys_that_mean_nothing_here_do_nothing(person, photos, opened):
    if opened == "a background":
        person.drop(photos / "sea.png")
    before, title = person.picture(person.window.area), person.window.windowTitle()
    changing = {"new", "panels", "find"} | {f"tool-{name}" for name in ("move", "hand", "zoom")}
    viewing = {"fit", "actual-size", "last-zoom", "zoom-in", "zoom-out"}
    press_all(person, but=ELSEWHERE | (ASKING if opened == "a background" else {"open"}) | changing | viewing)
    assert (person.picture(person.window.area) == before).all()
    assert person.layers() == ([] if opened == "nothing" else ["sea"])
    assert person.steps() == ([] if opened == "nothing" else ["Open"])
    assert person.window.windowTitle() == title
    assert person.reads("Ready", person.window.strip)
    assert QApplication.activeModalWidget() is None


def test_every_key_at_once_can_be_taken_back(at_work):
    person = at_work
    before = person.picture()
    press_all(person, but=ELSEWHERE | ASKING | {"new", "panels", "find", "blend"})
    assert len(person.steps()) > 5
    for _ in range(len(person.steps())):
        person.undo()
    assert person.layers() == ["sea"]
    person.redo()
    person.key(Qt.Key.Key_V)
    person.key(Qt.Key.Key_0, CONTROL)
    if person.window.actions_["split"].isChecked():
        person.key(Qt.Key.Key_M)
    person.click_row("bird")
    assert (person.picture() == before).all()
    for _ in range(3):
        person.redo()
    person.undo()
    assert pictures.red(person.picture()).any()
