import numpy as np

from blendstudio.core.document import Prompt
from blendstudio.core.geometry import Point, Rect
from blendstudio.engine.kinds import Candidate
from blendstudio.engine.pointing import Region, joined, regions

LEFT, RIGHT = Rect(0, 0, 10, 10), Rect(50, 0, 60, 10)
IN_LEFT, IN_RIGHT, FAR = (Point(5, 5), True), (Point(55, 5), False), (Point(90, 5), True)


def find(columns, score=0.5, sure=True):
    mask = np.zeros((4, 20), np.uint8)
    mask[:, columns] = 255
    return Candidate("bird", score, Rect(0, 0, 1, 1), mask, sure)


def test_one_box_keeps_all_its_points_and_points_alone_are_one_question():
    assert regions(Prompt("", (LEFT,), (IN_LEFT, IN_RIGHT)), None) == [Region(LEFT, (IN_LEFT, IN_RIGHT))]
    assert regions(Prompt("", (), (IN_LEFT, FAR)), None) == [Region(None, (IN_LEFT, FAR))]


def test_points_go_on_from_another_mask_that_was_chosen_for_the_box():
    chosen, points = find(slice(0, 5)), (IN_LEFT, IN_RIGHT)
    assert regions(Prompt("", (LEFT,), points), chosen) == [Region(None, points, chosen)]
    known = chosen._replace(logits=np.zeros((1, 4, 4), np.float32))  # a net that takes box and mask together
    assert regions(Prompt("", (LEFT,), points), known) == [Region(LEFT, points, known)]


def test_each_of_several_boxes_gets_the_points_near_it_and_a_far_one_is_one_thing_more():
    asked = regions(Prompt("", (LEFT, RIGHT), (IN_LEFT, IN_RIGHT, FAR)), None)
    assert asked == [Region(LEFT, (IN_LEFT,)), Region(RIGHT, (IN_RIGHT,)), Region(None, (FAR,))]
    assert regions(Prompt("", (LEFT,), (FAR,)), None) == [Region(LEFT, ()), Region(None, (FAR,))]


def test_words_stand_beside_the_boxes_and_points_far_from_these_correct_them():
    word = find(slice(0, 5))
    assert regions(Prompt("bird", (LEFT,), (FAR,)), word) == [Region(None, (FAR,), word), Region(LEFT, ())]
    assert regions(Prompt("bird", (), (FAR,)), word) == [Region(None, (FAR,), word)]


def test_several_masks_are_one_as_sure_as_the_least_sure():
    one = joined([find(slice(0, 5), 0.9), find(slice(10, 12), 0.4, sure=False)])
    assert (one.mask[0] > 0).nonzero()[0].tolist() == [0, 1, 2, 3, 4, 10, 11]
    assert one.box == Rect(0, 0, 12, 4)
    assert (one.label, one.score, one.sure) == ("bird", 0.4, False)
