"""L-BFGS on a picture: keeps the best, stops at once when asked, and comes back from a step that ran away."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from blendstudio.core.types import F32
from blendstudio.engine import lbfgs
from blendstudio.engine.job import Progress
from blendstudio.engine.tensors import to_picture
from blendstudio.errors import Cancelled, Diverged

RUNAWAY = 10.0  # times the size of the first loss above the best
RETRIES = 3
PREVIEW_EVERY = 5  # evaluations
HISTORY = 20

Loss = Callable[[Tensor], Tensor]
Shown = Callable[[Tensor], F32]


def as_picture(best: Tensor) -> F32:
    """What a preview shows when the tensor is a picture in 0..255."""
    return to_picture(best / 255)


class _RanAway(Exception):
    """The loss is not finite, or far above the best."""


class _Descent:
    """The best tensor so far and how many evaluations it took."""

    def __init__(self, start: Tensor, loss_of: Loss, evaluations: int, progress: Progress, stage: str) -> None:
        self.best = start.detach().clone()
        self.best_loss = math.inf
        self.done = 0
        self.evaluations = evaluations
        self._first = 0.0
        self._loss_of = loss_of
        self._progress = progress
        self._stage = stage
        self.shown: Shown = as_picture

    def run(self, rate: float) -> None:
        """L-BFGS from the best picture to the last evaluation."""
        picture = self.best.clone().requires_grad_()
        solver = lbfgs.Descent(rate, HISTORY)
        while self.done < self.evaluations:
            solver.step(picture, self._gradient(picture))

    def _gradient(self, picture: Tensor) -> Tensor:
        self._progress(self.done / self.evaluations, self._stage)
        loss = self._loss_of(picture)
        gradient = torch.autograd.grad(loss, picture)[0]
        self.done += 1
        self._keep(picture, float(loss.detach()))
        return gradient

    def _keep(self, picture: Tensor, value: float) -> None:
        if self.done == 1:
            self._first = abs(value)
        elif not value <= self.best_loss + RUNAWAY * self._first:
            raise _RanAway
        if value < self.best_loss:
            self.best_loss, self.best = value, picture.detach().clone()
        if self.done % PREVIEW_EVERY == 0:
            self._progress.show(self.shown(self.best))


def minimise(
    start: Tensor, loss_of: Loss, evaluations: int, progress: Progress, stage: str, shown: Shown = as_picture
) -> Tensor:
    """The best tensor found in `evaluations` calls of `loss_of`, begun at `start`, a picture in 0..255 unless `shown`
    makes previews of it.

    A stop returns the best so far, or raises Cancelled when there is none yet. Raises Diverged when not even the
    start has a finite loss.
    """
    descent = _Descent(start, loss_of, evaluations, progress, stage)
    descent.shown = shown
    for attempt in range(RETRIES + 1):
        try:
            descent.run(rate=0.5**attempt)
        except _RanAway:
            continue
        except Cancelled:
            if descent.best_loss == math.inf:
                raise
        break
    if not math.isfinite(descent.best_loss):
        raise Diverged("The blend ran away at its first step.", "Lower the weights or choose the paper preset.")
    return descent.best
