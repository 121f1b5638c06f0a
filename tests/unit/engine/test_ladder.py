"""A blend that does not fit into memory is tried with less, and says so."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import tiny
import torch

from blendstudio.core.document import Blend, Recipe
from blendstudio.core.geometry import IntRect
from blendstudio.engine import registry
from blendstudio.engine.ladder import climbed
from blendstudio.engine.manifest import shipped
from blendstudio.engine.pipeline import Order
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import EmptyMask, OutOfMemory


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    home = tiny.tiny_home(tmp_path_factory.mktemp("home"))
    return Nets(Store(home / "models", shipped()), "starter", "cpu")


def order(method, **knobs):
    entry = registry.find("blend", method)
    return Order("object-1", entry, replace(entry.params(), **knobs))


def failing(times, error):
    """A blend that fails a few times, and the orders it was given."""
    given = []

    def make(order, models):
        given.append(order)
        if len(given) <= times:
            raise error
        return Blend(IntRect(0, 0, 1, 1), np.ones((1, 1), np.float32), (), Recipe(order.entry.name), "", 0)

    return make, given


SHAPES = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    RuntimeError("MPS backend out of memory"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory: you tried to allocate"),
    cv2.error("OpenCV(5.0.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 9 bytes"),
]


@pytest.mark.parametrize("error", SHAPES, ids=lambda error: type(error).__name__)
def test_want_of_memory_in_every_shape_leads_to_another_try(nets, error):
    make, given = failing(1, error)
    made, _ = climbed(make, order("poisson"), nets)
    assert len(given) == 2
    assert made.recipe.notes == ("unloaded idle nets",)


def test_a_blend_that_fits_is_made_once_and_says_nothing(nets):
    make, given = failing(0, MemoryError())
    made, used = climbed(make, order("two-stage"), nets)
    assert (len(given), made.recipe.notes, used) == (1, (), nets)


def test_the_working_size_is_halved_and_told(nets):
    make, given = failing(2, MemoryError())
    made, _ = climbed(make, order("two-stage", size=512), nets)
    assert [one.params.size for one in given] == [512, 512, 256]
    assert made.recipe.notes == ("short of memory: worked at 256 pixels",)


def test_when_nothing_is_left_to_give_up_a_sentence_says_so(nets):
    make, given = failing(99, MemoryError())
    with pytest.raises(OutOfMemory, match="not enough memory"):
        climbed(make, order("two-stage", size=512), nets)
    assert [one.params.size for one in given] == [512, 512, 256, 128]


def test_the_last_try_is_on_the_processor(nets):
    make, given = failing(2, MemoryError())
    _, used = climbed(make, order("poisson"), Nets(nets.store, "starter", torch.device("meta")))
    assert len(given) == 3
    assert used.device.type == "cpu"


def test_idle_nets_are_unloaded(nets):
    nets.net("features")
    assert nets.store.loaded.bytes > 0
    climbed(failing(1, MemoryError())[0], order("poisson"), nets)
    assert nets.store.loaded.bytes == 0


@pytest.mark.parametrize("error", [EmptyMask("No.", "Paint."), RuntimeError("shapes do not match"), ValueError("no")])
def test_other_failures_are_not_tried_again(nets, error):
    make, given = failing(1, error)
    with pytest.raises(type(error)):
        climbed(make, order("poisson"), nets)
    assert len(given) == 1
