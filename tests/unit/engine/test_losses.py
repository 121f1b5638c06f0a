"""Equations 1 to 4 against plain numpy transcriptions, loop by loop."""

import colorsys

import numpy as np
import pytest
import torch

from blendstudio.engine import losses
from blendstudio.engine.losses import Wanted, Weights


def picture(seed: int, height: int = 9, width: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (height, width, 3))


def tensor(array: np.ndarray) -> torch.Tensor:
    array = array[..., None] if array.ndim == 2 else array
    return torch.from_numpy(array.transpose(2, 0, 1)[None].copy()).double()


def slow_saturation(array: np.ndarray) -> np.ndarray:
    return np.array([[colorsys.rgb_to_hsv(*pixel)[1] for pixel in row] for row in array])


def slow_g(array: np.ndarray) -> float:
    """Equation 3, for the pixels whose neighbour exists."""
    plane = slow_saturation(array)
    height, width = plane.shape
    total = 0.0
    for i in range(height):
        for j in range(width):
            if i + 1 < height:
                total += abs(plane[i + 1, j] - plane[i, j])
            if j + 1 < width:
                total += abs(plane[i, j + 1] - plane[i, j])
    return total


def slow_laplacian(array: np.ndarray) -> np.ndarray:
    height, width, _ = array.shape
    result = np.zeros_like(array)
    for i in range(height):
        for j in range(width):
            for di, dj in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                y, x = min(max(i + di, 0), height - 1), min(max(j + dj, 0), width - 1)
                result[i, j] += array[i, j] - array[y, x]
    return result


def slow_gram(features: np.ndarray) -> np.ndarray:
    """C×C of H×W×C features."""
    channels = features.shape[2]
    result = np.zeros((channels, channels))
    for a in range(channels):
        for b in range(channels):
            result[a, b] = (features[..., a] * features[..., b]).sum() / features.size
    return result


def test_saturation_is_that_of_hsv() -> None:
    array = picture(1)
    assert losses.saturation(tensor(array))[0, 0].numpy() == pytest.approx(slow_saturation(array))


def test_saturation_of_black_is_zero_with_a_finite_slope() -> None:
    black = torch.zeros(1, 3, 4, 4, requires_grad=True)
    losses.saturation(black).sum().backward()
    assert losses.saturation(black).abs().max() == 0
    assert black.grad is not None
    assert torch.isfinite(black.grad).all()


def test_equation_3_sums_the_steps_along_rows_and_columns() -> None:
    array = picture(2)
    assert float(losses.saturation_gradient(tensor(array))) == pytest.approx(slow_g(array))


def test_equation_2_is_signed_and_divided_by_the_area() -> None:
    blend, background = picture(3), picture(4) * 0.2 + 100
    expected = (slow_g(blend) - slow_g(background)) / (9 * 7)
    assert float(losses.saturation_loss(tensor(blend), tensor(background))) == pytest.approx(expected)
    assert float(losses.saturation_loss(tensor(background), tensor(blend))) == pytest.approx(-expected)


def test_the_band_form_counts_only_larger_steps_on_the_band() -> None:
    blend, background = picture(5), picture(6)
    band = (np.random.default_rng(0).random((9, 7)) > 0.5).astype(float)
    down = np.abs(np.diff(slow_saturation(blend), axis=0)) - np.abs(np.diff(slow_saturation(background), axis=0))
    across = np.abs(np.diff(slow_saturation(blend), axis=1)) - np.abs(np.diff(slow_saturation(background), axis=1))
    expected = (np.maximum(down, 0) * band[1:]).sum() + (np.maximum(across, 0) * band[:, 1:]).sum()
    got = losses.saturation_band_loss(tensor(blend), tensor(background), tensor(band))
    assert float(got) == pytest.approx(expected / 63)


def test_gradient_loss_is_the_mean_square_of_laplacian_differences() -> None:
    blend, wanted = picture(7), slow_laplacian(picture(8))
    expected = ((slow_laplacian(blend) - wanted) ** 2).mean()
    assert float(losses.gradient_loss(tensor(blend), tensor(wanted))) == pytest.approx(expected)


def test_content_loss_counts_inside_the_mask() -> None:
    features, wanted = picture(9), picture(10)
    mask = (np.random.default_rng(1).random((9, 7)) > 0.5).astype(float)
    expected = (((features - wanted) * mask[..., None]) ** 2).mean()
    assert float(losses.content_loss(tensor(features), tensor(wanted), tensor(mask))) == pytest.approx(expected)


def test_style_loss_is_the_mean_over_layers_of_gram_differences() -> None:
    layers = {"a": (picture(11), picture(12)), "b": (picture(13, 4, 5), picture(14, 4, 5))}
    expected = np.mean([((slow_gram(x) - slow_gram(y)) ** 2).mean() for x, y in layers.values()])
    features = {name: tensor(x) for name, (x, _) in layers.items()}
    wanted = {name: losses.gram(tensor(y)) for name, (_, y) in layers.items()}
    assert float(losses.style_loss(features, wanted)) == pytest.approx(expected)


def parts() -> tuple[torch.Tensor, dict[str, torch.Tensor], Wanted]:
    blend, background = tensor(picture(20, 8, 8)) * 1.2 - 20, tensor(picture(21, 8, 8))
    mask = torch.zeros(1, 1, 8, 8).double()
    mask[..., 2:6, 2:6] = 1
    features = {tap: tensor(picture(22 + n, 8, 8)) for n, tap in enumerate(losses.STYLE_TAPS)}
    style = {tap: losses.gram(tensor(picture(30 + n, 8, 8))) for n, tap in enumerate(losses.STYLE_TAPS)}
    wanted = Wanted(background, losses.laplacian(background), mask, mask, tensor(picture(40, 8, 8)), style)
    return blend, features, wanted


def test_equation_1_is_the_weighted_sum_of_gradient_content_and_style() -> None:
    blend, features, wanted = parts()
    expected = (
        1e4 * losses.gradient_loss(blend, wanted.laplacian)
        + 1 * losses.content_loss(features[losses.CONTENT_TAP], wanted.content, wanted.mask)
        + 1e3 * losses.style_loss(features, wanted.style)
    )
    got = losses.objective(blend, features, wanted, Weights(gradient=1e4, content=1, style=1e3))
    assert float(got) == pytest.approx(float(expected))


def test_equation_4_is_the_weighted_sum_of_saturation_content_and_style() -> None:
    blend, features, wanted = parts()
    expected = (
        1e5 * losses.saturation_loss(blend, wanted.background)
        + 1 * losses.content_loss(features[losses.CONTENT_TAP], wanted.content, wanted.mask)
        + 1e5 * losses.style_loss(features, wanted.style)
    )
    weights = Weights(content=1, style=1e5, saturation=1e5, literal=True)
    assert float(losses.objective(blend, features, wanted, weights)) == pytest.approx(float(expected))


def test_the_box_penalty_is_zero_within_black_and_white() -> None:
    assert float(losses.box_penalty(tensor(picture(50)))) == 0
    assert float(losses.box_penalty(torch.full((1, 3, 2, 2), 265.0))) == pytest.approx(100)
    assert float(losses.box_penalty(torch.full((1, 3, 2, 2), -10.0))) == pytest.approx(100)
