"""Masked Poisson equation on a pixel grid: the background's values round the mask, the source's gradients inside."""

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blendstudio.core.types import F32, F64, Bool, floats
from blendstudio.engine.job import Progress

if TYPE_CHECKING:
    from scipy import sparse

DIRECT = 150_000  # unknowns up to which a direct solve is the fastest way
TOLERANCE = 1e-6
SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def solve(source: F32, background: F32, mask: Bool, progress: Progress) -> F32:
    """h×w×3 that equals `background` outside `mask` and has the gradients of `source` inside (Pérez et al., 2003).

    Not clamped. Beyond the window's border nothing is asked; a mask that fills the window gives the source back.
    """
    from scipy import sparse
    from scipy.sparse.linalg import cg, splu

    if mask.all():
        return source
    progress.check()
    count = int(mask.sum())
    matrix, right = _system(source, background, mask)
    result = background.astype(np.float32).copy()
    if count <= DIRECT:
        result[mask] = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(right)
        return result
    guess = _coarse(source, background, mask, progress)[mask]
    progress.check()
    scale = sparse.diags_array(1 / matrix.diagonal())
    for channel in range(3):
        solution, _ = cg(matrix, right[:, channel], x0=guess[:, channel], rtol=TOLERANCE, maxiter=400, M=scale)
        result[mask, channel] = solution
        progress((channel + 1) / 3, "Solving")
    return result


def _system(source: F32, background: F32, mask: Bool) -> "tuple[sparse.csr_array, F64]":
    """The sparse symmetric matrix of the unknowns and its right-hand side, count×3."""
    from scipy import sparse

    height, width = mask.shape
    index = np.full(mask.shape, -1)
    index[mask] = np.arange(mask.sum())
    ys, xs = np.nonzero(mask)
    right = np.zeros((len(ys), 3))
    degree = np.zeros(len(ys))
    rows, columns = [], []
    for dy, dx in SHIFTS:
        inside = (ys + dy >= 0) & (ys + dy < height) & (xs + dx >= 0) & (xs + dx < width)
        y, x = ys[inside] + dy, xs[inside] + dx
        degree[inside] += 1
        right[inside] += source[ys[inside], xs[inside]] - source[y, x]
        neighbour = index[y, x]
        known = neighbour < 0
        right[np.flatnonzero(inside)[known]] += background[y[known], x[known]]
        rows.append(np.flatnonzero(inside)[~known])
        columns.append(neighbour[~known])
    row, column = np.concatenate(rows), np.concatenate(columns)
    links = sparse.coo_array((-np.ones(len(row)), (row, column)), (len(ys), len(ys)))
    return sparse.csr_array(sparse.diags_array(degree) + links), right


def _coarse(source: F32, background: F32, mask: Bool, progress: Progress) -> F32:
    """A first guess: the half-size solution's correction, enlarged onto the source."""
    size = (mask.shape[1], mask.shape[0])
    half = (max(1, size[0] // 2), max(1, size[1] // 2))
    small = [floats(cv2.resize(x, half, interpolation=cv2.INTER_AREA)) for x in (source, background)]
    inside = cv2.resize(mask.astype(np.uint8), half, interpolation=cv2.INTER_NEAREST) > 0
    solved = solve(small[0], small[1], inside, progress)
    return floats(source + cv2.resize(solved - small[0], size, interpolation=cv2.INTER_LINEAR))
