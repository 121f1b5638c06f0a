"""What the studies compare: every blend method there is, as it comes and by each of its presets."""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
    entries = {one.label: (one, entry) for entry in registry.entries("blend") for one in _of(entry)}
    for label in only:
        if label not in entries:
            raise UsageError(f"There is no method called “{short(label)}”.", f"Choose from: {', '.join(entries)}.")
    chosen = [pair for label, pair in entries.items() if not only or label in only]
    here = [limited(one, most) for one, entry in chosen if _here(entry, models)]
    return here, [one.label for one, entry in chosen if not _here(entry, models)]


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


def _of(entry: registry.Entry) -> Iterator[Contender]:
    yield Contender(entry.name, entry.name)
    for preset in registry.presets(entry):
        yield Contender(f"{entry.name} {preset}", entry.name, preset)


def _here(entry: registry.Entry, models: Models) -> bool:
    return all(models.has(role) for role in entry.needs)
