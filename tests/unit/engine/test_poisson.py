"""The Poisson solve against a dense reference, and its edges."""

import numpy as np
import pytest

from blendstudio.engine import poisson
from blendstudio.engine.job import Progress


def pictures(height: int = 12, width: int = 15) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.random((height, width, 3), np.float32), rng.random((height, width, 3), np.float32)


def dense(source: np.ndarray, background: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """One equation per pixel, written out and solved with numpy."""
    height, width = mask.shape
    count = height * width
    matrix, right = np.eye(count), background.reshape(count, 3).astype(float).copy()
    for i in range(height):
        for j in range(width):
            if not mask[i, j]:
                continue
            row = i * width + j
            matrix[row] = 0
            right[row] = 0
            for y, x in ((i, j + 1), (i, j - 1), (i + 1, j), (i - 1, j)):
                if 0 <= y < height and 0 <= x < width:
                    matrix[row, row] += 1
                    matrix[row, y * width + x] -= 1
                    right[row] += source[i, j].astype(float) - source[y, x]
    return np.linalg.solve(matrix, right).reshape(height, width, 3)


MASKS = {
    "inside": (slice(3, 9), slice(4, 11)),
    "touching the border": (slice(0, 6), slice(0, 15)),
    "one pixel": (slice(5, 6), slice(7, 8)),
}


@pytest.mark.parametrize("name", MASKS)
def test_it_equals_a_dense_solve(name: str) -> None:
    source, background = pictures()
    mask = np.zeros((12, 15), bool)
    mask[MASKS[name]] = True
    solved = poisson.solve(source, background, mask, Progress())
    assert solved == pytest.approx(dense(source, background, mask), abs=1e-4)
    assert np.array_equal(solved[~mask], background[~mask])


def test_the_iterative_way_agrees_with_the_direct_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    source, background = rng.random((2, 60, 70, 3), np.float32)
    mask = np.zeros((60, 70), bool)
    mask[5:55, 8:60] = True
    direct = poisson.solve(source, background, mask, Progress())
    monkeypatch.setattr(poisson, "DIRECT", 200)
    iterative = poisson.solve(source, background, mask, Progress())
    assert iterative == pytest.approx(direct, abs=1e-3)


def test_a_mask_over_everything_gives_the_source() -> None:
    source, background = pictures()
    assert np.array_equal(poisson.solve(source, background, np.ones((12, 15), bool), Progress()), source)


def test_equal_pictures_stay_as_they_are() -> None:
    source, _ = pictures()
    mask = np.zeros((12, 15), bool)
    mask[2:10, 2:13] = True
    assert poisson.solve(source, source, mask, Progress()) == pytest.approx(source, abs=1e-5)
