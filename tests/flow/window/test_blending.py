"""Blending through the panel: methods, knobs and presets, watching it form, stopping it, and what outdates it."""

import threading

import numpy as np
import pictures
import pytest
from PySide6.QtCore import Qt

from blendstudio import api

BIRD = (82, 68)  # its middle, on the sea
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
CHEAP = ("Copy and paste", "Alpha", "Poisson", "Multiband", "Color match", "GP-GAN (no generator)")

STEPS = {
    "Two-stage": ("Stage 1 steps", "Stage 2 steps"),
    "Deep Image Blending": ("Pass 1 steps", "Pass 2 steps"),
}


@pytest.fixture
def blender(cut_out):
    """Somebody with the blend panel in front; the bird lies on the sea, cut out."""
    cut_out.tab("Blend")
    return cut_out


@pytest.fixture
def held(monkeypatch):
    """Holds the first blend until the event is set."""
    event, real, calls = threading.Event(), api.blend_layer, []

    def blend(*args):
        calls.append(args)
        if len(calls) == 1:
            assert event.wait(30)
        return real(*args)

    monkeypatch.setattr(api, "blend_layer", blend)
    return event


def choose(person, method):
    person.pick(method, person.window.blend_panel.method)


def start(person):
    """Presses the large button."""
    person.press("Blend", person.window.blend_panel)
    person.wait(lambda: person.desk.blending.running)


def blend(person, method="Poisson"):
    choose(person, method)
    start(person)
    person.rest()


def start_long(person):
    """A blend that would take minutes, on few pixels."""
    choose(person, "Two-stage")
    person.type("64", person.knob("Working size"))
    person.type("2000", person.knob("Stage 1 steps"))
    person.type("2000", person.knob("Stage 2 steps"))
    start(person)


def state(person):
    """What the panel says about the selected object's blend."""
    return person.window.blend_panel.state.text()


def change(a, b):
    return np.abs(a.astype(int) - b).max()


def at_bird(person, picture):
    """The part of the canvas that shows the bird: bars and buttons lie elsewhere."""
    first, last = person.on_canvas(62, 56), person.on_canvas(102, 80)
    return picture[first.y() : last.y(), first.x() : last.x()]


def wait_for_a_preview(person, plain):
    person.wait(lambda: change(at_bird(person, person.glance()), at_bird(person, plain)) > 20)


@pytest.mark.parametrize("method", [*CHEAP, "Two-stage", "Deep Image Blending"])
def test_every_method_shows_its_knobs_and_blends(blender, method):
    plain = blender.picture()
    choose(blender, method)
    assert blender.knob("Margin").isVisible()
    if method not in CHEAP:
        blender.type("64", blender.knob("Working size"))
        for title in STEPS[method]:
            blender.type("12", blender.knob(title))
    start(blender)
    blender.rest()
    assert blender.steps()[-1] == f"Blend: {method}"
    assert state(blender).startswith(method)
    assert not blender.reads("out of date")
    change_at_bird = change(at_bird(blender, blender.picture()), at_bird(blender, plain))
    if method == "Alpha":
        assert change_at_bird <= 2  # as pasted
    elif method != "Copy and paste":
        assert change_at_bird > 20


def test_the_list_holds_all_methods_and_nothing_else(blender):
    box = blender.window.blend_panel.method
    assert {box.itemText(row) for row in range(box.count())} == {
        *CHEAP,
        "Harmonise",
        "Studio",
        "Two-stage",
        "Deep Image Blending",
    }


def test_a_turned_knob_can_be_taken_back(blender):
    choose(blender, "Two-stage")
    knob = blender.knob("Stage 1 steps")
    before = knob.text()
    blender.type("7", knob)
    assert blender.steps()[-1] == "Knobs"
    assert blender.knob("Stage 1 steps").text() == "7"
    blender.undo()
    assert blender.knob("Stage 1 steps").text() == before
    blender.redo()
    assert blender.knob("Stage 1 steps").text() == "7"


def test_knobs_belong_to_their_object(blender):
    choose(blender, "Two-stage")
    blender.type("7", blender.knob("Stage 1 steps"))
    blender.key(Qt.Key.Key_J, CONTROL)
    blender.type("9", blender.knob("Stage 1 steps"))
    blender.click_row("bird")
    assert blender.knob("Stage 1 steps").text() == "7"
    blender.click_row("bird copy")
    assert blender.knob("Stage 1 steps").text() == "9"


def test_a_preset_sets_the_knobs_and_a_turned_one_makes_it_ones_own(blender):
    choose(blender, "Two-stage")
    box = blender.window.blend_panel.preset
    assert box.currentText() == "Defaults"
    usual = blender.knob("Style").text()
    preset = box.itemText(1)
    blender.pick(preset, box)
    assert blender.steps()[-1].startswith("Preset ")
    assert box.currentText() == preset
    assert blender.knob("Style").text() != usual
    blender.type("123", blender.knob("Style"))
    assert box.currentText() == "Own"
    blender.undo()
    assert box.currentText() == preset
    blender.undo()
    assert (box.currentText(), blender.knob("Style").text()) == ("Defaults", usual)


def test_without_an_object_there_is_nothing_to_blend(person, photos):
    person.drop(photos / "sea.png")
    person.tab("Blend")
    assert person.reads("Select an object to blend it.")
    with pytest.raises(AssertionError, match="cannot be pressed"):
        person.press("Blend", person.window.blend_panel)
    person.key(Qt.Key.Key_Return, CONTROL)
    assert not person.desk.blending.running
    assert person.steps() == ["Open"]


def test_it_says_how_far_it_is_and_escape_keeps_the_best_so_far(blender):
    plain = blender.picture()
    start_long(blender)
    strip = blender.window.strip
    blender.wait(lambda: blender.reads("Stage 1", strip))
    assert blender.reads("Stop", strip)
    assert blender.reads(" %", strip)
    wait_for_a_preview(blender, plain)  # so there is a best so far
    blender.key(Qt.Key.Key_Escape)
    blender.rest()
    assert blender.reads("Stopped: this is the best so far.")
    assert blender.steps()[-1] == "Blend: Two-stage"
    assert "stopped" in state(blender).lower()
    assert change(at_bird(blender, blender.picture()), at_bird(blender, plain)) > 20
    assert not blender.reads("Stop", strip)


def test_it_is_seen_forming_and_nothing_of_that_stays(blender):
    plain = blender.picture()
    start_long(blender)
    wait_for_a_preview(blender, plain)
    blender.press("Stop", blender.window.strip)
    blender.rest()
    blender.undo()
    assert (blender.picture() == plain).all()


def test_it_need_not_be_watched(blender):
    plain = blender.picture()
    blender.press("Watch it form", blender.window.blend_panel)
    start_long(blender)
    blender.wait(lambda: blender.reads("Stage 2", blender.window.strip) or blender.window.strip._bar.value() > 50)
    assert change(at_bird(blender, blender.glance()), at_bird(blender, plain)) == 0
    blender.press("Stop", blender.window.strip)
    blender.rest()


def test_what_changes_during_a_blend_outdates_it(blender, held):
    choose(blender, "Poisson")
    start(blender)
    blender.key(Qt.Key.Key_Right, SHIFT)
    moved = blender.glance()
    held.set()
    blender.rest()
    assert blender.reads("The work changed during the blend: blend again to take that in.")
    assert "out of date" in state(blender)
    assert change(at_bird(blender, blender.picture()), at_bird(blender, moved)) == 0
    start(blender)
    blender.rest()
    assert "out of date" not in state(blender)
    assert change(at_bird(blender, blender.picture()), at_bird(blender, moved)) > 20


def test_an_object_deleted_during_its_blend_takes_the_blend_along(blender, held):
    choose(blender, "Poisson")
    start(blender)
    blender.key(Qt.Key.Key_Delete)
    held.set()
    blender.rest()
    assert blender.reads("The object is gone, so its blend was dropped.")
    assert blender.layers() == ["sea"]
    assert blender.steps()[-1] == "Delete bird"
    assert not pictures.red(blender.picture()).any()


def test_moving_shows_the_plain_paste_and_undo_the_blend_again(blender, monkeypatch):
    plain = blender.picture()
    blend(blender)
    blended = blender.picture()
    assert change(blended, plain) > 20
    monkeypatch.setattr(api, "blend_layer", None)  # nothing is blended from here on
    blender.key(Qt.Key.Key_Right, SHIFT)
    assert "out of date, so the plain paste is shown" in state(blender)
    assert not blender.window.blend_panel.strength.isEnabled()
    place = (BIRD[0] + 10, BIRD[1])
    assert tuple(blender.colour(*place)) == pictures.RED
    blender.undo()
    assert (blender.picture() == blended).all()
    assert "out of date" not in state(blender)
    blender.redo()
    assert tuple(blender.colour(*place)) == pictures.RED


def test_strength_goes_from_the_paste_to_the_blend(blender):
    plain = blender.picture()
    blend(blender)
    blended = blender.picture()
    slider = blender.window.blend_panel.strength
    for key, percent in ((Qt.Key.Key_Home, "0 %"), (Qt.Key.Key_PageUp, "10 %"), (Qt.Key.Key_End, "100 %")):
        blender.key(key, widget=slider)
        blender.rest()
        assert blender.window.blend_panel.percent.text() == percent
        if percent == "0 %":
            assert change(blender.picture(), plain) <= 1
        if percent == "10 %":
            assert 2 < change(blender.picture(), plain) < change(blended, plain)
    assert (blender.picture() == blended).all()


def test_a_blend_can_be_removed_and_brought_back(blender):
    plain = blender.picture()
    blend(blender)
    blended = blender.picture()
    blender.menu("remove-blend")
    assert (blender.picture() == plain).all()
    assert blender.reads("Pasted as it is, not blended yet.")
    assert not blender.window.actions_["remove-blend"].isEnabled()
    blender.undo()
    assert (blender.picture() == blended).all()


@pytest.mark.parametrize(("place", "outdated"), [((150, 112), True), ((40, 30), False)])
def test_a_blend_below_outdates_only_the_one_that_lies_over_it(blender, place, outdated):
    choose(blender, "Poisson")
    options = blender.window.place_options
    x, y, scale = options.across, options.down, options.scale
    blender.type("40", scale)
    blender.type("145", x)
    blender.type("110", y)
    blender.key(Qt.Key.Key_J, CONTROL)
    blender.type(str(place[0]), x)
    blender.type(str(place[1]), y)
    start(blender)
    blender.rest()
    assert "out of date" not in state(blender)
    blender.click_row("bird")
    start(blender)
    blender.rest()
    assert "out of date" not in state(blender)
    blender.click_row("bird copy")
    assert ("out of date" in state(blender)) == outdated
