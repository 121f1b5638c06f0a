"""What the next blend will take is said before the button is pressed, once a past one has told."""

import itertools
import re
from types import SimpleNamespace

import pytest
import tiny
from PySide6.QtCore import Qt

from blendstudio import api
from blendstudio.engine.meter import Meter

UNKNOWN = "On the processor; the first blend will tell how long it takes."
TOOK = 30  # seconds that every blend seems to take


@pytest.fixture
def tiny_nets(tmp_path):
    """A home where nothing was ever blended."""
    return tiny.tiny_home(tmp_path / "home")


@pytest.fixture
def slow_clock(monkeypatch):
    """Whatever is timed takes half a minute, and memory of no account."""
    clock = map(float, itertools.count(0, TOOK))
    monkeypatch.setattr(api, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    monkeypatch.setattr(Meter, "megabytes", 1.0)


@pytest.fixture
def blender(cut_out):
    cut_out.tab("Blend")
    return cut_out


def said(person):
    """The line above the large button."""
    line = person.window.blend_panel.estimate
    return line.text() if line.isVisible() else ""


def blend(person, method):
    person.pick(method, person.window.blend_panel.method)
    person.press("Blend", person.window.blend_panel)
    person.wait(lambda: person.desk.blending.running)
    person.rest()


def start_long(person):
    person.pick("Two-stage", person.window.blend_panel.method)
    person.type("64", person.knob("Working size"))
    person.type("2000", person.knob("Stage 1 steps"))
    person.press("Blend", person.window.blend_panel)
    person.wait(lambda: person.reads("Stage 1", person.window.strip))


def test_a_blend_tells_what_the_next_one_will_take(blender):
    assert said(blender) == UNKNOWN
    blend(blender, "Poisson")
    assert re.fullmatch(r"(About|Less than) .+ on the processor\.", said(blender))
    blender.pick("Alpha", blender.window.blend_panel.method)
    assert said(blender) == UNKNOWN
    blender.pick("Poisson", blender.window.blend_panel.method)
    assert said(blender) != UNKNOWN


def test_more_steps_and_a_larger_object_take_longer(blender, slow_clock):
    blender.pick("Two-stage", blender.window.blend_panel.method)
    blender.type("64", blender.knob("Working size"))
    for title in ("Stage 1 steps", "Stage 2 steps"):
        blender.type("2", blender.knob(title))
    blend(blender, "Two-stage")
    assert said(blender) == "About 30 s on the processor."
    blender.type("22", blender.knob("Stage 1 steps"))
    assert said(blender) == "About 3 min on the processor."
    blender.undo()
    assert said(blender) == "About 30 s on the processor."
    blend(blender, "Poisson")
    assert said(blender) == "About 30 s on the processor."
    blender.type("50", blender.window.place_options.scale)
    assert said(blender) == "About 8 s on the processor."


def test_more_memory_than_is_free_is_told(blender, slow_clock, monkeypatch):
    monkeypatch.setattr(Meter, "megabytes", 5e6)
    blend(blender, "Alpha")
    free = r"more than the \d+\.\d GB that are free"
    assert re.fullmatch(rf"About 30 s and 5000\.0 GB on the processor, {free}\.", said(blender))
    monkeypatch.setattr(Meter, "megabytes", 100.0)
    blend(blender, "Poisson")
    assert said(blender).startswith("About 30 s and 0.1 GB on the processor")


def test_a_stopped_blend_teaches_nothing(blender):
    start_long(blender)
    blender.key(Qt.Key.Key_Escape)
    blender.rest()
    assert blender.steps()[-1] == "Blend: Two-stage"
    assert said(blender) == UNKNOWN


def test_without_an_object_there_is_nothing_to_say(person, photos):
    person.drop(photos / "sea.png")
    person.tab("Blend")
    assert said(person) == ""
