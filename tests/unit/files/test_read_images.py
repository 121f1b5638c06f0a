import struct

import cv2
import making
import numpy as np
import pytest
from PIL import Image

from blendstudio.files.images import read_image, read_image_bytes

RANDOM = np.random.default_rng(7)
DEEP_GREY = RANDOM.integers(0, 65536, (5, 7), np.uint16)
DEEP_RGB = RANDOM.integers(0, 65536, (5, 7, 3), np.uint16)
DEEP_RGBA = RANDOM.integers(0, 65536, (5, 7, 4), np.uint16)
RGB = RANDOM.integers(0, 256, (5, 7, 3), np.uint8)
RGBA = RANDOM.integers(0, 256, (5, 7, 4), np.uint8)
GREY = RANDOM.integers(0, 256, (5, 7), np.uint8)
FLOATS = np.array([[0.0, 0.25, 0.5, 1.0], [np.nan, np.inf, -np.inf, 1.7]], np.float32)
FLOAT_CODES = np.array([[0, 16384, 32768, 65535], [0, 0, 0, 65535]], np.uint16)
RGB_TIFF = {"photometric": "rgb"}
GREY_TIFF = {"photometric": "minisblack"}


def expected(colours, alpha=None):
    """H×W×4 from grey or RGB and an alpha channel."""
    colours = colours if colours.ndim == 3 else np.stack([colours] * 3, axis=2)
    alpha = np.full(colours.shape[:2], np.iinfo(colours.dtype).max) if alpha is None else alpha
    return np.concatenate([colours, alpha[..., None].astype(colours.dtype)], axis=2)


def one_clear(shape):
    alpha = np.full(shape, 65535, np.uint16)
    alpha[2, 3] = 0
    return alpha


def two_bytes(*values):
    return struct.pack(f">{len(values)}H", *values)


def deep_with_one_colour():
    """16-bit grey in which pixel (2, 3) has a value of its own."""
    samples = (np.arange(35, dtype=np.uint16) * 1000 + 77).reshape(5, 7)
    return samples, int(samples[2, 3])


def palette(transparency=None):
    image = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    return making.saved(image, "PNG", **({"transparency": transparency} if transparency is not None else {}))


PALETTE_COLOURS = np.array([[[10, 20, 30], [40, 50, 60]], [[70, 80, 90], [40, 50, 60]]], np.uint8)
CLEARED_GREY, CLEAR_CODE = deep_with_one_colour()
CLEARED_RGB = np.stack([CLEARED_GREY, CLEARED_GREY + 1, CLEARED_GREY + 2], axis=2)
BITS = RANDOM.integers(0, 2, (5, 7)).astype(bool)
HALF = np.full((5, 7), 32768, np.uint16)
EXACT = {
    "16-bit grey PNG": (making.png(DEEP_GREY, making.GREY), expected(DEEP_GREY)),
    "16-bit RGB PNG": (making.png(DEEP_RGB, making.RGB), expected(DEEP_RGB)),
    "16-bit RGBA PNG": (making.png(DEEP_RGBA, making.RGBA), DEEP_RGBA),
    "16-bit grey and alpha PNG": (
        making.png(DEEP_RGBA[..., :2], making.GREY_ALPHA),
        expected(DEEP_RGBA[..., 0], DEEP_RGBA[..., 1]),
    ),
    "16-bit grey PNG with a clear value": (
        making.png(CLEARED_GREY, making.GREY, making.chunk(b"tRNS", two_bytes(CLEAR_CODE))),
        expected(CLEARED_GREY, one_clear((5, 7))),
    ),
    "16-bit RGB PNG with a clear colour": (
        making.png(
            CLEARED_RGB,
            making.RGB,
            making.chunk(b"tRNS", two_bytes(CLEAR_CODE, CLEAR_CODE + 1, CLEAR_CODE + 2)),
        ),
        expected(CLEARED_RGB, one_clear((5, 7))),
    ),
    "8-bit RGB PNG": (making.png(RGB, making.RGB, bits=8), expected(RGB)),
    "8-bit RGBA PNG, straight where clear": (making.png(RGBA, making.RGBA, bits=8), RGBA),
    "grey and alpha PNG": (
        making.png(RGBA[..., :2], making.GREY_ALPHA, bits=8),
        expected(RGBA[..., 0], RGBA[..., 1]),
    ),
    "1-bit PNG": (making.saved(Image.fromarray(BITS), "PNG"), expected(BITS.astype(np.uint8) * 255)),
    "palette PNG": (palette(), expected(PALETTE_COLOURS)),
    "palette PNG with a clear entry": (
        palette(1),
        expected(PALETTE_COLOURS, np.array([[255, 0], [255, 0]])),
    ),
    "palette PNG with alphas": (
        palette(bytes([255, 128, 7])),
        expected(PALETTE_COLOURS, np.array([[255, 128], [7, 128]])),
    ),
    "1×1 PNG": (making.png(RGB[:1, :1], making.RGB, bits=8), expected(RGB[:1, :1])),
    "lossless WebP with alpha": (
        making.saved(Image.fromarray(RGBA), "WEBP", lossless=True, exact=True),
        RGBA,
    ),
    "BMP": (making.saved(Image.fromarray(RGB), "BMP"), expected(RGB)),
    "8-bit TIFF": (making.saved(Image.fromarray(RGB), "TIFF"), expected(RGB)),
    "8-bit LZW TIFF": (making.saved(Image.fromarray(RGBA), "TIFF", compression="tiff_lzw"), RGBA),
    "16-bit grey TIFF": (making.tiff(DEEP_GREY, **GREY_TIFF), expected(DEEP_GREY)),
    "16-bit grey TIFF, white is 0": (making.tiff(DEEP_GREY, photometric="miniswhite"), expected(65535 - DEEP_GREY)),
    "16-bit RGB TIFF": (making.tiff(DEEP_RGB, **RGB_TIFF), expected(DEEP_RGB)),
    "16-bit RGB TIFF, big-endian, in planes": (
        making.tiff(np.moveaxis(DEEP_RGB, 2, 0), planarconfig="separate", byteorder=">", **RGB_TIFF),
        expected(DEEP_RGB),
    ),
    "16-bit RGB TIFF, deflated and tiled": (
        making.tiff(DEEP_RGB, compression="zlib", predictor=True, tile=(16, 16), **RGB_TIFF),
        expected(DEEP_RGB),
    ),
    "16-bit RGB TIFF, LZW": (
        cv2.imencode(".tiff", DEEP_RGB[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])[1].tobytes(),
        expected(DEEP_RGB),
    ),
    "16-bit RGBA TIFF": (making.tiff(DEEP_RGBA, extrasamples=["unassalpha"], **RGB_TIFF), DEEP_RGBA),
    "16-bit TIFF with a fourth channel that is no alpha": (
        making.tiff(DEEP_RGBA, extrasamples=["unspecified"], **RGB_TIFF),
        expected(DEEP_RGBA[..., :3]),
    ),
    "16-bit TIFF with multiplied alpha": (
        making.tiff(
            np.dstack([DEEP_RGB // 2, HALF]),
            extrasamples=["assocalpha"],
            **RGB_TIFF,
        ),
        expected(np.rint(np.minimum((DEEP_RGB // 2) * (65535 / 32768), 65535)).astype(np.uint16), HALF),
    ),
    "16-bit grey and alpha TIFF": (
        making.tiff(DEEP_RGBA[..., :2], extrasamples=["unassalpha"], **GREY_TIFF),
        expected(DEEP_RGBA[..., 0], DEEP_RGBA[..., 1]),
    ),
    "32-bit TIFF": (
        making.tiff(DEEP_GREY.astype(np.uint32) * 65537, **GREY_TIFF),
        expected(DEEP_GREY),
    ),
    "float grey TIFF": (making.tiff(FLOATS, **GREY_TIFF), expected(FLOAT_CODES)),
    "float RGB TIFF": (making.tiff(np.stack([FLOATS] * 3, axis=2), **RGB_TIFF), expected(FLOAT_CODES)),
    "half float RGB TIFF": (
        making.tiff(np.stack([FLOATS] * 3, axis=2).astype(np.float16), **RGB_TIFF),
        expected(FLOAT_CODES),
    ),
    "BigTIFF": (making.tiff(DEEP_RGB, bigtiff=True, **RGB_TIFF), expected(DEEP_RGB)),
}


@pytest.mark.parametrize("name", EXACT)
def test_every_sample_has_its_value(name):
    data, samples = EXACT[name]
    pixels = read_image_bytes(data)
    assert pixels.array.dtype == samples.dtype
    assert np.array_equal(pixels.array, samples)
    assert pixels.profile is None


def test_an_interlaced_png_reads_like_a_plain_one():
    # Adam7 of a 2×2 picture: pass 1 holds (0, 0), pass 6 holds (0, 1), pass 7 the second row.
    a, b, c, d = ([10, 20, 30], [40, 50, 60], [70, 80, 90], [5, 6, 7])
    raw = bytes([0, *a, 0, *b, 0, *c, *d])
    size = struct.pack(">IIBBBBB", 2, 2, 8, making.RGB, 0, 0, 1)
    parts = (b"IHDR", size), (b"IDAT", making.zlib.compress(raw)), (b"IEND", b"")
    data = making.PNG_MARK + b"".join(making.chunk(*part) for part in parts)
    assert read_image_bytes(data).array[..., :3].tolist() == [[a, b], [c, d]]


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_comes_within_a_few_levels_of_what_was_drawn(progressive):
    slope = np.stack(np.broadcast_arrays(np.arange(64)[:, None] * 3, np.arange(48) * 4, 100), axis=2).astype(np.uint8)
    data = making.saved(Image.fromarray(slope), "JPEG", quality=95, subsampling=0, progressive=progressive)
    assert (b"\xff\xc2" in data) is progressive
    pixels = read_image_bytes(data)
    assert pixels.size == (48, 64)
    assert np.abs(pixels.array[..., :3].astype(int) - slope).max() <= 6


def test_the_first_frame_of_an_animation_is_the_picture():
    red, blue = Image.new("RGB", (6, 4), (255, 0, 0)), Image.new("RGB", (6, 4), (0, 0, 255))
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {})):
        pixels = read_image_bytes(making.saved(red, kind, save_all=True, append_images=[blue], **options))
        assert (pixels.array == (255, 0, 0, 255)).all(), kind


def test_a_clear_gif_pixel_is_clear():
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    image.putpalette([9, 8, 7, 200, 100, 50])
    pixels = read_image_bytes(making.saved(image, "GIF", transparency=1))
    assert pixels.array[0, 0].tolist() == [9, 8, 7, 255]
    assert pixels.array[0, 1, 3] == 0


# What has to be done to an upright picture to store it with each orientation: the reverse of EXIF's turn.
STORED = {
    1: (),
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_90,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_270,),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_picture_stands_upright(orientation, kind):
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, :16] = (255, 0, 0)
    upright[:16, 32:] = (0, 255, 0)
    upright[16:, :16] = (0, 0, 255)
    image = Image.fromarray(upright)
    for turn in STORED[orientation]:
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[274] = orientation
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    pixels = read_image_bytes(making.saved(image, kind, exif=exif, **options))
    assert pixels.size == (48, 32)
    assert np.abs(pixels.array[..., :3].astype(int) - upright).max() <= 8


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("lzw", [False, True])
def test_a_turned_16_bit_tiff_stands_upright(orientation, lzw):
    planes = [Image.fromarray(plane.astype(np.int32)) for plane in np.moveaxis(DEEP_RGB, 2, 0)]
    for turn in STORED[orientation]:
        planes = [plane.transpose(turn) for plane in planes]
    stored = np.dstack([np.asarray(plane) for plane in planes]).astype(np.uint16)
    data = making.tiff(stored, extratags=[(274, "H", 1, orientation, True)], **RGB_TIFF)
    if lzw:
        # OpenCV writes no orientation, but the resolution unit's tag has the same form and can become one.
        data = cv2.imencode(".tiff", stored[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5, *RESOLUTION])[1].tobytes()
        data = with_orientation(data, orientation)
    assert np.array_equal(read_image_bytes(data).array[..., :3], DEEP_RGB)


RESOLUTION = (cv2.IMWRITE_TIFF_RESUNIT, 2, cv2.IMWRITE_TIFF_XDPI, 72, cv2.IMWRITE_TIFF_YDPI, 72)


def with_orientation(data, orientation):
    """The little-endian TIFF with its first directory copied to the end, an orientation among its tags."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    entries = [data[start + 2 + 12 * i : start + 14 + 12 * i] for i in range(count)]
    entries = [entry for entry in entries if struct.unpack_from("<H", entry)[0] != 274]
    entries.append(struct.pack("<HHIHH", 274, 3, 1, orientation, 0))
    entries.sort(key=lambda entry: struct.unpack_from("<H", entry)[0])
    place = len(data) + len(data) % 2
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return data[:4] + struct.pack("<I", place) + data[8:].ljust(place - 8, b"\0") + directory


def test_a_turned_16_bit_png_stands_upright():
    exif = Image.Exif()
    exif[274] = 6
    stored = np.rot90(DEEP_RGB, 1)  # the camera lay on its side: the sensor's rows are the upright columns
    data = making.png(stored, making.RGB, making.chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    assert np.array_equal(read_image_bytes(data).array[..., :3], DEEP_RGB)


def test_broken_exif_does_not_cost_the_picture():
    data = making.png(RGB, making.RGB, making.chunk(b"eXIf", b"MM\0*\xff\xff\xff\xffbroken"), bits=8)
    assert np.array_equal(read_image_bytes(data).array[..., :3], RGB)


INKS = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 0, 255]]], np.uint8)


def cmyk(kind, **options):
    blocks = np.repeat(np.repeat(INKS, 16, axis=0), 16, axis=1)
    return making.saved(Image.fromarray(blocks, "CMYK"), kind, **options)


# A JPEG of Pillow's carries Adobe's marker and inverted inks, as Photoshop's do; a TIFF has them as they are.
@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 100}), ("TIFF", {})])
def test_cmyk_without_a_profile_is_the_complement(kind, options):
    pixels = read_image_bytes(cmyk(kind, **options))
    colours = pixels.array[8, 8::16, :3].astype(int)
    assert np.abs(colours - [[255, 255, 255], [0, 255, 255], [255, 0, 255], [0, 0, 0]]).max() <= 2


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 100}), ("TIFF", {})])
def test_cmyk_goes_through_its_profile(kind, options):
    pixels = read_image_bytes(cmyk(kind, icc_profile=making.press_profile(), **options))
    brown = making.srgb_from_lab(40, 30, 40)
    colours = pixels.array[8, 8::16, :3].astype(int)
    assert np.abs(colours - [[255, 255, 255], brown, brown, [0, 0, 0]]).max() <= 2
    assert pixels.profile is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_rgb_profile_is_kept_byte_for_byte(kind):
    profile = making.wide_profile()
    assert read_image_bytes(making.saved(Image.fromarray(RGB), kind, icc_profile=profile)).profile == profile


def test_the_profile_of_a_16_bit_picture_is_kept():
    profile = making.wide_profile()
    packed = making.chunk(b"iCCP", b"wide\0\0" + making.zlib.compress(profile))
    for data in (making.png(DEEP_RGB, making.RGB, packed), making.tiff(DEEP_RGB, iccprofile=profile, **RGB_TIFF)):
        pixels = read_image_bytes(data)
        assert pixels.profile == profile
        assert np.array_equal(pixels.array[..., :3], DEEP_RGB)


@pytest.mark.parametrize(
    "profile",
    [b"this is no profile", making.wide_profile()[:200], making.press_profile(), making.profile(b"GRAY", {})],
    ids=["text", "cut short", "of a press", "of greys"],
)
def test_a_profile_that_does_not_fit_is_dropped(profile):
    pixels = read_image_bytes(making.saved(Image.fromarray(RGB), "PNG", icc_profile=profile))
    assert pixels.profile is None
    assert np.array_equal(pixels.array[..., :3], RGB)


NAMES = [
    "größe 图像 🎨.png",
    "-leading dash.png",
    "two\nlines.png",
    " spaces ",
    "x" * 251 + ".png",
    "مرحبا.png",
    "no extension",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_name_will_do(tmp_path, name):
    (tmp_path / name).write_bytes(EXACT["8-bit RGB PNG"][0])
    assert np.array_equal(read_image(tmp_path / name).array[..., :3], RGB)


def test_a_name_that_is_no_text_will_do(tmp_path):
    path = tmp_path / "caf\udce9.png"
    try:
        path.write_bytes(EXACT["8-bit RGB PNG"][0])
    except (OSError, UnicodeError):
        pytest.skip("this file system takes only names that are text")
    assert np.array_equal(read_image(path).array[..., :3], RGB)
