import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from blendstudio.app import toast as module
from blendstudio.app.empty_note import EmptyNote
from blendstudio.app.toast import Toast


@pytest.fixture
def toast(shown):
    host = QWidget()
    made = Toast(host)
    shown(host, 700, 400)
    made.host = host
    return made


def running(toast):
    return [timer for timer in toast.findChildren(QTimer) if timer.isActive()]


def test_it_is_hidden_until_there_is_something_to_say(toast):
    assert not toast.isVisible()
    assert running(toast) == []


def test_it_lies_at_the_bottom_in_the_middle_also_after_a_resize(toast, qtbot):
    toast.show_message("Saved parrot.png")
    for width, height in ((700, 400), (1000, 300)):
        toast.host.resize(width, height)
        qtbot.waitUntil(lambda width=width: abs(toast.geometry().center().x() - width / 2) <= 1)
        assert height - 40 < toast.geometry().bottom() < height
    assert toast.findChild(QLabel).text() == "Saved parrot.png"


def test_a_click_takes_it_away_and_no_timer_is_left(toast, qtbot):
    toast.show_message("Saved")
    assert len(running(toast)) == 1
    qtbot.mouseClick(toast, Qt.MouseButton.LeftButton)
    assert not toast.isVisible()
    assert running(toast) == []


def test_it_goes_by_itself(shown, qtbot, monkeypatch):
    monkeypatch.setattr(module, "STAYS_MS", 30)
    host = QWidget()
    toast = Toast(host)
    shown(host, 400, 200)
    toast.show_message("Saved")
    qtbot.waitUntil(lambda: not toast.isVisible())
    assert running(toast) == []


def test_an_action_is_done_once(toast, qtbot):
    done = []
    toast.show_message(
        "Saved", [("Show in folder", lambda: done.append("folder")), ("Copy", lambda: done.append("copy"))]
    )
    buttons = {button.text(): button for button in toast.findChildren(QPushButton)}
    qtbot.mouseClick(buttons["Copy"], Qt.MouseButton.LeftButton)
    assert done == ["copy"]
    assert not toast.isVisible()


def test_a_new_message_takes_the_place_of_the_old_one(toast):
    toast.show_message("Saved", [("Copy", lambda: None)])
    toast.show_message("Opened")
    assert [button.text() for button in toast.findChildren(QPushButton) if button.isVisible()] == []
    assert toast.findChild(QLabel).text() == "Opened"


def test_a_long_message_wraps_within_the_picture(toast):
    toast.show_message("“a very long name of a file” waits. " * 8)
    assert toast.host.rect().contains(toast.geometry())
    assert toast.height() > 60


def test_an_empty_panel_says_what_to_do(shown, qtbot):
    note = shown(EmptyNote("layers", "No layers yet. Drop a picture here.", "Open…"), 240, 200)
    assert any(label.text().startswith("No layers yet.") for label in note.findChildren(QLabel))
    with qtbot.waitSignal(note.acted):
        qtbot.mouseClick(note.findChild(QPushButton), Qt.MouseButton.LeftButton)
