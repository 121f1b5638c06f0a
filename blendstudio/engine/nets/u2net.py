"""U²-Net, a net of nets that finds the salient thing of a picture (Qin et al., 2020), with its norms folded away."""

from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

FLAT = 0  # the depth of a block that dilates instead of shrinking
ENCODER = (7, 6, 5, 4, FLAT, FLAT)
DECODER = (FLAT, 4, 5, 6, 7)
FLAT_DILATIONS = (1, 2, 4)
Widths = tuple[int, int]  # of a block: middle and out


class ConvRelu(nn.Conv2d):
    """A 3×3 convolution that keeps the size, then ReLU."""

    def __init__(self, width_in: int, width_out: int, dilation: int = 1) -> None:
        super().__init__(width_in, width_out, 3, padding=dilation, dilation=dilation)

    def forward(self, input: Tensor) -> Tensor:
        """N×in×H×W -> N×out×H×W, at least 0."""
        return F.relu(super().forward(input))


def halved(x: Tensor) -> Tensor:
    """Half the size, odd sides rounded up."""
    return F.max_pool2d(x, 2, 2, ceil_mode=True)


def enlarged(x: Tensor, like: Tensor) -> Tensor:
    """`x` at the height and width of `like`."""
    if x.shape[2:] == like.shape[2:]:
        return x
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


class ResidualBlock(nn.Module):
    """A small U-Net whose output is added to its first layer's (RSU-depth; with dilation alone when depth is FLAT)."""

    def __init__(self, depth: int, width_in: int, middle: int, width_out: int) -> None:
        super().__init__()
        dilations = FLAT_DILATIONS if depth == FLAT else (1,) * (depth - 1)
        self.shrinks = depth != FLAT
        self.inp = ConvRelu(width_in, width_out)
        self.down = nn.ModuleList(
            ConvRelu(middle if step else width_out, middle, dilation) for step, dilation in enumerate(dilations)
        )
        self.bottom = ConvRelu(middle, middle, 2 * dilations[-1])
        last = len(dilations) - 1
        self.up = nn.ModuleList(
            ConvRelu(2 * middle, width_out if step == last else middle, dilation)
            for step, dilation in enumerate(reversed(dilations))
        )

    def forward(self, x: Tensor) -> Tensor:
        """N×in×H×W -> N×out×H×W."""
        first = self.inp(x)
        kept: list[Tensor] = []
        y = first
        for step, layer in enumerate(self.down):
            y = layer(halved(y) if self.shrinks and step else y)
            kept.append(y)
        y = self.bottom(y)
        for layer, beside in zip(self.up, reversed(kept), strict=True):
            y = layer(torch.cat([enlarged(y, beside), beside], 1))
        return y + first


class U2Net(nn.Module):
    """Tells the salient thing from the rest; takes a picture of any size."""

    def __init__(self, encoder: list[Widths], decoder: list[Widths]) -> None:
        super().__init__()
        down, up = [out for _, out in encoder], [out for _, out in decoder]
        joined = [above + beside for above, beside in zip([down[-1], *up], down[-2::-1], strict=False)]
        self.encoder = _blocks(ENCODER, [3, *down[:-1]], encoder)
        self.decoder = _blocks(DECODER, joined, decoder)
        outputs = [down[-1], *up][::-1]
        self.side = nn.ModuleList(nn.Conv2d(width, 1, 3, padding=1) for width in outputs)
        self.out = nn.Conv2d(len(outputs), 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """N×3×H×W, ImageNet-normalised -> N×1×H×W, the chance 0..1 that a pixel belongs to the salient thing."""
        kept: list[Tensor] = []
        for step, block in enumerate(self.encoder):
            x = block(halved(x) if step else x)
            kept.append(x)
        stages = [x]
        for block, beside in zip(self.decoder, reversed(kept[:-1]), strict=True):
            x = block(torch.cat([enlarged(x, beside), beside], 1))
            stages.append(x)
        maps = [side(stage) for side, stage in zip(self.side, reversed(stages), strict=True)]
        return torch.sigmoid(self.out(torch.cat([enlarged(each, maps[0]) for each in maps], 1)))


def _blocks(depths: tuple[int, ...], inputs: list[int], widths: list[Widths]) -> nn.ModuleList:
    return nn.ModuleList(
        ResidualBlock(depth, width_in, *middle_and_out)
        for depth, width_in, middle_and_out in zip(depths, inputs, widths, strict=True)
    )


def conv_names() -> Iterator[str]:
    """The names of all convolutions in the order in which the net runs them, the heads last."""
    for part, depths in (("encoder", ENCODER), ("decoder", DECODER)):
        for number, depth in enumerate(depths):
            steps = range(len(FLAT_DILATIONS) if depth == FLAT else depth - 1)
            block = f"{part}.{number}"
            yield from (f"{block}.inp", *(f"{block}.down.{step}" for step in steps))
            yield from (f"{block}.bottom", *(f"{block}.up.{step}" for step in steps))
    yield from (f"side.{number}" for number in range(len(ENCODER)))
    yield "out"


def from_state(state: dict[str, Tensor]) -> U2Net:
    """A net whose widths are read from the shapes of `state`; raises KeyError or RuntimeError on a mismatch."""

    def widths(block: str) -> Widths:
        return state[f"{block}.bottom.weight"].shape[0], state[f"{block}.inp.weight"].shape[0]

    net = U2Net(
        [widths(f"encoder.{number}") for number in range(len(ENCODER))],
        [widths(f"decoder.{number}") for number in range(len(DECODER))],
    )
    net.load_state_dict(state)
    return net.eval()


def load(path: Path) -> U2Net:
    """The net from a safetensors file."""
    return from_state(load_file(path))
