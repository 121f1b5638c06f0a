"""Saying what to cut out: a word, a box, clicks; and what is said when that leads nowhere."""

import threading

import numpy as np
import pictures
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from blendstudio import api

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
FIRST, SECOND, GREY = (50, 44), (104, 70), (80, 20)  # on the two birds of two.png, and on neither


@pytest.fixture
def two_birds(person, photos):
    """A photo of two birds over the sea."""
    person.drop(photos / "sea.png", photos / "two.png")
    return person


@pytest.fixture
def held(monkeypatch):
    """Holds the first search until the event is set; a `deaf` one then goes on though it was asked to stop."""
    event, real, calls = threading.Event(), api.find, []
    event.deaf = False

    def find(*args):
        calls.append(args)
        if len(calls) == 1:
            assert event.wait(30)
        return real(*args[:3]) if event.deaf else real(*args)

    monkeypatch.setattr(api, "find", find)
    return event


def veiled(person, place):
    """Whether a place of the object's photo lies under the red veil: there green is well below red."""
    red, green, _ = map(int, person.colour(*place))
    return 20 < red - green < 140  # the birds themselves are redder still


def test_a_word_finds_the_bird_and_the_canvas_shows_it(at_work):
    at_work.ask_for("bird")
    assert [chip.text() for chip in at_work.chips()] == ["1  bird  0.79"]
    assert at_work.steps()[-1] == "Find “bird”"
    assert pictures.box(pictures.red(at_work.picture()))  # the bird is there
    assert at_work.colour(150, 110)[2] > 60 + at_work.colour(150, 110)[0]  # the sea, where the photo's grey was
    at_work.key(Qt.Key.Key_Q)
    assert veiled(at_work, GREY)
    assert tuple(at_work.colour(*FIRST)) == pictures.RED


@pytest.mark.parametrize(
    ("word", "told"),
    [("xyzzy", "is not a word the starter models know. Try a plainer word"), ("dog", "No dog was found")],
)
def test_a_word_that_leads_nowhere_leads_to_the_box(at_work, word, told):
    before = at_work.picture()
    at_work.ask_for(word)
    assert at_work.reads(told, at_work.window.prompt)
    assert at_work.reads("raw a box", at_work.window.prompt)
    assert not at_work.reads("--", at_work.window.prompt)  # switches are for the command line
    assert (at_work.picture() == before).all()
    assert at_work.steps()[-1] == "Place object"
    at_work.follow("Draw a box instead")
    assert at_work.reads("Drag a box round the object.")
    at_work.drag((24, 26), (78, 64))
    at_work.rest()
    assert at_work.steps()[-1] == "Cut out"
    assert not at_work.reads(told, at_work.window.prompt)
    assert veiled(at_work, GREY)


def test_without_a_word_there_is_nothing_to_find_and_the_line_asks(at_work):
    line = at_work.window.prompt.findChild(QLineEdit)
    assert line.placeholderText() == "What should I cut out?"
    for empty in ("", "   "):
        at_work.ask_for(empty)
        assert at_work.steps()[-1] == "Place object"
        with pytest.raises(AssertionError, match="cannot be pressed"):
            at_work.press("Find")


@pytest.mark.parametrize("by", ["click", "key"])
def test_of_two_birds_the_other_is_chosen(two_birds, by):
    two_birds.ask_for("bird")
    assert [chip.text()[:7] for chip in two_birds.chips()] == ["1  bird", "2  bird"]
    two_birds.key(Qt.Key.Key_Q)
    assert not veiled(two_birds, FIRST)
    assert veiled(two_birds, GREY)
    first = two_birds.picture()
    two_birds.key(Qt.Key.Key_V)
    if by == "click":
        two_birds.chip(2)
    else:
        two_birds.key(Qt.Key.Key_2)
    assert [chip.isChecked() for chip in two_birds.chips()] == [False, True]
    two_birds.key(Qt.Key.Key_Q)
    x, y = two_birds.colour(*FIRST)[:2], two_birds.colour(*SECOND)
    assert tuple(y) == pictures.RED
    assert x[0] != pictures.RED[0]  # the veil lies over the first one now
    two_birds.undo()
    two_birds.rest()
    assert [chip.isChecked() for chip in two_birds.chips()] == [True, False]
    assert (two_birds.picture() == first).all()


def test_shift_adds_a_find_and_alt_takes_it_away(two_birds):
    two_birds.ask_for("bird")
    alone = pictures.red(two_birds.picture()).sum()
    two_birds.chip(2, SHIFT)
    both = pictures.red(two_birds.picture()).sum()
    assert both > 1.6 * alone
    two_birds.chip(1, ALT)
    left = pictures.red(two_birds.picture()).sum()
    assert both - left == pytest.approx(alone, rel=0.03)
    assert two_birds.steps()[-2:] == ["Candidate 2", "Candidate 1"]


def test_a_box_cuts_out_what_it_goes_round(two_birds):
    two_birds.key(Qt.Key.Key_W)
    two_birds.drag((82, 46), (100, 60), (124, 92), let_go=False)
    band = two_birds.on_canvas(100, 46)
    r, _, b = map(int, two_birds.glance()[band.y(), band.x()])
    assert b > r + 40  # the rubber band
    two_birds.drag((82, 46), (100, 60), (124, 92))
    two_birds.rest()
    assert tuple(two_birds.colour(*SECOND)) == pictures.RED
    assert tuple(two_birds.colour(*FIRST)) != pictures.RED
    two_birds.key(Qt.Key.Key_Return)
    seen = pictures.red(two_birds.picture())
    place = two_birds.on_canvas(32 + 104, 24 + 70)
    assert np.allclose(pictures.centre(seen), (place.x(), place.y()), atol=6)


def test_a_slip_of_the_hand_is_no_box(at_work):
    at_work.key(Qt.Key.Key_W)
    at_work.drag((50, 44), (50.6, 44.6))
    at_work.rest()
    assert at_work.steps()[-1] == "Place object"


def test_clicks_add_and_take_away(two_birds):
    two_birds.key(Qt.Key.Key_P)
    two_birds.click(*FIRST)
    two_birds.rest()
    assert not veiled(two_birds, (50, 52))
    assert veiled(two_birds, GREY)
    assert tuple(two_birds.colour(104, 78)) != pictures.RED
    two_birds.click(*SECOND)
    two_birds.rest()
    assert tuple(two_birds.colour(104, 78)) == pictures.RED  # now both
    two_birds.undo()
    two_birds.rest()
    two_birds.key(Qt.Key.Key_P, SHIFT)
    assert two_birds.reads("Click on what does not belong")
    two_birds.click(*SECOND)
    two_birds.rest()
    assert tuple(two_birds.colour(104, 78)) != pictures.RED
    assert tuple(two_birds.colour(50, 52)) == pictures.RED


def test_alt_turns_a_point_into_its_opposite(two_birds):
    two_birds.key(Qt.Key.Key_P, SHIFT)
    two_birds.click(*FIRST, keys=ALT)
    two_birds.rest()
    red, green, _ = map(int, two_birds.colour(FIRST[0] - 1.4, FIRST[1] + 1.4))
    assert green > red  # the green dot of a point on the object
    assert tuple(two_birds.colour(50, 52)) == pictures.RED


def test_a_click_beside_the_photo_does_nothing(at_work):
    at_work.key(Qt.Key.Key_P)
    before = at_work.picture()
    at_work.click(-10, 40)
    at_work.click(140, 99)
    assert not at_work.desk.runner.jobs
    assert (at_work.picture() == before).all()
    assert at_work.steps()[-1] == "Place object"


def test_finding_again_keeps_what_the_brush_did(at_work):
    at_work.ask_for("bird")
    at_work.key(Qt.Key.Key_B)
    at_work.drag((96, 80), (112, 80))
    at_work.key(Qt.Key.Key_E)
    at_work.drag((60, 44), (68, 44))
    at_work.rest()
    painted = [at_work.colour(x, y) for x, y in ((104, 80), (66, 44))]
    at_work.ask_for("bird")
    assert at_work.steps()[-1] == "Find “bird”"
    assert ([at_work.colour(x, y) for x, y in ((104, 80), (66, 44))] == np.array(painted)).all()
    assert not veiled(at_work, (104, 80))  # painted in
    at_work.key(Qt.Key.Key_Return)
    assert at_work.colour(32 + 66, 24 + 44)[2] > 100  # rubbed out: the sea shows


@pytest.mark.parametrize("deaf", [False, True])
def test_a_newer_question_replaces_the_one_under_way(two_birds, held, deaf):
    held.deaf = deaf
    two_birds.ask_for("bird", wait=False)
    two_birds.wait(lambda: two_birds.reads("Finding…"))
    two_birds.key(Qt.Key.Key_W)
    two_birds.drag((82, 46), (100, 60), (124, 92))
    held.set()
    two_birds.rest()
    assert two_birds.steps() == ["Open", "Place object", "Cut out"]
    assert tuple(two_birds.colour(*SECOND)) == pictures.RED
    assert not two_birds.reads("Finding…")


def test_stop_ends_the_search(at_work, held):
    at_work.ask_for("bird", wait=False)
    at_work.wait(lambda: at_work.reads("Looking for “bird”", at_work.window.strip))
    before = at_work.glance()
    at_work.press("Stop", at_work.window.strip)
    assert at_work.reads("Stopping…", at_work.window.strip)
    held.set()
    at_work.rest()
    assert at_work.reads("Stopped.", at_work.window.strip)
    assert at_work.reads("Find", at_work.window.prompt)
    assert not at_work.reads("Finding…")
    assert at_work.steps()[-1] == "Place object"
    assert (at_work.picture() == before).all()


@pytest.mark.parametrize("tiny_nets", ["/nowhere"])
def test_without_nets_it_says_so_and_box_and_brush_still_work(person, photos):
    person.drop(photos / "sea.png", photos / "bird.png")
    person.ask_for("bird")
    assert person.reads("Fetch the starter nets", person.window.prompt)
    assert person.steps()[-1] == "Place object"
    person.key(Qt.Key.Key_W)
    person.drag((22, 24), (80, 66))
    person.rest()
    assert person.steps()[-1] == "Cut out"
    assert veiled(person, GREY)
    person.key(Qt.Key.Key_B)
    person.drag((96, 80), (112, 80))
    person.rest()
    assert not veiled(person, (104, 80))
