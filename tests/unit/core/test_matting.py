"""The soft edge and its colours: working piece by piece gives what working on the whole picture gives."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from blendstudio.core.geometry import IntRect
from blendstudio.core.masking import clean_colours, kernel
from blendstudio.core.matting import EPSILON, cleaned, guided, matted, own_colours
from blendstudio.core.pixels import Pixels

seeds = st.integers(0, 2**31)
widths = st.sampled_from([1, 3, 8, 30])
LIMIT = 1e-4  # of alpha


def scene(seed: int, longest: int = 420) -> tuple[np.ndarray, np.ndarray]:
    """A mask, soft or hard, in parts, at the border or empty, and a photo: noisy, grey, flat, or with an edge."""
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in rng.integers(1, longest, 2))
    blobs = cv2.GaussianBlur(rng.random((height, width)), (0, 0), float(rng.choice([2, 8, 25]))).reshape(height, width)
    mask = np.where(blobs >= np.quantile(blobs, rng.choice([0.0, 0.2, 0.6, 0.95])), 255, 0).astype(np.uint8)
    if rng.random() < 0.1:
        mask[:] = 0
    if rng.random() < 0.5:
        mask = cv2.GaussianBlur(mask, (0, 0), 2).reshape(height, width)
    edge = np.float32(mask)[..., None] / 255
    photos = [
        lambda: rng.random((height, width, 3)),
        lambda: np.repeat(blobs[..., None] * 3 - 1, 3, axis=2),
        lambda: np.full((height, width, 3), rng.random(3)),
        lambda: edge * rng.random(3) + (1 - edge) * rng.random(3) + rng.normal(0, 0.02, (height, width, 3)),
    ]
    photo = photos[rng.integers(len(photos))]()
    return mask, np.rint(photo.clip(0, 1) * 255).astype(np.uint8)


def filtered(guide: np.ndarray, values: np.ndarray, radius: int) -> np.ndarray:
    """The guided filter as it is written in the paper, in 64 bits."""

    def mean(x: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(x, -1, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT)

    guide, values = guide.astype(float), values.astype(float)
    middle, level = mean(guide), mean(values)
    covariance = mean(guide * values[..., None]) - middle * level[..., None]
    products = np.stack([mean(guide * guide[..., i : i + 1]) for i in range(3)], axis=-1)
    spread = products - middle[..., None] * middle[..., None, :] + EPSILON * np.eye(3)
    slope = np.linalg.solve(spread, covariance[..., None])[..., 0]
    return (mean(slope) * guide).sum(-1) + mean(level - (slope * middle).sum(-1))


def matted_whole(mask: np.ndarray, rgb: np.ndarray, width: int) -> np.ndarray:
    shell = kernel("ellipse", width)
    outer = cv2.dilate(mask, shell) >= 128
    inner = cv2.erode(mask, shell, borderType=cv2.BORDER_REPLICATE) >= 128
    soft = np.clip((filtered(rgb / 255, mask / 255, width) - 0.06) / 0.88, 0, 1)
    return np.where(outer & ~inner, soft, mask / 255)


def cleaned_whole(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    weight = alpha[..., None]
    foreground = background = rgb
    for side in (90, 6):
        share = cv2.blur(alpha, (side, side)).reshape(alpha.shape)[..., None]
        near = cv2.blur(foreground * weight, (side, side)) / (share + 1e-5)
        behind = cv2.blur(background * (1 - weight), (side, side)) / (1 - share + 1e-5)
        foreground = np.clip(near + weight * (rgb - weight * near - (1 - weight) * behind), 0, 1)
        background = behind
    return np.where(weight >= 1, rgb, foreground)


@given(seeds, widths)
@example(0, 64)
def test_matting_by_pieces_is_matting_of_the_whole(seed, width):
    mask, rgb = scene(seed)
    assert np.abs(matted(mask, rgb, width) - matted_whole(mask, rgb, width)).max() <= LIMIT


@pytest.mark.parametrize("width", [3, 20])
def test_an_edge_along_the_borders_of_tiles_and_of_the_picture(width):
    rng = np.random.default_rng(width)
    mask = np.zeros((300, 290), np.uint8)
    mask[127:257, :129] = mask[:3, 200:] = mask[250:, 255:] = 255
    rgb = cv2.GaussianBlur(rng.integers(0, 256, (300, 290, 3), np.uint8), (0, 0), 2)
    assert np.abs(matted(mask, rgb, width) - matted_whole(mask, rgb, width)).max() <= LIMIT


def test_a_grey_photo_is_solved_as_well_as_a_coloured_one():
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    values = (ramp > 0.5).astype(np.float32)
    expected = filtered(np.dstack([ramp] * 3), values, 5)
    assert np.abs(guided([ramp] * 3, values, 5) - expected).max() <= LIMIT


def test_sixteen_bits_give_the_edge_of_eight():
    mask, rgb = scene(7)
    deep = np.dstack([rgb, np.full_like(mask, 255)]).astype(np.uint16) * 257
    assert (matted(mask, Pixels(deep).array, 3) == matted(mask, rgb, 3)).all()


@given(seeds)
def test_clean_colours_by_pieces_are_those_of_the_whole(seed):
    mask, rgb = scene(seed, 600)
    alpha, photo = mask.astype(np.float32) / 255, rgb.astype(np.float32) / 255
    made = clean_colours(photo, alpha)
    assert np.abs(made - cleaned_whole(photo, alpha)).max() <= 1e-4
    assert (made[alpha == 1] == photo[alpha == 1]).all()


@given(seeds)
def test_colours_of_a_part_are_a_part_of_the_colours(seed):
    mask, rgb = scene(seed, 300)
    alpha = mask.astype(np.float32) / 255
    whole = clean_colours(rgb.astype(np.float32) / 255, alpha)
    height, width = mask.shape
    part = IntRect(width // 3, height // 4, width // 3 + (width + 1) // 2, height // 4 + (height + 1) // 2)
    samples = np.dstack([rgb, mask])
    some = own_colours(samples, 255, alpha, part, cleaned(samples, 255, alpha, part))
    assert np.abs(some - whole[part.slices]).max() <= 1e-4
