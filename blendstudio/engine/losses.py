"""The losses of the two stages, as the paper writes them, on 1×3×H×W pictures in 0..255.

Gradient, content and style follow Deep Image Blending (Zhang et al., 2020), on which the paper builds; saturation is
equations 2 and 3. The losses are taken on a window round the object; beyond it blend and background are equal, so
`Weights.on_window` makes the sums those of the whole picture, whose H and W the equations mean.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

LIKE_PUBLISHED = 0.398  # brings the features of a net of unit mean activation to the size of the published net's
# The published code feeds 0..255 to a net trained on pictures of standard deviation 1: its features are larger by
# 255·0.226.
FEATURE_SCALE = 255 * 0.226 * LIKE_PUBLISHED
STYLE_TAPS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
CONTENT_TAP = "relu2_2"


def laplacian(picture: Tensor) -> Tensor:
    """Four times the pixel minus its four neighbours, per channel; the border repeats."""
    padded = F.pad(picture, (1, 1, 1, 1), mode="replicate")
    neighbours = padded[..., :-2, 1:-1] + padded[..., 2:, 1:-1] + padded[..., 1:-1, :-2] + padded[..., 1:-1, 2:]
    return 4 * picture - neighbours


def gradient_loss(blend: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared difference from the wanted Laplacian: the source's inside the mask, the background's outside."""
    return F.mse_loss(laplacian(blend), wanted)


def gram(features: Tensor) -> Tensor:
    """C×C inner products of 1×C×H×W features, divided by C·H·W."""
    flat = features.flatten(2)[0]
    return flat @ flat.T / features[0].numel()


def style_loss(features: dict[str, Tensor], wanted: dict[str, Tensor]) -> Tensor:
    """Mean over the taps of the mean squared difference of the Gram matrices."""
    return torch.stack([F.mse_loss(gram(features[tap]), wanted[tap]) for tap in wanted]).mean()


def content_loss(features: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    """Mean squared difference of the features inside the mask (at the features' size)."""
    return F.mse_loss(features * mask, wanted * mask)


def saturation(picture: Tensor) -> Tensor:
    """HSV saturation in 0..1 of a 0..255 picture; below one level the denominator stops at one level."""
    high, low = picture.amax(1, keepdim=True), picture.amin(1, keepdim=True)
    return (high - low) / high.clamp_min(1.0)


def steps(plane: Tensor) -> tuple[Tensor, Tensor]:
    """|x(i+1,j) − x(i,j)| and |x(i,j+1) − x(i,j)|."""
    return (plane[..., 1:, :] - plane[..., :-1, :]).abs(), (plane[..., 1:] - plane[..., :-1]).abs()


def saturation_gradient(picture: Tensor) -> Tensor:
    """g(X) of equation 3: the sum of the saturation's steps along rows and columns."""
    down, across = steps(saturation(picture))
    return down.sum() + across.sum()


def saturation_loss(blend: Tensor, background: Tensor) -> Tensor:
    """Equation 2 as printed: (g(M) − g(B)) / HW, signed. Minimised, it flattens the object's saturation."""
    return (saturation_gradient(blend) - saturation_gradient(background)) / blend[0, 0].numel()


def saturation_band_loss(blend: Tensor, background: Tensor, band: Tensor) -> Tensor:
    """Equation 2 taken pixel by pixel where it is meant, along the seam, and only where the blend's step is larger."""
    (down, across), (down_b, across_b) = steps(saturation(blend)), steps(saturation(background))
    extra = (F.relu(down - down_b) * band[..., 1:, :]).sum() + (F.relu(across - across_b) * band[..., 1:]).sum()
    return extra / blend[0, 0].numel()


def box_penalty(blend: Tensor) -> Tensor:
    """Mean squared overshoot beyond 0..255."""
    return (F.relu(-blend) ** 2 + F.relu(blend - 255) ** 2).mean()


@dataclass(frozen=True)
class Weights:
    """λ of equations 1 and 4, and of the box penalty; `literal` takes equation 2 as printed."""

    gradient: float = 0.0
    content: float = 0.0
    style: float = 0.0
    saturation: float = 0.0
    box: float = 0.0
    literal: bool = False

    def on_window(self, share: float) -> "Weights":
        """The weights on a window that is `share` of the picture's area.

        All terms are sums over H·W, so they shrink with the share; style is the square of such a sum, because outside
        the window the Gram matrices of blend and background cancel.
        """
        return Weights(
            self.gradient * share,
            self.content * share,
            self.style * share**2,
            self.saturation * share,
            self.box * share,
            self.literal,
        )


@dataclass(frozen=True, eq=False)
class Wanted:
    """What the losses compare with: fixed while one stage runs. Masks are 1×1×H×W."""

    background: Tensor
    laplacian: Tensor
    mask: Tensor
    band: Tensor
    content: Tensor
    style: dict[str, Tensor] = field(default_factory=dict)


def objective(blend: Tensor, features: dict[str, Tensor], wanted: Wanted, weights: Weights) -> Tensor:
    """Equation 1 or 4: the weighted sum of all terms whose weight is not zero."""
    total = weights.box * box_penalty(blend)
    if weights.gradient:
        total = total + weights.gradient * gradient_loss(blend, wanted.laplacian)
    if weights.content:
        height, width = wanted.content.shape[-2:]
        small = F.adaptive_avg_pool2d(wanted.mask, (height, width))
        total = total + weights.content * content_loss(features[CONTENT_TAP], wanted.content, small)
    if weights.style:
        total = total + weights.style * style_loss(features, wanted.style)
    if weights.saturation and weights.literal:
        total = total + weights.saturation * saturation_loss(blend, wanted.background)
    elif weights.saturation:
        total = total + weights.saturation * saturation_band_loss(blend, wanted.background, wanted.band)
    return total
