"""The device and the threads that the engine uses."""

import os
from collections.abc import Iterator

import cv2
import pytest
import torch

from blendstudio.engine import device
from blendstudio.errors import UsageError


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """A machine whose cards are switched on and off by the test."""
    cards = {"cuda": False, "mps": False}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cards["cuda"])
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: cards["mps"])
    return cards


@pytest.fixture
def threads_restored() -> Iterator[None]:
    """Leaves the libraries with the threads that they had."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


def test_auto_takes_the_fastest_device_that_is_here(machine):
    assert device.choose().type == "cpu"
    machine["mps"] = True
    assert device.choose("auto").type == "mps"
    machine["cuda"] = True
    assert device.choose("auto").type == "cuda"
    assert device.choose("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["cuda", "mps", "tpu", ""])
def test_a_device_that_is_not_here_is_answered_with_those_that_are(machine, name):
    with pytest.raises(UsageError, match=f"“{name}” is not on this machine") as caught:
        device.choose(name)
    assert caught.value.next_step == "Choose auto or one of: cpu."


def test_threads_are_the_processors_that_this_process_may_use(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert device.threads() == len(os.sched_getaffinity(0))


def test_both_libraries_get_the_same_threads(monkeypatch, threads_restored):
    monkeypatch.setattr(device, "threads", lambda: 3)
    assert device.prepare() == 3
    assert torch.get_num_threads() == 3
    assert cv2.getNumThreads() == 3


def test_fewer_threads_can_be_asked_for(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    for asked, threads in (("2", 2), ("16", 4), ("0", 1), ("", 4), ("many", 4)):
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
        assert device.threads() == threads
