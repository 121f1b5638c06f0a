"""The harmoniser: small nets that each say how the light on an object was changed; trained by this project."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

CHANGE = 5  # exposure, red, blue, gamma, saturation (engine/correction.py)
HIDDEN = 64  # of the second layer


class Member(nn.Sequential):
    """One of the nets: N×inputs -> N×5; before training it says “unchanged”."""

    def __init__(self, inputs: int, width: int, dropout: float = 0.0) -> None:
        last = nn.Linear(HIDDEN, CHANGE)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        first = (nn.Linear(inputs, width), nn.GELU(), nn.Dropout(dropout))
        super().__init__(*first, nn.Linear(width, HIDDEN), nn.GELU(), nn.Dropout(dropout / 2), last)


class Harmoniser(nn.Module):
    """N×statistics and N×deep features -> N×members×5, each member's opinion of the change."""

    centre: Tensor
    spread: Tensor
    deep_centre: Tensor
    deep_spread: Tensor
    axes: Tensor

    def __init__(self, statistics: int, deep: int, axes: int, width: int, members: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(statistics))
        self.register_buffer("spread", torch.ones(statistics))
        self.register_buffer("deep_centre", torch.zeros(deep))
        self.register_buffer("deep_spread", torch.ones(deep))
        self.register_buffer("axes", torch.zeros(deep, axes))
        self.members = nn.ModuleList(Member(statistics + axes, width, dropout) for _ in range(members))

    def inputs(self, statistics: Tensor, deep: Tensor) -> Tensor:
        """N×inputs of the members: the statistics in standard units, the deep features on their main axes."""
        plain = ((statistics - self.centre) / self.spread).clamp(-4, 4)
        return torch.cat([plain, ((deep - self.deep_centre) / self.deep_spread).clamp(-5, 5) @ self.axes], 1)

    def forward(self, statistics: Tensor, deep: Tensor) -> Tensor:
        inputs = self.inputs(statistics, deep)
        return torch.stack([member(inputs) for member in self.members], 1)


def from_state(state: dict[str, Tensor]) -> Harmoniser:
    """A net whose widths are read from the shapes of `state`; raises KeyError or RuntimeError on a mismatch."""
    deep, axes = state["axes"].shape
    members = len({key.split(".")[1] for key in state if key.startswith("members.")})
    net = Harmoniser(len(state["centre"]), deep, axes, len(state["members.0.0.bias"]), members)
    net.load_state_dict(state)
    return net.eval()


def load(path: Path) -> Harmoniser:
    """The net from a safetensors file."""
    return from_state(load_file(path))
