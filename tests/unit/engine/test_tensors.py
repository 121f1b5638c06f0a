"""Pictures to tensors and back."""

import numpy as np
import pytest
import torch

from blendstudio.core.types import frozen
from blendstudio.engine.tensors import to_picture, to_tensor
from blendstudio.errors import Diverged


def test_a_picture_comes_back_as_it_went():
    picture = np.random.default_rng(0).random((5, 7, 3), dtype=np.float32)
    tensor = to_tensor(picture)
    assert tensor.shape == (1, 3, 5, 7)
    assert tensor.is_contiguous()
    assert (to_picture(tensor) == picture).all()


@pytest.mark.parametrize("kind", [bool, np.float32])
def test_a_plane_becomes_one_channel(kind):
    plane = np.eye(4, 6, dtype=kind)
    tensor = to_tensor(plane)
    assert tensor.shape == (1, 1, 4, 6)
    assert tensor.dtype == torch.float32
    assert (tensor[0, 0].numpy() == plane).all()


def test_a_tensor_is_a_copy_even_of_a_read_only_picture():
    picture = frozen(np.zeros((3, 3, 3), np.float32))
    to_tensor(picture).fill_(1.0)
    assert not picture.any()


def test_a_picture_is_clamped_and_cut_from_its_graph():
    tensor = torch.tensor([-1.0, 0.5, 2.0], requires_grad=True).reshape(1, 3, 1, 1)
    picture = to_picture(tensor)
    assert picture.ravel().tolist() == [0.0, 0.5, 1.0]
    assert picture.dtype == np.float32
    picture[:] = 0
    assert tensor[0, 1, 0, 0] == 0.5


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_no_number_is_told_in_words(value):
    tensor = torch.zeros(1, 3, 4, 4)
    tensor[0, 1, 2, 3] = value
    with pytest.raises(Diverged, match="ran away"):
        to_picture(tensor)
