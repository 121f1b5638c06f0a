import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from blendstudio.app.vote import VoteWindow

RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (30, 160, 30)


@pytest.fixture
def questions(tmp_path):
    paths = []
    for name, colour in (("red", RED), ("blue", BLUE), ("green", GREEN)):
        Image.new("RGB", (64, 48), colour).save(tmp_path / f"{name}.png")
        paths.append(tmp_path / f"{name}.png")
    red, blue, green = paths
    return [(red, blue), (green, red)]


@pytest.fixture
def vote(questions, shown):
    given = []
    window = shown(VoteWindow(questions, lambda number, chosen: given.append((number, chosen))), 700, 360)
    return window, given


def halves(window):
    """The middle colours of the left and the right half."""
    image = window.grab().toImage()
    y = image.height() * 2 // 5
    return [image.pixelColor(image.width() * part // 4, y).getRgb()[:3] for part in (1, 3)]


def test_two_pictures_are_seen_and_nothing_says_who_made_them(vote, questions):
    window, _ = vote
    assert np.allclose(halves(window), [RED, BLUE], atol=2)
    words = [part.text() for part in (*window.findChildren(QLabel), *window.findChildren(QPushButton))]
    assert any(text.startswith("1 of 2") and "more natural" in text for text in words)
    assert not any(path.stem in " ".join([*words, window.windowTitle()]) for two in questions for path in two)


def test_keys_answer_and_the_next_two_come(vote):
    window, given = vote
    QTest.keyClick(window, Qt.Key.Key_2)
    assert given == [(0, 2)]
    assert np.allclose(halves(window), [GREEN, RED], atol=2)
    QTest.keyClick(window, Qt.Key.Key_0)
    assert given == [(0, 2), (1, 0)]
    assert not window.isVisible()  # all is answered


def test_other_keys_answer_nothing_and_escape_ends(vote):
    window, given = vote
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_5):
        QTest.keyClick(window, key)
    assert window.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()
    assert given == []


def test_buttons_do_the_same(vote):
    window, given = vote
    buttons = {button.text().replace("&", ""): button for button in window.findChildren(QPushButton)}
    QTest.mouseClick(buttons["1  Left"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(buttons["End"], Qt.MouseButton.LeftButton)
    assert given == [(0, 1)]
    assert not window.isVisible()
