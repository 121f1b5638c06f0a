"""The tiny nets, on one thread."""

import pytest
import tiny_paper
import torch

from blendstudio.engine.manifest import shipped
from blendstudio.engine.store import Nets, Store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tiny_paper.paper_home(tmp_path_factory.mktemp("home")) / "models", shipped())


@pytest.fixture
def nets(store, request):
    """The nets of the tier of the method that is tested."""
    tested = getattr(request.node, "callspec", None)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # tiny nets are faster on one
    yield Nets(store, tested.params["entry"].tier if tested else "starter", "cpu")
    torch.set_num_threads(threads)
