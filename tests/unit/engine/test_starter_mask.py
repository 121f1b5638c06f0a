import cv2
import numpy as np
import pytest
from tiny import tiny_home

from blendstudio.core.geometry import Point, Rect
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import SegmentTask
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import Cancelled, UsageError

HEIGHT, WIDTH = 240, 320
RED, GREY = (220, 30, 30), (120, 120, 120)


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tiny_home(tmp_path)))
    return Nets(Store.default(), "starter", "cpu")


def blob(*ellipses, height=HEIGHT, width=WIDTH):
    truth = np.zeros((height, width), np.uint8)
    for centre, axes in ellipses:
        cv2.ellipse(truth, centre, axes, 0, 0, 360, 1, -1)
    rgb = np.where(truth[..., None] > 0, np.uint8(RED), np.uint8(GREY)).astype(np.uint8)
    return rgb, truth > 0


def overlap(mask, truth):
    inside = mask >= 128
    return (inside & truth).sum() / (inside | truth).sum()


def segment(task, models, progress=None, **knobs):
    entry = registry.find("segment", "starter")
    return entry.call(task, registry.params(entry, values=knobs), models, progress or Progress())


def test_a_box_gives_the_thing_in_it(models):
    rgb, truth = blob(((160, 120), (60, 40)))
    found = segment(SegmentTask(rgb, Rect(95, 76, 226, 165)), models)
    assert overlap(found[0].mask, truth) > 0.95
    assert found[0].mask.shape == (HEIGHT, WIDTH)
    assert found[0].mask.dtype == np.uint8
    assert found[0].sure


def test_the_box_of_a_candidate_is_tight(models):
    rgb, _ = blob(((160, 120), (60, 40)))
    box = segment(SegmentTask(rgb, Rect(90, 70, 230, 170)), models)[0].box
    assert np.abs(np.subtract(box, (100, 80, 221, 161))).max() <= 3


def test_a_box_chooses_among_things(models):
    rgb, _ = blob(((80, 120), (40, 40)), ((240, 120), (40, 40)))
    _, left = blob(((80, 120), (40, 40)))
    found = segment(SegmentTask(rgb, Rect(38, 78, 123, 163)), models)
    assert overlap(found[0].mask, left) > 0.95


def test_candidates_are_distinct_and_best_first(models):
    rgb, _ = blob(((110, 120), (50, 40)), ((230, 120), (30, 30)))
    found = segment(SegmentTask(rgb, Rect(40, 60, 280, 180)), models)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for one in found:
        assert all(other is one or overlap(one.mask, other.mask >= 128) < 0.9 for other in found)


def test_a_large_picture_gets_a_mask_of_its_own_size(models):
    rgb, truth = blob(((900, 700), (400, 300)), height=1500, width=2000)
    found = segment(SegmentTask(rgb, Rect(490, 390, 1310, 1010)), models)
    assert found[0].mask.shape == (1500, 2000)
    assert overlap(found[0].mask, truth) > 0.97


def test_a_box_of_nothing_special_still_gives_a_mask_that_is_not_sure(models):
    rgb = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    found = segment(SegmentTask(rgb, Rect(100, 80, 200, 160)), models)
    assert (found[0].mask >= 128).any()
    assert not found[0].sure


@pytest.mark.parametrize("box", [Rect(10, 10, 12, 12), Rect(0, 0, 320, 240), Rect(-30, -30, 60, 60)])
def test_odd_boxes_give_a_mask(models, box):
    rgb, _ = blob(((160, 120), (60, 40)))
    found = segment(SegmentTask(rgb, box), models)
    assert found[0].mask.shape == (HEIGHT, WIDTH)


def test_a_click_gives_the_thing_under_it(models):
    rgb, _ = blob(((80, 120), (40, 40)), ((240, 120), (40, 40)))
    _, right = blob(((240, 120), (40, 40)))
    found = segment(SegmentTask(rgb, None, ((Point(240, 120), True),)), models)
    assert overlap(found[0].mask, right) > 0.9


def test_a_second_click_adds_the_other_thing(models):
    rgb, truth = blob(((80, 120), (40, 40)), ((240, 120), (40, 40)))
    found = segment(SegmentTask(rgb, None, ((Point(240, 120), True), (Point(80, 120), True))), models)
    assert overlap(found[0].mask, truth) > 0.75


def test_a_not_this_click_takes_a_part_away(models):
    rgb, truth = blob(((160, 120), (60, 40)))
    rgb[truth & (np.arange(WIDTH) > 170)] = (160, 10, 60)
    left = truth & (np.arange(WIDTH) <= 170)
    box = Rect(98, 78, 223, 163)
    without = segment(SegmentTask(rgb, box), models)[0].mask
    clicks = ((Point(130, 120), True), (Point(200, 120), False))
    taken = segment(SegmentTask(rgb, box, clicks), models)[0].mask
    assert overlap(taken, left) > overlap(without, left) + 0.1
    assert taken[120, 200] < 128 <= taken[120, 130]


@pytest.mark.parametrize("points", [(), ((Point(10, 10), False),)])
def test_nothing_on_the_object_is_a_usage_error(models, points):
    rgb, _ = blob(((160, 120), (60, 40)))
    with pytest.raises(UsageError) as caught:
        segment(SegmentTask(rgb, None, points), models)
    assert caught.value.next_step


def test_the_same_question_gives_the_same_bytes(models):
    rgb, _ = blob(((160, 120), (60, 40)))
    noise = np.random.default_rng(0).integers(0, 40, rgb.shape, np.uint8)
    task = SegmentTask(rgb + noise, Rect(90, 70, 230, 170))
    assert np.array_equal(segment(task, models)[0].mask, segment(task, models)[0].mask)


@pytest.mark.parametrize("task", ["box", "click"])
def test_a_stop_between_crops_ends_the_work(models, task):
    rgb, _ = blob(((160, 120), (60, 40)))
    reports = []
    progress = Progress(lambda share, stage: reports.append(share), cancelled=lambda: len(reports) >= 2)
    box, points = (Rect(90, 70, 230, 170), ()) if task == "box" else (None, ((Point(160, 120), True),))
    with pytest.raises(Cancelled):
        segment(SegmentTask(rgb, box, points), models, progress)
    assert len(reports) == 2


@pytest.mark.parametrize("task", ["box", "click"])
def test_progress_rises_to_the_end(models, task):
    rgb, _ = blob(((160, 120), (60, 40)))
    shares = []
    box, points = (Rect(90, 70, 230, 170), ()) if task == "box" else (None, ((Point(160, 120), True),))
    segment(SegmentTask(rgb, box, points), models, Progress(lambda share, stage: shares.append(share)))
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) > 4


def test_fewer_alternatives_can_be_asked_for(models):
    rgb, _ = blob(((110, 120), (50, 40)), ((230, 120), (30, 30)))
    assert len(segment(SegmentTask(rgb, Rect(40, 60, 280, 180)), models, alternatives=1)) == 1
