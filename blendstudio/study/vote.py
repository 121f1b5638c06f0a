"""A blind vote on the pictures of a study: which of two looks more natural, and which metric agrees with the eye.

The preference rate of a method is the share of its questions in which it was chosen; “no difference” counts half. Its
interval is Wilson's, 95 %. Every metric is then compared with the answers: Kendall's tau-b between the difference of
the two pictures in the metric and the choice, over all questions, and Spearman's rank correlation between the methods'
means of the metric and their rates.
"""

import itertools
import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from blendstudio.atomic import make_folder, write_bytes
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Models
from blendstudio.errors import CannotRead, FileError
from blendstudio.study import gallery
from blendstudio.study.asked import Asked
from blendstudio.study.gallery import Picture
from blendstudio.study.report import Report

ANSWERS = "answers.json"
SEED = 0
FIRST, SECOND, NEITHER = 1, 2, 0
Z = 1.96  # of a 95 % interval


@dataclass(frozen=True)
class Answer:
    """On a pair, picture 1 was made by `first`, picture 2 by `second`; `chosen` is 1, 2, or 0 for no difference."""

    pair: str
    first: str
    second: str
    chosen: int


class Question(NamedTuple):
    """Two pictures of one pair, in the order in which they are shown."""

    first: Picture
    second: Picture


def run(asked: Asked, models: Models, progress: Progress) -> list[str]:  # noqa: ARG001 - as every study
    """Asks a person about the pictures of the study in the data folder; returns what the answers say, old and new."""
    pictures = gallery.read(asked.folder())
    ballot = Ballot(pictures, asked.out)
    if ballot.questions:
        asked.ask([(first.file, second.file) for first, second in ballot.questions], ballot.answer)
    return tell(ballot.answers, pictures, asked.out)


class Ballot:
    """The questions that are still open, and the answers, which are on the disk as soon as they are given."""

    def __init__(self, pictures: Sequence[Picture], out: Path, seed: int = SEED) -> None:
        make_folder(out)
        self._path = out / ANSWERS
        self.answers = read_answers(self._path)
        given = {(one.pair, frozenset((one.first, one.second))) for one in self.answers}
        self.questions = [
            one
            for one in questions(pictures, seed)
            if (one.first.pair, frozenset((one.first.method, one.second.method))) not in given
        ]

    def answer(self, number: int, chosen: int) -> None:
        """The answer to a question. Raises CannotWrite."""
        first, second = self.questions[number]
        self.answers.append(Answer(first.pair, first.method, second.method, chosen))
        listing = json.dumps([asdict(one) for one in self.answers], indent=1, ensure_ascii=False)
        write_bytes(self._path, listing.encode())


def questions(pictures: Sequence[Picture], seed: int = SEED) -> list[Question]:
    """Every two different pictures of the same pair, in a random order, the sides drawn too."""
    found = [
        Question(one, other)
        for one, other in itertools.combinations(pictures, 2)
        if one.pair == other.pair and _bytes(one) != _bytes(other)
    ]
    random = np.random.default_rng(seed)
    order = random.permutation(len(found))
    return [found[place] if random.random() < 0.5 else Question(*reversed(found[place])) for place in order]


def read_answers(path: Path) -> list[Answer]:
    """What an earlier vote left, or nothing. Raises FileError for a file that is none."""
    if not path.is_file():
        return []
    try:
        return [Answer(**one) for one in json.loads(path.read_text("utf-8"))]
    except OSError as error:
        raise CannotRead(f"{path.name} cannot be opened.", "Check that you may read it.", detail=str(error)) from error
    except (ValueError, TypeError) as error:
        raise FileError(
            f"{path.name} is not a list of answers.", "Choose another folder with -o.", detail=repr(error)
        ) from error


def rates(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """A line for each method, the most liked first: rate, interval, number of questions."""
    shares: dict[str, list[float]] = {}
    for one in answers:
        gain = {FIRST: 1.0, SECOND: 0.0}.get(one.chosen, 0.5)
        shares.setdefault(one.first, []).append(gain)
        shares.setdefault(one.second, []).append(1 - gain)
    lines = []
    for method, own in shares.items():
        rate = float(np.mean(own))
        low, high = wilson(rate, len(own))
        lines.append({"method": method, "rate": rate, "low": low, "high": high, "questions": len(own)})
    return sorted(lines, key=lambda line: -line["rate"])


def wilson(rate: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` questions (Wilson, 1927)."""
    scale = 1 + Z**2 / count
    middle = (rate + Z**2 / (2 * count)) / scale
    reach = Z / scale * math.sqrt(rate * (1 - rate) / count + Z**2 / (4 * count**2))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def agreements(answers: Sequence[Answer], pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """A line for each metric, the best first: how it goes with the answers. NaN where nothing can be said."""
    known = {(one.pair, one.method): one.metrics for one in pictures}
    judged = [one for one in answers if (one.pair, one.first) in known and (one.pair, one.second) in known]
    liked = {line["method"]: line["rate"] for line in rates(answers)}
    names = list(dict.fromkeys(name for metrics in known.values() for name in metrics))
    lines = []
    for name in names:
        gains = [known[one.pair, one.first][name] - known[one.pair, one.second][name] for one in judged]
        choices = [{FIRST: 1, SECOND: -1}.get(one.chosen, 0) for one in judged]
        gains, choices = gains + [-gain for gain in gains], choices + [-choice for choice in choices]  # either side
        means = [statistics.mean(one.metrics[name] for one in pictures if one.method == method) for method in liked]
        lines.append(
            {
                "metric": name,
                "Kendall tau-b, questions": _correlation(stats.kendalltau, gains, choices),
                "Spearman rho, methods": _correlation(stats.spearmanr, means, list(liked.values())),
            }
        )
    return sorted(lines, key=lambda line: -abs(np.nan_to_num(line["Kendall tau-b, questions"])))


def tell(answers: Sequence[Answer], pictures: Sequence[Picture], out: Path) -> list[str]:
    """Writes report.html and vote.json; returns the summary."""
    report = Report(out, "vote", "What the eye prefers, and which metric agrees")
    report.text((__doc__ or "").split("\n\n", 1)[1].replace("\n", " "))
    ties = sum(one.chosen == NEITHER for one in answers)
    report.text(f"{len(answers)} answers, {ties} of them “no difference”.", said=True)
    report.heading("Preference")
    report.table("rates", rates(answers), said=True)
    report.heading("Metrics against the answers")
    report.table("agreements", agreements(answers, pictures) if answers else [], said=True)
    report.text("A negative number means that less of the metric was liked more.")
    return report.write()


def _correlation(measure: Any, one: Sequence[float], other: Sequence[float]) -> float:
    """NaN for lists that are too short or do not vary."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return math.nan
    return float(measure(one, other).statistic)


def _bytes(picture: Picture) -> bytes:
    try:
        return picture.file.read_bytes()
    except OSError as error:
        raise CannotRead(
            f"{picture.file.name} cannot be opened.", "Run the study again that made it.", detail=str(error)
        ) from error
