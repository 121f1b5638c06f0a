"""A bird behind a branch: a piece of the background is marked in front, by hand, by box, by word or from a file."""

import numpy as np
import pictures
import pytest
from PySide6.QtCore import Qt

from blendstudio.cli import main

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
BROWN = (70, 45, 20)
BRANCH = slice(77, 88)  # columns, in front of the bird's middle
LEFT, MIDDLE, RIGHT = (70, 72), (82, 68), (95, 68)  # on the bird, before the branch and on either side
FREE = (40, 20)  # sea, where nothing lies


def brown(colour):
    return bool(np.abs(np.asarray(colour, int) - BROWN).max() <= 3)


@pytest.fixture
def sea(tmp_path):
    """sea.png with a branch down the middle of where the bird will be; H×W×3."""
    sea = pictures.sea(width=192, height=144)
    sea[:, BRANCH] = BROWN
    pictures.save(tmp_path / "sea.png", sea)
    return sea


@pytest.fixture
def perched(person, photos, sea, tmp_path):
    """Somebody who has cut the bird out; it hides the branch."""
    person.drop(tmp_path / "sea.png", photos / "bird.png")
    person.drop(photos / "mask.png", zone="mask")
    assert not brown(person.colour(*MIDDLE))
    return person


def paint_branch(person):
    """Marks the branch with a firm brush as wide as it, and goes back to the work."""
    person.press("In Front", person.window.layers_panel)
    person.rest()
    person.key(Qt.Key.Key_B)
    person.type("11", person.window.options.brush.diameter)
    person.type("100", person.window.options.brush.hardness)
    person.drag((82.5, 2), (82.5, 70), (82.5, 142))
    person.rest()
    assert person.steps()[-1] == "Brush"
    person.key(Qt.Key.Key_Return)
    person.rest()


def behind(person):
    """Whether the bird shows on both sides of the branch, and the branch before it."""
    red = [pictures.red(np.array([[person.colour(*place)]], np.uint8)).any() for place in (LEFT, MIDDLE, RIGHT)]
    return red == [True, False, True] and brown(person.colour(*MIDDLE))


def test_a_bird_behind_a_branch_from_the_brush_to_the_exported_picture(perched, sea, tmp_path):
    person = perched
    paint_branch(person)
    assert person.chosen() == "bird"  # as before: one goes on with it
    assert behind(person)
    assert (np.abs(person.colour(*FREE).astype(int) - sea[FREE[1], FREE[0]]) <= 2).all()
    person.tab("Blend")
    for method in ("Copy and paste", "Harmonise"):
        person.pick(method, person.window.blend_panel.method)
        person.press("Blend", person.window.blend_panel)
        person.wait(lambda: not person.desk.blending.running)
        assert behind(person), method
    person.key(Qt.Key.Key_E, CONTROL | SHIFT)
    person.choose_file(tmp_path / "out.png")
    result = pictures.load(tmp_path / "out.png")[..., :3]
    inner = slice(BRANCH.start + 1, BRANCH.stop - 1)
    assert (result[4:-4, inner] == sea[4:-4, inner]).all()
    red = pictures.red(result)
    assert red[:, : BRANCH.start].sum() > 100
    assert red[:, BRANCH.stop :].sum() > 100
    assert not red[:, inner].any()


def test_what_is_in_front_can_be_undone_outdates_a_blend_and_is_saved(perched, tmp_path):
    person = perched
    person.tab("Blend")
    person.pick("Alpha", person.window.blend_panel.method)
    person.press("Blend", person.window.blend_panel)
    person.wait(lambda: not person.desk.blending.running)
    assert not person.reads("out of date")
    paint_branch(person)
    assert person.reads("out of date")
    assert behind(person)
    person.undo()
    assert not behind(person)
    assert not person.reads("out of date")
    person.redo()
    person.press("Blend", person.window.blend_panel)
    person.wait(lambda: not person.desk.blending.running)
    person.key(Qt.Key.Key_S, CONTROL)
    person.choose_file(tmp_path / "work.ora")
    person.menu("new")
    person.drop(tmp_path / "work.ora")
    assert behind(person)
    assert not person.reads("out of date")
    person.key(Qt.Key.Key_Q, SHIFT)
    person.menu("clear-mask")
    person.rest()
    person.key(Qt.Key.Key_Escape)
    assert not behind(person)
    assert main(["run", str(tmp_path / "work.ora"), "-o", str(tmp_path / "again.png")]) == 0
    assert main(["export", str(tmp_path / "work.ora"), "-o", str(tmp_path / "same.png")]) == 0
    again, same = (pictures.load(tmp_path / name) for name in ("again.png", "same.png"))
    assert (again == same).all()
    assert brown(same[MIDDLE[1], MIDDLE[0], :3])


def test_a_word_and_a_box_find_what_is_in_front(person, photos, tmp_path):
    """To the tiny nets what is red is a bird: here one sits in front of the object, which is green."""
    sea = pictures.sea(width=192, height=144)
    sea[pictures.ellipse((90, 70), (22, 14), (192, 144))] = pictures.RED
    pictures.save(tmp_path / "sea.png", sea)
    pictures.save(tmp_path / "square.png", np.full((60, 60, 3), (30, 160, 40), np.uint8))
    person.drop(tmp_path / "sea.png", tmp_path / "square.png")
    assert not pictures.red(person.picture()).any()
    person.key(Qt.Key.Key_Q, SHIFT)
    assert person.reads("What stands in front of the objects?")
    person.ask_for("bird")
    assert [chip.text()[:7] for chip in person.chips()] == ["1  bird"]
    person.key(Qt.Key.Key_Return)
    assert person.chosen() == "square"
    assert pictures.red(person.picture()).any()
    person.undo()
    assert not pictures.red(person.picture()).any()
    person.key(Qt.Key.Key_Q, SHIFT)
    person.key(Qt.Key.Key_W)
    person.drag((62, 50), (90, 70), (118, 90))
    person.rest()
    assert person.steps()[-1] == "Cut out"
    person.key(Qt.Key.Key_Escape)
    assert pictures.red(person.picture()).any()


def test_delete_takes_a_point_away_while_what_is_in_front_is_marked(perched):
    person = perched
    person.key(Qt.Key.Key_Q, SHIFT)
    person.key(Qt.Key.Key_P)
    person.click(*MIDDLE)
    person.rest()
    person.key(Qt.Key.Key_Delete)
    person.rest()
    assert person.steps()[-1] == "Remove point"
    assert "bird" in person.layers()


def test_the_eraser_has_nothing_to_take_where_nothing_is_in_front(perched):
    person = perched
    before = person.picture()
    person.key(Qt.Key.Key_Q, SHIFT)
    person.key(Qt.Key.Key_E)
    person.drag((82, 30), (82, 100))
    person.rest()
    person.key(Qt.Key.Key_Return)
    person.key(Qt.Key.Key_V)
    assert (person.picture() == before).all()


def test_a_mask_from_a_file_is_in_front_while_that_is_shown_and_another_background_has_none(perched, photos, tmp_path):
    person = perched
    mask = np.zeros((144, 192), np.uint8)
    mask[:, BRANCH] = 255
    pictures.save(tmp_path / "branch.png", mask)
    person.key(Qt.Key.Key_Q, SHIFT)
    person.menu("load-mask")
    person.choose_file(tmp_path / "branch.png")
    person.key(Qt.Key.Key_Return)
    assert behind(person)
    person.drop(photos / "sea.png", zone="background")
    assert pictures.red(np.array([[person.colour(*MIDDLE)]], np.uint8)).all()
