"""Hand-made picture files and profiles for the tests, made by other code than what reads them."""

import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import ImageCms

PNG_MARK = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6  # colour types of PNG


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(samples, colour, *extra, bits=16):
    """An unfiltered PNG of H×W or H×W×C samples, written chunk by chunk."""
    height, width = samples.shape[:2]
    rows = samples.reshape(height, -1).astype(">u2" if bits == 16 else "u1")
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    size = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", size), *extra, chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    return PNG_MARK + b"".join(parts)


def blank_png(width, height):
    """A 1-bit PNG of any size, all black, made row by row so that it costs no memory."""
    pack = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    body = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    size = struct.pack(">IIBBBBB", width, height, 1, GREY, 0, 0, 0)
    return PNG_MARK + chunk(b"IHDR", size) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def tiff(samples, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, samples, **options)
    return file.getvalue()


def saved(image, kind, **options):
    """A Pillow image as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def srgb_profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile(space, tags, kind=b"mntr", pcs=b"XYZ "):
    """An ICC profile of version 2 with the given tags."""
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        **tags,
    }
    start, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = start + len(body)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02400000, kind, space, pcs)
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(24)
    head += bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def xyz(*values):
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in values))


def curve(gamma):
    return b"curv" + bytes(4) + struct.pack(">IHH", 1, round(gamma * 256), 0)


D50, D65 = np.array([0.9642, 1.0, 0.8249]), np.array([0.3127 / 0.3290, 1.0, 0.3583 / 0.3290])
CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def primaries(*places):
    """Red, green and blue as XYZ rows under D50, from their xy under D65, adapted by Bradford's method."""
    colours = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in places])
    colours *= np.linalg.solve(colours.T, D65)[:, None]
    adapted = np.linalg.inv(CONES) @ np.diag((CONES @ D50) / (CONES @ D65)) @ CONES
    return colours @ adapted.T


ADOBE = primaries((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
SRGB = primaries((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))


def wide_profile(gamma=2.19921875):
    """The primaries and the curve of Adobe RGB (1998)."""
    colours = {name: xyz(*value) for name, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), ADOBE, strict=True)}
    return profile(b"RGB ", colours | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve(gamma)))


def table_tag(inputs, outputs, nodes, entries):
    """A `mft2` table; `entries` run from 0 to 65535, the last input fastest."""
    head = b"mft2" + bytes(4) + struct.pack(">BBBB", inputs, outputs, nodes, 0)
    head += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536) + struct.pack(">HH", 2, 2)
    line = struct.pack(">HH", 0, 65535)
    return head + line * inputs + np.asarray(entries, ">u2").tobytes() + line * outputs


def lab_code(lightness, a, b):
    """A Lab colour in the 16-bit coding of version 2 profiles."""
    return [round(lightness * 652.8), round((a + 128) * 256), round((b + 128) * 256)]


def press_profile():
    """A press on white paper whose black is black and whose other inks all make the same known brown."""
    corners = [lab_code(40, 30, 40), lab_code(0, 0, 0)] * 8
    corners[0] = lab_code(100, 0, 0)
    return profile(b"CMYK", {b"A2B0": table_tag(4, 3, 2, corners)}, b"prtr", b"Lab ")


def srgb_from_lab(lightness, a, b):
    """8-bit sRGB from Lab under D50, by the textbook."""
    middle = (lightness + 16) / 116
    f = np.array([middle + a / 500, middle, middle - b / 200])
    light = np.where(f > 6 / 29, f**3, (f - 4 / 29) * 3 * (6 / 29) ** 2) * (0.9642, 1.0, 0.8249)
    return np.rint(encoded(np.linalg.solve(SRGB.T, light)) * 255).astype(int)


def encoded(light):
    """sRGB's curve, IEC 61966-2-1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def adobe_to_srgb(shares):
    """Floats in 0..1 of Adobe RGB as floats of sRGB, by the textbook; N×3."""
    light = (np.asarray(shares, float) ** 2.19921875) @ ADOBE
    return encoded(light @ np.linalg.inv(SRGB))


def parametric(kind, *numbers):
    return b"para" + bytes(4) + struct.pack(f">HH{len(numbers)}i", kind, 0, *(round(v * 65536) for v in numbers))
