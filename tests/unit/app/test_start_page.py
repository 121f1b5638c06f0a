from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFrame, QLabel, QPushButton

from blendstudio.app.start_page import StartPage


def picture():
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("#cc2211"))
    return image


SAMPLES = [
    ("pad", "Astronaut at the launch pad", "Type “person”", picture()),
    ("cup", "Cat in a cup", "Soft fur", picture()),
]


class Hand:
    def __init__(self, page, qtbot):
        self.page, self.qtbot, self.said = page, qtbot, []
        names = (
            "open_requested",
            "paste_requested",
            "sample_chosen",
            "recent_chosen",
            "fetch_requested",
            "models_requested",
            "fetch_declined",
        )
        for name in names:
            getattr(page, name).connect(lambda *values, name=name: self.said.append((name, *values)))

    def words(self):
        parts = [*self.page.findChildren(QLabel), *self.page.findChildren(QPushButton)]
        return [part.text() for part in parts if part.isVisible() and part.text()]

    def click(self, text):
        buttons = [one for one in self.page.findChildren(QPushButton) if text in (one.text(), one.accessibleName())]
        assert buttons and buttons[0].isVisible(), text
        self.qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)


@pytest.fixture
def hand(shown, qtbot):
    return Hand(shown(StartPage(), 900, 700), qtbot)


def test_an_empty_page_says_what_to_do(hand):
    words = hand.words()
    assert {"Drop a background here", "Drop what you want to add", "Open…", "Paste (Ctrl+V)"} <= set(words)
    assert "nothing leaves this computer" in " ".join(words)
    assert "Download" not in words
    assert "Try one" not in words
    assert "Go on with" not in words


def test_opening_and_pasting(hand):
    hand.click("Open…")
    hand.click("Paste (Ctrl+V)")
    zone = hand.page.findChild(QFrame, "dropZone")
    hand.qtbot.mouseClick(zone, Qt.MouseButton.LeftButton)
    assert hand.said == [("open_requested",), ("paste_requested",), ("open_requested",)]


def test_samples_are_cards_that_can_be_clicked(hand):
    hand.page.set_samples(SAMPLES)
    hand.qtbot.waitUntil(lambda: "Cat in a cup" in hand.words())
    assert "Soft fur" in hand.words()
    hand.click("Astronaut at the launch pad")
    assert hand.said == [("sample_chosen", "pad")]
    card = next(one for one in hand.page.findChildren(QPushButton) if one.accessibleName() == "Cat in a cup")
    assert card.grab().toImage().pixelColor(card.width() // 2, 40) == QColor("#cc2211")
    card.setFocus()
    hand.qtbot.keyClick(card, Qt.Key.Key_Space)
    assert hand.said[-1] == ("sample_chosen", "cup")


def test_recent_files_are_offered_by_name(hand):
    paths = [Path("/home/ada") / name for name in ("a.ora", "b.ora", "c.png", "d.png", "e.png", "f.png")]
    hand.page.set_recent(paths)
    hand.click("b.ora")
    assert hand.said == [("recent_chosen", paths[1])]
    assert "f.png" not in hand.words()
    hand.page.set_recent(paths[2:3])
    hand.qtbot.waitUntil(lambda: "c.png" in hand.words())
    assert "b.ora" not in hand.words()


@pytest.mark.parametrize(("size", "words"), [(79.4, "79 MB"), (999.7, "1.0 GB"), (1700.0, "1.7 GB")])
def test_the_models_line_gives_size_and_licences(hand, size, words):
    hand.page.set_models(size, "Apache-2.0 and MIT")
    line = f"The starter nets find objects by word: {words}, Apache-2.0 and MIT."
    assert line in hand.words()
    hand.page.set_models(0, "")
    assert line not in hand.words()


def test_downloading_or_going_on_without(hand):
    hand.page.set_models(79, "MIT")
    hand.click("Download")
    hand.click("All models…")
    hand.click("Continue without")
    assert hand.said == [("fetch_requested",), ("models_requested",), ("fetch_declined",)]
    assert "Download" not in hand.words()


@pytest.mark.parametrize("size", [(800, 600), (2560, 1440)])
def test_all_fits_without_scrolling(shown, qtbot, size):
    page = shown(StartPage(), *size)
    page.set_samples([*SAMPLES, *SAMPLES])
    page.set_recent([Path("/home/ada/parrot over the lake.ora"), Path("/home/ada/cat.ora")])
    page.set_models(79, "Apache-2.0 and MIT")
    promise = next(label for label in page.findChildren(QLabel) if label.text().startswith("Works offline"))
    qtbot.waitUntil(lambda: page.rect().contains(promise.mapTo(page, promise.rect().bottomRight())))
    cards = [one for one in page.findChildren(QPushButton) if one.objectName() == "sampleCard"]
    assert len(cards) == 4
    assert max(one.width() for one in cards) - min(one.width() for one in cards) <= 1
    for one in page.findChildren(QPushButton):
        assert page.rect().contains(one.mapTo(page, one.rect().bottomRight())), one.text()
