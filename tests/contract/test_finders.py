"""What every detector and segmenter owes its callers."""

import numpy as np
import pytest
from contracts import STOPS, every, photo, quick, stopped_after, turned

from blendstudio.core.geometry import Point, Rect
from blendstudio.core.masking import bounds
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import DetectTask, SegmentTask
from blendstudio.errors import Cancelled, StudioError

DETECT, SEGMENT = (
    [entry for entry in registry.entries(kind) if not entry.rival] for kind in ("detect", "segment")
)  # rivals have no tiny nets

BOX, POINT = Rect(20, 20, 70, 60), (Point(45, 40), True)
LOOKS = {
    "box": SegmentTask(photo(), BOX),
    "point": SegmentTask(photo(), None, (POINT,)),
    "points": SegmentTask(photo(), None, (POINT, (Point(90, 70), False))),
    "box and points": SegmentTask(photo(), BOX, (POINT, (Point(90, 70), False))),
    "all of it": SegmentTask(photo(), Rect(0, 0, 100, 80)),
    "over the border": SegmentTask(photo(), Rect(-30, -10, 75, 62)),
    "sliver": SegmentTask(photo(), Rect(44.2, 39.1, 44.6, 39.9)),
    "grey": SegmentTask(np.full((60, 60, 3), 128, np.uint8), Rect(10, 10, 50, 50)),
    "grey point": SegmentTask(np.full((60, 60, 3), 128, np.uint8), None, ((Point(5, 5), True),)),
    "a pixel": SegmentTask(photo()[:1, :1], Rect(0, 0, 1, 1)),
    "a row": SegmentTask(photo()[40:41], Rect(10, 0, 60, 1)),
    "a column": SegmentTask(photo()[:, 45:46], None, ((Point(0, 40), True),)),
}
PLAIN = ("box", "point", "points", "box and points", "over the border")
WORDS = [(word, name) for word in ("bird", "bird, car", "mountain") for name in ("photo", "grey", "a row", "a pixel")]
PHOTOS = {
    "photo": photo(),
    "grey": np.full((60, 60, 3), 128, np.uint8),
    "a row": photo()[40:41],
    "a pixel": photo()[:1, :1],
}


def assert_candidates(found, rgb, *, least=0):
    assert len(found) >= least
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    for one in found:
        assert one.label
        assert 0 <= one.score <= 1
        x0, y0, x1, y1 = one.box
        assert 0 <= x0 < x1 <= rgb.shape[1]
        assert 0 <= y0 < y1 <= rgb.shape[0]
        if one.mask is not None:
            assert (one.mask.shape, one.mask.dtype) == (rgb.shape[:2], np.uint8)
            assert bounds(one.mask >= 128) in (one.box, None)


@every(SEGMENT)
@pytest.mark.parametrize("name", LOOKS)
def test_masks_fit_the_picture(nets, entry, name):
    shares = []
    progress = Progress(lambda share, stage: shares.append(share))
    found = entry.call(LOOKS[name], quick(entry), nets, progress)
    assert_candidates(found, LOOKS[name].rgb, least=1)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    if name in PLAIN and sees(entry) and (entry.needs or LOOKS[name].box):  # without nets, clicks promise no outline
        assert overlap(found[0].mask >= 128, photo()[..., 0] > 200) > 0.8


def sees(entry):
    """Whether the tiny nets of a method know the bird; the paper's have random numbers and find anything."""
    return entry.tier == "starter"


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


@every(SEGMENT)
def test_masks_are_the_same_every_time(nets, entry):
    first, again = (entry.call(LOOKS["box"], quick(entry), nets, Progress()) for _ in range(2))
    assert [one.mask.tobytes() for one in first] == [one.mask.tobytes() for one in again]
    assert [one.score for one in first] == [one.score for one in again]


@every(SEGMENT)
@pytest.mark.parametrize("reports", STOPS)
def test_masking_may_be_stopped(nets, entry, reports):
    try:
        found = entry.call(LOOKS["box"], quick(entry), nets, stopped_after(reports))
    except Cancelled:
        return
    assert_candidates(found, LOOKS["box"].rgb)


@every(SEGMENT)
@pytest.mark.parametrize("points", [(), ((Point(5, 5), False),)])
def test_nothing_to_mask_is_told(nets, entry, points):
    with pytest.raises(StudioError):
        entry.call(SegmentTask(photo(), None, points), entry.params(), nets, Progress())


@turned(SEGMENT)
def test_every_knob_of_masking_may_be_turned(nets, entry, name, value):
    assert_candidates(entry.call(LOOKS["box"], quick(entry, **{name: value}), nets, Progress()), photo(), least=1)


@every(DETECT)
@pytest.mark.parametrize(("word", "name"), WORDS)
def test_finds_lie_in_the_picture(nets, entry, word, name):
    shares = []
    progress = Progress(lambda share, stage: shares.append(share))
    try:
        found = entry.call(DetectTask(PHOTOS[name], word), quick(entry), nets, progress)
    except StudioError as error:
        assert name != "photo" or word == "mountain" or not sees(entry), error.what
    else:
        assert_candidates(found, PHOTOS[name], least=1)
    assert shares == sorted(shares)


@every(DETECT)
def test_a_bird_is_found_every_time_in_the_same_place(nets, entry):
    first, again = (entry.call(DetectTask(photo(), "bird"), quick(entry), nets, Progress()) for _ in range(2))
    assert not sees(entry) or first[0].box.overlap(Rect(21, 22, 69, 58)) > 0.7
    assert [(one.box, one.score) for one in first] == [(one.box, one.score) for one in again]


@every(DETECT)
@pytest.mark.parametrize("text", ["", "  ", "qwertz", "bird" * 500, "\0\n", "🐦"])
def test_words_that_mean_nothing_are_told(nets, entry, text):
    if text == "qwertz" and not sees(entry):
        return  # who reads letters may see anything in them
    with pytest.raises(StudioError) as told:
        entry.call(DetectTask(photo(), text), entry.params(), nets, Progress())
    assert len(told.value.what) < 120


@every(DETECT)
@pytest.mark.parametrize("reports", STOPS)
def test_finding_may_be_stopped(nets, entry, reports):
    try:
        found = entry.call(DetectTask(photo(), "bird"), quick(entry), nets, stopped_after(reports))
    except Cancelled:
        return
    assert_candidates(found, photo())
