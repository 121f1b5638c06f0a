import numpy as np
import pytest
from skimage.metrics import structural_similarity

from blendstudio.study import metrics

SIDE = 96


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)


@pytest.fixture
def disc():
    return np.hypot(*np.mgrid[-SIDE // 2 : SIDE // 2, -SIDE // 2 : SIDE // 2]) < 24


def test_a_picture_beside_itself_is_perfect(noise, disc):
    found = metrics.against_truth(noise, noise, disc)
    assert (found.mse, found.fg_mse) == (0, 0)
    assert (found.psnr, found.fg_psnr, found.seam_psnr) == (metrics.CAP,) * 3
    assert (found.ssim, found.fg_ssim) == (1, 1)


def test_psnr_is_that_of_the_mean_square(noise):
    other = np.clip(noise.astype(int) + 10, 0, 255).astype(np.uint8)
    flat = np.full_like(noise, 100)
    assert metrics.mean_square(flat, flat + np.uint8(10)) == 100
    assert metrics.psnr(flat, flat + np.uint8(10)) == pytest.approx(48.1308 - 20, abs=1e-3)
    assert metrics.decibels(metrics.mean_square(noise, other)) == metrics.psnr(noise, other)


def test_a_change_inside_is_seen_inside(noise, disc):
    changed = noise.copy()
    changed[disc] = 255 - changed[disc]
    found = metrics.against_truth(changed, noise, disc)
    assert found.fg_psnr < 15
    assert found.fg_mse == pytest.approx(found.mse / disc.mean(), rel=1e-5)
    assert found.fg_psnr < found.seam_psnr  # half of the band lies outside, where nothing changed
    assert metrics.psnr(changed, noise, ~disc) == metrics.CAP


@pytest.mark.parametrize("place", [np.s_[40:60, 30:50], np.s_[:10, :], np.s_[90:, 90:], np.s_[:, :]])
def test_similarity_is_that_of_the_whole_picture(noise, place):
    changed = noise.copy()
    changed[place] = changed[place] // 2
    mean, whole = structural_similarity(noise, changed, win_size=metrics.WINDOW, channel_axis=-1, full=True)
    assert metrics.ssim(noise, changed) == pytest.approx(mean, abs=1e-5)
    np.testing.assert_allclose(metrics.likeness(noise, changed), whole.mean(-1), atol=1e-5)


def test_the_seam_lies_on_both_sides_of_the_edge(disc):
    band = metrics.seam(disc, 6)
    distance = np.hypot(*np.mgrid[-SIDE // 2 : SIDE // 2, -SIDE // 2 : SIDE // 2])
    assert band[np.abs(distance - 24) < 4].all()
    assert not band[np.abs(distance - 24) > 8].any()
    assert not metrics.seam(np.ones((20, 20), bool)).any()  # the picture's border is no seam
    assert metrics.inner(disc)[SIDE // 2, SIDE // 2]
    assert (metrics.inner(disc, 60) == disc).all()


def test_a_faded_object_is_less_opaque(noise, disc):
    other = np.random.default_rng(1).integers(0, 256, noise.shape, np.uint8)
    half = ((noise.astype(int) + other) // 2).astype(np.uint8)
    darker = noise // 2
    assert metrics.opacity(noise, noise, other, disc) == pytest.approx(1, abs=0.01)
    assert metrics.opacity(half, noise, other, disc) == pytest.approx(0.5, abs=0.05)
    assert metrics.opacity(darker, noise, other, disc) > 0.95  # a colour that was corrected is no fading
    assert metrics.opacity(other, noise, other, disc) == pytest.approx(0, abs=0.01)


def test_an_object_keeps_its_gradients_or_not(noise, disc):
    other = np.random.default_rng(1).integers(0, 256, noise.shape, np.uint8)
    assert metrics.gradient_likeness(noise, noise, disc) == pytest.approx(1)
    assert metrics.gradient_likeness(noise // 2 + 40, noise, disc) > 0.95
    assert abs(metrics.gradient_likeness(other, noise, disc)) < 0.2


def test_means_that_cannot_be_are_found():
    squares = [100.0, 2000.0]
    fits = [metrics.decibels(square) for square in squares]
    assert metrics.consistent(fits, squares)
    assert not metrics.consistent([17.98], [866.0])  # a published row
