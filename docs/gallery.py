"""Pictures of the window at work: `python docs/gallery.py FOLDER`. Needs the starter weights; runs without a screen.

QT_SCALE_FACTOR=2 makes them for a screen of 200 %.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from person import Person
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from blendstudio.app import theme
from blendstudio.app.main import build

SAMPLES = Path(__file__).parents[1] / "resources" / "samples"
SIZE = (1360, 860)


class Gallery(Person):
    """A person who takes a picture of the whole window after each act."""

    def __init__(self, window, folder):
        super().__init__(window)
        self._folder, self._number = folder, 0

    def keep(self, name):
        for _ in range(5):
            QApplication.processEvents()
        self._number += 1
        self.window.grab().save(str(self._folder / f"{self._number:02d}-{name}.png"))


def show(person):
    """The whole way, from the start to an error."""
    person.rest()
    person.keep("start")
    person.drag_in(SAMPLES / "rocket.jpg")
    person.keep("drop-on-nothing")
    person.drop(SAMPLES / "rocket.jpg", SAMPLES / "astronaut.jpg")
    person.keep("placed")
    person.drag_in(SAMPLES / "chelsea.jpg")
    person.keep("drop-zones")
    person.window.area.zones.hide()
    person.ask_for("person")
    person.keep("candidates")
    person.key(Qt.Key.Key_Q)
    person.rest()
    for name in ("overlay", "black", "white", "black-and-white", "transparent", "outline"):
        person.keep(f"mask-{name}")
        person.key(Qt.Key.Key_F)
    person.key(Qt.Key.Key_E)
    person.drag((4, 330), (30, 420), (20, 500), (60, 508), let_go=False)
    person.keep("brush")
    person.drag((4, 330), (10, 345))
    person.rest()
    person.key(Qt.Key.Key_Return)
    person.rest()
    person.drag((320, 240), (290, 250), (230, 262))
    person.rest()
    person.window.show_panel("Blend")
    person.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    person.wait(lambda: person.desk.place_scene.preview is not None, 120)
    person.wait(lambda: not person.desk.runner.jobs or person.window.strip.isVisible(), 5)
    person.keep("running")
    person.wait(lambda: not person.desk.blending.running, 300)
    person.rest()
    person.keep("blended")
    person.key(Qt.Key.Key_M)
    person.keep("compare")
    person.key(Qt.Key.Key_M)
    person.key(Qt.Key.Key_Left)
    person.rest()
    person.keep("out-of-date")
    person.undo()
    person.ask_for("zebra")
    person.keep("not-found")
    person.ask_for("qwrtz")
    person.keep("unknown-word")
    person.drop(Path(__file__))
    person.keep("not-a-picture")
    person.key(Qt.Key.Key_Tab)
    person.keep("canvas-alone")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication(sys.argv[:1])
    theme.apply(app)
    with tempfile.TemporaryDirectory() as data:
        window, _ = build(Path(data))
        window.resize(*SIZE)
        window.show()
        show(Gallery(window, folder))
        window.desk.runner.close()
        window.hide()


main()
