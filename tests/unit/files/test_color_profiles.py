import making
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blendstudio.core.pixels import Pixels
from blendstudio.files.color import in_depth, is_srgb, rgb_profile, to_profile, to_srgb

WIDE = making.wide_profile()
SRGB = making.srgb_profile()
RANDOM = np.random.default_rng(11)
RGBA = RANDOM.integers(0, 256, (40, 50, 4), np.uint8)
DEEP = RANDOM.integers(0, 65536, (40, 50, 4), np.uint16)


def rgb_table_profile():
    """A profile of tables both ways that swaps nothing: Lab of 17³ colours of Adobe RGB, and a grey way back."""
    codes = np.linspace(0, 1, 17)
    grid = np.stack(np.meshgrid(codes, codes, codes, indexing="ij"), axis=-1).reshape(-1, 3)
    light = (grid**2.19921875) @ making.ADOBE / (0.9642, 1.0, 0.8249)
    f = np.where(light > (6 / 29) ** 3, np.cbrt(light), light / (3 * (6 / 29) ** 2) + 4 / 29)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    there = making.table_tag(3, 3, 17, [making.lab_code(*np.clip(colour, -127, 127)) for colour in lab])
    back = making.table_tag(3, 3, 2, [[65535 * (i // 4)] * 3 for i in range(8)])
    return making.profile(b"RGB ", {b"A2B0": there, b"B2A0": back}, pcs=b"Lab ")


def off(samples, textbook):
    """The largest distance to floats in 0..1, in levels of the samples."""
    return np.abs(samples[..., :3].astype(float) - textbook * np.iinfo(samples.dtype).max).max()


def test_8_bits_of_a_wide_profile_become_srgb_to_a_level():
    result = to_srgb(Pixels(RGBA, WIDE))
    assert result.profile is None
    assert result.array.dtype == np.uint8
    assert off(result.array, making.adobe_to_srgb(RGBA[..., :3] / 255)) <= 1.5
    assert np.array_equal(result.array[..., 3], RGBA[..., 3])


def test_16_bits_of_a_wide_profile_keep_their_precision():
    result = to_srgb(Pixels(DEEP, WIDE))
    assert result.array.dtype == np.uint16
    # Five digits of the primaries are some 20 codes near black, where sRGB is steep; a level of 8 bits is 257.
    assert off(result.array, making.adobe_to_srgb(DEEP[..., :3] / 65535)) <= 40
    assert np.array_equal(result.array[..., 3], DEEP[..., 3])


def test_a_smooth_16_bit_slope_stays_smooth():
    slope = np.arange(65536, dtype=np.uint16)
    grey = np.stack([slope, slope, slope, np.full_like(slope, 65535)], axis=1)[None]
    result = to_srgb(Pixels(grey, WIDE)).array[0, :, 0].astype(int)
    assert np.diff(result).min() >= -1
    assert len(np.unique(result)) > 50_000


def test_there_and_back_is_the_same_picture():
    inside = (DEEP[..., :3] // 2 + 16384).astype(np.uint16)
    start = Pixels(np.dstack([inside, DEEP[..., 3]]))
    wide = to_profile(start, WIDE, 16)
    assert wide.profile == WIDE
    back = to_profile(wide, None, 16)
    assert np.abs(back.array.astype(int) - start.array).max() <= 4


def test_an_8_bit_object_enters_a_deep_document():
    result = to_profile(Pixels(RGBA), WIDE, 16)
    assert result.profile == WIDE
    assert result.array.dtype == np.uint16
    assert np.array_equal(result.array[..., 3], RGBA[..., 3].astype(np.uint16) * 257)
    assert np.abs(to_profile(result, None, 8).array.astype(int) - RGBA).max() <= 1


def test_white_black_and_greys_stay_neutral():
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 4, axis=2)
    for depth in (8, 16):
        result = to_profile(Pixels(greys), WIDE, depth).array
        assert result[0, 0, :3].tolist() == [0, 0, 0]
        top = np.iinfo(result.dtype).max
        assert (result[0, 255, :3] >= top * 0.999).all()
        assert np.ptp(result[0, :, :3].astype(int), axis=1).max() <= (1 if depth == 8 else 60)


@pytest.mark.parametrize("samples", [RGBA, DEEP], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("profile", [None, SRGB, b"broken"], ids=["none", "sRGB", "broken"])
def test_what_is_srgb_already_is_the_very_object(samples, profile):
    pixels = Pixels(samples, profile)
    assert to_srgb(pixels) is pixels
    assert to_profile(pixels, profile, samples.dtype.itemsize * 8) is pixels


def test_naming_srgb_changes_no_sample():
    named = to_profile(Pixels(RGBA), SRGB, 8)
    assert named.profile == SRGB
    assert np.array_equal(named.array, RGBA)


@given(arrays(np.uint8, (3, 4, 4)))
def test_8_bits_survive_the_way_to_16_and_back(samples):
    assert np.array_equal(in_depth(in_depth(samples, 16), 8), samples)


@given(st.integers(0, 65535))
def test_16_bits_become_the_nearest_of_8(code):
    assert in_depth(np.array([code], np.uint16), 8)[0] == int(code / 257 + 0.5)


def test_a_profile_of_tables_is_followed_in_both_depths():
    tables = rgb_table_profile()
    assert rgb_profile(tables) == tables
    # The middle of the range, where Lab of 17 nodes follows the curves closely.
    colours = np.array([[[96, 96, 96], [128, 112, 112], [160, 144, 128], [200, 200, 190]]], np.uint8)
    opaque = np.dstack([colours, np.full((1, 4), 255, np.uint8)])
    textbook = making.adobe_to_srgb(colours / 255)
    assert off(to_srgb(Pixels(opaque, tables)).array, textbook) <= 3
    deep = to_srgb(Pixels(opaque.astype(np.uint16) * 257, tables)).array
    assert deep.dtype == np.uint16
    assert off(deep, textbook) <= 3 * 257


CURVES = {
    "identity": (b"curv" + bytes(8), lambda x: x),
    "gamma": (making.curve(1.8), lambda x: x**1.80078125),
    "table": (
        b"curv" + bytes(4) + (1024).to_bytes(4, "big") + (np.linspace(0, 1, 1024) ** 2 * 65535).astype(">u2").tobytes(),
        lambda x: x**2,
    ),
    "power": (making.parametric(0, 2.4), lambda x: x**2.4),
    "shifted power": (making.parametric(1, 2.0, 0.9, 0.1), lambda x: (0.9 * x + 0.1) ** 2),
    "lifted power": (making.parametric(2, 2.0, 0.8, 0.1, 0.1), lambda x: (0.8 * x + 0.1) ** 2 + 0.1),
    "line and power": (
        making.parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
        lambda x: np.where(x >= 0.04045, ((x + 0.055) / 1.055) ** 2.4, x / 12.92),
    ),
    "lifted line and power": (
        making.parametric(4, 2.0, 0.9, 0.0, 0.5, 0.2, 0.1, 0.05),
        lambda x: np.where(x >= 0.2, (0.9 * x) ** 2 + 0.1, 0.5 * x + 0.05),
    ),
}


@pytest.mark.parametrize("name", CURVES)
def test_every_kind_of_tone_curve_is_understood_in_16_bits(name):
    tag, formula = CURVES[name]
    primaries = {n: making.xyz(*v) for n, v in zip((b"rXYZ", b"gXYZ", b"bXYZ"), making.SRGB, strict=True)}
    profile = making.profile(b"RGB ", primaries | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), tag))
    codes = np.linspace(0, 65535, 201).astype(np.uint16)
    deep = np.stack([codes] * 3 + [np.full_like(codes, 65535)], axis=1)[None]
    # From a depth of 16 to one of 8 the fine way is taken as well, and sRGB is never the very object here.
    result = to_profile(Pixels(deep, profile), WIDE, 16)
    back = to_srgb(result).array[0, :, 1] / 65535
    assert np.abs(back - making.encoded(formula(codes / 65535))).max() < 0.0015


@pytest.mark.parametrize("data", [b"", b"x", WIDE[:140], making.press_profile(), making.profile(b"RGB ", {})])
def test_an_unsound_profile_counts_as_srgb(data):
    assert rgb_profile(data) is None
    assert is_srgb(data)
    assert to_srgb(Pixels(RGBA, data)).array is not None
    converted = to_profile(Pixels(RGBA, data), WIDE, 8)
    assert np.array_equal(converted.array, to_profile(Pixels(RGBA), WIDE, 8).array)


def test_a_large_picture_is_converted_in_parts_without_seams():
    tall = np.tile(DEEP[:1, :1], (1500, 1000, 1))
    result = to_srgb(Pixels(tall, WIDE)).array
    assert (result == result[0, 0]).all()
