"""Knobs say what is allowed, and refuse the rest in a sentence."""

from dataclasses import dataclass

import pytest

from blendstudio.core.document import Refine
from blendstudio.core.params import build, choice, knob, knobs, switch, values
from blendstudio.errors import UsageError


@dataclass(frozen=True)
class Brush:
    """A few knobs and a field that is none."""

    radius: int = knob(8, 1, 64, "Radius", "How wide the brush is.")
    hardness: float = knob(0.5, 0.0, 1.0, "Hardness", "How sharp its edge is.")
    tip: str = choice("round", ("round", "flat"), "Tip", "Its shape.")
    wet: bool = switch(False, "Wet", "Whether it mixes.")
    secret: int = 3


def test_only_knobs_are_listed_with_their_ranges():
    declared = knobs(Brush)
    assert list(declared) == ["radius", "hardness", "tip", "wet"]
    assert (declared["radius"][0].low, declared["radius"][0].high, declared["radius"][1]) == (1, 64, 8)
    assert declared["tip"][0].choices == ("round", "flat")
    assert declared["wet"][0].title == "Wet"


def test_texts_are_read_as_the_knobs_own_types():
    brush = build(Brush, {"radius": "12", "hardness": "0.25", "tip": "flat", "wet": "on"})
    assert brush == Brush(12, 0.25, "flat", True)
    assert (type(brush.radius), type(brush.hardness), type(brush.wet)) == (int, float, bool)


def test_what_is_not_named_keeps_its_default():
    assert build(Brush, {}) == Brush()
    assert values(build(Brush, {"radius": 9.0})) == {"radius": 9, "hardness": 0.5, "tip": "round", "wet": False}


@pytest.mark.parametrize("word", ["on", "true", "Yes", "1", 1, True])
def test_a_switch_takes_the_usual_words(word):
    assert build(Brush, {"wet": word}).wet is True


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("radius", 0, "Choose a whole number from 1 to 64."),
        ("radius", "65", "Choose a whole number from 1 to 64."),
        ("radius", "1.5", "Choose a whole number from 1 to 64."),
        ("radius", "wide", "Choose a whole number from 1 to 64."),
        ("radius", None, "Choose a whole number from 1 to 64."),
        ("radius", [8], "Choose a whole number from 1 to 64."),
        ("radius", 10**400, "Choose a whole number from 1 to 64."),
        ("hardness", "nan", "Choose a number from 0 to 1."),
        ("hardness", "inf", "Choose a number from 0 to 1."),
        ("hardness", -0.001, "Choose a number from 0 to 1."),
        ("tip", "Round", "Choose one of: round, flat."),
        ("wet", "perhaps", "Choose on or off."),
        ("secret", 4, "Choose one of: radius, hardness, tip, wet."),
        ("width", 4, "Choose one of: radius, hardness, tip, wet."),
    ],
)
def test_what_a_knob_cannot_be_is_refused_with_what_it_can_be(name, value, advice):
    with pytest.raises(UsageError) as caught:
        build(Brush, {name: value})
    assert caught.value.next_step == advice
    assert f"“{name}”" in caught.value.what


def test_a_very_long_value_still_makes_a_short_sentence():
    for name in ("radius", "tip", "wet", "x" * 500):
        with pytest.raises(UsageError) as caught:
            build(Brush, {name: "y" * 500})
        assert len(caught.value.what) < 120


def test_the_refine_settings_are_knobs_with_defaults_in_their_ranges():
    for name, (declared, default) in knobs(Refine).items():
        assert build(Refine, {name: str(default)}) == Refine()
        assert declared.help.endswith(".")
