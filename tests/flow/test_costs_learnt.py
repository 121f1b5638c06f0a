"""What a blend on the command line took is remembered for the next estimate, also the window's."""

import os
import signal
from pathlib import Path

from blendstudio.cli import Console
from blendstudio.engine.costs import Costs

WORDS = ("blend", "--source", "bird.png", "--background", "sea.png", "--mask", "mask.png")
LONG = ("--method", "two-stage", "--set", "size=64", "--set", "evaluations_1=2000")


def learnt():
    return Costs(Path(os.environ["BLENDSTUDIO_HOME"])).runs


def test_each_blend_is_remembered(here, run):
    known = learnt()
    for method in ("poisson", "alpha"):
        code, _, errors = run(*WORDS, "--method", method, "-o", here / "out.png", "--json")
        assert code == 0, errors
    assert learnt()[:-2] == known
    assert [new.work.method for new in learnt()[-2:]] == ["poisson", "alpha"]
    assert all(new.seconds > 0 and new.work.evaluations == 1 for new in learnt()[-2:])


def test_one_that_was_stopped_or_failed_is_not(here, run, monkeypatch):
    known, report = learnt(), Console.report

    def stopped(self, share, stage):
        if stage.startswith("Stage 1"):
            os.kill(os.getpid(), signal.SIGINT)
        report(self, share, stage)

    monkeypatch.setattr(Console, "report", stopped)
    assert run(*WORDS, *LONG, "-o", here / "out.png")[0] == 130
    assert run(*WORDS, "--method", "poisson", "--at", "-900,-900", "-o", here / "out.png")[0] == 5
    assert learnt() == known
