"""The whole of the paper in the window: text, Grounding DINO, SAM, VGG19, PAN; the authors' packages, tiny nets."""

import threading
import time

import pictures
import pytest
import tiny
import tiny_paper
from chooser import Chooser
from PySide6.QtCore import Qt
from safetensors.torch import save

from blendstudio import api
from blendstudio.engine.job import Progress

FILES = {
    "Grounding DINO Swin-T": "grounding-dino-swint",
    "Grounding DINO's words": "bert-words",
    "SAM ViT-B": "sam-vit-b",
    "VGG19": "vgg19",
}
USED = "Nets used last: "
SEA = (20, 120)  # a place of the sea far from the bird
LARGE = (384, 288)  # twice the sea


@pytest.fixture
def tiny_nets(request, tmp_path):
    """A home of this test's own with the starter nets, and the paper's too where the test asks for them."""
    fill = tiny_paper.paper_home if "paper_nets" in request.fixturenames else tiny.tiny_home
    return fill(tmp_path / "home")


@pytest.fixture
def paper_nets():
    """The paper's nets are here from the start."""


@pytest.fixture
def files(tmp_path):
    """The weights of the paper's nets, as somebody has them in a folder."""
    for id, state in tiny_paper.states().items():
        (tmp_path / f"{id}.safetensors").write_bytes(save(state))
    return tmp_path


@pytest.fixture
def halting(monkeypatch):
    """Lets a search wait at a stage until it is asked to stop; returns how to name the stage."""
    wanted, real = [""], api.find

    def find(*args, **values):
        progress = next(one for one in args if isinstance(one, Progress))

        def report(share, stage):
            progress(share, stage)
            if stage == wanted[0]:
                stand_still(progress, share, stage)

        slow = Progress(report, cancelled=lambda: progress.stopped)
        return real(*(slow if one is progress else one for one in args), **values)

    monkeypatch.setattr(api, "find", find)
    return lambda stage: wanted.__setitem__(0, stage)


def stand_still(progress, share, stage, seconds=50):
    """Says the same until the stop comes: the window does not hear every report."""
    end, never = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < end:
        never.wait(0.02)
        progress(share, stage)
    raise TimeoutError("nobody asked it to stop")


def prepare_blend(person, steps):
    """The paper's method with its preset, on few pixels."""
    panel = person.window.blend_panel
    person.tab("Blend")
    person.pick("Two-stage", panel.method)
    person.pick("Paper", panel.preset)
    person.type("64", person.knob("Working size"))
    for title in ("Stage 1 steps", "Stage 2 steps"):
        person.type(str(steps), person.knob(title))


def watch_blend(person):
    """Presses Blend; returns the shares and the pictures that were seen until it ended."""
    shares, seen = [], []
    person.press("Blend", person.window.blend_panel)
    person.wait(lambda: person.desk.blending.running)
    strip = person.window.strip

    def over():
        shares.append(strip._bar.value())
        seen.append(person.desk.place_scene.preview)
        return not person.desk.blending.running

    person.wait(over)
    person.rest()
    return shares, [one for one in seen if one is not None]


def used(person):
    """What the last line says about who worked."""
    return person.window.status.used.text()


def test_a_word_becomes_a_blended_object_by_the_papers_nets(window, files, photos, tmp_path):
    chooser = Chooser(window)
    chooser.rest()
    assert chooser.reads("starter nets")
    for title, id in FILES.items():
        chooser.locate(title, files / f"{id}.safetensors")
        assert chooser.state(title) == "Here"
    chooser.dialog.close()
    assert chooser.reads("the paper's nets", window.status)

    person = chooser
    person.drop(photos / "sea.png", photos / "bird.png")
    person.ask_for("bird")
    assert len(person.chips()) > 1
    assert person.steps()[-1] == "Find “bird”"
    assert used(person) == f"{USED}Grounding DINO Swin-T · Grounding DINO's words · SAM ViT-B"

    prepare_blend(person, steps=20)
    plain = person.picture()
    shares, previews = watch_blend(person)
    assert len(set(shares)) > 3
    assert previews
    assert person.steps()[-1] == "Blend: Two-stage"
    assert window.blend_panel.state.text() == "Two-stage · made with vgg19, pan-x2-own"
    assert used(person) == f"{USED}VGG19 · PAN ×2, our own"
    blended = person.picture()
    assert (blended != plain).any()
    assert (person.colour(*SEA) == plain[person.on_canvas(*SEA).y(), person.on_canvas(*SEA).x()]).all()

    prepare_blend(person, steps=2000)
    person.press("Blend", window.blend_panel)
    person.wait(lambda: person.desk.place_scene.preview is not None)
    person.key(Qt.Key.Key_Escape)
    person.rest()
    assert person.reads("Stopped: this is the best so far.")
    assert person.layers() == ["bird", "sea"]
    person.undo()
    assert (person.picture() == blended).all()

    large = tmp_path / "large.png"
    person.menu("export-large")
    person.choose_file(large)
    assert person.reads("Exported large.png")
    made = pictures.load(large)
    assert made.shape == (LARGE[1], LARGE[0], 3)


def test_a_search_by_the_papers_nets_is_stopped_midway(person, photos, paper_nets, halting):
    person.drop(photos / "sea.png", photos / "bird.png")
    before, steps, strip = person.picture(), person.steps(), person.window.strip
    for stage in ("Looking for bird", "Masking"):
        halting(stage)
        person.ask_for("bird", wait=False)
        person.wait(lambda stage=stage: person.reads(stage, strip))
        assert person.reads("Finding…")
        person.press("Stop", strip)
        person.rest()
        assert person.reads("Stopped.", strip)
        assert not person.reads("Finding…")
        assert person.chips() == []
        assert person.steps() == steps
        assert (person.picture() == before).all()
    halting("")
    person.ask_for("bird")
    assert person.steps()[-1] == "Find “bird”"
    assert person.chips()
