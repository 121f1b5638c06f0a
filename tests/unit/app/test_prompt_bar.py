import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from blendstudio.app.prompt_bar import PromptBar

FOUND = [("bird", 0.71, True), ("bird", 0.44, False), ("branch", 0.31, True)]


class Hand:
    """What a person does to the bar, and what the bar said."""

    def __init__(self, bar, qtbot):
        self.bar, self.qtbot, self.said = bar, qtbot, []
        for name in ("find_requested", "tool_chosen", "candidate_chosen", "box_instead", "cleared", "left"):
            getattr(bar, name).connect(lambda *values, name=name: self.said.append((name, *values)))

    @property
    def line(self):
        return self.bar.findChild(QLineEdit)

    @property
    def find(self):
        return self.bar.findChild(QPushButton)

    def tool(self, name):
        return self.bar.findChild(QToolButton, name)

    def chips(self):
        return [one for one in self.bar.findChildren(QToolButton) if one.isVisible() and "  " in one.text()]

    def sentence(self):
        return " ".join(label.text() for label in self.bar.findChildren(QLabel) if label.isVisible())

    def click(self, widget, held=Qt.KeyboardModifier.NoModifier):
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, held)


@pytest.fixture
def hand(shown, qtbot):
    bar = PromptBar()
    bar.set_object("parrot")
    return Hand(shown(bar, 1000, 46), qtbot)


def test_it_asks_what_to_cut_out(hand):
    assert hand.line.placeholderText() == "What should I cut out?"
    assert hand.sentence() == ""
    assert not hand.find.isEnabled()


def test_without_an_object_it_says_why_nothing_can_be_typed(hand):
    hand.bar.show_candidates(FOUND, 0)
    hand.bar.set_object(None)
    assert not hand.line.isEnabled()
    assert "Add a picture" in hand.sentence()
    assert hand.chips() == []
    hand.bar.set_object("parrot")
    assert hand.line.isEnabled()
    assert hand.sentence() == ""


def test_enter_and_the_button_ask_for_the_words(hand):
    hand.qtbot.keyClicks(hand.line, "  2 birds ")
    hand.qtbot.keyClick(hand.line, Qt.Key.Key_Return)
    hand.click(hand.find)
    assert hand.said == [("find_requested", "2 birds")] * 2
    assert hand.bar.text() == "2 birds"


def test_enter_in_an_empty_line_asks_nothing(hand):
    hand.qtbot.keyClick(hand.line, Qt.Key.Key_Return)
    assert hand.said == []


def test_up_and_down_walk_the_words_and_keep_the_draft(hand):
    for word in ("bird", "cat", "bird"):
        hand.bar.set_text(word)
        hand.qtbot.keyClick(hand.line, Qt.Key.Key_Return)
    hand.bar.set_text("do")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        hand.qtbot.keyClick(hand.line, key)
        seen.append(hand.bar.text())
    assert seen == ["bird", "cat", "cat", "bird", "do", "do"]


def test_escape_leaves_the_line(hand):
    hand.bar.activateWindow()
    hand.bar.setFocus()
    hand.qtbot.waitUntil(hand.line.hasFocus)
    hand.qtbot.keyClick(hand.line, Qt.Key.Key_Escape)
    assert hand.said == [("left",)]
    assert not hand.line.hasFocus()


def test_the_tools_exclude_each_other_and_may_all_be_off(hand):
    for name in ("box", "plus", "plus", "minus"):
        hand.click(hand.tool(name))
    assert hand.said == [("tool_chosen", tool) for tool in ("box", "plus", "", "minus")]
    assert [hand.tool(name).isChecked() for name in ("box", "plus", "minus")] == [False, False, True]


def test_a_tool_is_shown_without_a_signal(hand):
    hand.bar.set_tool("box")
    assert hand.tool("box").isChecked()
    hand.bar.set_tool("")
    assert not hand.tool("box").isChecked()
    assert hand.said == []


def test_finds_are_numbered_chips_with_scores(hand):
    hand.bar.show_candidates(FOUND, 1)
    assert [chip.text() for chip in hand.chips()] == ["1  bird  0.71", "2  bird  0.44  ?", "3  branch  0.31"]
    assert [chip.isChecked() for chip in hand.chips()] == [False, True, False]
    hand.bar.show_candidates([], -1)
    assert hand.chips() == []


def test_a_click_takes_shift_adds_alt_subtracts(hand):
    hand.bar.show_candidates(FOUND, 0)
    shift, alt = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
    for number, held in ((1, Qt.KeyboardModifier.NoModifier), (2, shift), (1, alt)):
        hand.click(hand.chips()[number], held)
    assert [said[1:] for said in hand.said] == [(1, "replace"), (2, "add"), (1, "subtract")]
    assert [chip.isChecked() for chip in hand.chips()] == [False, False, True]


def test_the_same_finds_shown_again_keep_their_chips(hand):
    hand.bar.show_candidates(FOUND, 0)
    before = hand.chips()
    hand.bar.show_candidates(list(FOUND), 2)
    assert hand.chips() == before
    assert before[2].isChecked()


@pytest.mark.qt_log_ignore("does not support", extend=True)  # offscreen has no windows to raise
def test_a_menu_offers_the_three_ways(hand):
    hand.bar.show_candidates(FOUND, 0)
    chip = hand.chips()[2]
    chip.customContextMenuRequested.emit(chip.rect().center())
    menu = chip.findChild(QMenu)
    assert [action.text() for action in menu.actions()] == [
        "Take only this",
        "Add to the mask",
        "Take away from the mask",
    ]
    menu.actions()[1].trigger()
    menu.close()
    assert hand.said == [("candidate_chosen", 2, "add")]


def test_a_message_with_a_way_out(hand):
    hand.bar.say("“<b>” was not found & that is that.", "Draw a box instead")
    label = next(label for label in hand.bar.findChildren(QLabel) if label.isVisible())
    assert "&lt;b&gt;” was not found &amp; that" in label.text()
    assert "Draw a box instead" in label.text()
    middle = label.height() // 2
    hand.qtbot.mouseClick(label, Qt.MouseButton.LeftButton, pos=QPoint(20, middle))
    assert hand.said == []  # the sentence itself is no link
    end = label.fontMetrics().horizontalAdvance("“<b>” was not found & that is that.  Draw a box ins")
    hand.qtbot.mouseClick(label, Qt.MouseButton.LeftButton, pos=QPoint(end, middle))
    assert hand.said == [("box_instead",)]
    hand.bar.say("")
    assert hand.sentence() == ""


def test_a_message_outlives_a_refresh_of_the_object(hand):
    hand.bar.say("Not found.")
    hand.bar.set_object("parrot")
    assert hand.sentence() == "Not found."


def test_while_it_searches_one_can_type_but_not_ask(hand):
    hand.bar.set_text("bird")
    hand.bar.activateWindow()
    hand.bar.setFocus()
    hand.qtbot.waitUntil(hand.line.hasFocus)
    hand.bar.busy(True)
    assert hand.find.text() == "Finding…"
    hand.qtbot.keyClicks(hand.line, "s")
    hand.qtbot.keyClick(hand.line, Qt.Key.Key_Return)
    assert (hand.bar.text(), hand.said) == ("birds", [])
    assert hand.line.hasFocus()
    hand.bar.busy(False)
    hand.qtbot.keyClick(hand.line, Qt.Key.Key_Return)
    assert hand.said == [("find_requested", "birds")]


def test_the_cross_clears_words_finds_and_message(hand):
    hand.bar.set_text("bird")
    hand.bar.show_candidates(FOUND, 0)
    hand.bar.say("Not sure.")
    cross = next(action for action in hand.line.actions() if action.toolTip().startswith("Clear"))
    assert cross.isVisible()
    button = next(one for one in hand.line.findChildren(QToolButton) if one.defaultAction() is cross)
    hand.click(button)
    assert (hand.bar.text(), hand.chips(), hand.sentence()) == ("", [], "")
    assert hand.said == [("cleared",)]
    assert not cross.isVisible()


@pytest.mark.parametrize("width", [380, 560, 1000])
def test_everything_fits_at_any_width(shown, qtbot, width):
    host = QWidget()
    column = QVBoxLayout(host)
    bar = PromptBar()
    column.addWidget(bar)
    column.addStretch()
    bar.set_object("parrot")
    shown(host, width, 400)
    bar.show_candidates([*FOUND, ("a bird with a rather long name", 0.3, False)], 0)
    bar.say("Not sure that this is it: look at the mask, choose another, or", "draw a box instead")
    hand = Hand(bar, qtbot)
    qtbot.waitUntil(lambda: len(hand.chips()) == 4)
    column.activate()
    for part in (*hand.chips(), hand.find, hand.tool("minus"), hand.line):
        place = part.rect().translated(part.mapTo(bar, part.rect().topLeft()))
        assert bar.rect().contains(place), part
    assert hand.line.width() >= 100
