"""Pixels are read-only, of 8 or 16 bits, with straight alpha."""

import numpy as np
import pytest

from blendstudio.core.geometry import Rect, Size
from blendstudio.core.pixels import Pixels, from_rgb, quantise


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (4, 5, 2)])
def test_pixels_have_four_channels(shape):
    with pytest.raises(ValueError, match="H×W×4"):
        Pixels(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("kind", [np.float32, np.int16, np.bool_])
def test_pixels_have_eight_or_sixteen_bits(kind):
    with pytest.raises(ValueError, match="8 or 16 bits"):
        Pixels(np.zeros((4, 5, 4), kind))


def test_pixels_cannot_be_written_to():
    pixels = Pixels(np.zeros((4, 5, 4), np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        pixels.array[0, 0, 0] = 1


def test_pixels_tell_their_measures():
    pixels = from_rgb(np.zeros((4, 5, 3), np.uint16), b"profile")
    assert pixels.size == Size(5, 4)
    assert pixels.bounds == Rect(0.0, 0.0, 5.0, 4.0)
    assert pixels.top == 65535
    assert pixels.profile == b"profile"
    assert (pixels.alpha() == 1).all()


def test_sixteen_bits_become_the_nearest_eight():
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    rgb8 = from_rgb(np.stack([levels] * 3, axis=2)).rgb8()
    assert (rgb8[..., 0] == np.floor(levels / 257 + 0.5)).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_every_sample_survives_the_way_to_floats_and_back(kind):
    top = np.iinfo(kind).max
    samples = np.arange(int(top) + 1).astype(kind)
    assert (quantise(samples.astype(np.float32) / top, samples) == samples).all()


def test_quantising_clamps_and_rounds_half_to_even():
    values = np.float32([-0.5, 0.5 / 255, 1.5 / 255, 2.5 / 255, 1.0, 7.0])
    assert quantise(values, np.zeros(1, np.uint8)).tolist() == [0, 0, 2, 2, 255, 255]
