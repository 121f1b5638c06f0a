"""A real window with tiny nets, a person before it, and two photos to work with."""

import gc
import sys
from pathlib import Path

import pytest
import tiny

sys.path.insert(0, str(Path(__file__).parents[1]))
import pictures
from person import Person
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from blendstudio.app import theme
from blendstudio.app.main import build


@pytest.fixture(scope="session")
def tiny_nets(tmp_path_factory):
    return tiny.tiny_home(tmp_path_factory.mktemp("nets"))


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """A folder with bird.png (a red bird on grey), two.png (two of them), sea.png, mask.png of the bird."""
    folder = tmp_path_factory.mktemp("photos")
    photo, inside = pictures.bird()
    pictures.save(folder / "bird.png", photo)
    pictures.save(folder / "mask.png", inside.astype("uint8") * 255)
    second = pictures.ellipse((104, 70), (14, 16))
    photo = photo.copy()
    photo[second] = pictures.RED
    pictures.save(folder / "two.png", photo)
    pictures.save(folder / "sea.png", pictures.sea(width=192, height=144))
    return folder


@pytest.fixture(scope="session")
def look(qapp: QApplication):
    theme.apply(qapp)


@pytest.fixture
def window(qapp: QApplication, look, tiny_nets, one_core, tmp_path, monkeypatch):
    """An open window; closed afterwards, with nothing left running."""
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tiny_nets))
    window, guide = build(tmp_path / "data")
    window.resize(1280, 800)
    window.show()
    window.activateWindow()  # an X server without a window manager gives the focus to nobody
    QTest.qWaitForWindowActive(window, 2000)
    yield window
    desk = window.desk
    window._leaving = True
    window.close()
    assert desk.runner.close(), "a job could not be stopped"
    assert not desk.runner.jobs
    running = [timer for timer in desk.findChildren(QTimer) + window.findChildren(QTimer) if timer.isActive()]
    assert not [timer for timer in running if not timer.isSingleShot()], "a timer is left running"
    window.deleteLater()
    desk.deleteLater()
    guide.deleteLater()
    for _ in range(3):
        qapp.processEvents()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # else every window that ever was is styled again
    gc.collect()


@pytest.fixture
def person(window):
    """Somebody who has just started the program."""
    person = Person(window)
    person.rest()
    return person


@pytest.fixture
def at_work(person, photos):
    """The same person with the bird placed over the sea."""
    person.drop(photos / "sea.png", photos / "bird.png")
    return person


@pytest.fixture
def cut_out(at_work, photos):
    """The same person once the bird has been cut out, by its own mask."""
    at_work.drop(photos / "mask.png", zone="mask")
    return at_work
