"""Commands on the whole mask: each shows what it says, found or painted, and is one step."""

import numpy as np
import pytest
from masks import EYE, FREE, ON_BIRD, ask, mask, row, show
from PySide6.QtCore import Qt

MIDDLE = 44  # the bird's middle row


@pytest.fixture
def editor(cut_out):
    """Somebody before the bird's mask, black and white."""
    show(cut_out)
    return cut_out


def width(person, y=MIDDLE):
    return int((row(person, y) >= 128).sum())


def lasso(person, x0, y0, x1, y1):
    """Adds a rectangle by hand."""
    person.key(Qt.Key.Key_L)
    person.drag((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    person.rest()


@pytest.mark.parametrize(("command", "sign", "title"), [("grow", 1, "Grow"), ("shrink", -1, "Shrink")])
def test_the_edge_moves_by_the_pixels_that_were_asked_for(editor, command, sign, title):
    before, picture = width(editor), editor.picture()
    ask(editor, command, 6)
    assert width(editor) == pytest.approx(before + 2 * 6 * sign, abs=3)
    assert editor.steps()[-1] == f"{title} by 6 px"
    editor.undo()
    assert (editor.picture() == picture).all()


def test_growing_turns_the_knob_of_the_found_part(editor):
    dilate = editor.knob("Dilate")
    now = dilate.value()
    ask(editor, "grow", 5)
    assert dilate.value() == now + 5


def test_what_the_hand_painted_grows_and_shrinks_as_well(editor):
    lasso(editor, 96, 10, 116, 30)
    before = width(editor, 20)
    ask(editor, "grow", 4)
    assert width(editor, 20) == pytest.approx(before + 8, abs=1)
    ask(editor, "shrink", 7)
    assert width(editor, 20) == pytest.approx(before - 6, abs=1)
    for _ in range(2):
        editor.undo()
    assert width(editor, 20) == before


def test_shrinking_leaves_no_gap_between_found_and_painted(editor):
    lasso(editor, 60, 36, 100, 52)
    ask(editor, "shrink", 4)
    inside = row(editor, MIDDLE) >= 128
    assert np.count_nonzero(np.diff(inside.astype(int))) == 2  # one piece, from the bird to the rectangle's end
    assert np.flatnonzero(inside)[-1] == pytest.approx(95, abs=1)


def test_smoothing_takes_a_spike_away_and_leaves_the_rest(editor):
    editor.key(Qt.Key.Key_B)
    editor.type("3", editor.window.options.brush.diameter)
    editor.drag((70, 44), (90, 30), (110, 16))
    editor.rest()
    assert mask(editor, 100, 23) == 255
    before = width(editor, 50)
    ask(editor, "smooth", 4)
    assert mask(editor, 100, 23) < 20
    assert width(editor, 50) == pytest.approx(before, abs=4)
    assert editor.steps()[-1] == "Smooth by 4 px"


def test_feathering_blurs_the_edge(editor):
    lasso(editor, 90, 8, 118, 32)
    assert ((row(editor, 20) > 20) & (row(editor, 20) < 235)).sum() <= 2
    ask(editor, "feather", 4)
    for y in (20, MIDDLE):  # the painted and the found edge
        assert ((row(editor, y) > 20) & (row(editor, y) < 235)).sum() >= 8
    assert mask(editor, 104, 20) > 230


def test_holes_are_filled(at_work):
    at_work.key(Qt.Key.Key_U)
    at_work.click(*ON_BIRD)
    at_work.rest()
    show(at_work)
    assert mask(at_work, *EYE) == 0
    at_work.menu("fill-holes")
    at_work.rest()
    assert mask(at_work, *EYE) == 255
    assert mask(at_work, *FREE) == 0
    assert at_work.steps()[-1] == "Fill holes"
    at_work.undo()
    assert mask(at_work, *EYE) == 0


def test_islands_go_and_large_parts_stay_until_only_the_largest_may(editor):
    lasso(editor, 90, 8, 120, 32)
    editor.key(Qt.Key.Key_B)
    editor.type("4", editor.window.options.brush.diameter)
    editor.click(10, 80)
    editor.rest()
    assert mask(editor, 10, 80) == 255
    editor.menu("drop-islands")
    editor.rest()
    assert [mask(editor, *place) for place in ((10, 80), FREE, ON_BIRD)] == [0, 255, 255]
    editor.menu("keep-largest")
    editor.rest()
    assert [mask(editor, *place) for place in ((10, 80), FREE, ON_BIRD)] == [0, 0, 255]
    assert editor.steps()[-2:] == ["Drop islands", "Keep largest"]


def test_a_second_thought_changes_nothing_and_the_amount_is_remembered(editor):
    before, steps = editor.picture(), editor.steps()
    ask(editor, "grow", 9, agree=False)
    assert (editor.picture() == before).all()
    assert editor.steps() == steps
    ask(editor, "grow", 7)
    assert ask(editor, "grow") == 7
    assert editor.steps()[-2:] == ["Grow by 7 px", "Grow by 7 px"]


def test_at_the_end_of_the_knobs_it_says_so(editor):
    editor.type("64", editor.knob("Dilate"))
    editor.menu("grow")
    assert editor.reads("as far as the knobs go", editor.window.strip)


def test_without_a_mask_the_commands_are_grey(at_work):
    for name in ("grow", "shrink", "smooth", "feather", "fill-holes", "drop-islands", "keep-largest"):
        assert not at_work.window.actions_[name].isEnabled(), name


def test_an_exported_mask_dropped_again_is_the_same_mask(editor, tmp_path):
    lasso(editor, 90, 8, 120, 32)
    ask(editor, "grow", 3)
    before = [row(editor, y) for y in (9, 20, MIDDLE, 52)]
    editor.menu("export-mask")
    editor.choose_file(tmp_path / "bird-mask.png")
    editor.press("clear-mask", editor.window.mask_panel)
    editor.drop(tmp_path / "bird-mask.png", zone="mask")
    assert np.abs(np.array([row(editor, y) for y in (9, 20, MIDDLE, 52)]) - before).max() <= 1
    assert max(map(np.ptp, before)) == 255
