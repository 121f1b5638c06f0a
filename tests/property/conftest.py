"""Tiny nets for whatever is blended."""

import pytest
import tiny
import torch

from blendstudio import api
from blendstudio.engine.store import Nets, Store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tiny.tiny_home(tmp_path_factory.mktemp("home")) / "models", api.Store.default().manifest)


@pytest.fixture
def nets(store):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # tiny nets are faster on one
    yield Nets(store, "starter", "cpu")
    torch.set_num_threads(threads)
