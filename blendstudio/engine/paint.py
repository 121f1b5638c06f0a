"""An object made to look as if it were painted on the target's own canvas: its palette and its brushwork.

The texture is a target's, taken from elsewhere in the window, so that nothing behind the object shows through it. How
much of it goes where is solved for, on a coarse grid: the object's Gram matrices are to be the target's while its
content stays. With so few numbers no detail can turn to noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blendstudio.core.types import F32, Bool, floats
from blendstudio.engine.job import Progress
from blendstudio.engine.losses import CONTENT_TAP, gram
from blendstudio.engine.optimise import minimise
from blendstudio.engine.tensors import to_tensor

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
BANDS = (1.0, 2.5)  # pixels: texture finer than the first, and between the two
LOCAL, CALM = 5.0, 40.0  # sigma in pixels within which strength is measured; the percentile that is calm
LOUDEST = 2.5  # times the calm strength: what is louder is an edge, not texture
TAPS = ("relu1_2", "relu2_2", "relu3_3")
CELLS = 6  # of the grid along the window's longer side
KEPT = 0.98  # of the object that must show after its palette is changed
MOST_SHIFT = 10.0  # Lab units by which colours move
INNER = 4  # pixels that the mask is shrunk by where the object is measured
LEAST = 16  # pixels on a side that the net needs
CONTENT = 0.1  # against the style's 1


def palette(source: F32, background: F32, mask: Bool, amount: float) -> F32:
    """The source, h×w×3 in 0..1, with its chroma, black, white and tint drawn `amount` of the way to the target's.

    One-sided: an object that is duller than its target is not made more vivid. Never so far that the object fades: the
    opacity that fits the result on background and source stays at KEPT.
    """
    if amount == 0 or not mask.any():
        return source
    wanted = _lab_matched(source, background, mask)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((2 * INNER + 1,) * 2, np.uint8)) > 0
    where = inner if inner.any() else mask
    contrast = (source - background)[where]
    lost = -float(((wanted - source)[where] * contrast).sum()) / max(float((contrast**2).sum()), 1e-6)
    amount = min(amount, (1 - KEPT) / lost) if lost > 0 else amount
    return floats(source + np.float32(amount) * (wanted - source))


def _lab_matched(source: F32, background: F32, mask: Bool) -> F32:
    lab = cv2.cvtColor(source, cv2.COLOR_RGB2LAB)
    own, other = lab[mask], cv2.cvtColor(background, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    vivid, room = (float(np.percentile(np.hypot(x[:, 1], x[:, 2]), 95)) for x in (own, other))
    lab[..., 1:] *= min(1.0, (1.25 * room + 4) / max(vivid, 1e-3))
    tint = np.clip(other.mean(0) - own.mean(0), -MOST_SHIFT, MOST_SHIFT)
    dark, light = np.percentile(own[:, 0], (0.5, 99.5))
    black, white = np.percentile(other[:, 0], (0.5, 99.5))
    low, high = max(dark, black), min(light, white)
    if high > low and light > dark:
        lab[..., 0] = (lab[..., 0] - dark) * ((high - low) / (light - dark)) + low
    lab += np.array([0, *tint[1:]], np.float32)
    return floats(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1))


def brushwork(background: F32) -> F32:
    """The target's texture, h×w×bands, round 0: its luma's fine detail without its edges, turned by half a turn.

    Turned, because what lies behind the object must not show on it.
    """
    plane = background @ LUMA
    levels = [plane, *(cv2.GaussianBlur(plane, (0, 0), sigma) for sigma in BANDS)]
    return floats(np.dstack([_evened(one - other) for one, other in pairwise(levels)])[::-1, ::-1])


def softened(alpha: F32, mask: Bool, sigma: float) -> F32:
    """The alpha with the mask's edge blurred inwards: a hard cut is no brushstroke."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return floats(alpha * np.clip(2 * soft - 1, 0, 1))


def _evened(band: F32) -> F32:
    """A band whose strength is at most that of the target's calm places: leaves and edges are no canvas."""
    local = cv2.GaussianBlur(band * band, (0, 0), LOCAL) ** 0.5
    calm = float(np.percentile(local, CALM)) + 1e-6
    return floats(np.clip(band * (calm / np.maximum(local, calm)), -LOUDEST * calm, LOUDEST * calm))


@dataclass(frozen=True, eq=False)
class Piece:
    """What is painted on: the paste h×w×3, the background and texture h×w×bands, where the object is, h×w in 0..1."""

    pasted: F32
    background: F32
    texture: F32
    alpha: F32

    def resized(self, size: tuple[int, int]) -> "Piece":
        """At another width and height."""
        if size == self.alpha.shape[::-1]:
            return self
        planes = (self.pasted, self.background, self.texture, self.alpha)
        return Piece(*(floats(cv2.resize(plane, size, interpolation=cv2.INTER_AREA)) for plane in planes))

    def painted(self, amounts: F32) -> F32:
        """The paste with bands×gh×gw amounts of texture on the object."""
        size = self.alpha.shape[::-1]
        wide = np.dstack([cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in amounts])
        added = (wide * self.texture).sum(-1) * self.alpha
        return floats(np.clip(self.pasted + added[..., None], 0, 1))


def amounts(piece: Piece, net: nn.Module, evaluations: int, progress: Progress) -> F32:
    """How much of each band of texture goes where, bands×gh×gw in 0..1 and a little more; 1 is as on the target.

    Solved on the piece at its own size. A stop returns the best so far.
    """
    device = next(net.parameters()).device
    height, width = piece.alpha.shape
    cell = max(height, width) / CELLS
    shape = (1, piece.texture.shape[2], max(1, round(height / cell)), max(1, round(width / cell)))
    start = torch.full(shape, 0.5, device=device)
    if min(height, width) < LEAST or not piece.alpha.any() or not evaluations:
        return start[0].cpu().numpy()
    loss_of = _objective(piece, net, device)

    def shown(amount: Tensor) -> F32:
        return piece.painted(amount[0].cpu().numpy())

    best = minimise(start, loss_of, evaluations, progress, "Painting", shown)
    return best[0].clamp(0, 1.2).cpu().numpy()


def _objective(piece: Piece, net: nn.Module, device: torch.device) -> Callable[[Tensor], Tensor]:
    pasted, background = (to_tensor(x, device) for x in (piece.pasted, piece.background))
    texture = torch.from_numpy(piece.texture.transpose(2, 0, 1).copy())[None].to(device)
    inside = to_tensor(piece.alpha, device)
    with torch.no_grad():
        style = {tap: gram(x) for tap, x in _taps(net, background).items()}
        content = _taps(net, pasted)[CONTENT_TAP]
        weight = F.adaptive_avg_pool2d(inside, _size(content))
        energy = (content * weight).pow(2).sum()

    def loss_of(amount: Tensor) -> Tensor:
        wide = F.interpolate(amount, inside.shape[-2:], mode="bilinear", align_corners=False)
        found = _taps(net, pasted + (wide * texture).sum(1, keepdim=True) * inside)
        misses = [_style_miss(found[tap], style[tap], inside) for tap in TAPS]
        kept = ((found[CONTENT_TAP] - content) * weight).pow(2).sum() / energy
        bounds = (F.relu(-amount) ** 2 + F.relu(amount - 1) ** 2).mean()
        return torch.stack(misses).mean() + CONTENT * kept + bounds

    return loss_of


def _taps(net: nn.Module, picture: Tensor) -> dict[str, Tensor]:
    return net(picture, TAPS)


def _size(planes: Tensor) -> tuple[int, int]:
    return planes.shape[-2], planes.shape[-1]


def _style_miss(features: Tensor, wanted: Tensor, inside: Tensor) -> Tensor:
    """How far the object's own Gram matrix is from the wanted one, over that one's size."""
    weight = F.adaptive_avg_pool2d(inside, _size(features))
    flat = (features * weight).flatten(2)[0]
    own = flat @ flat.T / (features.shape[1] * weight.pow(2).sum().clamp_min(1e-3))
    return (own - wanted).pow(2).mean() / wanted.pow(2).mean().clamp_min(1e-12)
