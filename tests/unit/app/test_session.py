"""The open work: one place of edits, with undo, a selected layer, and whether it is saved."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from blendstudio.app.session import Session
from blendstudio.core import edits
from blendstudio.core.document import Blend, Contribution, Recipe
from blendstudio.core.geometry import IntRect, Transform
from blendstudio.core.pixels import from_rgb

SEA, BIRD, CAT = "background", "object-1", "object-2"


def picture():
    return from_rgb(np.full((6, 8, 3), 99, np.uint8))


@pytest.fixture
def session(qapp):
    """A work with a bird on the sea, told as an edit."""
    session = Session()
    session.open(edits.new_document(picture(), "Sea"))
    add(session, "Bird")
    return session


@pytest.fixture
def told(session):
    """How often each signal was emitted."""
    counts = {"changed": 0, "focused": 0}

    def count(name):
        counts[name] += 1

    session.changed.connect(lambda: count("changed"))
    session.focused.connect(lambda: count("focused"))
    return counts


def add(session, name):
    after, made = edits.add_object(session.document, picture(), name, Transform())
    session.apply("Place object", after, select=made)


def rename(session, name, key=""):
    session.edit("Rename", lambda x: replace(x, name=name), key)


def labels(session):
    return list(session.history.labels)


def test_nothing_is_open_at_first(qapp):
    session = Session()
    assert (session.document, session.layer, session.object) == (None, None, None)
    assert not session.dirty
    for call in (session.undo, session.redo, session.seal, session.close, lambda: session.cut(True)):
        call()
    session.edit("Rename", lambda x: replace(x, name="Cat"))
    assert session.document is None
    assert not session.cutting


def test_an_edit_is_a_step_of_the_selected_layer(session, told):
    rename(session, "Parrot")
    assert [layer.name for layer in session.document.layers] == ["Sea", "Parrot"]
    assert labels(session) == ["Open", "Place object", "Rename"]
    assert told == {"changed": 1, "focused": 0}


def test_no_change_is_no_step(session, told):
    session.apply("Nothing", session.document)
    assert labels(session) == ["Open", "Place object"]
    assert told == {"changed": 0, "focused": 0}


def test_small_changes_of_one_kind_are_one_step_until_they_are_sealed(session):
    for name in ("A", "B"):
        rename(session, name, "name")
    session.seal()
    for name in ("C", "D"):
        rename(session, name, "name")
    assert labels(session) == ["Open", "Place object", "Rename", "Rename"]
    session.undo()
    assert session.layer.name == "B"
    session.undo()
    assert session.layer.name == "Bird"


def test_changes_of_two_layers_are_two_steps(session):
    rename(session, "A", "name")
    session.select(SEA)
    rename(session, "B", "name")
    assert labels(session)[-2:] == ["Rename", "Rename"]


def test_the_background_is_selected_as_a_layer_but_not_as_an_object(session, told):
    assert session.object.id == BIRD
    session.select(SEA)
    assert (session.layer.id, session.object) == (SEA, None)
    session.select(SEA)
    assert told["focused"] == 1


def test_what_undo_takes_away_is_no_longer_selected_and_what_comes_back_is(session, told):
    add(session, "Cat")
    assert session.object.id == CAT
    session.undo()
    assert session.object.id == BIRD
    session.undo()
    assert (session.layer.id, session.object) == (SEA, None)
    session.redo()
    assert session.object.id == BIRD
    session.redo()
    assert session.object.id == CAT
    session.go(0)
    session.go(2)
    assert session.object.id == CAT
    session.apply("Delete Cat", edits.remove_layer(session.document, CAT))
    session.select(SEA)
    session.undo()
    assert session.object.id == CAT


def test_undo_keeps_the_selected_layer_where_it_can(session):
    add(session, "Cat")
    session.select(BIRD)
    rename(session, "Parrot")
    session.undo()
    assert session.object.id == BIRD


def test_only_an_object_can_be_cut_out(session, told):
    session.cut(True)
    assert session.cutting
    session.select(SEA)
    assert not session.cutting
    session.cut(True)
    assert not session.cutting
    session.select(BIRD)
    session.cut(True)
    session.undo()
    assert not session.cutting  # the object is gone


def test_saved_is_a_state_not_a_moment(session):
    assert session.dirty
    session.saved(session.document, Path("/works/lake.ora"))
    assert not session.dirty
    assert session.title == "lake"
    rename(session, "Parrot")
    assert session.dirty
    session.undo()
    assert not session.dirty
    session.redo()
    assert session.dirty


def test_what_was_saved_while_one_worked_on_is_not_the_present_state(session):
    at_the_time = session.document
    rename(session, "Parrot")
    session.saved(at_the_time, Path("lake.ora"))
    assert session.dirty
    session.undo()
    assert not session.dirty


def test_a_work_from_a_file_is_saved_and_another_one_starts_anew(session):
    session.cut(True)
    session.open(edits.new_document(picture(), "Lake"), Path("lake.ora"))
    assert not session.dirty
    assert labels(session) == ["Open"]
    assert not session.cutting
    assert session.layer.name == "Lake"
    session.close()
    assert (session.document, session.path, session.title) == (None, None, "Untitled")
    assert not session.dirty


def test_an_edit_outdates_a_blend_and_undo_brings_it_back(session):
    alpha = np.ones((2, 2), np.float32)
    made = Blend(IntRect(0, 0, 2, 2), alpha, (Contribution("x", np.zeros((2, 2, 3), np.float32)),), Recipe("a"), "", 1)
    session.apply("Blend", edits.set_blend(session.document, BIRD, made))
    assert session.object.shown_blend is made
    session.edit("Move", lambda x: replace(x, transform=Transform.moved(1, 0)))
    assert session.object.blend.stale
    session.undo()
    assert session.object.shown_blend is made
