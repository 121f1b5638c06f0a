"""Pyramids against their definition, written out pixel by pixel."""

import numpy as np
import pytest

from blendstudio.engine.pyramids import collapsed, gaussian, laplacian

KERNEL = np.array([1, 4, 6, 4, 1]) / 16


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height).random((height, width, 3), np.float32)


def mirrored(index: int, count: int) -> int:
    return count - 1 - abs(count - 1 - abs(index))


def reduced(x: np.ndarray) -> np.ndarray:
    """Burt and Adelson's REDUCE."""
    height, width = x.shape[:2]
    small = np.zeros(((height + 1) // 2, (width + 1) // 2, 3))
    for i in range(small.shape[0]):
        for j in range(small.shape[1]):
            for m in range(-2, 3):
                for n in range(-2, 3):
                    value = x[mirrored(2 * i + m, height), mirrored(2 * j + n, width)]
                    small[i, j] += KERNEL[m + 2] * KERNEL[n + 2] * value
    return small


@pytest.mark.parametrize("size", [(4, 4), (5, 4), (9, 12), (8, 7)], ids=str)
def test_each_picture_is_the_reduced_one_before(size: tuple[int, int]) -> None:
    first, second = gaussian(picture(*size), 1)
    assert np.abs(second - reduced(first)).max() < 1e-6


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 3), (17, 33), (64, 50)], ids=str)
@pytest.mark.parametrize("levels", [1, 3, 10])
def test_a_pyramid_collapses_to_its_picture(size: tuple[int, int], levels: int) -> None:
    whole = picture(*size)
    assert np.abs(collapsed(laplacian(whole, levels)) - whole).max() < 1e-5


def test_a_flat_picture_has_empty_bands() -> None:
    bands = laplacian(np.full((33, 20, 3), 0.25, np.float32), 3)
    assert len(bands) == 4
    assert max(np.abs(band).max() for band in bands[:-1]) < 1e-6
    assert np.abs(bands[-1] - 0.25).max() < 1e-6
