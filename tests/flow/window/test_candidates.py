"""Choosing among what was found: by key, in three sizes, at another threshold, and seen before it is taken."""

import threading
import time

import numpy as np
import pictures
import pytest
import tiny_paper
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from blendstudio import api
from blendstudio.app import foresight
from blendstudio.core.document import Mask
from blendstudio.core.geometry import Rect
from blendstudio.engine.kinds import Candidate
from blendstudio.engine.methods import sam

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
FIRST, SECOND, GREY = (50, 44), (104, 70), (80, 20)
REACHES = (6, 10, 14)  # px: how far the part, the object and the whole of `nested` reach from the bird's middle


def shown(person, place):
    """Whether a place of the photo, on a bird, is in the mask: there the red is the bird's own."""
    return tuple(person.colour(*place)) == pictures.RED


def glows(person, place):
    """Whether a place of the photo lies under the blue of a mask that would be."""
    red, _, blue = map(int, person.colour(*place))
    return blue > 85 and red < 200


def hover(widget, over=True):
    """Brings the pointer over a widget, or takes it away."""
    place = QPointF(widget.rect().center())
    enter = QEnterEvent(place, place, QPointF(widget.mapToGlobal(place.toPoint())))
    QApplication.sendEvent(widget, enter if over else QEvent(QEvent.Type.Leave))


def sizes(person):
    """The switch between part, object and whole as it is seen: name -> whether it is on."""
    buttons = person.window.prompt.findChildren(QAbstractButton)
    return {x.text(): x.isChecked() for x in buttons if x.property("role") == "size" and x.isVisible()}


def disc(reach):
    """A find of the first bird that falls off from its middle, and is cut at `reach`."""
    y, x = np.mgrid[: pictures.HEIGHT, : pictures.WIDTH]
    far = np.hypot(x - FIRST[0], y - FIRST[1])
    soft = np.clip(128 + 10 * (reach - far), 0, 255).astype(np.uint8)
    mask = np.where(soft >= 128, 255, 0).astype(np.uint8)
    return Candidate("object", 0.9, Rect(*map(float, pictures.box(mask > 0))), mask, soft=soft)


@pytest.fixture
def birds(person, photos):
    """A photo of two birds over the sea."""
    person.drop(photos / "sea.png", photos / "two.png")
    return person


@pytest.fixture
def nested(birds, monkeypatch):
    """The same, with a segmenter that finds a part, the object and the whole, the object first."""
    part, thing, whole = map(disc, REACHES)
    asked = []

    def find(picture, prompt, models, progress, previous=None):
        asked.append(previous)
        found = [one._replace() for one in (thing, whole, part)]
        return api.Found(Mask(auto=found[0].mask), tuple(found), prompt)

    monkeypatch.setattr(api, "find", find)
    birds.asked = asked
    birds.key(Qt.Key.Key_P)
    birds.click(*FIRST)
    birds.rest()
    return birds


@pytest.fixture
def quick(monkeypatch):
    """However long a tiny net takes here, it counts as quick."""
    monkeypatch.setattr(foresight, "QUICK", float("inf"))


def reach(person):
    """How far the mask reaches to the right of the bird's middle, in photo pixels."""
    return sum(shown(person, (FIRST[0] + step, FIRST[1] + 3)) for step in range(1, 21))


def test_shift_and_a_digit_add_a_find_and_alt_takes_it_away(birds):
    birds.ask_for("bird")
    birds.key(Qt.Key.Key_2, SHIFT)
    birds.rest()
    birds.key(Qt.Key.Key_Q)
    assert shown(birds, FIRST)
    assert shown(birds, SECOND)
    birds.key(Qt.Key.Key_1, ALT)
    birds.rest()
    assert shown(birds, FIRST) != shown(birds, SECOND)
    assert birds.steps()[-2:] == ["Candidate 2", "Candidate 1"]


def test_a_digit_with_shift_means_a_find_also_while_the_brush_is_in_hand(birds):
    birds.ask_for("bird")
    birds.key(Qt.Key.Key_B)
    birds.key(Qt.Key.Key_2, SHIFT)
    birds.rest()
    assert shown(birds, FIRST)
    assert shown(birds, SECOND)


def test_the_pointer_over_a_chip_shows_that_find_and_leaving_takes_it_back(birds):
    birds.ask_for("bird")
    birds.key(Qt.Key.Key_Q)
    before = birds.picture()
    other = next(chip for chip in birds.chips() if not chip.isChecked())
    place = SECOND if shown(birds, FIRST) else FIRST
    hover(other)
    assert glows(birds, (place[0], place[1] + 6))
    assert birds.steps()[-1] == "Find “bird”"  # nothing is taken yet
    hover(other, over=False)
    assert (birds.picture() == before).all()


def test_over_the_whole_work_the_find_glows_where_the_object_lies(birds):
    birds.ask_for("bird")
    before = birds.picture()
    chip = next(one for one in birds.chips() if not one.isChecked())
    hover(chip)
    changed = np.abs(birds.picture().astype(int) - before).max(-1) > 30
    assert 100 < changed.sum() < 0.2 * changed.size
    hover(chip, over=False)
    assert (birds.picture() == before).all()


def test_what_a_chip_shows_is_what_a_click_takes(birds):
    birds.ask_for("bird")
    birds.key(Qt.Key.Key_Q)
    chip = next(one for one in birds.chips() if not one.isChecked())
    number = birds.chips().index(chip) + 1
    hover(chip)
    place = SECOND if glows(birds, (SECOND[0], SECOND[1] + 6)) else FIRST
    birds.chip(number)
    hover(chip, over=False)
    assert shown(birds, place)


def test_one_place_in_three_sizes_is_part_object_and_whole(nested):
    assert sizes(nested) == {"Part": False, "Object": True, "Whole": False}
    middle = reach(nested)
    nested.press("Part")
    nested.rest()
    assert sizes(nested) == {"Part": True, "Object": False, "Whole": False}
    small = reach(nested)
    nested.press("Whole")
    nested.rest()
    assert small < middle < reach(nested)
    assert [chip.isChecked() for chip in nested.chips()] == [False, True, False]
    nested.undo()
    nested.rest()
    assert reach(nested) == small
    assert sizes(nested)["Part"]


def test_a_size_is_shown_while_the_pointer_is_over_it(nested):
    rim = (FIRST[0] + 12, FIRST[1])  # only the whole reaches there
    assert not glows(nested, rim)
    hover(nested.button("Whole"))
    assert glows(nested, rim)
    hover(nested.button("Whole"), over=False)
    assert not glows(nested, rim)


def test_two_birds_are_no_sizes_of_one(birds):
    birds.ask_for("bird")
    assert len(birds.chips()) == 2
    assert sizes(birds) == {}


def test_a_point_more_goes_on_from_the_size_that_was_chosen(nested):
    nested.press("Whole")
    nested.rest()
    nested.click(FIRST[0] + 4, FIRST[1] + 2)
    nested.rest()
    assert nested.asked[0] is None
    assert np.array_equal(nested.asked[-1].mask, disc(REACHES[2]).mask)


def test_a_lower_threshold_takes_in_more_and_a_higher_one_less(nested):
    middle = reach(nested)
    nested.type("0.3", nested.knob("Threshold"))
    wide = reach(nested)
    nested.type("0.7", nested.knob("Threshold"))
    assert reach(nested) < middle < wide
    assert [chip.isChecked() for chip in nested.chips()] == [True, False, False]  # still that find


def drag_threshold(person, *shares):
    slider = person.slider("Threshold")
    places = [QPoint(round(8 + share * (slider.width() - 16)), slider.height() // 2) for share in shares]
    person.drag_widget(slider, places)
    person.rest()


def test_one_drag_of_the_threshold_is_one_step_and_undo_takes_it_back(nested):
    before, steps = reach(nested), nested.steps()
    drag_threshold(nested, 0.5, 0.45, 0.4, 0.3, 0.25)
    assert reach(nested) > before
    assert nested.steps() == [*steps, "Threshold"]
    drag_threshold(nested, 0.25, 0.6)
    assert reach(nested) < before
    assert nested.steps() == [*steps, "Threshold", "Threshold"]
    nested.undo()
    nested.undo()
    nested.rest()
    assert reach(nested) == before
    assert nested.knob("Threshold").value() == pytest.approx(0.5)
    nested.redo()
    nested.rest()
    assert nested.knob("Threshold").value() < 0.4
    assert reach(nested) > before


def test_the_threshold_stays_away_where_it_would_do_nothing(birds):
    with pytest.raises(AssertionError, match="no knob"):
        birds.knob("Threshold")
    birds.ask_for("bird")  # the tiny nets know only yes and no
    with pytest.raises(AssertionError, match="no knob"):
        birds.knob("Threshold")


def test_a_net_in_doubt_lets_the_threshold_decide(person, photos, tmp_path):
    y, x = np.mgrid[: pictures.HEIGHT, : pictures.WIDTH]
    near = np.clip(1 - np.hypot(x - 64, y - 48) / 44, 0, 1)
    grey = np.full((pictures.HEIGHT, pictures.WIDTH), 110.0)
    pictures.save(tmp_path / "glow.png", np.dstack([grey + 130 * near, grey, grey]).astype(np.uint8))
    person.drop(photos / "sea.png", tmp_path / "glow.png")
    person.key(Qt.Key.Key_W)
    person.drag((40, 24), (60, 72), (88, 72))
    person.rest()
    alpha = person.desk.strokes.alpha
    areas = [int((alpha() >= 128).sum())]
    for level in ("0.2", "0.8"):
        person.type(level, person.knob("Threshold"))
        areas.append(int((alpha() >= 128).sum()))
    assert areas[1] > areas[0] > areas[2] > 0


def test_where_the_pointer_rests_the_mask_of_a_click_is_shown(birds, quick):
    birds.key(Qt.Key.Key_P)
    birds.point_at(*FIRST)
    birds.wait(lambda: birds.desk.foresight.ghost)
    assert glows(birds, (FIRST[0], FIRST[1] + 8))
    assert not glows(birds, (SECOND[0], SECOND[1] + 8))
    assert birds.steps()[-1] == "Place object"
    birds.point_at(FIRST[0] + 40, FIRST[1] - 24)
    assert not glows(birds, (FIRST[0], FIRST[1] + 8))  # it was shown for another place


def test_a_click_takes_what_was_shown(birds, quick):
    birds.key(Qt.Key.Key_P)
    birds.point_at(*SECOND)
    birds.wait(lambda: birds.desk.foresight.ghost)
    birds.click(*SECOND)
    birds.rest()
    assert shown(birds, (SECOND[0], SECOND[1] + 8))
    assert not shown(birds, (FIRST[0], FIRST[1] + 8))
    assert birds.steps()[-1] == "Cut out"


def test_an_answer_that_comes_too_late_is_not_shown(birds, quick):
    birds.key(Qt.Key.Key_P)
    birds.point_at(*FIRST)
    birds.wait(lambda: birds.desk.runner.jobs)
    birds.point_at(*GREY)
    birds.canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    birds.rest()
    assert not glows(birds, (FIRST[0], FIRST[1] + 8))
    assert not birds.reads("Looking ahead", birds.window.strip)


def test_nothing_is_asked_once_the_window_has_closed(birds, quick):
    birds.key(Qt.Key.Key_P)
    birds.point_at(*FIRST)
    assert birds.desk.runner.close()
    QTest.qWait(2 * foresight.REST)  # the pointer has rested meanwhile
    assert not birds.desk.runner.jobs


def test_a_slow_segmenter_is_not_asked_before_the_click(birds, monkeypatch):
    monkeypatch.setattr(foresight, "QUICK", 0.0)
    birds.key(Qt.Key.Key_P)
    birds.point_at(*FIRST)
    QTest.qWait(2 * foresight.REST)
    assert not birds.desk.runner.jobs
    assert birds.desk.foresight.ghost is None


class TestWithSam:
    """SAM looks at a photo once, and is quick from then on."""

    @pytest.fixture
    def tiny_nets(self, tmp_path_factory):
        """The paper's nets beside the starter's."""
        return tiny_paper.paper_home(tmp_path_factory.mktemp("both"))

    @pytest.fixture
    def looks(self, monkeypatch):
        """The height and width of every picture that is looked at."""
        looks, look = [], sam.looked_at
        monkeypatch.setattr(
            sam, "looked_at", lambda net, rgb, *a, **k: looks.append(rgb.shape[:2]) or look(net, rgb, *a, **k)
        )
        return looks

    def test_it_has_looked_at_the_photo_before_the_first_click(self, looks, birds):
        assert looks == [(pictures.HEIGHT, pictures.WIDTH)]  # the object's photo, and not the background
        birds.key(Qt.Key.Key_P)
        birds.point_at(*FIRST)
        birds.wait(lambda: birds.desk.foresight.ghost)
        birds.click(*FIRST)
        birds.rest()
        assert birds.steps()[-1] == "Cut out"
        assert birds.knob("Threshold").isVisible()
        assert len(looks) == 1

    def test_it_stops_looking_when_the_object_goes(self, birds, photos, monkeypatch):
        looking = threading.Event()

        def look(net, rgb, progress, **_):
            looking.set()
            while True:
                progress.check()
                time.sleep(0.005)

        monkeypatch.setattr(sam, "looked_at", look)
        birds.window.open_files([photos / "bird.png"])
        birds.wait(looking.is_set)
        assert birds.layers()[0] == "bird"
        assert not birds.reads("Looking at the picture", birds.window.strip)
        birds.menu("delete")
        birds.rest()  # it would be waited for in vain
        assert birds.layers()[0] == "two"
