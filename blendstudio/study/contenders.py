"""What the studies compare: every blend method there is, as it comes and by each of its presets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from blendstudio import api
from blendstudio.core.params import Value, values
from blendstudio.core.types import U8
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Models
from blendstudio.engine.store import Nets
from blendstudio.errors import UsageError, short
from blendstudio.study.pairs import LAYER, Pair

EFFORT = "evaluations"  # how the knobs begin that say how long an optimiser runs
MOST = 100  # evaluations of a stage in a study, unless it is told otherwise: the published loop takes 1020


@dataclass(frozen=True)
class Contender:
    """One way to blend. `note` says what was not run as it comes."""

    label: str
    method: str
    preset: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    note: str = ""

    def settings(self, seed: int) -> api.Settings:
        """As the blend takes it."""
        return api.Settings(self.method, self.preset, self.values, seed)


class Blended(NamedTuple):
    """A result, H×W×3, and its seconds without loading nets."""

    picture: U8
    seconds: float


def contenders(models: Models, only: Collection[str] = (), most: int = MOST) -> tuple[list[Contender], list[str]]:
    """The contenders whose weights are here, and the names of those whose weights are not.

    `only` limits them to these labels; raises UsageError for one that does not exist. No stage runs for more than
    `most` evaluations; 0 is no limit.
    """
    known = every()
    check_labels(only, [one.label for one, _ in known])
    chosen = [(one, is_here(entry, models)) for one, entry in known if not only or one.label in only]
    return [limited(one, most) for one, here in chosen if here], [one.label for one, here in chosen if not here]


def every() -> list[tuple[Contender, registry.Entry]]:
    """Each blend method as it comes and by each of its presets, with its entry."""
    return [
        (Contender(f"{entry.name} {preset}".rstrip(), entry.name, preset), entry)
        for entry in registry.entries("blend")
        for preset in ("", *registry.presets(entry))
    ]


def is_here(entry: registry.Entry, models: Models) -> bool:
    """Whether all weights that a method needs are here."""
    return all(models.has(role) for role in entry.needs)


def check_labels(asked: Collection[str], known: Sequence[str]) -> None:
    """Raises UsageError for a label that there is not."""
    for label in asked:
        if label not in known:
            raise UsageError(f"There is no method called “{short(label)}”.", f"Choose from: {', '.join(known)}.")


def limited(contender: Contender, most: int) -> Contender:
    """The contender with no stage longer than `most` evaluations, and a note where that makes it shorter."""
    entry = registry.find("blend", contender.method)
    turned = api.split_values(contender.settings(0), entry)["method"]
    set_to = values(registry.params(entry, contender.preset, turned))
    long = {name: count for name, count in set_to.items() if name.startswith(EFFORT) and int(count) > most}
    if not most or not long:
        return contender
    said = ", ".join(f"{most} of {count}" for count in long.values())
    note = f"cut short: {said} evaluations"
    return replace(contender, values={**contender.values, **dict.fromkeys(long, most)}, note=note)


def blended(pair: Pair, contender: Contender, models: Nets, progress: Progress) -> Blended:
    """The pair, blended."""
    outcome = api.blend(pair.document, LAYER, contender.settings(pair.seed), models, progress)
    return Blended(outcome.picture.rgb8(), outcome.seconds)


def absent(labels: Sequence[str]) -> str:
    """A sentence on the contenders whose weights are not here, or nothing."""
    return f"Not run, for weights are absent: {', '.join(labels)}." if labels else ""
