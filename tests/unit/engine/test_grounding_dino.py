"""Grounding DINO through its authors' package: the same numbers, its own words, and one pass for each noun."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_paper
import torch
from tiny_paper import photo

from blendstudio.core.document import Prompt
from blendstudio.core.geometry import Rect
from blendstudio.engine import pipeline, registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, DetectTask
from blendstudio.engine.manifest import shipped
from blendstudio.engine.methods import grounding_dino
from blendstudio.engine.methods.grounding_dino import GroundingDinoKnobs
from blendstudio.engine.nets import bert_words
from blendstudio.engine.nets.weights import WrongWeights
from blendstudio.engine.phrases import Phrase
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import NothingFound, UnknownWord, UsageError

ENTRY = registry.find("detect", "grounding-dino")
SMALL = GroundingDinoKnobs(size=96, box_threshold=0.6, alternatives=50)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tiny_paper.paper_home(tmp_path_factory.mktemp("home")) / "models", shipped())


@pytest.fixture
def models(store):
    return Nets(store, "paper", "cpu")


def official(text, box_threshold, text_threshold):
    """What the authors' own `predict` says of the photo: boxes, scores, phrases."""
    with tiny_paper.quiet():
        from groundingdino.util.inference import predict

        picture = grounding_dino.seen(photo(), SMALL.size)
        return predict(tiny_paper.grounding(), picture, text, box_threshold, text_threshold, device="cpu")


def test_the_picture_is_prepared_as_the_authors_do(tmp_path):
    import cv2

    with tiny_paper.quiet():
        from groundingdino.util.inference import load_image

        cv2.imwrite(str(tmp_path / "photo.png"), photo(300, 250)[..., ::-1])
        _, wanted = load_image(str(tmp_path / "photo.png"))
    assert torch.equal(grounding_dino.seen(photo(300, 250), 800), wanted)


@pytest.mark.parametrize("text", ["bird", "red bird"])
def test_the_numbers_are_the_authors_own(models, text):
    boxes, scores, phrases = official(text, SMALL.box_threshold, SMALL.text_threshold)
    net, words = models.net("grounding"), grounding_dino._tokenizer(models)
    grounding_dino.check_readable(Phrase(text), words, net)
    found = grounding_dino.passed(net, grounding_dino.seen(photo(), SMALL.size), text, SMALL, Progress())
    assert len(found) == len(boxes) > 1
    ours = np.array([[*one.box.centre, one.box.width, one.box.height] for one in found])
    for mine, theirs in ((ours, boxes.numpy()), (np.array([one.score for one in found]), scores.numpy())):
        assert np.abs(mine - theirs).max() <= 1e-5 * np.abs(theirs).max()
    for one, phrase in zip(found, phrases, strict=True):
        assert one.label == (phrase.replace("[CLS]", "").replace("[SEP]", "").strip() or text)


def test_each_noun_is_a_pass_of_its_own(models):
    alone = [ENTRY.call(DetectTask(photo(), noun), SMALL, models, Progress()) for noun in ("bird", "dog")]
    together = ENTRY.call(DetectTask(photo(), "bird, dog"), SMALL, models, Progress())
    assert {one.box for one in together} <= {one.box for found in alone for one in found}
    assert [one.score for one in together] == sorted((one.score for one in together), reverse=True)
    assert together[0].score == max(found[0].score for found in alone)


def test_the_thresholds_choose(models):
    scores = [one.score for one in ENTRY.call(DetectTask(photo(), "bird"), SMALL, models, Progress())]
    middle = scores[len(scores) // 2]
    fewer = ENTRY.call(DetectTask(photo(), "bird"), replace(SMALL, box_threshold=middle), models, Progress())
    assert [one.score for one in fewer] == [score for score in scores if score > middle]
    plain = ENTRY.call(DetectTask(photo(), "red bird"), replace(SMALL, text_threshold=1.0), models, Progress())
    assert {one.label for one in plain} == {"red bird"}
    with pytest.raises(NothingFound, match="No bird was found"):
        ENTRY.call(DetectTask(photo(), "bird"), replace(SMALL, box_threshold=1.0), models, Progress())


@pytest.mark.parametrize(("word", "best"), [("left", 1), ("right", 0), ("largest", 2)])
def test_the_place_is_taken_from_the_boxes(models, monkeypatch, word, best):
    boxes = [Rect(0.7, 0.1, 0.9, 0.3), Rect(-0.1, 0.2, 0.2, 0.4), Rect(0.1, 0.1, 0.8, 0.9)]
    asked = []

    def passed(net, picture, noun, params, progress):
        asked.append(noun)
        return [Candidate(noun, 0.5 + number / 10, box) for number, box in enumerate(boxes)]

    monkeypatch.setattr(grounding_dino, "passed", passed)
    (found,) = ENTRY.call(DetectTask(photo(), f"the bird on the {word}"), SMALL, models, Progress())
    whole = Rect(max(0, boxes[best].x0) * 100, boxes[best].y0 * 80, boxes[best].x1 * 100, boxes[best].y1 * 80)
    assert found.box == pytest.approx(whole)
    assert asked == ["bird"]


def test_the_vocabulary_is_really_used(models):
    words = grounding_dino._tokenizer(models)
    assert words.tokenize("red bird") == ["red", "bird"]
    assert words.tokenize("birch") == ["b", "##i", "##r", "##c", "##h"]
    assert words.unk_token_id not in words("red bird.")["input_ids"]
    assert len(words) == len(tiny_paper.vocabulary().splitlines())


def test_two_words_lead_to_two_answers(models):
    """A tokenizer that turns every word into “unknown” would give one."""
    bird, dog = (ENTRY.call(DetectTask(photo(), noun), SMALL, models, Progress()) for noun in ("bird", "dog"))
    assert [one.score for one in bird] != [one.score for one in dog]


@pytest.mark.parametrize(
    ("text", "error"), [("🐦", UnknownWord), ("bird " * 200, UsageError), ("bird, 🐦", UnknownWord)]
)
def test_what_the_net_cannot_read_is_told_before_it_looks(models, monkeypatch, text, error):
    monkeypatch.setattr(grounding_dino, "passed", lambda *_: pytest.fail("looked"))
    with pytest.raises(error):
        ENTRY.call(DetectTask(photo(), text), SMALL, models, Progress())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "it lacks “vocabulary”"),
        (b"\xff\xfe", "it is not a text"),
        (b"bird\ndog\n", "it lacks the word “[PAD]”"),
        (tiny_paper.vocabulary() + b"bird\n", "does not take its words"),
    ],
)
def test_a_text_that_is_no_vocabulary_is_refused(text, words):
    with pytest.raises(WrongWeights) as told:
        bert_words.to_state(text)
    assert words in str(told.value)


def test_every_find_gets_its_mask_from_sam(models):
    found = pipeline.find(photo(), Prompt(text="bird"), models, Progress())
    assert all(one.mask is not None and one.mask.shape == photo().shape[:2] for one in found)
    assert [id for id, _ in models.used] == ["grounding-dino-swint", "bert-words", "sam-vit-b"]


def test_a_find_that_gets_no_mask_falls_away_and_the_others_stay(models, monkeypatch):
    found = [Candidate("bird", score, Rect(x, 10, x + 20, 30)) for x, score in ((10, 0.9), (40, 0.8), (70, 0.7))]
    empty = set()

    def answer(task, params, models, progress):
        if task.box.x0 in empty:
            raise NothingFound("nothing", "")
        return [Candidate("object", 1.0, task.box, np.full((80, 100), 255, np.uint8))]

    finder, masker = replace(ENTRY, call=lambda *_: found), replace(registry.find("segment", "sam"), call=answer)
    monkeypatch.setattr(pipeline, "usable", lambda kind, _: finder if kind == "detect" else masker)
    for empty, left in (({10.0}, [0.8, 0.7]), ({70.0}, [0.9, 0.8])):  # noqa: B007 - the answer reads it
        assert [one.score for one in pipeline.find(photo(), Prompt(text="bird"), models, Progress())] == left
    empty = {10.0, 40.0, 70.0}
    with pytest.raises(NothingFound):
        pipeline.find(photo(), Prompt(text="bird"), models, Progress())


def test_a_picture_as_thin_as_a_thread_is_refused(models):
    with pytest.raises(UsageError, match="too thin"):
        ENTRY.call(DetectTask(np.zeros((1, 5000, 3), np.uint8), "bird"), SMALL, models, Progress())
