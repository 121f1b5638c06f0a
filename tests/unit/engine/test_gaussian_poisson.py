"""The closed form against least squares written out as dense matrices."""

import numpy as np
import pytest

from blendstudio.engine.gaussian_poisson import divergence, doubled, solve

SIDE = 24


def steps(count: int) -> np.ndarray:
    """Differences of neighbours, (count − 1)×count."""
    return np.diff(np.eye(count), axis=0)


def blur(count: int) -> np.ndarray:
    """A 3-pixel Gaussian of sigma 0.5 with a mirroring border, count×count."""
    weights = np.exp([-2.0, 0.0, -2.0])
    weights /= weights.sum()
    matrix = np.zeros((count, count))
    for i in range(count):
        for k, weight in zip((-1, 0, 1), weights, strict=True):
            matrix[i, min(max(i + k, 0), count - 1)] += weight
    return matrix


def dense(source: np.ndarray, background: np.ndarray, mask: np.ndarray, colours: np.ndarray, beta: float) -> np.ndarray:
    """argmin ‖L x − div v‖² + β ‖G x − c‖², each channel by numpy's least squares."""
    height, width = mask.shape
    down, right = np.kron(steps(height), np.eye(width)), np.kron(np.eye(height), steps(width))
    gradients = np.vstack([down, right])
    inside = (np.abs(gradients) @ mask.ravel()) / 2
    smooth = np.kron(blur(height), blur(width))
    result = np.zeros_like(source, np.float64)
    for channel in range(3):
        own, other, colour = (x[..., channel].ravel().astype(float) for x in (source, background, colours))
        wanted = inside * (gradients @ own) + (1 - inside) * (gradients @ other)
        matrix = np.vstack([gradients.T @ gradients, np.sqrt(beta) * smooth])
        right_side = np.concatenate([gradients.T @ wanted, np.sqrt(beta) * colour])
        result[..., channel] = np.linalg.lstsq(matrix, right_side, rcond=None)[0].reshape(mask.shape)
    return result


@pytest.mark.parametrize("beta", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("size", [(SIDE, SIDE), (13, 20)], ids=str)
def test_it_equals_dense_least_squares(size: tuple[int, int], beta: float) -> None:
    source, background, colours = np.random.default_rng(2).random((3, *size, 3), np.float32)
    mask = np.zeros(size, np.float32)
    mask[4:11, 5:16] = 1
    solved = solve(source, background, mask, colours, beta)
    assert np.abs(solved - dense(source, background, mask, colours, beta)).max() < 1e-4


def test_a_pictures_own_gradients_and_blurred_colours_give_it_back() -> None:
    picture = np.random.default_rng(3).random((SIDE, SIDE, 3), np.float32)
    smooth = np.einsum("ij,jkc,lk->ilc", blur(SIDE), picture, blur(SIDE)).astype(np.float32)
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[3:9, 3:9] = 1
    assert np.abs(solve(picture, picture, mask, smooth, 1.0) - picture).max() < 1e-4


def test_the_divergence_is_the_laplacian_of_each_picture_on_its_side() -> None:
    source, background = np.random.default_rng(4).random((2, SIDE, SIDE, 3), np.float32)
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[5:15, 5:15] = 1
    found = divergence(source, background, mask)
    for picture, (i, j) in ((source, (9, 9)), (background, (20, 3))):
        around = picture[i - 1, j] + picture[i + 1, j] + picture[i, j - 1] + picture[i, j + 1]
        assert found[i, j] == pytest.approx(4 * picture[i, j] - around, abs=1e-5)


@pytest.mark.parametrize("size", [(24, 24), (23, 17)], ids=str)
def test_doubling_keeps_the_pixels_that_there_were(size: tuple[int, int]) -> None:
    large = np.random.default_rng(5).random((*size, 3), np.float32)
    again = doubled(large[::2, ::2], size)
    assert again.shape == large.shape
    assert np.abs(again[::2, ::2] - large[::2, ::2]).max() < 1e-5
