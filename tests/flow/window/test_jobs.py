"""What is told when work fails, and how it is stopped; the window lives on."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPlainTextEdit

from blendstudio import api
from blendstudio.app.crash import NAME, CrashHook
from blendstudio.app.guide import Guide
from blendstudio.app.session import Session
from blendstudio.core.history import History
from blendstudio.errors import OutOfMemory

CONTROL = Qt.KeyboardModifier.ControlModifier
TOLD = "Something went wrong that should not have"


@pytest.fixture
def hook(window, tmp_path):
    """The last net, as the program hangs it up."""
    hook = CrashHook(tmp_path)
    hook.install()
    hook.told.connect(window.findChild(Guide).tell_crash)
    yield hook
    hook.remove()


def break_once(monkeypatch, owner, name, error):
    """Lets the next call of a method fail; those after it work."""
    real = getattr(owner, name)

    def broken(*args, **values):
        monkeypatch.setattr(owner, name, real)
        raise error

    monkeypatch.setattr(owner, name, broken)


def blend(person, method="Poisson"):
    person.tab("Blend")
    person.pick(method, person.window.blend_panel.method)
    person.key(Qt.Key.Key_Return, CONTROL)
    person.rest()


def start_long(person):
    """A blend that would take minutes, on few pixels."""
    person.tab("Blend")
    person.pick("Two-stage", person.window.blend_panel.method)
    person.type("64", person.knob("Working size"))
    person.type("2000", person.knob("Stage 1 steps"))
    person.key(Qt.Key.Key_Return, CONTROL)
    person.wait(lambda: person.reads("Stage 1", person.window.strip))


def test_a_broken_file_is_told_with_what_to_do_and_can_be_dismissed(at_work, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    before = at_work.picture()
    at_work.drop(broken)
    strip = at_work.window.strip
    assert at_work.reads("broken.png", strip)
    sentence = strip._message.text()
    assert sentence.count(".") >= 2  # what happened, and what to do
    assert "Error" not in sentence
    assert at_work.layers() == ["bird", "sea"]
    strip._close.click()
    assert at_work.reads("Ready", strip)
    assert (at_work.picture() == before).all()


@pytest.mark.parametrize(
    ("error", "told"),
    [(ValueError("boom"), TOLD), (OutOfMemory("It does not fit.", "Use a smaller size."), "smaller size.")],
)
def test_a_blend_that_fails_is_told_and_the_next_one_works(cut_out, monkeypatch, error, told):
    break_once(monkeypatch, api, "blend_layer", error)
    before = cut_out.picture()
    blend(cut_out)
    strip = cut_out.window.strip
    assert cut_out.reads(told, strip)
    assert not cut_out.reads("Stop", strip)
    assert (cut_out.picture()[:300] == before[:300]).all()
    if isinstance(error, ValueError):
        cut_out.press("Details", strip)
        detail = strip.findChild(QPlainTextEdit)
        assert detail.isVisible()
        assert "boom" in detail.toPlainText()
    blend(cut_out)
    assert cut_out.steps()[-1] == "Blend: Poisson"
    assert cut_out.reads("Ready", strip)


def test_a_fault_in_the_program_is_told_noted_and_survived(cut_out, monkeypatch, hook, tmp_path):
    break_once(monkeypatch, History, "go", RuntimeError("boom"))
    cut_out.undo()
    assert cut_out.reads(TOLD, cut_out.window.strip)
    assert "boom" in (tmp_path / NAME).read_text("utf-8")
    cut_out.undo()
    assert cut_out.steps()[-1] == "Mask from a file"  # greyed, not gone
    assert cut_out.reads("All of the photo shows.")


def test_a_fault_at_the_end_of_a_blend_leaves_nothing_stuck(cut_out, monkeypatch, hook):
    break_once(monkeypatch, Session, "apply", RuntimeError("boom"))
    cut_out.tab("Blend")
    cut_out.key(Qt.Key.Key_Return, CONTROL)
    cut_out.rest()
    strip = cut_out.window.strip
    assert cut_out.reads(TOLD, strip)
    assert not cut_out.reads("Stop", strip)
    start_long(cut_out)  # the strip is free for the next job, and Blend can be pressed again
    assert cut_out.reads("Stop", strip)
    cut_out.press("Stop", strip)
    cut_out.rest()
    assert cut_out.steps()[-1] == "Blend: Two-stage"


def test_a_fault_in_another_thread_is_told_too(cut_out, hook):
    def fail():
        raise RuntimeError("boom")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    cut_out.rest()
    assert cut_out.reads(TOLD, cut_out.window.strip)


def test_closing_during_a_blend_ends_it(cut_out):
    start_long(cut_out)
    cut_out.window.close()
    box = next(x for x in cut_out.window.findChildren(QMessageBox) if x.isVisible())
    assert "Untitled" in box.text() or "Untitled" in box.informativeText()
    box.button(QMessageBox.StandardButton.Discard).click()
    cut_out.wait(lambda: not cut_out.window.isVisible())
    assert cut_out.desk.runner.close()
    assert not cut_out.desk.runner.jobs


def test_stop_stops_one_job_after_the_other(cut_out):
    strip = cut_out.window.strip
    start_long(cut_out)
    cut_out.ask_for("bird", wait=False)  # waits behind the blend
    assert cut_out.reads("Stage 1", strip)
    cut_out.press("Stop", strip)
    cut_out.wait(lambda: cut_out.reads("Blend: Two-stage") or cut_out.steps()[-1] != "Knobs")
    cut_out.rest()
    assert cut_out.steps()[-2:] == ["Blend: Two-stage", "Find “bird”"]
    assert cut_out.reads("Ready", strip)


def test_a_waiting_search_can_be_stopped_before_it_began(cut_out):
    strip = cut_out.window.strip
    start_long(cut_out)
    cut_out.ask_for("bird", wait=False)
    for job in cut_out.desk.runner.jobs[::-1]:
        cut_out.desk.runner.stop(job)
    cut_out.rest()
    assert cut_out.steps()[-1] == "Blend: Two-stage"
    assert cut_out.reads("Stopped.", strip)
    assert not cut_out.reads("Finding…")
