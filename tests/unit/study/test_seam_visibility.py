import cv2
import numpy as np
import pytest

from blendstudio.study.seam_visibility import seam_visibility

SIDE = 160


@pytest.fixture(scope="module")
def photo():
    """A soft cloudy photo with a natural, unsharp ball in its middle."""
    rng = np.random.default_rng(3)
    field = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE, 3)).astype(np.float32), (0, 0), 3)
    ball = cv2.GaussianBlur(disc().astype(np.float32), (0, 0), 1.5)[..., None]
    grain = rng.normal(0, 1.5, (SIDE, SIDE, 3))
    return np.clip(120 + 250 * field + ball * np.array((30, 10, -20)) + grain, 0, 255).astype(np.uint8)


def disc(radius=40):
    return np.hypot(*np.mgrid[-SIDE // 2 : SIDE // 2, -SIDE // 2 : SIDE // 2]) < radius


def brighter(photo, levels):
    made = photo.astype(int)
    made[disc()] += levels
    return np.clip(made, 0, 255).astype(np.uint8)


def fringed(photo):
    """The ball with a ring of another background at half opacity round it."""
    made = photo.astype(int)
    ring = disc(44) & ~disc()
    made[ring] = (made[ring] + (255, 255, 255)) // 2
    return made.astype(np.uint8)


def test_the_order_is_that_of_what_people_see(photo):
    worse = [photo, brighter(photo, 8), brighter(photo, 25), fringed(photo)]
    scores = [seam_visibility(picture, disc()) for picture in worse]
    assert scores == sorted(scores)
    assert scores[0] < 1 < scores[2]
    assert scores[3] > 1.3 * scores[2]


def test_a_stronger_mismatch_shows_more(photo):
    scores = [seam_visibility(brighter(photo, levels), disc()) for levels in (0, 6, 12, 24, 48)]
    assert scores == sorted(scores)
    assert scores[-1] > 3 * max(scores[0], 1)
    assert seam_visibility(brighter(photo, -24), disc()) > 1.5 * scores[1]


def test_a_soft_transition_hides_a_mismatch(photo):
    alpha = cv2.GaussianBlur(disc().astype(np.float32), (0, 0), 4)[..., None]
    soft = (photo + alpha * 24).clip(0, 255).astype(np.uint8)
    assert seam_visibility(soft, disc()) < 0.6 * seam_visibility(brighter(photo, 24), disc())


def test_busy_surroundings_hide_a_mismatch(photo):
    noise = np.random.default_rng(5).normal(0, 30, photo.shape)
    busy = np.clip(photo + noise, 0, 255).astype(np.uint8)
    calm, hidden = (seam_visibility(brighter(one, 24), disc()) - seam_visibility(one, disc()) for one in (photo, busy))
    assert 0 < hidden < 0.7 * calm


def test_without_an_edge_nothing_shows(photo):
    assert seam_visibility(photo, np.zeros((SIDE, SIDE), bool)) == 0
    assert seam_visibility(photo, np.ones((SIDE, SIDE), bool)) == 0
    flat = np.full((40, 40, 3), 100, np.uint8)
    assert seam_visibility(flat, disc()[60:100, 60:100]) == 0
