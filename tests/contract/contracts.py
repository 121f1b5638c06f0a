"""What the tests of all methods share: quick knobs, knobs turned to their ends, and a stop after some reports."""

import numpy as np
import pytest

from blendstudio.core.params import build, knobs
from blendstudio.engine import registry
from blendstudio.engine.job import Progress

STOPS = (0, 1, 2, 4, 7)  # reports after which a stop is asked for


def named(value):
    return value.name if isinstance(value, registry.Entry) else None


def every(entries):
    return pytest.mark.parametrize("entry", entries, ids=named)


def quick(entry, **values):
    """The knobs of a method, its rounds and sizes small."""
    few = {name: 2 for name in knobs(entry.params) if name.startswith(("evaluations", "rounds"))}
    small = {"size": 64} if "size" in knobs(entry.params) else {}
    return build(entry.params, few | small | values)


def stopped_after(reports):
    """A progress that is stopped after some reports."""
    heard = []
    return Progress(lambda share, stage: heard.append(share), cancelled=lambda: len(heard) >= reports)


def settings(entry):
    """One knob at a time at each of its choices, or at its ends; how often a net runs stays small."""
    for name, (knob, default) in knobs(entry.params).items():
        if isinstance(default, bool):
            yield name, not default
        elif knob.choices:
            yield from ((name, value) for value in knob.choices)
        else:
            yield name, knob.low
            if not name.startswith(("evaluations", "rounds")):
                yield name, knob.high


def turned(entries):
    found = [(entry, name, value) for entry in entries for name, value in settings(entry)]
    return pytest.mark.parametrize(("entry", "name", "value"), found, ids=lambda value: named(value) or str(value))


def photo(height=80, width=100):
    """A red blob on grey grain."""
    rgb = np.random.default_rng(4).integers(110, 140, (height, width, 1), np.uint8).repeat(3, 2)
    y, x = np.mgrid[:height, :width]
    rgb[((y - 40) / 18) ** 2 + ((x - 45) / 24) ** 2 < 1] = (220, 40, 40)
    return rgb
