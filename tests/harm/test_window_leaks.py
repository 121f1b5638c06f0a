"""A census: after thirty works have come and gone, nothing of them is left."""

import gc
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pictures
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from blendstudio.app.images import Pyramid
from blendstudio.app.jobs import Job
from blendstudio.app.shapes import Shape
from blendstudio.core import edits
from blendstudio.core.document import Blend, Document, Layer, Mask, Recipe
from blendstudio.core.geometry import Transform
from blendstudio.core.history import History
from blendstudio.core.pixels import Pixels, from_rgb
from blendstudio.files.project import write_project

KINDS = (Document, Layer, Mask, Pixels, Blend, History, Pyramid, Shape, Job)
TIMES, WARM = 30, 6
SIZE = (320, 240)
GROWTH = 24 << 20  # bytes; one work takes about 5 MB, so a leak of every work would show as 120 MB


@pytest.fixture
def work(tmp_path):
    """A work of a sea and two birds that are to be blended by alpha."""
    photo, inside = pictures.bird((200, 150), (100, 75), (60, 40))
    document = edits.new_document(from_rgb(pictures.sea(width=SIZE[0], height=SIZE[1])), "sea")
    for number in range(2):
        document, bird = edits.add_object(document, from_rgb(photo), "bird", Transform.moved(20 + 60 * number, 40))
        document = edits.set_mask(document, bird, Mask(inside.astype(np.uint8) * 255))
        document = edits.set_recipe(document, bird, Recipe("alpha"))
    write_project(document, tmp_path / "birds.ora")
    return tmp_path / "birds.ora"


def census():
    """How many of each kind there are."""
    gc.collect()
    found = Counter(type(thing).__name__ for thing in gc.get_objects() if type(thing) in KINDS)
    return {kind.__name__: found[kind.__name__] for kind in KINDS}


def memory():
    """The bytes of the process in memory; 0 where the system does not tell."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else 0


def come_and_go(person, work, *, more=False, look=lambda: None):
    """Opens the work, blends and closes it; with `more` both objects are blended, one is looked for and painted on."""
    person.drop(work)
    for row in (1, 0) if more else (0,):
        person.window.layers_panel.list.setCurrentRow(row)
        person.menu("blend")
        person.rest()
    if more:
        person.ask_for("bird")
        person.key(Qt.Key.Key_B)
        person.drag((60, 40), (70, 50))
        person.undo()
        person.redo()
        person.picture()
    look()
    if more:
        person.menu("new")
        person.answer(QMessageBox.StandardButton.Discard)
    else:
        person.desk.session.close()
        person.rest()


def test_thirty_works_leave_nothing(person, work):
    person.window.resize(800, 600)
    start, seen, held = census(), [], []
    assert not any(start.values())
    for number in range(TIMES):
        come_and_go(person, work, more=number % 10 == 0, look=lambda: seen or seen.append(census()))
        held.append(memory())
        if number % 10 == 0:
            assert census() == start, f"after {number + 1} works"
    assert census() == start
    assert all(seen[0][kind.__name__] for kind in KINDS if kind is not Job), "the census sees nothing"
    assert held[-1] - held[WARM] < GROWTH, [round(bytes / 1e6) for bytes in held]
