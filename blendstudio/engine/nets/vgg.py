"""The convolutions of VGG (Simonyan and Zisserman, 2014), whose activations the losses compare."""

from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
PREFIX = "features."


class Vgg(nn.Module):
    """Named activations of a VGG of any depth: `relu{block}_{layer}`, both counted from 1."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, blocks: list[list[int]]) -> None:
        """`blocks` lists the widths of the layers between one pooling and the next."""
        super().__init__()
        self.blocks = nn.ModuleList()
        width_in = 3
        for block in blocks:
            widths = pairwise([width_in, *block])
            width_in = block[-1]
            self.blocks.append(nn.ModuleList(nn.Conv2d(before, width, 3, padding=1) for before, width in widths))
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1), persistent=False)

    def names(self) -> list[str]:
        """Every tap there is, from the picture inwards."""
        sizes = [len(list(block.children())) for block in self.blocks.children()]
        return [f"relu{block}_{layer}" for block, size in enumerate(sizes, 1) for layer in range(1, size + 1)]

    def forward(self, x: Tensor, taps: tuple[str, ...]) -> dict[str, Tensor]:
        """N×3×H×W sRGB in 0..1 -> tap -> N×C×h×w; nothing beyond the deepest tap is computed.

        Raises ValueError for a tap that the net does not have.
        """
        if unknown := set(taps) - set(self.names()):
            raise ValueError(f"no such tap: {', '.join(sorted(unknown))}")
        found: dict[str, Tensor] = {}
        y = (x - self.mean) / self.deviation
        for number, block in enumerate(self.blocks.children(), 1):
            for step, layer in enumerate(block.children(), 1):
                if len(found) == len(set(taps)):
                    return found
                y = F.relu(layer(F.max_pool2d(y, 2) if number > 1 and step == 1 else y))
                if (name := f"relu{number}_{step}") in taps:
                    found[name] = y
        return found


def arrangement(indices: list[int]) -> list[list[int]]:
    """Indices of the convolutions among a torchvision `features` list, by block: a pooling layer leaves a gap of 3."""
    blocks = [[indices[0]]]
    for before, index in pairwise(indices):
        if index - before > 2:
            blocks.append([])
        blocks[-1].append(index)
    return blocks


def from_state(state: dict[str, Tensor]) -> Vgg:
    """A net whose depth and widths are read from tensors named `features.{index}.weight` and `.bias`.

    Other names are ignored. Raises KeyError, IndexError, ValueError or RuntimeError on a mismatch.
    """
    suffix = ".weight"
    keys = [key for key in state if key.startswith(PREFIX) and key.endswith(suffix)]
    blocks = arrangement(sorted(int(key.removeprefix(PREFIX).removesuffix(suffix)) for key in keys))
    net = Vgg([[state[f"{PREFIX}{index}{suffix}"].shape[0] for index in block] for block in blocks])
    named = {
        f"blocks.{number}.{step}.{part}": state[f"{PREFIX}{index}.{part}"]
        for number, block in enumerate(blocks)
        for step, index in enumerate(block)
        for part in ("weight", "bias")
    }
    net.load_state_dict(named)
    net.to(memory_format=torch.channels_last)  # the processor's convolutions are twice as fast so
    return net.eval()


def load(path: Path) -> Vgg:
    """The net from a safetensors file."""
    return from_state(load_file(path))
