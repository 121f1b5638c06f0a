"""Conjugate gradients with a multigrid preconditioner for a Laplacian on part of a pixel grid.

The unknowns are the pixels of a mask; each pixel is tied to its four neighbours, and beyond the mask the solution is 0.
Four pixels make one of the next coarser grid, down to a grid small enough to be factorised (Briggs, Henson and
McCormick, A Multigrid Tutorial, 2000; Tatebe, 1993, for the cycle as a preconditioner). The cycle is symmetric, so that
conjugate gradients may use it, and runs in float32; the conjugate gradients themselves run in float64.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from blendstudio.core.types import F32, F64, Bool, floats

COARSEST = 4096  # grid pixels that a factorisation solves at once
CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)
SWEEPS = 2  # of damped Jacobi before and after each visit of the coarser grid
DAMPING = np.float32(0.8)
MOST = 200  # steps; a dozen are usual


@dataclass(frozen=True, eq=False)
class Grid:
    """One grid, h×w: its unknowns, and how strongly each is tied to its right and lower neighbour and to the zero
    beyond the mask. Ties across the border and to pixels beyond the mask are 0 in `right` and `down`."""

    inside: F32
    right: F32
    down: F32
    beyond: F32

    @property
    def diagonal(self) -> F32:
        """The sum of a pixel's ties; 1 where there is no unknown."""
        total = self.beyond + self.right + self.down
        total[:, 1:] += self.right[:, :-1]
        total[1:] += self.down[:-1]
        return floats(np.where(self.inside > 0, total, 1))

    def coarser(self) -> "Grid":
        """Half as wide and high: the ties of two pixels side by side, each twice as long, make one tie.

        The ties to zero are summed as they are: a coarse pixel at the mask's edge lies nearer to the zero beyond it.
        """
        inside, right, down, beyond = (_even(x) for x in (self.inside, self.right, self.down, self.beyond))
        return Grid(
            floats(_four(inside) > 0),
            floats((right[::2, 1::2] + right[1::2, 1::2]) / 2),
            floats((down[1::2, ::2] + down[1::2, 1::2]) / 2),
            _four(beyond),
        )


def grid(mask: Bool) -> Grid:
    """The pixel grid of h×w `mask`: every tie is 1, and nothing is tied across the window's border."""
    inside = floats(mask)
    right, down = np.zeros_like(inside), np.zeros_like(inside)
    right[:, :-1] = inside[:, :-1] * inside[:, 1:]
    down[:-1] = inside[:-1] * inside[1:]
    beyond = np.zeros_like(inside)
    beyond[:, :-1] += inside[:, :-1] > inside[:, 1:]
    beyond[:, 1:] += inside[:, 1:] > inside[:, :-1]
    beyond[:-1] += inside[:-1] > inside[1:]
    beyond[1:] += inside[1:] > inside[:-1]
    return Grid(inside, right, down, beyond)


class Solver:
    """Solves for any right-hand side on one mask, which must leave at least one pixel of the window out."""

    def __init__(self, mask: Bool) -> None:
        grids = [grid(mask)]
        while grids[-1].inside.size > COARSEST:
            grids.append(grids[-1].coarser())
        self._finest = _Finest(grids[0])
        self._levels = [self._finest, *(_Level(one) for one in grids[1:])][: len(grids) - 1]
        self._solve_coarsest = _factorised(grids[-1])

    def solve(self, right_side: F64, tolerance: float, stepped: Callable[[float], None]) -> F64:
        """h×w: the solution, 0 beyond the mask. `right_side` is 0 there too.

        Ends when one more cycle would change no pixel by `tolerance` or more: a cycle takes away most of the error, so
        what is left is of that size. `stepped` hears after each step how large the change was, and may raise.
        """
        solution = np.zeros_like(right_side)
        left = right_side.copy()
        way, before = np.zeros_like(left), 0.0
        for _ in range(MOST):
            wish = self._cycle(floats(left), 0).astype(np.float64)
            change = float(np.abs(wish).max())
            stepped(change)
            if change < tolerance:
                return solution + wish
            slope = float(np.vdot(left, wish))
            way *= slope / before if before else 0.0
            way += wish
            bent = self._finest.applied(way)
            length = slope / float(np.vdot(way, bent))
            solution += length * way
            bent *= length
            left -= bent
            before = slope
        return solution

    def _cycle(self, right_side: F32, depth: int) -> F32:
        """An approximate solution: smoothing, the coarser grid's correction, smoothing."""
        if depth == len(self._levels):
            return self._solve_coarsest(right_side)
        level = self._levels[depth]
        x = level.smoothed_from_zero(right_side)
        x += level.lifted(self._cycle(level.lowered(right_side - level.applied(x)), depth + 1))
        return level.smoothed(x, right_side, SWEEPS)


class _Level:
    """What a cycle does on one grid."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._diagonal = grid.diagonal
        self._inside = grid.inside
        self._step = floats(DAMPING * grid.inside / self._diagonal)

    def applied(self, x: F32) -> F32:
        """The matrix times x."""
        tied = np.asarray(self._diagonal * x, np.float32)
        across, along = self._grid.right[:, :-1], self._grid.down[:-1]
        tied[:, :-1] -= across * x[:, 1:]
        tied[:, 1:] -= across * x[:, :-1]
        tied[:-1] -= along * x[1:]
        tied[1:] -= along * x[:-1]
        return tied

    def smoothed_from_zero(self, right_side: F32) -> F32:
        """SWEEPS sweeps begun at 0."""
        return self.smoothed(self._step * right_side, right_side, SWEEPS - 1)

    def smoothed(self, x: F32, right_side: F32, sweeps: int) -> F32:
        """Damped Jacobi."""
        for _ in range(sweeps):
            left = self.applied(x)
            np.subtract(right_side, left, out=left)
            left *= self._step
            x += left
        return x

    def lowered(self, left: F32) -> F32:
        """The transpose of `lifted`."""
        return _four(_even(_soft(left)))

    def lifted(self, coarse: F32) -> F32:
        """A coarser grid's values here: each for its four pixels, then softened, which makes it bilinear."""
        height, width = self._step.shape
        near = cv2.resize(coarse, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)[:height, :width]
        return self._inside * _soft(np.ascontiguousarray(near, np.float32))


class _Finest(_Level):
    """The pixel grid itself, in the precision of its argument: all ties are 1, which is faster."""

    def applied(self, x: Any) -> Any:
        """The matrix times an x that is 0 beyond the mask."""
        neighbours = cv2.filter2D(x, -1, CROSS, borderType=cv2.BORDER_CONSTANT)
        tied = self._diagonal * x
        tied -= neighbours
        tied *= self._inside
        return tied


def _factorised(grid: Grid) -> Callable[[F32], F32]:
    """The exact solution on a small grid."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    diagonal = grid.diagonal.astype(np.float64)
    number = np.arange(diagonal.size).reshape(diagonal.shape)
    pairs = ((grid.right[:, :-1], number[:, :-1], number[:, 1:]), (grid.down[:-1], number[:-1], number[1:]))
    ties, first, second = (np.concatenate([pair[part].ravel() for pair in pairs]) for part in range(3))
    upper = sparse.coo_array((-ties, (first, second)), (diagonal.size, diagonal.size))
    matrix = sparse.diags_array(diagonal.ravel()) + upper + upper.T
    solver = splu(
        sparse.csc_array(matrix, dtype=np.float64), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
    )
    return lambda right_side: floats(
        grid.inside * solver.solve(right_side.ravel().astype(np.float64)).reshape(diagonal.shape)
    )


def _soft(x: F32) -> F32:
    """1-2-1 along rows and columns."""
    return np.asarray(cv2.GaussianBlur(x, (3, 3), 0, borderType=cv2.BORDER_REPLICATE), np.float32)


def _even(x: F32) -> F32:
    """With a row and a column of zeros more where their number is odd."""
    height, width = x.shape
    return np.pad(x, ((0, height % 2), (0, width % 2))) if height % 2 or width % 2 else x


def _four(x: F32) -> F32:
    """The sum of every four pixels."""
    return x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]
