"""Pixel Attention Network for super-resolution (Zhao et al., 2020), compatible with its published checkpoints."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.2


class PixelAttentionConv(nn.Module):
    """A 3×3 convolution whose output is gated, pixel by pixel, by a 1×1 convolution of its input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.k2 = nn.Conv2d(width, width, 1)
        self.k3 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.k4 = nn.Conv2d(width, width, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.k4(self.k3(x) * torch.sigmoid(self.k2(x)))


class SelfCalibratedBlock(nn.Module):
    """Two half-width branches, one plain and one with pixel attention, joined onto the input."""

    def __init__(self, features: int, half: int) -> None:
        super().__init__()
        self.conv1_a = nn.Conv2d(features, half, 1, bias=False)
        self.conv1_b = nn.Conv2d(features, half, 1, bias=False)
        self.k1 = nn.Sequential(nn.Conv2d(half, half, 3, padding=1, bias=False))
        self.PAConv = PixelAttentionConv(half)
        self.conv3 = nn.Conv2d(2 * half, features, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        plain = F.leaky_relu(self.k1(F.leaky_relu(self.conv1_a(x), SLOPE)), SLOPE)
        gated = F.leaky_relu(self.PAConv(F.leaky_relu(self.conv1_b(x), SLOPE)), SLOPE)
        return x + self.conv3(torch.cat([plain, gated], 1))


class PixelGate(nn.Module):
    """Multiplies each pixel of each channel by a learned 0..1 weight."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.conv(x))


class Pan(nn.Module):
    """Enlarges N×3×H×W RGB in 0..1 by 2, 3 or 4. The output is not clamped."""

    def __init__(
        self, scale: int = 2, features: int = 40, upsampled: int = 24, half: int = 20, blocks: int = 16
    ) -> None:
        super().__init__()
        self.scale = scale
        self.steps = [2, 2] if scale == 4 else [scale]
        self.conv_first = nn.Conv2d(3, features, 3, padding=1)
        self.SCPA_trunk = nn.Sequential(*(SelfCalibratedBlock(features, half) for _ in range(blocks)))
        self.trunk_conv = nn.Conv2d(features, features, 3, padding=1)
        width = features
        for number in range(1, len(self.steps) + 1):
            self.add_module(f"upconv{number}", nn.Conv2d(width, upsampled, 3, padding=1))
            self.add_module(f"att{number}", PixelGate(upsampled))
            self.add_module(f"HRconv{number}", nn.Conv2d(upsampled, upsampled, 3, padding=1))
            width = upsampled
        self.conv_last = nn.Conv2d(upsampled, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.conv_first(x)
        y = first + self.trunk_conv(self.SCPA_trunk(first))
        for number, step in enumerate(self.steps, 1):
            y = F.interpolate(y, scale_factor=step, mode="nearest")
            y = self.get_submodule(f"att{number}")(self.get_submodule(f"upconv{number}")(y))
            y = F.leaky_relu(self.get_submodule(f"HRconv{number}")(F.leaky_relu(y, SLOPE)), SLOPE)
        base = F.interpolate(x, scale_factor=self.scale, mode="bilinear", align_corners=False)
        return self.conv_last(y) + base


def from_state(state: dict[str, Tensor], scale: int = 2) -> Pan:
    """A net whose widths are read from the shapes of `state`; raises RuntimeError on a mismatch."""
    blocks = {key.split(".")[1] for key in state if key.startswith("SCPA_trunk.")}
    net = Pan(
        scale,
        features=state["conv_first.weight"].shape[0],
        upsampled=state["conv_last.weight"].shape[1],
        half=state["SCPA_trunk.0.conv1_a.weight"].shape[0],
        blocks=len(blocks),
    )
    net.load_state_dict(state)
    return net.eval()


def load(path: Path) -> Pan:
    """The x2 net from a safetensors file."""
    return from_state(load_file(path))
