"""Small pictures for acts on the command line: a red “bird” with a yellow eye on grey, and a sea without any red."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image
from scipy import ndimage

from blendstudio.core.geometry import Rect
from blendstudio.engine.kinds import Candidate

WIDTH, HEIGHT = 128, 96
MIDDLE = (50, 44)  # column and row of the bird's central pixel
RADII = (22, 14)
EYE = (-13, -4)  # from there to the middle of the eye
NETS = {"u2netp", "efficientnet-lite0", "vgg16-hed", "pan-x2-own"}
RED, YELLOW = (215, 40, 40), (235, 225, 30)


def ellipse(middle, radii, size=(WIDTH, HEIGHT)):
    """H×W bool."""
    y, x = np.mgrid[: size[1], : size[0]]
    return ((x - middle[0]) / radii[0]) ** 2 + ((y - middle[1]) / radii[1]) ** 2 <= 1


def bird(size=(WIDTH, HEIGHT), middle=MIDDLE, radii=RADII):
    """A photo, H×W×3 uint8, and where the bird is, H×W bool."""
    noise = np.random.default_rng(5).normal(128, 5, (size[1], size[0], 1))
    photo = np.repeat(noise.clip(0, 255).astype(np.uint8), 3, axis=2)
    inside = ellipse(middle, radii, size)
    photo[inside] = RED
    photo[ellipse((middle[0] + EYE[0], middle[1] + EYE[1]), (3, 3), size)] = YELLOW
    return photo, inside


def sea(kind=np.uint8, width=WIDTH, height=HEIGHT):
    """A blue and green slope with fine grain, H×W×3, no pixel of which is red or yellow."""
    y, x = np.mgrid[:height, :width]
    slopes = np.dstack([20 + 40 * x / width, 90 + 70 * y / height, 120 + 60 * x / width]) / 255
    grain = np.random.default_rng(7).uniform(-0.02, 0.02, slopes.shape)
    return np.rint((slopes + grain) * np.iinfo(kind).max).astype(kind)


def save(path, samples):
    """A PNG of H×W, H×W×3 or H×W×4 samples of 8 or 16 bits."""
    order = {2: samples, 3: samples[..., ::-1]}[samples.ndim]
    if samples.ndim == 3 and samples.shape[2] == 4:
        order = samples[..., [2, 1, 0, 3]]
    assert cv2.imwrite(str(path), order)
    return path


def load(path):
    """The samples of a PNG as they are stored, red first."""
    samples = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert samples is not None
    if samples.ndim == 2:
        return samples
    return samples[..., [2, 1, 0, 3][: samples.shape[2]]]


def red(picture):
    """Where the bird shows, H×W bool."""
    top = np.iinfo(picture.dtype).max
    rgb = picture[..., :3].astype(float) / top
    return rgb[..., 0] - np.maximum(rgb[..., 1], rgb[..., 2]) > 0.3


def yellow(picture):
    """Where its eye is."""
    rgb = picture[..., :3].astype(float) / np.iinfo(picture.dtype).max
    return np.minimum(rgb[..., 0], rgb[..., 1]) - rgb[..., 2] > 0.4


def box(inside):
    """Left, top, right and bottom of the true pixels, right and bottom just outside."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def centre(inside):
    """The middle of the box round the true pixels: x, y."""
    x0, y0, x1, y1 = box(inside)
    return (x0 + x1) / 2, (y0 + y1) / 2


def balance(inside):
    """The mean place of the true pixels: x, y."""
    y, x = np.nonzero(inside)
    return x.mean() + 0.5, y.mean() + 0.5


def beyond(inside, margin):
    """The pixels farther than the margin from the true ones."""
    return ndimage.distance_transform_edt(~inside) > margin


def two_colours(inside, kind):
    """A mask as other programs save it: grey, palette, alpha, or in two colours. Returns a Pillow image."""
    if kind == "palette":
        image = Image.new("P", inside.shape[::-1])
        image.putdata(inside.astype(np.uint8).ravel().tolist())
        image.putpalette([0, 0, 0, 128, 0, 0])
        return image
    if kind == "alpha":
        return Image.fromarray(np.dstack([np.full((*inside.shape, 3), 255, np.uint8), inside.astype(np.uint8) * 255]))
    if kind == "yellow-purple":
        return Image.fromarray(np.where(inside[..., None], (253, 231, 37), (68, 1, 84)).astype(np.uint8))
    return Image.fromarray(inside.astype(np.uint8) * 255)


def claimed(width, height):
    """The bytes of a PNG that says it is that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    framed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def jpeg(picture):
    """The bytes of a JPEG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG")
    return file.getvalue()


def rising(events):
    """Whether the JSON lines report progress that never falls and ends at 1."""
    shares = [event["share"] for event in events if event["event"] == "progress"]
    return shares == sorted(shares) and len(set(shares)) > 3 and shares[-1] == 1.0


def touching():
    """A photo of the bird with a magenta one that touches it, H×W×3 uint8, and both as a prompt would find them."""
    photo, inside = bird()
    other = ellipse((MIDDLE[0] + 32, MIDDLE[1]), (16, 20)) & ~inside
    photo[other] = (230, 0, 230)
    finds = [
        Candidate("bird", score, Rect(*map(float, box(mask))), mask.astype(np.uint8) * 255)
        for score, mask in ((0.9, inside), (0.8, other))
    ]
    return photo, finds


def magenta(picture):
    """Where the bird's neighbour shows, H×W bool."""
    rgb = picture[..., :3].astype(float) / np.iinfo(picture.dtype).max
    return np.minimum(rgb[..., 0], rgb[..., 2]) - rgb[..., 1] > 0.15
