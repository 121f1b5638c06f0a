from blendstudio.core import prompt_edits
from blendstudio.core.document import Prompt
from blendstudio.core.geometry import Point, Rect

BOX, OTHER = Rect(0, 0, 10, 10), Rect(20, 0, 30, 10)
IN, OUT = (Point(5, 5), True), (Point(50, 5), False)


def test_edits_change_one_thing_and_leave_the_rest():
    prompt = Prompt("bird", (BOX, OTHER), (IN, OUT))
    assert prompt_edits.point_moved(prompt, 1, Point(9, 9)) == Prompt("bird", (BOX, OTHER), (IN, (Point(9, 9), False)))
    assert prompt_edits.without_point(prompt, 0) == Prompt("bird", (BOX, OTHER), (OUT,))
    assert prompt_edits.box_changed(prompt, 0, OTHER).boxes == (OTHER, OTHER)
    assert prompt_edits.without_box(prompt, 0) == Prompt("bird", (OTHER,), (IN, OUT))
    assert prompt_edits.with_box(Prompt(), BOX) == Prompt("", (BOX,))
    assert prompt_edits.with_point(Prompt(), *IN) == Prompt("", (), (IN,))


def test_a_new_box_keeps_the_points_within_it():
    assert prompt_edits.of_box(Prompt("bird", (OTHER,), (IN, OUT)), BOX) == Prompt("", (BOX,), (IN,))


def test_only_what_is_wanted_names_something():
    assert prompt_edits.names_something(Prompt("bird"))
    assert prompt_edits.names_something(Prompt("", (BOX,)))
    assert prompt_edits.names_something(Prompt("", (), (OUT, IN)))
    assert not prompt_edits.names_something(Prompt(" ", (), (OUT,)))


def test_one_more_point_goes_on_from_what_was_there():
    assert prompt_edits.goes_on_from(Prompt("", (BOX,), (IN, OUT)), Prompt("", (BOX,), (IN,)))
    assert not prompt_edits.goes_on_from(Prompt("", (), (IN,)), Prompt())
    assert not prompt_edits.goes_on_from(Prompt("", (OTHER,), (IN, OUT)), Prompt("", (BOX,), (IN,)))
