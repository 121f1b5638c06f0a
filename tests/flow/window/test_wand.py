"""The wand: a click takes a colour into the mask, or out of it."""

import pytest
from masks import EYE, FREE, ON_BIRD, mask, row, show
from PySide6.QtCore import Qt

ALT = Qt.KeyboardModifier.AltModifier
SECOND = (104, 70)  # the other bird in two.png


@pytest.fixture
def wizard(at_work):
    """Somebody before the bird's whole photo with the wand in hand."""
    at_work.key(Qt.Key.Key_U)
    return at_work


def wave(person, place, keys=Qt.KeyboardModifier.NoModifier):
    person.click(*place, keys=keys)
    person.rest()


def test_a_click_takes_what_has_the_colour(wizard):
    wave(wizard, ON_BIRD)
    show(wizard)
    assert mask(wizard, *ON_BIRD) == 255
    assert mask(wizard, *FREE) == mask(wizard, *EYE) == 0  # neither the ground nor the yellow eye
    assert wizard.steps()[-1] == "Wand"
    wizard.undo()
    wizard.rest()
    assert wizard.reads("All of the photo shows.")


def test_another_click_adds_and_alt_takes_away(wizard):
    wave(wizard, ON_BIRD)
    wave(wizard, EYE)
    show(wizard)
    assert mask(wizard, *EYE) == 255
    wizard.key(Qt.Key.Key_U)
    wave(wizard, ON_BIRD, ALT)
    assert mask(wizard, *ON_BIRD) == 0
    assert mask(wizard, *EYE) == 255
    assert wizard.steps()[-3:] == ["Wand", "Wand", "Wand, take away"]


def test_only_what_hangs_together_unless_told_otherwise(person, photos):
    person.drop(photos / "sea.png", photos / "two.png")
    person.key(Qt.Key.Key_U)
    wave(person, ON_BIRD)
    show(person)
    assert mask(person, *SECOND) == 0
    person.undo()
    person.key(Qt.Key.Key_U)
    person.press("Contiguous", person.window.options)
    wave(person, ON_BIRD)
    assert mask(person, *ON_BIRD) == mask(person, *SECOND) == 255
    assert mask(person, *FREE) == 0


def test_the_tolerance_says_how_much_may_differ(wizard):
    tolerance = wizard.window.options.currentWidget().tolerance
    assert tolerance.text() == "32"
    wizard.type("3", tolerance)
    wave(wizard, FREE)
    show(wizard)
    narrow = (row(wizard, 80) == 255).mean()
    wizard.undo()
    wizard.key(Qt.Key.Key_U)
    wizard.type("60", tolerance)
    wave(wizard, FREE)
    wide = (row(wizard, 80) == 255).mean()
    assert narrow < 0.6 < wide == 1  # the ground is grainy
    assert mask(wizard, *ON_BIRD) == 0
    wizard.undo()
    wizard.key(Qt.Key.Key_U)
    wizard.type("255", tolerance)
    wave(wizard, FREE)
    assert mask(wizard, *ON_BIRD) == 255


def test_a_click_beside_the_photo_changes_nothing(wizard):
    steps = wizard.steps()
    wave(wizard, (-8, 40))
    assert wizard.steps() == steps
