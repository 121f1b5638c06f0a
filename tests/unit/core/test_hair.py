"""The hair brush's matting: strands come out, what is between them goes, and nothing outside the band changes."""

import cv2
import numpy as np
import pytest

from blendstudio.core import hair
from blendstudio.core.hair import closed_form, strands

HEIGHT, WIDTH = 90, 120
SMALL = 4  # the picture is drawn this much larger, for soft strands


@pytest.fixture(scope="module")
def portrait():
    """A dark head with strands before a light wall, H×W×3 uint8; what is the head's, 0..1; the head without strands."""
    drawn = np.zeros((HEIGHT * SMALL, WIDTH * SMALL), np.uint8)
    middle = (WIDTH * SMALL // 2, HEIGHT * SMALL // 2)
    for angle in np.linspace(0, 2 * np.pi, 28, endpoint=False):
        end = (int(middle[0] + 150 * np.cos(angle)), int(middle[1] + 150 * np.sin(angle)))
        cv2.line(drawn, middle, end, 255, 6)
    cv2.circle(drawn, middle, 90, 255, -1)
    true = cv2.resize(drawn, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    wall = np.dstack([0.6 + 0.1 * np.sin(x / 30), 0.7 + 0.1 * np.cos(y / 25), 0.85 + 0 * x])
    head = np.array([0.25, 0.15, 0.1])
    photo = np.rint((true[..., None] * head + (1 - true[..., None]) * wall) * 255).astype(np.uint8)
    body = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(body, (WIDTH // 2, HEIGHT // 2), 90 // SMALL, 255, -1)
    return photo, true, body


@pytest.fixture(scope="module")
def band():
    marked = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(marked, (WIDTH // 2, HEIGHT // 2), 30, 255, 20)
    return marked


@pytest.mark.parametrize("largest", [hair.LARGEST, 1500])  # the second is solved smaller
def test_the_photo_decides_in_the_band(portrait, band, largest, monkeypatch):
    monkeypatch.setattr(hair, "LARGEST", largest)
    photo, true, body = portrait
    made, inside = strands(photo, body, band) / 255, band > 0
    before, after = (np.abs(one - true)[inside].mean() for one in (body / 255, made))
    assert before > 0.1
    assert after < before / 3
    assert (made[~inside] == body[~inside] / 255).all()


def test_a_grey_band_decides_in_part(portrait, band):
    photo, _, body = portrait
    whole = strands(photo, body, band).astype(int)
    half = strands(photo, body, np.where(band > 0, 128, 0).astype(np.uint8))
    assert np.abs(half - (body * 127.0 + whole * 128.0) / 255)[band > 0].max() <= 1


def test_without_a_band_nothing_changes(portrait):
    photo, _, body = portrait
    assert strands(photo, body, np.zeros_like(body)) is body


@pytest.mark.parametrize("level", [0, 255])
def test_a_band_that_touches_only_one_side_becomes_that_side(portrait, band, level):
    alpha = np.full((HEIGHT, WIDTH), level, np.uint8)
    assert np.abs(strands(portrait[0], alpha, band).astype(int) - level).max() <= 1


def test_a_band_over_all_of_the_photo_ends_in_numbers(portrait):
    photo, _, body = (part[:30, :40] for part in portrait)
    made = strands(photo, body, np.full_like(body, 255))
    assert made.shape == body.shape


def test_known_pixels_are_held_fast():
    rng = np.random.default_rng(3)
    colours = rng.random((12, 14, 3)).astype(np.float32)
    values, known = rng.random((12, 14)).astype(np.float32), rng.random((12, 14)) < 0.5
    made = closed_form(colours, values, known)
    assert (made[known] == values[known]).all()
    assert np.isfinite(made).all()


def test_where_alpha_is_a_line_in_colour_it_is_found_exactly():
    y, x = np.mgrid[:20, :30]
    true = (x / 29).astype(np.float32)
    colours = np.dstack([0.2 + 0.6 * true, 0.8 - 0.5 * true, 0.5 + 0.001 * np.sin(y)]).astype(np.float32)
    known = (x < 3) | (x > 26)
    assert np.abs(closed_form(colours, np.where(known, true, 0.5).astype(np.float32), known) - true).max() < 0.02
