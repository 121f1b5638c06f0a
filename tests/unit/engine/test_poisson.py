"""The Poisson solve against dense and sparse direct solvers, and its edges."""

import numpy as np
import pytest
from scipy import ndimage, sparse
from scipy.sparse.linalg import splu

from blendstudio.engine import multigrid, poisson
from blendstudio.engine.job import Progress
from blendstudio.errors import Cancelled

LEVEL = 1 / 255


def pictures(height: int = 12, width: int = 15) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.random((height, width, 3), np.float32), rng.random((height, width, 3), np.float32)


def dense(source: np.ndarray, background: np.ndarray, mask: np.ndarray, *, mixed: bool = False) -> np.ndarray:
    """One equation per pixel, written out and solved with numpy."""
    height, width = mask.shape
    count = height * width
    source, background = source.astype(float), background.astype(float)
    result = background.copy()
    for channel in range(3):
        s, b = source[..., channel], background[..., channel]
        matrix, right = np.eye(count), b.ravel().copy()
        for i, j in zip(*np.nonzero(mask), strict=True):
            row = i * width + j
            matrix[row] = 0
            right[row] = 0
            for y, x in ((i, j + 1), (i, j - 1), (i + 1, j), (i - 1, j)):
                if 0 <= y < height and 0 <= x < width:
                    matrix[row, row] += 1
                    matrix[row, y * width + x] -= 1
                    own, other = s[i, j] - s[y, x], b[i, j] - b[y, x]
                    right[row] += other if mixed and abs(other) > abs(own) else own
        result[..., channel] = np.linalg.solve(matrix, right).reshape(height, width)
    return result


def direct(source: np.ndarray, background: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The same for import gradients with a sparse factorisation, as many equations as unknowns."""
    index = np.full(mask.shape, -1)
    index[mask] = np.arange(mask.sum())
    ys, xs = np.nonzero(mask)
    right, degree = np.zeros((len(ys), 3)), np.zeros(len(ys))
    links = sparse.csr_array((len(ys), len(ys)))
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        y, x = ys + dy, xs + dx
        here = np.flatnonzero((y >= 0) & (y < mask.shape[0]) & (x >= 0) & (x < mask.shape[1]))
        y, x = y[here], x[here]
        degree[here] += 1
        right[here] += source[ys[here], xs[here]].astype(float) - source[y, x]
        known = ~mask[y, x]
        right[here[known]] += background[y[known], x[known]]
        pair = here[~known], index[y[~known], x[~known]]
        links = links + sparse.csr_array((np.ones(len(pair[0])), pair), links.shape)
    matrix = sparse.csc_array(sparse.diags_array(degree) - links)
    result = background.astype(float)
    result[mask] = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(right)
    return result


def inside(height: int, width: int, *place: slice) -> np.ndarray:
    mask = np.zeros((height, width), bool)
    mask[place] = True
    return mask


MASKS = {
    "inside": inside(12, 15, slice(3, 9), slice(4, 11)),
    "touching the border": inside(12, 15, slice(0, 6), slice(0, 15)),
    "one pixel": inside(12, 15, slice(5, 6), slice(7, 8)),
    "all but a corner": ~inside(12, 15, slice(0, 1), slice(0, 1)),
    "every other row": inside(12, 15, slice(0, 12, 2), slice(0, 15)),
}


@pytest.mark.parametrize("coarsest", [4096, 4])
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("name", MASKS)
def test_it_equals_a_dense_solve(monkeypatch: pytest.MonkeyPatch, name: str, mixed: bool, coarsest: int) -> None:
    monkeypatch.setattr(multigrid, "COARSEST", coarsest)
    source, background = pictures()
    solved = poisson.solve(source, background, MASKS[name], Progress(), mixed=mixed)
    assert np.abs(solved - dense(source, background, MASKS[name], mixed=mixed)).max() < 1e-3 * LEVEL
    assert np.array_equal(solved[~MASKS[name]], background[~MASKS[name]])


def ragged(height: int, width: int, grain: float) -> np.ndarray:
    """Blobs with holes and islands, that touch the border."""
    noise = ndimage.gaussian_filter(np.random.default_rng(7).random((height, width)), grain, mode="wrap")
    return noise > np.quantile(noise, 0.4)


@pytest.mark.parametrize(
    "mask",
    [ragged(300, 300, 20), ragged(300, 300, 1), ~inside(201, 163, slice(0, 1), slice(9, 10)), ragged(3, 3000, 9)],
    ids=["blobs", "speckles", "all but one pixel", "a strip"],
)
def test_it_equals_a_direct_solve_to_a_thousandth_of_a_level(mask: np.ndarray) -> None:
    source, background = pictures(*mask.shape)
    solved = poisson.solve(source, background, mask, Progress())
    assert np.abs(solved - direct(source, background, mask)).max() < 1e-3 * LEVEL


def test_a_mask_over_everything_gives_the_source() -> None:
    source, background = pictures()
    assert np.array_equal(poisson.solve(source, background, np.ones((12, 15), bool), Progress()), source)


def test_a_mask_over_nothing_gives_the_background() -> None:
    source, background = pictures()
    assert np.array_equal(poisson.solve(source, background, np.zeros((12, 15), bool), Progress()), background)


def test_equal_pictures_stay_as_they_are() -> None:
    source, _ = pictures()
    assert poisson.solve(source, source, MASKS["inside"], Progress(), mixed=True) == pytest.approx(source, abs=1e-6)


def test_its_progress_grows_to_the_end_and_a_stop_ends_it() -> None:
    source, background = pictures(90, 90)
    mask = ragged(90, 90, 5)
    shares: list[float] = []
    poisson.solve(source, background, mask, Progress(lambda share, _: shares.append(share)))
    assert len(set(shares)) > 6
    assert shares == sorted(shares)
    assert shares[-1] == 1
    heard: list[float] = []
    with pytest.raises(Cancelled):
        poisson.solve(
            source, background, mask, Progress(lambda share, _: heard.append(share), cancelled=lambda: len(heard) > 3)
        )
