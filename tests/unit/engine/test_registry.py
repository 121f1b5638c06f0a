"""Methods are declared once and found by name."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from blendstudio.core.params import build, knob, knobs
from blendstudio.engine import registry
from blendstudio.engine.registry import KINDS, Entry
from blendstudio.errors import UsageError

ALL = [entry for kind in KINDS for entry in registry.entries(kind)]


@dataclass(frozen=True)
class Feather:
    """The knobs of a method made for these tests."""

    radius: int = knob(8, 0, 200, "Radius", "How far the edge fades.")
    share: float = knob(0.5, 0.0, 1.0, "Share", "How much of it.")


def soften(*_: object) -> None:
    """Does nothing."""


@pytest.fixture
def feather(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Entry:
    """A method declared for one test, with a preset of its own and one of another method."""
    (tmp_path / "soft.toml").write_text('method = "feather"\n[knobs]\nradius = 50\nshare = 0.25\n', "utf-8")
    (tmp_path / "other.toml").write_text('method = "other"\n[knobs]\nradius = 1\n', "utf-8")
    (tmp_path / "notes.md").write_text("Not a preset.", "utf-8")
    registry.entries("blend")
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    monkeypatch.setattr(registry, "asset", lambda _: tmp_path)
    registry.method("blend", "feather", "Feather", Feather, needs=("words",), whole_frame=True)(soften)
    return registry.find("blend", "feather")


def test_a_declared_method_is_listed_with_its_traits(feather):
    assert feather == Entry("blend", "feather", "Feather", Feather, soften, needs=("words",), whole_frame=True)
    assert feather in registry.entries("blend")
    assert feather not in registry.entries("upscale")


def test_two_methods_cannot_share_a_name(feather):
    with pytest.raises(ValueError, match="two methods are called blend feather"):
        registry.method("blend", "feather", "Feather", Feather)(soften)
    with pytest.raises(ValueError, match="unknown kind"):
        registry.method("dance", "feather", "Feather", Feather)


def test_an_unknown_method_is_answered_with_the_known_ones(feather):
    with pytest.raises(UsageError, match="There is no method named “feathre”") as caught:
        registry.find("blend", "feathre")
    assert "feather" in caught.value.next_step


def test_values_beat_the_preset_which_beats_the_defaults(feather):
    assert registry.params(feather) == Feather(8, 0.5)
    assert registry.params(feather, "soft") == Feather(50, 0.25)
    assert registry.params(feather, "soft", {"radius": "7"}) == Feather(7, 0.25)


def test_presets_belong_to_their_method(feather):
    assert registry.presets(feather) == {"soft": {"radius": 50, "share": 0.25}}
    with pytest.raises(UsageError, match="There is no preset named “other”") as caught:
        registry.params(feather, "other")
    assert caught.value.next_step == "Choose one of: soft."
    with pytest.raises(UsageError, match="no knob named “width”"):
        registry.params(feather, "", {"width": 1})


def test_no_presets_are_no_failure(feather, monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "asset", lambda _: tmp_path / "gone")
    assert registry.presets(feather) == {}


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_every_method_is_declared_well(entry):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.name)
    assert entry.title
    assert entry.tier in ("starter", "paper")
    assert entry.call.__doc__
    for name, (declared, default) in knobs(entry.params).items():
        assert build(entry.params, {name: default}) == entry.params()
        assert declared.title
        assert declared.help.endswith(".")
    assert registry.params(entry) == entry.params()


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_every_shipped_preset_is_within_the_range_of_its_knobs(entry):
    for name in registry.presets(entry):
        registry.params(entry, name)


def test_methods_of_a_kind_are_listed_by_name():
    names = [entry.name for entry in registry.entries("blend")]
    assert names == sorted(names)
    assert "two-stage" in names
