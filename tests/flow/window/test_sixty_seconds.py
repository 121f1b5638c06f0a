"""The first sixty seconds: from two dropped photos to an exported picture, and back again."""

import json

import numpy as np
import pictures
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from blendstudio.cli import main

BIRD = (82, 68)  # of its middle, on the sea


def test_two_photos_are_dropped_and_lie_on_one_another(at_work):
    assert at_work.layers() == ["bird", "sea"]
    assert at_work.steps() == ["Open", "Place object"]
    red, green, blue = map(int, at_work.colour(150, 110))
    assert abs(red - blue) < 25  # the grey of the bird's photo
    assert abs(green - red) < 25
    assert at_work.colour(10, 10)[2] > 2 * at_work.colour(10, 10)[0]  # the sea round it


def test_sixty_seconds(at_work, photos, tmp_path, capsys):
    """Word, chip, brush, drag, blend, compare, undo and redo through all of it, save, close, reopen, export."""
    person, window = at_work, at_work.window
    person.ask_for("bird")
    assert person.reads("bird")
    assert person.colour(150, 110)[2] > 60 + person.colour(150, 110)[0]  # the photo's grey is gone
    person.key(Qt.Key.Key_1)

    person.key(Qt.Key.Key_B)  # the brush opens the bird's own photo
    assert person.reads("Eraser")
    person.key(Qt.Key.Key_BracketLeft)
    person.drag((100, 20), (110, 24), (116, 30))
    person.rest()
    assert "Brush" in person.steps()
    person.key(Qt.Key.Key_Return)
    person.rest()

    before = pictures.centre(pictures.red(person.picture()))
    person.drag(BIRD, (90, 70), (102, 83))
    person.rest()
    after = pictures.centre(pictures.red(person.picture()))
    zoom = person.canvas.view.zoom
    assert np.allclose(np.subtract(after, before) / zoom, (20, 15), atol=1)

    person.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    person.wait(lambda: person.desk.blending.running)
    person.rest()
    assert person.steps()[-1] == "Blend: Studio"
    assert person.reads("made with")
    blended = person.picture()

    person.key(Qt.Key.Key_M)
    split = person.picture()
    assert np.abs(split.astype(int) - blended).max() > 60  # the line, and before on its left
    person.key(Qt.Key.Key_M)

    steps = len(person.steps())
    for _ in range(steps):
        person.undo()
    person.rest()
    assert person.layers() == ["sea"]
    for _ in range(steps):
        person.redo()
    person.rest()
    assert (person.picture() == blended).all()

    work, picture = tmp_path / "work.ora", tmp_path / "out.png"
    window.actions_["save"].trigger()
    person.choose_file(work)
    assert window.windowTitle().startswith("work – ")
    window.actions_["new"].trigger()
    assert person.reads("Drop a background here")
    person.drop(work)
    assert person.layers() == ["bird", "sea"]
    assert (person.picture() == blended).all()

    person.key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    person.choose_file(picture)
    assert person.reads("Exported out.png")
    again = tmp_path / "again.png"
    capsys.readouterr()
    assert main(["run", str(work), "-o", str(again), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["event"] == "result"
    assert again.read_bytes() == picture.read_bytes()


def test_an_unsaved_work_is_asked_about_once(at_work):
    at_work.window.close()
    at_work.answer(QMessageBox.StandardButton.Cancel)
    assert at_work.window.isVisible()
    at_work.window.close()
    at_work.answer(QMessageBox.StandardButton.Discard)
    assert not at_work.window.isVisible()
