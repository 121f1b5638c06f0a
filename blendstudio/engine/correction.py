"""How the light on an object may have been changed, in five numbers, and how such a change is undone.

A change is (exposure, red, blue, gamma, saturation), each as a log2: stops of light, stops of red and of blue against
green, the exponent of the tone curve and the factor of saturation. All zeros is no change.
"""

import torch
from torch import Tensor

PARTS = ("exposure", "red", "blue", "gamma", "saturation")
LUMA = (0.2126, 0.7152, 0.0722)  # of linear red, green and blue (Rec. 709)
DARKEST = 1e-5  # linear light below which powers are not taken
CLIPPED, ROOM = 1 / 255, 4 / 255  # a sample this near black or white is clipped; this much farther it is not
HALF_WAY = 0.5  # how far a clipped sample follows


def linear(srgb: Tensor) -> Tensor:
    """sRGB in 0..1 -> linear light in 0..1 (IEC 61966-2-1)."""
    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb.clamp(min=0) + 0.055) / 1.055) ** 2.4)


def encoded(light: Tensor) -> Tensor:
    """Linear light in 0..1 -> sRGB in 0..1."""
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp(min=1e-6) ** (1 / 2.4) - 0.055)


def changed(rgb: Tensor, change: Tensor) -> Tensor:
    """N×K×3 sRGB pixels with N×5 changes made to them: gains, then tone, then saturation; clipped to 0..1."""
    light = (linear(rgb) * torch.exp2(_gains(change))).clamp(0, 1) ** torch.exp2(change[:, 3])[:, None, None]
    return encoded(_saturated(light, change[:, 4]).clamp(0, 1))


def undone(rgb: Tensor, change: Tensor) -> Tensor:
    """N×K×3 sRGB pixels with N×5 changes taken back, as far as nothing was clipped. Differentiable."""
    light = _saturated(linear(rgb), -change[:, 4]).clamp(DARKEST, 1)
    light = light ** torch.exp2(-change[:, 3])[:, None, None]
    return encoded((light * torch.exp2(-_gains(change))).clamp(0, 1))


def cautious(rgb: Tensor, result: Tensor) -> Tensor:
    """`result` of undoing a change of `rgb`, sRGB in 0..1, where clipped samples go only half way back from the border.

    Black or white may have been so before: how much was clipped off is not known.
    """
    step = result - rgb
    low = ((CLIPPED + ROOM - rgb) / ROOM).clamp(0, 1) * (step > 0)
    high = ((rgb - 1 + CLIPPED + ROOM) / ROOM).clamp(0, 1) * (step < 0)
    return rgb + step * (1 - (1 - HALF_WAY) * (low + high))


def _gains(change: Tensor) -> Tensor:
    """N×1×3 stops of red, green and blue."""
    exposure, red, blue = change[:, 0], change[:, 1], change[:, 2]
    return torch.stack([exposure + red, exposure, exposure + blue], 1)[:, None]


def _saturated(light: Tensor, stops: Tensor) -> Tensor:
    factor = torch.exp2(stops)[:, None, None]
    grey = light.new_tensor(LUMA)[:, None].expand(3, 3)
    return light @ (factor * torch.eye(3, device=light.device) + (1 - factor) * grey)
