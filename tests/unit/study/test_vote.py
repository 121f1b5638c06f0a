import json

import numpy as np
import pytest

from blendstudio.engine.job import Progress
from blendstudio.errors import CannotRead, FileError
from blendstudio.study import gallery, vote
from blendstudio.study.asked import Asked
from blendstudio.study.vote import Answer

METHODS = ("good", "fair", "poor")


@pytest.fixture
def folder(tmp_path):
    """A study's folder with two pairs, three methods."""
    made = gallery.Gallery(tmp_path / "study")
    for pair in ("a", "b"):
        for number, method in enumerate(METHODS):
            picture = np.full((8, 8, 3), 50 * number + 40, np.uint8)
            made.add(pair, method, picture, {"step": float(number), "flat": 1.0})
    made.write()
    return tmp_path / "study"


def best_first(question):
    """What somebody chooses who sees that good is better than fair, and fair better than poor."""
    return vote.FIRST if METHODS.index(question.first.method) < METHODS.index(question.second.method) else vote.SECOND


def test_every_two_pictures_of_a_pair_are_asked_about_once(folder):
    asked = vote.questions(gallery.read(folder))
    assert len(asked) == 2 * 3
    assert all(one.first.pair == one.second.pair for one in asked)
    assert asked == vote.questions(gallery.read(folder))


def test_no_method_is_always_on_one_side(folder):
    pictures = gallery.read(folder)
    first = [one.first.method for seed in range(8) for one in vote.questions(pictures, seed)]
    assert all(first.count(method) > 5 for method in METHODS)  # each is in 32 of the 48 questions


def test_pictures_that_are_the_same_are_not_asked_about(folder):
    pictures = gallery.read(folder)
    pictures[1].file.write_bytes(pictures[0].file.read_bytes())
    assert len(vote.questions(pictures)) == 5


def test_answers_are_on_the_disk_at_once_and_not_asked_for_again(folder, tmp_path):
    pictures = gallery.read(folder)
    ballot = vote.Ballot(pictures, tmp_path / "vote")
    ballot.answer(0, vote.FIRST)
    ballot.answer(1, vote.NEITHER)
    kept = json.loads((tmp_path / "vote" / "answers.json").read_text())
    assert [one["chosen"] for one in kept] == [1, 0]
    again = vote.Ballot(pictures, tmp_path / "vote")
    assert again.questions == ballot.questions[2:]
    assert again.answers == ballot.answers


def test_rates_count_wins_and_halves():
    answers = [Answer("a", "x", "y", 1), Answer("b", "y", "x", 2), Answer("c", "x", "y", 0), Answer("d", "x", "y", 2)]
    best, worst = vote.rates(answers)
    assert (best["method"], best["rate"], best["questions"]) == ("x", 0.625, 4)
    assert (worst["method"], worst["rate"]) == ("y", 0.375)
    assert best["low"] < 0.625 < best["high"]


def test_the_interval_is_wilsons():
    low, high = vote.wilson(0.5, 10)
    assert (low, high) == (pytest.approx(0.2366, abs=1e-3), pytest.approx(0.7634, abs=1e-3))
    assert vote.wilson(1.0, 3)[1] == pytest.approx(1)


def test_a_metric_that_orders_like_the_eye_agrees(folder, tmp_path):
    pictures = gallery.read(folder)
    ballot = vote.Ballot(pictures, tmp_path / "vote")
    for number, question in enumerate(ballot.questions):
        ballot.answer(number, best_first(question))
    step, flat = vote.agreements(ballot.answers, pictures)
    assert step["metric"] == "step"
    assert step["Kendall tau-b, questions"] < -0.7  # a smaller step was liked more
    assert step["Spearman rho, methods"] == pytest.approx(-1)
    assert np.isnan(flat["Kendall tau-b, questions"])


def test_the_vote_asks_by_the_window_and_tells(folder, tmp_path):
    def person(shown, answered):
        assert all(path.is_file() for two in shown for path in two)
        answered(0, vote.FIRST)

    said = vote.run(Asked(folder, tmp_path / "out", ask=person), None, Progress())
    assert "1 answers, 0 of them “no difference”." in said
    assert "Preference" in (tmp_path / "out" / "report.html").read_text()


def test_a_vote_that_nobody_took_is_no_fault(folder, tmp_path):
    said = vote.run(Asked(folder, tmp_path / "out"), None, Progress())
    assert said[0].startswith("0 answers")


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(CannotRead, match="no pictures of a study"):
        vote.run(Asked(tmp_path, tmp_path / "out"), None, Progress())


@pytest.mark.parametrize("text", ["", "{}", '[{"pair": 1}]', "[1]"])
def test_files_that_are_no_lists_are_refused(folder, tmp_path, text):
    (tmp_path / "answers.json").write_text(text)
    if text != "{}":
        with pytest.raises(FileError):
            vote.read_answers(tmp_path / "answers.json")
    (folder / "pictures.json").write_text(text)
    if text != "{}":
        with pytest.raises(FileError):
            gallery.read(folder)
