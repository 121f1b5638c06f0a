import io
import os
import struct
import zlib

import making
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from blendstudio.core.pixels import Pixels, from_rgb
from blendstudio.errors import CannotWrite
from blendstudio.files.images import encode_mask, encode_png, read_image, read_image_bytes, write_mask, write_png

RGBA = np.random.default_rng(5).integers(0, 256, (6, 9, 4), np.uint8)
DEEP = np.random.default_rng(6).integers(0, 65536, (6, 9, 4), np.uint16)
PROFILE = making.wide_profile()
SIDES = st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4))


def chunks(png):
    """The chunks of a PNG as (kind, data), every checksum proven."""
    assert png[:8] == making.PNG_MARK
    found, place = [], 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = bytes(png[place + 4 : place + 8]), bytes(png[place + 8 : place + 8 + length])
        assert struct.unpack_from(">I", png, place + 8 + length)[0] == zlib.crc32(kind + data)
        found.append((kind, data))
        place += 12 + length
    return found


@given(
    samples=st.sampled_from([np.uint8, np.uint16]).flatmap(lambda kind: arrays(kind, SIDES)),
    opaque=st.booleans(),
    profile=st.sampled_from([None, PROFILE, making.srgb_profile()]),
)
def test_what_is_written_is_read_again_bit_for_bit(samples, opaque, profile):
    if opaque:
        samples[..., 3] = np.iinfo(samples.dtype).max
    back = read_image_bytes(encode_png(Pixels(samples, profile)))
    assert back.array.dtype == samples.dtype
    assert np.array_equal(back.array, samples)
    assert back.profile == profile


@given(arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_a_mask_is_read_again_bit_for_bit(mask):
    png = encode_mask(mask)
    with Image.open(io.BytesIO(png)) as image:
        assert image.mode == "L"
    assert np.array_equal(read_image_bytes(png).array, np.dstack([mask, mask, mask, np.full_like(mask, 255)]))


def test_another_program_sees_the_same_colours_and_the_profile():
    with Image.open(io.BytesIO(encode_png(Pixels(RGBA, PROFILE)))) as image:
        assert np.array_equal(np.asarray(image), RGBA)
        assert image.info == {"icc_profile": PROFILE}


@pytest.mark.parametrize("samples", [RGBA, DEEP], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("opaque", [False, True])
@pytest.mark.parametrize("profile", [None, PROFILE], ids=["plain", "profile"])
def test_a_png_holds_the_picture_and_nothing_else(samples, opaque, profile):
    samples = samples.copy()
    if opaque:
        samples[..., 3] = np.iinfo(samples.dtype).max
    found = chunks(encode_png(Pixels(samples, profile)))
    kinds = [kind for kind, _ in found]
    assert set(kinds) == {b"IHDR", b"IDAT", b"IEND"} | ({b"iCCP"} if profile else set())
    assert kinds[1] == (b"iCCP" if profile else b"IDAT")
    size = struct.unpack(">IIBBBBB", found[0][1])
    assert size[:4] == (9, 6, samples.dtype.itemsize * 8, making.RGB if opaque else making.RGBA)


def test_files_are_written_and_replaced(tmp_path):
    path = tmp_path / "-größe\n🎨.png"
    write_png(Pixels(RGBA), path)
    write_png(Pixels(DEEP, PROFILE), path)
    assert np.array_equal(read_image(path).array, DEEP)
    write_mask(RGBA[..., 0], path)
    assert np.array_equal(read_image(path).array[..., 1], RGBA[..., 0])
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208


def test_a_name_that_is_no_text_is_written(tmp_path):
    path = tmp_path / "caf\udce9.png"
    try:
        path.touch()
    except (OSError, UnicodeError):
        pytest.skip("this file system takes only names that are text")
    write_png(Pixels(RGBA), path)
    assert np.array_equal(read_image(path).array, RGBA)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"kept")
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "no folder" / "out.png", tmp_path / "file" / "out.png", tmp_path / "folder"):
        with pytest.raises(CannotWrite):
            write_png(Pixels(RGBA), place)
        with pytest.raises(CannotWrite):
            write_mask(RGBA[..., 0], place)
    assert (tmp_path / "file").read_bytes() == b"kept"
    assert not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize("mask", [RGBA, DEEP[..., 0], RGBA[..., 0] > 3])
def test_a_mask_is_one_channel_of_8_bits(mask):
    with pytest.raises(ValueError, match="8 bits"):
        encode_mask(mask)


def test_a_strip_one_pixel_wide_survives():
    strip = from_rgb(np.arange(3 * 30_000, dtype=np.uint16).reshape(30_000, 1, 3))
    assert np.array_equal(read_image_bytes(encode_png(strip)).array, strip.array)
