"""Two birds that touch: what comes along with one reaches the other, which a click leaves out."""

import numpy as np
import pictures
import pytest
from PySide6.QtCore import Qt

from blendstudio.engine import pipeline

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def pair(person, photos, tmp_path, monkeypatch):
    """Somebody who has asked for the bird in a photo of two that touch, one of them magenta."""
    photo, both = pictures.touching()
    pictures.save(tmp_path / "pair.png", photo)
    monkeypatch.setattr(pipeline, "find", lambda *_: both)
    person.drop(photos / "sea.png", tmp_path / "pair.png")
    person.ask_for("bird")
    assert len(person.chips()) == 2
    return person


def blended(person, file):
    """The exported blend."""
    person.press("Blend", person.window.blend_panel)
    person.wait(lambda: not person.desk.blending.running)
    person.key(Qt.Key.Key_E, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    person.choose_file(file)
    return pictures.load(file)[..., :3]


def test_a_note_names_the_neighbour_and_one_click_leaves_it_out(pair, tmp_path):
    person = pair
    person.type("8", person.knob("Dilate"))
    assert person.reads("The ring reaches another bird.", person.window.mask_panel)
    person.undo()
    assert not person.reads("The ring reaches")
    person.tab("Blend")
    person.pick("Copy and paste", person.window.blend_panel.method)
    person.type("12", person.knob("Context"))
    assert person.reads("The ring reaches another bird.", person.window.blend_panel)
    assert pictures.magenta(blended(person, tmp_path / "with.png")).sum() > 50
    person.follow("Leave it out")
    assert person.reads("Another bird is left out.")
    assert not person.reads("The ring reaches")
    assert person.steps()[-1] == "Leave others out"
    without = blended(person, tmp_path / "without.png")
    assert not pictures.magenta(without).any()
    assert pictures.red(without).sum() > 500
    person.follow("Let it in")
    assert person.reads("The ring reaches another bird.")
    person.undo()
    assert person.reads("Another bird is left out.")


def test_without_any_ring_there_is_nothing_to_say(pair):
    person = pair
    for title in ("Erode", "Dilate", "Soft edge"):
        person.type("0", person.knob(title))
    assert not person.reads("The ring reaches")
    person.tab("Blend")
    person.type("3", person.knob("Context"))
    assert person.reads("The ring reaches another bird.")
    person.chip(2)
    assert person.reads("The ring reaches another bird.")  # which is the first one now
    assert np.array_equal(person.desk.session.object.mask.auto, person.desk.cutting.candidates[1].mask)
