"""The judge of paintings: a logistic regression on texture (engine/painting.py), trained by this project."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn


class Painting(nn.Module):
    """N×inputs -> N log odds that the picture is a painting or drawing and not a photo."""

    centre: Tensor
    spread: Tensor

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(inputs))
        self.register_buffer("spread", torch.ones(inputs))
        self.odds = nn.Linear(inputs, 1)
        nn.init.zeros_(self.odds.weight)
        nn.init.zeros_(self.odds.bias)

    def forward(self, texture: Tensor) -> Tensor:
        return self.odds(((texture - self.centre) / self.spread).clamp(-5, 5))[:, 0]


def from_state(state: dict[str, Tensor]) -> Painting:
    """A net whose width is read from the shapes of `state`; raises KeyError or RuntimeError on a mismatch."""
    net = Painting(len(state["centre"]))
    net.load_state_dict(state)
    return net.eval()


def load(path: Path) -> Painting:
    """The net from a safetensors file."""
    return from_state(load_file(path))
