"""L-BFGS without a line search: one direction per gradient (Nocedal and Wright, Numerical Optimization, algorithm 7.4).

PyTorch's own solver takes the same steps, and three seconds of imports before its first.
"""

from collections import deque

import torch
from torch import Tensor

FLAT = 1e-7  # a gradient this small is the end
CURVED = 1e-10  # a pair of changes that bends less says nothing about the curvature


class Descent:
    """The memory of one descent; `step` moves a tensor, of any shape, against its gradient."""

    def __init__(self, rate: float, pairs: int) -> None:
        self._rate = rate
        self._pairs: deque[tuple[Tensor, Tensor, Tensor]] = deque(maxlen=pairs)
        self._scale: Tensor | float = 1.0
        self._last: tuple[Tensor, Tensor] | None = None  # the gradient before, and the move that it led to

    @torch.no_grad()
    def step(self, place: Tensor, gradient: Tensor) -> None:
        """Moves `place`, of the shape of `gradient`."""
        slope = gradient.flatten()
        if slope.abs().max() <= FLAT:
            return
        length: Tensor | float = self._rate
        if self._last is None:
            length = min(1.0, 1.0 / slope.abs().sum()) * self._rate
        else:
            self._learn(slope, *self._last)
        way = self._direction(slope)
        if way.dot(slope) > -FLAT * FLAT:
            return
        place.add_(way.view_as(place), alpha=float(length))
        self._last = slope.clone(), way * length

    def _learn(self, slope: Tensor, before: Tensor, move: Tensor) -> None:
        change = slope - before
        bend = change.dot(move)
        if bend > CURVED:
            self._pairs.append((change, move, 1.0 / bend))
            self._scale = bend / change.dot(change)

    def _direction(self, slope: Tensor) -> Tensor:
        """Minus the slope times the inverse Hessian as the pairs tell it: the two loops."""
        way = -slope
        shares = []
        for change, move, weight in reversed(self._pairs):
            shares.append(move.dot(way) * weight)
            way.add_(change, alpha=-float(shares[-1]))
        way.mul_(self._scale)
        for (change, move, weight), share in zip(self._pairs, reversed(shares), strict=True):
            way.add_(move, alpha=float(share - change.dot(way) * weight))
        return way
