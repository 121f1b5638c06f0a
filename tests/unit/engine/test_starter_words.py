import cv2
import numpy as np
import pytest
from tiny import tiny_home

from blendstudio.core.geometry import Size
from blendstudio.engine import registry, wordmaps
from blendstudio.engine.closer import CUT, Look, cut_sides, looked_closer
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import DetectTask
from blendstudio.engine.methods import starter_words
from blendstudio.engine.saliency import salience_in, square_round
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import Cancelled, NothingFound, UnknownWord, UsageError

HEIGHT, WIDTH = 320, 480
RED, GREY = (230, 20, 20), (120, 120, 120)


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tiny_home(tmp_path)))
    return Nets(Store.default(), "starter", "cpu")


def blob(*ellipses, height=HEIGHT, width=WIDTH):
    truth = np.zeros((height, width), np.uint8)
    for centre, axes in ellipses:
        cv2.ellipse(truth, centre, axes, 0, 0, 360, 1, -1)
    return np.where(truth[..., None] > 0, np.uint8(RED), np.uint8(GREY)).astype(np.uint8), truth > 0


def overlap(mask, truth):
    inside = mask >= 128
    return (inside & truth).sum() / (inside | truth).sum()


def detect(rgb, text, models, progress=None, **knobs):
    entry = registry.find("detect", "starter")
    return entry.call(DetectTask(rgb, text), registry.params(entry, values=knobs), models, progress or Progress())


def test_a_word_finds_its_thing(models):
    rgb, truth = blob(((300, 170), (90, 70)))
    found = detect(rgb, "bird", models)
    assert overlap(found[0].mask, truth) > 0.95
    assert found[0].label == "bird"
    assert 0 < found[0].score <= 1
    assert np.abs(np.subtract(found[0].box, (210, 100, 391, 241))).max() <= 3


def test_a_phrase_is_labelled_with_its_noun(models):
    rgb, _ = blob(((300, 170), (90, 70)))
    assert detect(rgb, "a big red bird on a grey wall", models)[0].label == "bird"


def test_a_thing_larger_than_the_first_windows_is_whole(models):
    rgb, truth = blob(((240, 160), (200, 130)))
    assert overlap(detect(rgb, "bird", models)[0].mask, truth) > 0.95


def test_a_thing_at_the_border_is_whole(models):
    rgb, truth = blob(((460, 300), (150, 120)))
    assert overlap(detect(rgb, "bird", models)[0].mask, truth) > 0.93


def test_of_two_things_the_first_find_is_one(models):
    rgb, _ = blob(((110, 160), (70, 70)), ((370, 160), (70, 70)))
    _, left = blob(((110, 160), (70, 70)))
    _, right = blob(((370, 160), (70, 70)))
    mask = detect(rgb, "bird", models)[0].mask
    assert max(overlap(mask, left), overlap(mask, right)) > 0.93


def test_the_other_of_two_things_is_offered_too(models):
    rgb, truth = blob(((110, 160), (70, 70)), ((370, 160), (70, 70)))
    _, left = blob(((110, 160), (70, 70)))
    found = detect(rgb, "bird", models)
    assert any(overlap(one.mask, left) > 0.9 for one in found)
    assert any(overlap(one.mask, truth & ~left) > 0.9 for one in found)


def test_candidates_are_distinct_and_best_first(models):
    rgb, _ = blob(((110, 160), (70, 70)), ((370, 160), (70, 70)))
    found = detect(rgb, "birds", models)
    assert len(found) >= 2
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert all(other is one or overlap(one.mask, other.mask >= 128) < 0.9 for other in found)


def test_a_large_picture_gets_a_mask_of_its_own_size(models):
    rgb, truth = blob(((1200, 800), (400, 300)), height=1600, width=2400)
    mask = detect(rgb, "bird", models)[0].mask
    assert mask.shape == (1600, 2400)
    assert overlap(mask, truth) > 0.97


def test_what_is_not_there_is_not_found(models):
    rgb, _ = blob(((300, 170), (90, 70)))
    with pytest.raises(NothingFound) as caught:
        detect(rgb, "dog", models)
    assert caught.value.what == "No dog was found in the picture."
    assert caught.value.next_step.startswith("Draw a box round it")


def test_a_picture_without_the_thing_says_so(models):
    with pytest.raises(NothingFound):
        detect(np.full((HEIGHT, WIDTH, 3), 120, np.uint8), "bird", models)


def test_of_several_words_those_that_are_there_are_found(models):
    rgb, _ = blob(((300, 170), (90, 70)))
    assert {one.label for one in detect(rgb, "dog, bird", models)} == {"bird"}


def test_an_unknown_word_is_said_before_any_net_is_asked():
    class NoModels:
        def net(self, role):
            raise AssertionError(role)

    with pytest.raises(UnknownWord):
        detect(np.zeros((64, 64, 3), np.uint8), "giraffe", NoModels())


def test_an_empty_text_is_a_usage_error(models):
    with pytest.raises(UsageError):
        detect(np.zeros((64, 64, 3), np.uint8), " … ", models)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (40, 30)])
def test_tiny_pictures_are_answered_or_refused_in_words(models, shape):
    rgb = np.zeros((*shape, 3), np.uint8)
    rgb[..., 0] = 230
    try:
        assert detect(rgb, "bird", models)[0].mask.shape == shape
    except NothingFound as nothing:
        assert nothing.next_step


def test_a_higher_threshold_finds_less(models):
    rgb, _ = blob(((300, 170), (24, 24)))
    with pytest.raises(NothingFound):
        detect(rgb, "bird", models, present=1.0)


def test_the_same_question_gives_the_same_bytes(models):
    rgb, _ = blob(((300, 170), (90, 70)))
    assert np.array_equal(detect(rgb, "bird", models)[0].mask, detect(rgb, "bird", models)[0].mask)


def test_a_stop_is_honoured_between_crops(models):
    rgb, _ = blob(((300, 170), (90, 70)))
    reports = []
    progress = Progress(lambda share, stage: reports.append(share), cancelled=lambda: len(reports) >= 6)
    with pytest.raises(Cancelled):
        detect(rgb, "bird", models, progress)
    assert len(reports) == 6


def test_progress_rises_to_the_end(models):
    rgb, _ = blob(((300, 170), (90, 70)))
    shares = []
    detect(rgb, "bird", models, Progress(lambda share, stage: shares.append(share)))
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_the_map_of_a_word_is_strong_where_the_word_is(models):
    rgb, truth = blob(((360, 160), (80, 80)))
    logits = wordmaps.dense_logits(models.net("words"), rgb, Progress())
    place = starter_words.place_of(logits, (15,), Size(WIDTH, HEIGHT))
    assert truth[int(place.point.y), int(place.point.x)]
    assert place.peak > 0.9
    assert place.extent[truth].mean() > place.extent[~truth].mean() + 0.5


def test_probabilities_of_all_classes_sum_to_one():
    logits = [np.random.default_rng(0).normal(size=(4, 6, 1000)).astype(np.float32)]
    assert wordmaps.word_map(logits, tuple(range(1000))) == pytest.approx(1.0, abs=1e-5)


def test_agreement_is_full_for_the_same_shape_and_none_for_another_place():
    _, truth = blob(((120, 160), (80, 80)))
    _, other = blob(((360, 160), (80, 80)))
    extent = truth.astype(np.float32)
    assert starter_words.agreement(extent, truth) == pytest.approx(1, abs=0.02)
    assert starter_words.agreement(extent, other) == pytest.approx(0, abs=0.02)


def test_a_cut_is_seen_on_inner_borders_alone():
    part = np.zeros((100, 100), bool)
    part[40:, 20:60] = True
    whole = square_round(50, 50, 100, Size(100, 100))
    assert max(cut_sides(part, whole)) == 0
    window = square_round(40, 50, 40, Size(100, 100))
    inside = part & False
    inside[window.slices] = part[window.slices]
    left, top, right, bottom = cut_sides(inside, window)
    assert left > CUT
    assert top == 0
    assert right > CUT
    assert bottom > CUT


def test_a_closer_look_widens_until_the_thing_is_whole(models):
    rgb, truth = blob(((240, 160), (150, 100)))
    net = models.net("saliency")
    window = square_round(200, 160, 120, Size(WIDTH, HEIGHT))
    soft = salience_in(net, rgb, [window], Progress())[0]
    look = looked_closer(net, rgb, Look(soft > 0.5, soft, window), Progress())
    assert overlap(look.part * 255, truth) > 0.95


def test_a_closer_look_that_shows_nothing_is_not_taken(models):
    rgb = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    part = np.zeros((HEIGHT, WIDTH), bool)
    part[100:200, 100:200] = True
    look = Look(part, part.astype(np.float32), square_round(150, 150, 140, Size(WIDTH, HEIGHT)))
    assert looked_closer(models.net("saliency"), rgb, look, Progress()) is look
