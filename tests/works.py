"""Random documents, a comparison that forgives nothing, and a second reader of OpenRaster that shares no code."""

import io
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib
from dataclasses import fields, is_dataclass, replace

import cv2
import numpy as np

from blendstudio.core import edits
from blendstudio.core.compose import colours_of, flatten, footprint, layer_alpha, paste, warp
from blendstudio.core.document import (
    AS_GIVEN,
    Blend,
    Contribution,
    Document,
    Layer,
    Mask,
    Prompt,
    Recipe,
    Refine,
)  # fmt: skip
from blendstudio.core.geometry import Placement, Point, Rect, Size, Transform
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import floats

NAMES = ("Bird", "", "Лебедь 🦢", "a\tb\nc \x07", "\udcff<&\"'>", "two  spaces ", "x" * 300)
KNOBS = (("weight", 1.0), ("steps", 3), ("clean", True), ("shape", "ellipse"), ("tiny", 1e-300), ("third", 1 / 3))


def smooth(random, height, width, channels=None):
    """Soft random shares in 0..1, float32."""
    shape = (height // 6 + 2, width // 6 + 2, *([channels] if channels else []))
    return cv2.resize(random.random(shape, np.float32), (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def picture(random, size, kind=np.uint8, profile=None, *, opaque=False):
    """Pixels with noise, and colours under clear alpha."""
    shares = smooth(random, size[1], size[0], 4) * 0.9 + random.random((size[1], size[0], 4), np.float32) * 0.1
    shares[..., 3] = 1 if opaque else np.clip(shares[..., 3] * 3 - 1, 0, 1)
    return Pixels(np.rint(shares * np.iinfo(kind).max).astype(kind), profile)


def blob(random, size):
    """A mask, H×W uint8, with soft edges."""
    return np.rint(np.clip(smooth(random, size[1], size[0]) * 4 - 1.5, 0, 1) * 255).astype(np.uint8)


def blended(random, document, layer, *, strength=1.0, stale=False):
    """The layer on a document with a blend as methods make them: the result is a picture, also beside the object.

    On a background that lets something through, only what the object covers is changed: no plain layer can show more.
    """
    rect = footprint(layer, document.size)
    if min(rect.size) <= 0:
        return layer
    own = layer_alpha(layer)
    alpha = warp(own, layer.transform, rect, repeat_edge=False)
    opaque = document.background.pixels.alpha().min() == 1
    near = (cv2.blur(alpha, (9, 9)) if opaque else alpha * 0.5)[..., None]
    below = flatten(document)
    pasted = paste(
        floats(below.array[rect.slices][..., :3], below.top),
        warp(colours_of(layer, own), layer.transform, rect, repeat_edge=True),
        alpha,
    )
    result = np.clip(pasted + (smooth(random, *alpha.shape, 3) - 0.5) * 0.4 * near, 0, 1)
    first = ((result - pasted) / 3).astype(np.float32)
    parts = (Contribution("Stage 1", first), Contribution("Stage 2", floats(result - pasted - first)))
    recipe = Recipe("two-stage", KNOBS, 7, (("vgg", "ab" * 32),), (("numpy", "2"),), "cpu", 2, ("stopped early",))
    return replace(layer, blend=Blend(rect, alpha, parts, recipe, "digest", 8, strength, stale))


def work(seed, *, kind=np.uint8, profile=None, opaque=False, objects=2, blends=True):
    """A document whose objects lie anywhere, with masks, blends, opacities, and arrays that layers share."""
    random = np.random.default_rng(seed)
    size = Size(*(int(side) for side in random.integers(20, 60, 2)))
    document = edits.new_document(picture(random, size, kind, profile, opaque=opaque), str(random.choice(NAMES)))
    if seed % 5 == 3:  # part of the background stands in front
        document = edits.set_mask(document, "background", Mask(blob(np.random.default_rng(seed), size)))
    for number in range(objects):
        document = Document((*document.layers, thing(random, document, f"object-{number + 1}", blends=blends)))
    return document


def blended_seed():
    """The seed of an opaque work of two objects whose lower one is seen, has a mask, a blend and its own size."""
    for seed in range(999):
        document = work(seed, opaque=True)
        bird = document.layers[1]
        if bird.shown_blend and bird.visible and bird.mask and bird.pixels.size != document.size:
            return seed
    raise AssertionError("no such work")


def thing(random, document, layer_id, *, blends=True):
    """One more layer for a document."""
    own = Size(*(int(side) for side in random.integers(4, 50, 2)))
    background = document.background.pixels
    pixels = picture(random, own, background.array.dtype, background.profile)
    if random.random() < 0.3:  # the same picture twice, or the background's own
        pixels, own = (layer := document.layers[random.integers(len(document.layers))]).pixels, layer.pixels.size
    mask = None
    if random.random() < 0.8:
        auto, add = blob(random, own), blob(random, own)
        refine = (AS_GIVEN, Refine(), Refine(2, 3, "cross", 0.1, 0.0, smooth=1.5, matting=1, feather=1 / 3))[
            random.integers(3)
        ]
        mask = Mask(auto, add if random.random() < 0.4 else None, auto if random.random() < 0.1 else None, refine)
        mask = replace(mask, exclude=255 - add if mask.add is None else None)
    at = Point(*(float(x) for x in random.uniform(-0.2, 1.2, 2) * document.size))
    turn = Placement(at, float(np.exp(random.uniform(-1, 1))), float(random.choice([0, 90, random.uniform(0, 360)])))
    whole = Transform.moved(*(float(x) for x in random.integers(-9, 30, 2)))
    transform = whole if random.random() < 0.3 else turn.transform(own, document.size, Point(own[0] / 2, own[1] / 3))
    prompt = Prompt("bird", (Rect(1.5, 2, 3, 1 / 3),), ((Point(0.1, 4.0), True), (Point(3, 4), False)))
    recipe = Recipe("poisson", KNOBS[:2]) if random.random() < 0.3 else None
    opacity = float(random.choice([1.0, 1.0, random.random()]))
    visible = bool(random.random() < 0.8)
    name = str(random.choice(NAMES))
    layer = Layer(layer_id, name, pixels, mask, transform, None, prompt, recipe, opacity, visible)
    if not blends or random.random() < 0.4:
        return layer
    strength, stale = float(random.choice([1.0, 0.7])), bool(random.random() < 0.2)
    return blended(random, document, layer, strength=strength, stale=stale)


def assert_same(one, other, place="document"):
    """Every field, array, type and length is equal, bit for bit."""
    assert type(one) is type(other), place
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape), place
        assert one.tobytes() == other.tobytes(), place
    elif is_dataclass(one):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name), f"{place}.{field.name}")
    elif isinstance(one, tuple):
        assert len(one) == len(other), place
        for number, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f"{place}[{number}]")
    else:
        assert repr(one) == repr(other), place  # of floats, repr tells every bit


# the second reader


def entries(path):
    """The content of a zip by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, changes, target=None):
    """Another program saves the file: entries that `changes` names get other bytes, or vanish for None."""
    found = {**entries(path), **changes}
    with zipfile.ZipFile(target or path, "w") as archive:
        for name, data in found.items():
            if data is not None:
                archive.writestr(name, data)
    return target or path


def png(data):
    """H×W×4 floats in 0..1 of a PNG's bytes."""
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    floats = samples.astype(np.float64) / np.iinfo(samples.dtype).max
    opaque = np.ones((*samples.shape[:2], 1))
    return np.dstack([floats[..., 2::-1], floats[..., 3:] if samples.shape[2] == 4 else opaque])


def png_bytes(samples):
    """The bytes of a PNG of H×W×4 samples."""
    return cv2.imencode(".png", cv2.cvtColor(samples, cv2.COLOR_RGBA2BGRA))[1].tobytes()


def claimed(data, width, height):
    """The PNG with another size in its head."""
    head = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
    return data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]


def composed(path):
    """What stack.xml shows, H×W×4 floats: every visible layer “over” those below, straight alpha."""
    found = entries(path)
    image = ET.parse(io.BytesIO(found["stack.xml"])).getroot()
    width, height = int(image.get("w")), int(image.get("h"))
    canvas = np.zeros((height, width, 4))
    for layer in reversed(image.find("stack").findall("layer")):
        if layer.get("visibility") == "hidden":
            continue
        assert layer.get("composite-op") == "svg:src-over"
        own, x, y = png(found[layer.get("src")]), int(layer.get("x")), int(layer.get("y"))
        under = canvas[y : y + own.shape[0], x : x + own.shape[1]]
        alpha = own[..., 3:] * float(layer.get("opacity"))
        behind = under[..., 3:] * (1 - alpha)
        together = alpha + behind
        mixed = own[..., :3] * alpha + under[..., :3] * behind
        colours = np.divide(mixed, together, out=under[..., :3].copy(), where=together > 0)
        canvas[y : y + own.shape[0], x : x + own.shape[1]] = np.dstack([colours, together])
    return canvas


def far_apart(one, other):
    """The share of pixels in which what is seen, H×W×4 with straight alpha, is more than one 8-bit level apart."""
    one, other = (np.dstack([x[..., :3] * x[..., 3:], x[..., 3]]) * 255 for x in (one, other))
    return float((np.abs(np.rint(one) - np.rint(other)).max(-1) > 1).mean())
