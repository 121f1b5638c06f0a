"""The harmoniser: small nets that each say how the light on an object was changed; trained by this project.

A member does not name one change but a mixture of normal distributions over changes (Bishop, Mixture Density Networks,
1994), so that “much too vivid, or a vivid thing” can be said. Members are stacked: their weights have one more axis.
"""

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

CHANGE = 5  # exposure, red, blue, gamma, saturation (engine/correction.py)
PEAKS = 8  # normal distributions in a member's mixture
HIDDEN = 64  # of the second layer
UNIT = (0.5, 0.25, 0.25, 0.35, 0.7)  # log2: a usual size of each part of a change
NARROWEST, WIDEST = -3.9, 0.8  # natural log of a distribution's width, in units


class Opinions(NamedTuple):
    """Mixtures over changes: log weights …×PEAKS, means and log widths …×PEAKS×5."""

    weights: Tensor
    means: Tensor
    widths: Tensor

    def surprise(self, change: Tensor) -> Tensor:
        """How unlikely changes …×5 are: the negative log density."""
        far = (change[..., None, :] - self.means) / self.widths.exp()
        return -torch.logsumexp(self.weights - (far**2 / 2 + self.widths).sum(-1), -1)


class Harmoniser(nn.Module):
    """N×statistics and N×deep features -> the members' opinions, members×N×…."""

    centre: Tensor
    spread: Tensor
    deep_centre: Tensor
    deep_spread: Tensor
    axes: Tensor

    def __init__(self, statistics: int, deep: int, axes: int, width: int, members: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(statistics))
        self.register_buffer("spread", torch.ones(statistics))
        self.register_buffer("deep_centre", torch.zeros(deep))
        self.register_buffer("deep_spread", torch.ones(deep))
        self.register_buffer("axes", torch.zeros(deep, axes))
        sizes = (statistics + axes, width, HIDDEN, PEAKS * (1 + 2 * CHANGE))
        self.layers = nn.ParameterList(
            torch.randn(members, fan_in, fan_out) * fan_in**-0.5 for fan_in, fan_out in pairwise(sizes)
        )
        self.biases = nn.ParameterList(torch.zeros(members, 1, size) for size in sizes[1:])
        with torch.no_grad():
            self.layers[2] *= 0.1
            self.biases[2] += torch.randn_like(self.biases[2]) * 0.3  # peaks that begin alike stay alike

    def inputs(self, statistics: Tensor, deep: Tensor) -> Tensor:
        """N×inputs of the members: the statistics in standard units, the deep features on their axes."""
        plain = ((statistics - self.centre) / self.spread).clamp(-4, 4)
        return torch.cat([plain, ((deep - self.deep_centre) / self.deep_spread).clamp(-5, 5) @ self.axes], 1)

    def answers(self, inputs: Tensor, dropout: float = 0.0) -> Opinions:
        """N×inputs, or members×N×inputs -> opinions; `dropout` of the first layer, half of it of the second."""
        x = inputs
        for layer, bias, share in zip(self.layers[:2], self.biases[:2], (dropout, dropout / 2), strict=True):
            x = F.dropout(F.gelu(x @ layer + bias), share, training=share > 0)
        x = (x @ self.layers[2] + self.biases[2]).unflatten(-1, (PEAKS, 1 + 2 * CHANGE))
        unit = x.new_tensor(UNIT)
        widths = (x[..., 1 + CHANGE :] - 0.7).clamp(NARROWEST, WIDEST) + unit.log()
        return Opinions(F.log_softmax(x[..., 0], -1), x[..., 1 : 1 + CHANGE] * unit, widths)

    def forward(self, statistics: Tensor, deep: Tensor) -> Opinions:
        return self.answers(self.inputs(statistics, deep))


def from_state(state: dict[str, Tensor]) -> Harmoniser:
    """A net whose widths are read from the shapes of `state`; raises KeyError or RuntimeError on a mismatch."""
    deep, axes = state["axes"].shape
    members, _, width = state["layers.0"].shape
    net = Harmoniser(len(state["centre"]), deep, axes, width, members)
    net.load_state_dict(state)
    return net.eval()


def load(path: Path) -> Harmoniser:
    """The net from a safetensors file, which may hold halves of single precision."""
    return from_state({name: value.float() for name, value in load_file(path).items()})
