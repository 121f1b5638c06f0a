"""Measurements of many results on the same pairs: means, spreads, and differences with their uncertainty."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from blendstudio.study.figures import interval


class Row(NamedTuple):
    """One result measured: on which pair, by which seed, made how."""

    pair: str
    seed: int
    label: str
    values: Mapping[str, float]


class Difference(NamedTuple):
    """The mean of one label's values less another's on the same pairs, and its 95 % interval (pairs drawn anew)."""

    mean: float
    low: float
    high: float

    @property
    def nil(self) -> bool:
        """Whether it may as well be nothing."""
        return self.low <= 0 <= self.high

    def said(self) -> str:
        """In one cell."""
        return f"{self.mean:+.3g} [{self.low:+.3g}, {self.high:+.3g}]"


def values_of(rows: Iterable[Row], label: str, metric: str) -> list[float]:
    """A label's values, pair by pair."""
    return [row.values[metric] for row in rows if row.label == label]


def spread(values: Sequence[float]) -> str:
    """“mean ± standard deviation” over pairs and seeds."""
    few = np.asarray(values, np.float64)
    digits = 3 if abs(few.mean()) < 1 else 2 if abs(few.mean()) < 100 else 0
    return f"{few.mean():.{digits}f} ± {few.std(ddof=1) if len(few) > 1 else 0:.{digits}f}"


def difference(rows: Sequence[Row], one: str, other: str, metric: str) -> Difference:
    """One label's values less another's."""
    by_place = {(row.pair, row.seed): row.values[metric] for row in rows if row.label == other}
    own = [row for row in rows if row.label == one and (row.pair, row.seed) in by_place]
    return of(
        [row.values[metric] - by_place[row.pair, row.seed] for row in own],
        [row.pair for row in own],
    )


def of(differences: Sequence[float], pairs: Sequence[str]) -> Difference:
    """The mean difference and its interval; those of one pair are drawn together."""
    found = np.asarray(differences, np.float64)
    return Difference(float(found.mean()), *interval(found, pairs))


def labels_of(rows: Iterable[Row]) -> list[str]:
    """Every label once, in order."""
    return list(dict.fromkeys(row.label for row in rows))


def table(
    rows: Sequence[Row], metrics: Mapping[str, str], more: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """A line for each label: mean ± spread of the metrics (name -> head), then what `more` has for the label."""
    return [
        {
            "method": label,
            **{head: spread(values_of(rows, label, metric)) for metric, head in metrics.items()},
            "n": len(values_of(rows, label, next(iter(metrics)))),
            **more.get(label, {}),
        }
        for label in labels_of(rows)
    ]
