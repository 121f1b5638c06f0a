"""Where a mask comes from: colours tell the found part from what the hand did, a legend says which is which."""

import numpy as np
import pytest
from masks import FREE, ON_BIRD
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from blendstudio.app.theme import Colour

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
NOTHING = (20, 84)
HEAD = (38, 44)  # of the bird, which the hand takes away


def origin(person):
    person.key(Qt.Key.Key_F, SHIFT)
    person.rest()


def tone(person, place, colour):
    """How near the canvas is to a colour of the legend there, without the photo's own: -1..1."""
    seen = person.colour(*place).astype(float)
    wanted = QColor(colour)
    rgb = np.array([wanted.red(), wanted.green(), wanted.blue()], float)
    seen, rgb = seen - seen.mean(), rgb - rgb.mean()
    return float(seen @ rgb / max(np.linalg.norm(seen) * np.linalg.norm(rgb), 1e-6))


def by_hand(person):
    """Adds a piece with the lasso, takes another away with the brush."""
    person.key(Qt.Key.Key_L)
    person.drag((92, 8), (116, 8), (116, 26), (92, 26))
    person.rest()
    person.key(Qt.Key.Key_E)
    person.type("14", person.window.options.brush.diameter)
    person.click(*HEAD)
    person.rest()
    person.point_at(10, 90)


@pytest.fixture
def found(at_work):
    """Somebody who has found the bird by its word and worked on it by hand."""
    at_work.ask_for("bird")
    at_work.key(Qt.Key.Key_Q)
    by_hand(at_work)
    return at_work


def test_the_legend_names_what_made_the_mask(found):
    assert not found.reads("Added by hand")
    origin(found)
    for words in ("Found by the word “bird”", "Added by hand", "Taken away by hand"):
        assert found.reads(words), words


def test_added_and_taken_away_have_their_colours_and_the_rest_is_dark(found):
    photo = int(found.colour(*NOTHING)[1])
    origin(found)
    assert tone(found, FREE, Colour.BY_HAND) > 0.95
    assert tone(found, HEAD, Colour.OVERLAY) > 0.9
    dark = found.colour(*NOTHING)
    assert dark[0] == dark[1] == dark[2] < 90
    assert photo > 0


def test_the_found_part_has_the_colour_of_its_prompt(cut_out):
    origin(cut_out)
    assert cut_out.reads("As it came")
    shown = {"file": tuple(cut_out.colour(*ON_BIRD))}
    cut_out.ask_for("bird")
    assert cut_out.reads("Found by the word “bird”")
    word = cut_out.desk.session.subject.mask.auto
    y, x = np.argwhere(word >= 250)[len(np.argwhere(word >= 250)) // 2]
    shown["word"] = tuple(cut_out.colour(x + 0.5, y + 0.5))
    cut_out.key(Qt.Key.Key_W)
    cut_out.drag((24, 26), (76, 62))
    cut_out.rest()
    assert cut_out.reads("Found by the word “bird” and a box") or cut_out.reads("Found by a box")
    shown["box"] = tuple(cut_out.colour(*ON_BIRD))
    assert len(set(shown.values())) == 3


def test_a_stroke_shows_in_its_colour_while_it_is_drawn(found):
    origin(found)
    found.key(Qt.Key.Key_B)
    found.drag((10, 70), (20, 72), let_go=False)
    place = found.on_canvas(15, 71)
    red, green, blue = map(int, found.glance()[place.y(), place.x()])
    assert min(red, green) > blue + 60  # yellow
    found.let_go((20, 72))


def test_shift_f_goes_to_the_origin_and_back_and_f_on(found):
    names = found.window.mask_panel.views
    found.pick("On white", names)
    white = found.picture()
    origin(found)
    assert names.currentText() == "Origin"
    assert found.window.actions_["origin"].isChecked()
    origin(found)
    assert names.currentText() == "On white"
    assert (found.picture() == white).all()
    origin(found)
    found.key(Qt.Key.Key_F)
    assert names.currentText() == "Overlay"
    assert not found.reads("Added by hand")
    origin(found)
    found.key(Qt.Key.Key_Return)
    found.rest()
    assert not found.reads("Added by hand")  # the whole work has no legend


def test_dropping_all_my_edits_leaves_what_was_found(found):
    origin(found)
    found.press("drop-strokes", found.window.mask_panel)
    found.rest()
    assert found.reads("Found by the word “bird”")
    assert not found.reads("Added by hand")
    assert not found.reads("Taken away by hand")
    dark = found.colour(*FREE)
    assert dark[0] == dark[1] == dark[2] < 90
    assert found.steps()[-1] == "Drop my edits"
    found.undo()
    found.rest()
    assert found.reads("Added by hand")
