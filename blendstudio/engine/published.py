"""Deep Image Blending as its authors run it (Zhang, Wen and Shi, 2020; owenzlz/DeepImageBlending, MIT).

Two passes of L-BFGS over a square canvas in 0..255, with what the published program does and its paper does not say:
- pass 1 begins at noise of one level, and its style is that of the free canvas, not of the picture made with it;
- pass 1 compares content on a window round the object, the rest of it black;
- pass 2 compares its content with itself, so that the term is 0, and moves every pixel of the picture;
- nothing keeps colours within 0..255 but a clamp at the end of each pass, which then drops what 8 bits cannot hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from blendstudio.core.masking import bounds
from blendstudio.core.types import F32, Bool
from blendstudio.engine import lbfgs
from blendstudio.engine.job import Progress
from blendstudio.engine.losses import CONTENT_TAP, LIKE_PUBLISHED, STYLE_TAPS, gram, style_loss
from blendstudio.engine.nets.vgg import DEVIATION, MEAN
from blendstudio.engine.tensors import to_picture, to_tensor
from blendstudio.errors import Cancelled, Diverged

GRADIENT, STYLE, CONTENT, TV = 1e4, 1e4, 1.0, 1e-6  # weights of pass 1
STYLE_2 = 1e7  # of pass 2
SHIFT = (0.4488, 0.4371, 0.4040)  # taken off every colour of 0..255 before it enters the net: meant for 0..1
PAIRS = 100  # that L-BFGS remembers
PREVIEW_EVERY = 5  # evaluations
LEAST = 16  # px of the content's window that the net's poolings need

Loss = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Canvas:
    """The square frame: `source` in its place and `target`, 1×3×N×N in 0..255, and `mask`, 1×1×N×N of 0 and 1.

    `window` is where content is compared: rows and columns.
    """

    source: Tensor
    target: Tensor
    mask: Tensor
    window: tuple[slice, slice]

    @staticmethod
    def of(source: F32, target: F32, mask: Bool, size: int, device: torch.device) -> "Canvas":
        """h×w×3 pictures in 0..1 and their mask, squeezed to size×size.

        The published window is the source photo's square; here it is the object's box, the photo being unknown, which
        makes the content weigh more by the ratio of both areas.
        """
        pictures = [to_tensor(squeezed(x, size) * 255, device) for x in (source, target)]
        soft = squeezed(mask.astype(np.float32), size)
        hard = soft >= min(0.5, float(soft.max()))
        box = bounds(hard)
        area = (0, 0, size, size) if box is None else tuple(map(int, box))
        rows, columns = _at_least(area[1], area[3], size), _at_least(area[0], area[2], size)
        return Canvas(pictures[0], pictures[1], to_tensor(hard, device), (rows, columns))

    def composite(self, picture: Tensor) -> Tensor:
        """The picture inside the mask, the target outside."""
        return picture * self.mask + self.target * (1 - self.mask)

    def seen(self, picture: Tensor) -> Tensor:
        """The object alone, in its window."""
        return (picture * self.mask)[(..., *self.window)]


def squeezed(picture: F32, size: int) -> F32:
    """H×W or H×W×C at size×size, whatever its shape was."""
    return np.asarray(cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA), np.float32)


def _at_least(start: int, end: int, size: int) -> slice:
    start = max(0, min(start, size - LEAST))
    return slice(start, max(end, start + LEAST))


def features(picture: Tensor, net: nn.Module) -> dict[str, Tensor]:
    """The net's activations for a 0..255 picture, fed and scaled as published: shifted, not divided by a deviation."""
    shift, mean, deviation = (picture.new_tensor(x).view(1, 3, 1, 1) for x in (SHIFT, MEAN, DEVIATION))
    return {tap: LIKE_PUBLISHED * x for tap, x in net((picture - shift) * deviation + mean, STYLE_TAPS).items()}


def laplacian(picture: Tensor) -> Tensor:
    """Four times the pixel minus its four neighbours, per channel; beyond the border lies 0."""
    padded = F.pad(picture, (1, 1, 1, 1))
    return 4 * picture - padded[..., :-2, 1:-1] - padded[..., 2:, 1:-1] - padded[..., 1:-1, :-2] - padded[..., 1:-1, 2:]


def first_pass(canvas: Canvas, net: nn.Module) -> Loss:
    """Gradient and total variation of the composite, content of its object, style of the free canvas."""
    with torch.no_grad():
        wanted = laplacian(canvas.source) * canvas.mask + laplacian(canvas.target) * (1 - canvas.mask)
        content = features(canvas.seen(canvas.source), net)[CONTENT_TAP]
    style = _style(canvas, net)

    def loss_of(picture: Tensor) -> Tensor:
        blend = canvas.composite(picture)
        variation = blend.diff(dim=-1).abs().sum() + blend.diff(dim=-2).abs().sum()
        return (
            GRADIENT * F.mse_loss(laplacian(blend), wanted)
            + STYLE * style_loss(features(picture, net), style)
            + CONTENT * F.mse_loss(features(canvas.seen(blend), net)[CONTENT_TAP], content)
            + TV * variation
        )

    return loss_of


def second_pass(canvas: Canvas, net: nn.Module) -> Loss:
    """Style alone, of the whole picture."""
    style = _style(canvas, net)
    return lambda picture: STYLE_2 * style_loss(features(picture, net), style)


def _style(canvas: Canvas, net: nn.Module) -> dict[str, Tensor]:
    with torch.no_grad():
        return {tap: gram(x) for tap, x in features(canvas.target, net).items()}


def evaluation(number: int, picture: Tensor, canvas: Canvas, net: nn.Module) -> tuple[float, Tensor]:
    """The loss of pass 1 or 2 and its gradient at a 1×3×N×N picture, at the published price.

    Everything is computed anew each time: the features of the target and of the source in pass 1, and in pass 2 those
    of the picture twice, the second time for the content that is 0.
    """
    picture = picture.detach().clone().requires_grad_()
    if number == 1:
        loss = first_pass(canvas, net)(picture)
    else:
        own, again = features(picture, net), features(picture, net)
        loss = STYLE_2 * style_loss(own, _style(canvas, net))
        loss = loss + CONTENT * F.mse_loss(own[CONTENT_TAP], again[CONTENT_TAP])
    return float(loss.detach()), torch.autograd.grad(loss, picture)[0]


def begin(canvas: Canvas, start: str, seed: int) -> Tensor:
    """Noise of one level, as published, or the paste."""
    if start == "paste":
        return canvas.composite(canvas.source)
    noise = torch.randn(canvas.target.shape, generator=torch.Generator().manual_seed(seed))
    return noise.to(canvas.target.device)


def descend(
    start: Tensor, loss_of: Loss, evaluations: int, progress: Progress, shown: Callable[[Tensor], Tensor]
) -> Tensor:
    """The last picture of a descent without any safeguard; `shown` makes the previews of it.

    A stop returns the picture so far, or raises Cancelled before the first step. Raises Diverged when the loss is not
    finite.
    """
    picture = start.clone().requires_grad_()
    solver = lbfgs.Descent(1.0, PAIRS)
    for done in range(evaluations):
        try:
            progress(done / evaluations)
        except Cancelled:
            if not done:
                raise
            break
        loss = loss_of(picture)
        gradient = torch.autograd.grad(loss, picture)[0]
        if not torch.isfinite(loss.detach()):
            raise Diverged("The published loop ran away.", "Try another seed, or let it begin at the paste.")
        solver.step(picture, gradient)
        if (done + 1) % PREVIEW_EVERY == 0:
            progress.show(to_picture(shown(picture) / 255))
    return picture.detach()


def in_eight_bits(picture: Tensor) -> Tensor:
    """What is left of a 0..255 picture in a file of 8 bits: cut at both ends, fractions dropped."""
    return picture.clamp(0, 255).floor()
