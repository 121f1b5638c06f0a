"""A seeded monkey in the real window: whatever it does, nothing breaks, nothing hangs and nothing is left behind."""

import gc
import sys
import time
from contextlib import contextmanager
from functools import wraps

import pictures
import pytest
import works
from monkey import Monkey
from PySide6.QtCore import QEvent, QObject, QThread, QTimer
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from blendstudio import api
from blendstudio.app import blending, jobs
from blendstudio.app.crash import CrashHook
from blendstudio.app.desk import Desk
from blendstudio.core.document import Recipe
from blendstudio.files.project import read_project, write_project

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # offscreen has no real screen

FEW_STEPS = Recipe(api.DEFAULT_METHOD, (("evaluations", 2),))
LONGEST = 30  # s that all work may take to stop, on a busy machine


@pytest.fixture
def nothing_left(qapp):
    """Once the window is gone, so are its timers, its threads and all that it was made of."""
    yield
    for _ in range(3):
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        gc.collect()
    alive = [x for x in gc.get_objects() if issubclass(type(x), QThread | QTimer | Desk) and isValid(x)]
    assert not [x for x in alive if isinstance(x, Desk)]
    assert not [x.objectName() for x in alive if isinstance(x, QThread) and x.isRunning()]
    assert not [(x.parent(), x.interval()) for x in alive if isinstance(x, QTimer) and x.isActive()]
    assert not [x for x in qapp.topLevelWidgets() if x.isVisible()]


@pytest.fixture
def jungle(photos, tmp_path):
    """A folder with photos of several sizes and depths, a mask, a work, and files that are none of these."""
    folder = tmp_path / "files"
    folder.mkdir()
    for path in photos.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    pictures.save(folder / "deep.png", pictures.sea("uint16", 80, 60))
    pictures.save(folder / "line.png", pictures.sea(width=1, height=90))
    write_project(works.work(works.blended_seed(), opaque=True), folder / "work.ora")
    (folder / "broken.png").write_bytes((folder / "bird.png").read_bytes()[:900])
    (folder / "broken.ora").write_bytes((folder / "work.ora").read_bytes()[:3000])
    (folder / "huge.png").write_bytes(pictures.claimed(99999, 99999))
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def troubles(monkeypatch, tmp_path, qtlog):
    """All that goes wrong unforeseen, as it comes: in slots, in threads, in jobs, and what Qt warns of."""
    heard = []
    explained = jobs.explained
    monkeypatch.setattr(jobs, "explained", lambda bug, detail: heard.append(detail) or explained(bug, detail))
    monkeypatch.setattr(blending, "DEFAULT", FEW_STEPS)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: True)
    no_folder = tmp_path / "a file"  # so that the hook keeps no log, and leaves the tests' own fault handler alone
    no_folder.touch()
    hook = CrashHook(no_folder)
    hook.told.connect(lambda error: heard.append(error.detail))
    hook.install()
    yield lambda: [*heard, *(record.message for record in qtlog.records if not record.ignored)]
    hook.remove()


@pytest.fixture
def telling_overrides(monkeypatch):
    """An error in one of our event handlers goes to the hook by itself.

    PySide 6.11 on Python 3.11 loses its footing over errors of C code in a handler that a call from Python led to.
    """
    ours = [vars(module) for name, module in sys.modules.items() if name.startswith("blendstudio.app.")]
    kinds = {x for names in ours for x in names.values() if isinstance(x, type) and issubclass(x, QObject)}
    for kind in kinds:
        for name, handler in list(vars(kind).items()):
            if kind.__module__.startswith("blendstudio.app.") and name.endswith(("Event", "eventFilter")):
                monkeypatch.setattr(kind, name, _telling(handler))


def _telling(handler):
    @wraps(handler)
    def call(*given):
        try:
            return handler(*given)
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            sys.excepthook(*sys.exc_info())
            return False

    return call


@contextmanager
def told_with(monkey, seed):
    """An error says how to come here again."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"monkey of seed {seed}, its last acts:\n  " + "\n  ".join(monkey.acts))
        raise


def sound(window):
    """The work is whole, and the panels show it: after a few rounds, for they follow a new work one by one."""
    for _ in range(10):
        QApplication.processEvents()
    session = window.desk.session
    document = session.document
    if document is None:
        return
    assert session.layer is not None, "no layer is selected"
    assert len({layer.id for layer in document.layers}) == len(document.layers)
    ground = document.background.pixels
    assert document.background.transform == type(document.background.transform)(), "the background was moved"
    for layer in document.layers:
        assert layer.pixels.array.dtype == ground.array.dtype, f"{layer.name} has another depth than the background"
        mask = layer.mask
        for part in (mask.auto, mask.add, mask.subtract) if mask else ():
            assert part is None or part.shape == layer.pixels.array.shape[:2], "a mask of another photo"
    rows = window.layers_panel.list
    shown = [rows.item(row).text() for row in range(rows.count())]
    assert shown == [layer.name for layer in reversed(document.layers)]
    assert rows.currentItem().text() == session.layer.name
    steps = window.history_panel.list
    assert [steps.item(row).text() for row in range(steps.count())] == list(session.history.labels)


def play(monkey, acts, troubles):
    """Lets it loose; fails at the first thing that goes wrong."""
    for _ in range(acts):
        monkey.act()
        assert not troubles(), "\n".join(troubles())
        sound(monkey.window)


def calm(monkey):
    """Everything is put down and stopped; then nothing may be waiting for anything."""
    desk, window = monkey.desk, monkey.window
    monkey.let_go()
    while asking := QApplication.activePopupWidget() or next(iter(monkey.dialogs()), None):
        asking.reject() if hasattr(asking, "reject") else asking.close()
        QApplication.processEvents()
    for job in desk.runner.jobs:
        desk.runner.stop(job)
    until = time.monotonic() + LONGEST
    while desk.runner.jobs and time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.002)
    assert not [job.title for job in desk.runner.jobs], "work that does not stop"
    QApplication.processEvents()
    assert not desk.blending.running
    assert desk.shapes.settled
    assert not window.strip._running
    assert window.prompt._find.text() == "Find"
    assert not window.actions_["stop"].isEnabled()


def comes_back(desk, path):
    """Undo and redo through everything lead back here, and the file holds it bit for bit."""
    history, document = desk.session.history, desk.session.document
    if document is None:
        return
    here = history.position
    for at in (*range(here, -1, -1), *range(here + 1)):
        desk.session.go(at)
    assert desk.session.document is document
    write_project(document, path)
    works.assert_same(document, read_project(path).document)


def run(person, jungle, troubles, seed, acts):
    monkey = Monkey(person.window, jungle, seed)
    with told_with(monkey, seed):
        play(monkey, acts, troubles)
        calm(monkey)
        comes_back(monkey.desk, jungle.parent / "end.ora")
        person.rest()
        assert not troubles(), "\n".join(troubles())
        sound(monkey.window)


@pytest.mark.parametrize("seed", [1, 2])
def test_two_hundred_acts(nothing_left, telling_overrides, person, jungle, troubles, seed):
    run(person, jungle, troubles, seed, 200)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_thousand_acts(nothing_left, telling_overrides, person, jungle, troubles, seed):
    run(person, jungle, troubles, seed, 1000)
