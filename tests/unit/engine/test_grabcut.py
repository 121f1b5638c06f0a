import numpy as np
import pytest

from blendstudio.core.geometry import IntRect, Point, Rect
from blendstudio.engine import graphcut, registry, walker
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, SegmentTask
from blendstudio.errors import Cancelled, NothingFound, UsageError

SIDE = 200


class NoModels:
    def net(self, role):
        raise AssertionError(f"asked for {role}")

    def has(self, role):
        return False


def disc(centre=(100, 100), radius=45):
    rows, columns = np.mgrid[:SIDE, :SIDE]
    truth = (columns - centre[0]) ** 2 + (rows - centre[1]) ** 2 < radius**2
    noise = np.random.default_rng(3).integers(-12, 12, (SIDE, SIDE, 3))
    colours = np.where(truth[..., None], (200, 160, 40), (40, 80, 150)) + noise
    return np.clip(colours, 0, 255).astype(np.uint8), truth


def overlap(mask, truth):
    inside = mask >= 128
    return (inside & truth).sum() / (inside | truth).sum()


def segment(task, progress=None):
    entry = registry.find("segment", "grabcut")
    return entry.call(task, entry.params(), NoModels(), progress or Progress())


def test_it_needs_no_net():
    assert registry.find("segment", "grabcut").needs == ()


def test_a_box_gives_what_differs_from_its_surroundings():
    rgb, truth = disc()
    found = segment(SegmentTask(rgb, Rect(50, 50, 150, 150)))
    assert overlap(found[0].mask, truth) > 0.95
    assert not found[0].sure


def test_points_give_the_region_round_them():
    rgb, truth = disc()
    corners = [(Point(x, y), False) for x in (20, 180) for y in (20, 180)]
    sides = [(Point(x, y), False) for x, y in ((100, 15), (100, 185), (15, 100), (185, 100))]
    clicks = ((Point(100, 100), True), *corners, *sides)
    assert overlap(segment(SegmentTask(rgb, None, clicks))[0].mask, truth) > 0.8


def test_a_flat_picture_gives_the_box():
    rgb = np.full((SIDE, SIDE, 3), 90, np.uint8)
    mask = segment(SegmentTask(rgb, Rect(50, 60, 150, 140)))[0].mask
    assert mask[100, 100] >= 128


def test_a_box_over_the_whole_picture_is_answered():
    rgb, _ = disc()
    assert segment(SegmentTask(rgb, Rect(0, 0, SIDE, SIDE)))[0].mask.any()


def test_no_prompt_is_a_usage_error():
    rgb, _ = disc()
    with pytest.raises(UsageError):
        segment(SegmentTask(rgb))


def test_the_same_question_gives_the_same_bytes():
    rgb, _ = disc()
    task = SegmentTask(rgb, Rect(45, 45, 155, 155))
    assert np.array_equal(segment(task)[0].mask, segment(task)[0].mask)


def test_a_stop_is_honoured():
    rgb, _ = disc()
    with pytest.raises(Cancelled):
        segment(SegmentTask(rgb, Rect(45, 45, 155, 155)), Progress(cancelled=lambda: True))


def test_a_cut_looks_at_its_window_alone():
    rgb, truth = disc()
    guess = np.where(truth, graphcut.MAYBE_INSIDE, graphcut.OUTSIDE).astype(np.uint8)
    inside = graphcut.cut(rgb, guess, IntRect(0, 0, 100, SIDE), rounds=2)
    assert not inside[:, 100:].any()
    assert inside[100, 80] == 1


def test_geodesic_distance_rises_across_an_edge():
    rgb, _ = disc()
    distance = walker.geodesic(rgb, [Point(100, 100)])
    assert distance.shape == (SIDE, SIDE)
    assert distance[100, 100] < distance[100, 70] < distance[100, 30]
    assert distance[100, 30] - distance[100, 70] > 1.5 * (distance[100, 70] - distance[100, 100])


def test_geodesic_distance_is_plain_length_in_a_flat_picture():
    flat = np.full((SIDE, SIDE, 3), 128, np.uint8)
    distance = walker.geodesic(flat, [Point(20, 100)])
    assert distance[100, 180] == pytest.approx(0.8, abs=0.03)
    assert distance[100, 20] == pytest.approx(0, abs=0.02)


def test_a_walker_keeps_to_its_clicks_and_its_prior():
    rgb, truth = disc()
    shifted = np.roll(truth, 8, axis=1).astype(np.float32)
    prior = 0.2 + 0.6 * shifted
    chance = walker.random_walk(rgb, prior, [(Point(100, 100), True), (Point(20, 20), False)])
    assert chance[100, 100] > 0.9
    assert chance[20, 20] < 0.1
    assert overlap(chance * 255, truth) > overlap(prior * 255, truth) + 0.02


def test_a_not_this_click_that_leaves_nothing_says_so():
    rgb, _ = disc()
    speck = np.zeros((SIDE, SIDE), np.uint8)
    speck[99:102, 99:102] = 255
    earlier = Candidate("object", 1.0, Rect(99, 99, 102, 102), speck)
    with pytest.raises(NothingFound, match="leaves nothing"):
        segment(SegmentTask(rgb, None, ((Point(100, 100), False),), earlier))
