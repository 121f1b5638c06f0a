"""The panel of layers and the history: show, name, fade, order, copy, delete, choose, and go back."""

import numpy as np
import pictures
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

CONTROL = Qt.KeyboardModifier.ControlModifier
GREEN = (30, 160, 40)
EYE = 12  # px from a row's left


def look(person, x=82, y=68):
    """The colour at a place, 0..255."""
    return person.colour(x, y).astype(int)


@pytest.fixture
def stacked(at_work, tmp_path):
    """A green square half over the bird's photo: its left third shows bird alone, its right third square alone."""
    square = pictures.save(tmp_path / "square.png", np.full((60, 60, 3), GREEN, np.uint8))
    at_work.drop(square, zone="object", at=(150, 72))
    assert at_work.layers() == ["square", "bird", "sea"]
    return at_work


OVERLAP = (130, 72)  # on the photo's grey and the square
ALONE = (170, 72)  # on the square and the sea
BIRD = (82, 68)


def is_green(colour):
    return np.abs(colour - GREEN).max() <= 2


def test_the_eye_hides_a_layer_and_shows_it_again(at_work):
    person = at_work
    person.click_row("bird", EYE)
    assert not pictures.red(person.picture()).any()
    assert not person.shown("bird")
    person.click_row("bird", EYE)
    assert pictures.red(person.picture()).any()
    assert person.shown("bird")
    person.key(Qt.Key.Key_Comma, CONTROL)
    assert not pictures.red(person.picture()).any()
    person.click_row("sea", EYE)
    assert np.ptp(look(person, 10, 10)) == 0  # the grey chequers of nothing
    person.undo()
    person.undo()
    assert pictures.red(person.picture()).any()
    assert look(person, 10, 10)[2] > 2 * look(person, 10, 10)[0]
    assert person.steps()[1:] == ["Place object", "Hide", "Show", "Hide", "Hide"]


def test_a_layer_gets_another_name_and_any_letters_are_only_letters(at_work, photos):
    person = at_work
    person.rename("bird", "robin")
    assert person.layers() == ["robin", "sea"]
    assert person.steps()[-1] == "Rename"
    person.undo()
    assert person.layers() == ["bird", "sea"]
    person.rename("bird", "   ")
    assert person.layers() == ["bird", "sea"]
    person.rename("bird", "long " * 100)
    assert 20 < len(person.layers()[0]) <= 80
    hostile = '<img src=x><h1>Bird</h1> & "co"'
    person.rename(person.layers()[0], hostile)
    assert person.layers()[0] == hostile
    assert f"“{hostile}”" in person.tip(person.window.prompt.focusProxy())
    person.drag_in(photos / "mask.png")
    assert person.zones()["Mask"] == f"for “{hostile[:24]}”"
    person.drag_out()
    person.key(Qt.Key.Key_Delete)
    assert person.layers() == ["sea"]
    assert person.steps()[-1] == f"Delete {hostile}"
    person.rename("sea", "ocean")
    assert person.layers() == ["ocean"]


def test_opacity_fades_in_one_step(at_work):
    person, slider = at_work, at_work.window.layers_panel.opacity
    full = look(person)
    person.click_row("bird", EYE)
    sea = look(person)
    person.undo()
    middle = QPoint(slider.width() // 2, slider.height() // 2)
    person.drag_widget(slider, [QPoint(slider.width() - 4, middle.y()), middle + QPoint(30, 0), middle])
    person.rest()
    share = slider.value() / 100
    assert 0.4 < share < 0.6
    assert person.reads(f"{slider.value()} %")
    assert np.abs(look(person) - (share * full + (1 - share) * sea)).max() <= 3
    assert person.steps() == ["Open", "Place object", "Opacity"]
    person.undo()
    assert (look(person) == full).all()
    assert slider.value() == 100
    person.click_row("sea")
    assert not slider.isEnabled()


def test_layers_change_their_order_by_buttons_and_keys(stacked):
    person = stacked
    assert is_green(look(person, *OVERLAP))
    person.press("lower", person.window.layers_panel)
    assert person.layers() == ["bird", "square", "sea"]
    assert not is_green(look(person, *OVERLAP))
    assert is_green(look(person, *ALONE))
    person.key(Qt.Key.Key_BracketLeft, CONTROL)  # the background is the lowest
    assert person.layers() == ["bird", "square", "sea"]
    person.key(Qt.Key.Key_BracketRight, CONTROL)
    assert person.layers() == ["square", "bird", "sea"]
    assert is_green(look(person, *OVERLAP))
    assert person.chosen() == "square"
    person.undo()
    assert person.layers() == ["bird", "square", "sea"]
    assert person.steps()[3:] == ["Order", "Order"]


def test_a_row_is_dragged_below_another(stacked):
    person = stacked
    person.drag_row("square", below="bird")
    assert person.layers() == ["bird", "square", "sea"]
    assert not is_green(look(person, *OVERLAP))
    person.drag_row("bird", below="sea")  # nothing lies below the background
    assert person.layers() == ["square", "bird", "sea"]
    assert is_green(look(person, *OVERLAP))
    person.undo()
    person.undo()
    assert person.layers() == ["square", "bird", "sea"]


def test_an_object_is_duplicated_and_deleted_and_the_background_stays(stacked):
    person = stacked
    person.key(Qt.Key.Key_J, CONTROL)
    assert person.layers() == ["square copy", "square", "bird", "sea"]
    assert person.chosen() == "square copy"
    person.key(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    person.rest()
    assert is_green(look(person, 185, 72))  # where only the copy reaches
    person.press("delete", person.window.layers_panel)
    assert person.layers() == ["square", "bird", "sea"]
    assert not is_green(look(person, 185, 72))
    person.undo()
    assert is_green(look(person, 185, 72))
    person.click_row("sea")
    for name in ("delete", "duplicate", "raise", "lower", "hide"):
        assert not person.window.actions_[name].isEnabled(), name
    person.key(Qt.Key.Key_Delete)
    assert person.layers() == ["square copy", "square", "bird", "sea"]


def test_a_click_on_the_canvas_chooses_and_one_beside_all_objects_chooses_none(stacked):
    person = stacked
    person.click(*BIRD)
    assert person.chosen() == "bird"
    assert person.numbers()[:2] == (96, 72)
    person.click(*ALONE)
    assert person.chosen() == "square"
    person.click(5, 5)
    assert person.chosen() == "sea"
    assert not person.window.place_options.isEnabled()
    person.click_row("bird")
    assert person.window.place_options.isEnabled()
    person.click_row("bird", EYE)
    person.click(5, 5)
    person.click(*BIRD)  # what cannot be seen cannot be taken
    assert person.chosen() == "sea"
    assert person.steps() == ["Open", "Place object", "Place object", "Hide"]


def test_a_click_in_the_history_goes_there(stacked):
    person, steps = stacked, stacked.window.history_panel.list
    person.key(Qt.Key.Key_Delete)
    person.rest()
    last = person.picture()
    person.tab("History")

    def go(row):
        place = steps.visualItemRect(steps.item(row)).center()
        QTest.mouseClick(steps.viewport(), Qt.MouseButton.LeftButton, pos=place)
        person.rest()

    go(0)
    assert person.layers() == ["sea"]
    assert not pictures.red(person.picture()).any()
    go(2)
    assert person.layers() == ["square", "bird", "sea"]
    assert is_green(look(person, *OVERLAP))
    go(3)
    assert (person.picture() == last).all()
    go(1)
    person.key(Qt.Key.Key_Delete)
    assert person.steps() == ["Open", "Place object", "Delete bird"]  # what was undone is gone
