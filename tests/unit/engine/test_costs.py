"""What past blends cost, and what that says of the next one."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blendstudio.core import edits
from blendstudio.core.geometry import Transform
from blendstudio.core.pixels import from_rgb
from blendstudio.engine import costs, meter
from blendstudio.engine.costs import Cost, Costs, Run, Work, expected, work_of
from blendstudio.engine.meter import Meter
from blendstudio.engine.methods.poisson import Poisson
from blendstudio.engine.methods.two_stage import TwoStage

WORK = Work("two-stage", "cpu", 2, 10_000, 40)
amounts = st.integers(1, 1 << 40)
works = st.builds(Work, st.sampled_from(["poisson", "dib"]), st.sampled_from(["cpu", "cuda"]), *[amounts] * 3)
runs = st.builds(Run, works, st.floats(0, 1e6), st.none() | st.floats(0, 1e6))


def scaled(pixels=1.0, evaluations=1.0):
    return WORK._replace(pixels=round(WORK.pixels * pixels), evaluations=round(WORK.evaluations * evaluations))


@pytest.mark.parametrize("other", [{"method": "poisson"}, {"device": "cuda"}, {"threads": 1}])
def test_what_another_method_device_or_thread_count_took_says_nothing(other):
    assert expected(WORK, [Run(WORK._replace(**other), 3.0, 100.0)]) is None
    assert expected(WORK, []) is None


@given(works, st.floats(1e-3, 1e6), st.floats(0, 1e5))
def test_the_same_work_costs_the_same_again(work, seconds, megabytes):
    cost = expected(work, [Run(work, seconds, megabytes)])
    assert cost == pytest.approx((seconds, megabytes))


@given(st.integers(1, 50), st.integers(1, 50))
def test_seconds_grow_with_pixels_and_evaluations_and_memory_with_pixels(wider, longer):
    cost = expected(scaled(wider, longer), [Run(WORK, 2.0, 10.0)])
    assert cost == pytest.approx((2.0 * wider * longer, 10.0 * wider))


def test_the_nearest_run_counts():
    known = [Run(scaled(0.01), 0.1), Run(scaled(1.1), 11.0), Run(scaled(100), 50.0)]
    for run in known:
        assert expected(run.work, known) == Cost(run.seconds, None)
    assert expected(scaled(80), known) == pytest.approx((40.0, None))


def test_of_runs_alike_the_middle_of_the_newest_seconds_and_the_most_memory_count():
    seconds, memory = [60.0, 2.0, 9.0, 3.0], [300.0, 0.0, None, 10.0]
    known = [Run(WORK, *one) for one in zip(seconds, memory, strict=True)]
    assert expected(WORK, known) == Cost(3.0, 300.0)


@given(st.lists(runs, max_size=12))
def test_what_is_learnt_is_known_at_the_next_start(tmp_path_factory, known):
    folder = tmp_path_factory.mktemp("costs") / "not there yet"
    for run in known:
        Costs(folder).learn(run)
    assert Costs(folder).runs == tuple(known)


def test_the_newest_are_kept_and_the_file_stays_small(tmp_path):
    kept = Costs(tmp_path)
    for number in range(1, 401):
        kept.learn(Run(WORK._replace(evaluations=number), 1.0, 2.0))
    wanted = list(range(301, 401))
    for one in (kept, Costs(tmp_path)):
        assert [run.work.evaluations for run in one.runs] == wanted
    assert (tmp_path / costs.NAME).stat().st_size < costs.TAIL


@given(st.binary(max_size=300))
def test_a_damaged_file_costs_what_is_damaged_and_nothing_else(tmp_path_factory, junk):
    folder = tmp_path_factory.mktemp("costs")
    (folder / costs.NAME).write_bytes(junk)
    known = Costs(folder)
    assert known.runs == ()
    known.learn(Run(WORK, 5.0))
    assert Costs(folder).expected(WORK) == Cost(5.0, None)


@pytest.mark.parametrize(
    "value",
    [
        {"seconds": float("nan")},
        {"seconds": -1},
        {"seconds": "3"},
        {"megabytes": []},
        {"method": 7},
        {"pixels": 0},
        {"pixels": 1.5},
        {"evaluations": 10**400},
        {"threads": None},
    ],
)
def test_a_line_that_makes_no_sense_is_left_out(tmp_path, value):
    good = WORK._asdict() | {"seconds": 3.0, "megabytes": None}
    lines = [json.dumps(good | value), "[" * 20_000, "[]", json.dumps({"method": "poisson"}), json.dumps(good)]
    (tmp_path / costs.NAME).write_text("\n".join(lines))
    assert Costs(tmp_path).runs == (Run(WORK, 3.0),)


def test_where_nothing_can_be_written_it_is_known_until_the_end(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        known = Costs(folder)
        known.learn(Run(WORK, 5.0))
        assert known.expected(WORK) == Cost(5.0, None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none here")
def test_something_that_is_no_file_is_left_alone(tmp_path):
    os.mkfifo(tmp_path / costs.NAME)
    known = Costs(tmp_path)
    known.learn(Run(WORK, 5.0))  # a pipe that nobody reads would hold this up for ever
    assert known.runs == (Run(WORK, 5.0),)


def test_the_work_is_what_the_layer_reaches_at_the_working_size():
    document = edits.new_document(from_rgb(np.zeros((300, 400, 3), np.uint8)))
    photo = from_rgb(np.zeros((100, 200, 3), np.uint8))
    document, id = edits.add_object(document, photo, "Object", Transform.moved(50, 50))
    knobs = TwoStage(evaluations_1=30, evaluations_2=15, size=64)
    work = work_of(document, id, "two-stage", knobs, ("cpu", 2))
    assert (*work[:3], work.evaluations) == ("two-stage", "cpu", 2, 45)
    assert work.pixels == pytest.approx(64 * 32, rel=0.05)
    larger = work_of(document, id, "two-stage", replace(knobs, size=2048), ("cpu", 2))
    assert larger.pixels == pytest.approx(200 * 100, rel=0.1)
    assert work_of(document, id, "poisson", Poisson(), ("cpu", 2)) == ("poisson", "cpu", 2, larger.pixels, 1)


TAKES = """
from blendstudio.engine.meter import Meter
measured = Meter("cpu")
taken = bytes([1]) * 100_000_000
measured.look()
del taken
print(measured.megabytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_memory_is_measured_where_the_system_tells():
    """In a process of its own: here others' memory may be given back at the same time."""
    told = subprocess.run([sys.executable, "-c", TAKES], capture_output=True, text=True, check=True)
    assert 90 < float(told.stdout) < 1000
    assert meter.free("cpu") > 0


def test_where_nobody_tells_nothing_is_made_up(monkeypatch, tmp_path):
    assert Meter("mps").megabytes is None
    assert meter.free("mps") is None
    for name in ("STATUS", "MACHINE"):
        monkeypatch.setattr(meter, name, tmp_path / "none")
    assert Meter("cpu").megabytes is None
    assert meter.free("cpu") is None
