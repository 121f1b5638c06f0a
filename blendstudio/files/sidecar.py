"""document.json: all that a project knows beyond what other programs see."""

import json
import struct
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from blendstudio import __version__
from blendstudio.core.document import Blend, Layer, Mask, Refine
from blendstudio.core.geometry import IntRect, Size, Transform
from blendstudio.core.params import build, values
from blendstudio.core.pixels import Pixels
from blendstudio.errors import NotAnImage, ProjectDamaged, ProjectTooNew, UsageError
from blendstudio.files.archive import TEXT_BYTES, Archive
from blendstudio.files.arrays import FOLDER, ArrayReader, ArrayWriter, Plain
from blendstudio.files.decoder import AREA, SIDE
from blendstudio.files.openraster import Unsound
from blendstudio.files.plain import from_plain, to_plain

NAME = f"{FOLDER}/document.json"
FORMAT = 1
SCALES = 1e-4, 1e4  # document pixels per layer pixel
FARTHEST = 1e7  # pixels that a corner may lie away
# What reading a record meets when it is damaged: ValueError has Unsound and broken JSON among its kinds.
FAULTS = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError),
    *(zlib.error, struct.error, ProjectDamaged, NotAnImage, UsageError),
)


@dataclass(frozen=True)
class Picture:
    """What other programs see of a layer: the entry, the SHA-256 of its bytes, and where it lies."""

    src: str
    sha256: str
    x: int
    y: int


class Record(NamedTuple):
    """A layer as it was saved: its picture, and the rest still as JSON says it."""

    picture: Picture
    plain: Plain


def write_records(layers: Sequence[tuple[Layer, Picture]], arrays: ArrayWriter) -> bytes:
    """document.json for these layers, lowest first; their arrays go to `arrays`."""
    records = [{"picture": to_plain(picture, arrays), "layer": to_plain(layer, arrays)} for layer, picture in layers]
    whole = {"format": FORMAT, "program": f"blendstudio {__version__}", "layers": records}
    return json.dumps(whole, indent=1).encode("ascii")


def read_records(archive: Archive) -> list[Record] | None:
    """The layers as they were saved; none in a file of another program, None when damaged. Raises ProjectTooNew."""
    if NAME not in archive:
        return []
    try:
        whole = json.loads(archive.read(NAME, TEXT_BYTES), parse_constant=_no_number)
        if type(whole["format"]) is int and whole["format"] > FORMAT:
            raise ProjectTooNew(
                f"{archive.name} was saved by a newer version of blendstudio.",
                "Update blendstudio, or open mergedimage.png from the file, which is a zip.",
            )
        if whole["format"] != FORMAT:
            return None
        arrays = ArrayReader(archive)
        return [Record(from_plain(Picture, plain["picture"], arrays), plain["layer"]) for plain in whole["layers"]]
    except FAULTS:
        return None


def read_layer(record: Record, arrays: ArrayReader, size: Size) -> Layer | None:
    """The layer of a record in a document of `size`; without its blend where that is damaged, None where more is."""
    for plain in (record.plain, _without_blend(record.plain)):
        with suppress(*FAULTS):
            layer: Layer = from_plain(Layer, plain, arrays)
            _check(layer, size)
            return layer
    return None


def has_blend(record: Record) -> bool:
    """Whether the layer had a blend when it was saved."""
    return isinstance(record.plain, dict) and record.plain.get("blend") is not None


def _without_blend(plain: Plain) -> Plain:
    return plain | {"blend": None} if isinstance(plain, dict) else plain


def _check(layer: Layer, size: Size) -> None:
    """Raises Unsound for what would trip the program later."""
    if not 0 <= layer.opacity <= 1:
        raise Unsound("an impossible opacity")
    _check_transform(layer.transform, layer.pixels)
    if layer.mask:
        _check_mask(layer.mask, layer.pixels)
    if layer.blend:
        _check_blend(layer.blend, size)


def _check_transform(transform: Transform, pixels: Pixels) -> None:
    if len(transform.rows) != 9 or not max(map(abs, transform.rows)) <= FARTHEST:
        raise Unsound("no matrix")
    width, height = pixels.size
    corners = [transform.matrix @ (x, y, 1.0) for x in (0, width) for y in (0, height)]
    near = all(w > 1e-6 and max(abs(x), abs(y)) <= FARTHEST * w for x, y, w in corners)
    if not near or not SCALES[0] <= transform.magnification <= SCALES[1]:
        raise Unsound("a layer that is nowhere, or turned inside out")


def _check_mask(mask: Mask, pixels: Pixels) -> None:
    build(Refine, values(mask.refine))
    if any(part is not None and part.shape != pixels.array.shape[:2] for part in mask.parts):
        raise Unsound("a mask of another size")


def _check_blend(blend: Blend, size: Size) -> None:
    x0, y0, x1, y1 = blend.rect
    within = IntRect(0, 0, SIDE, SIDE) if blend.stale else IntRect(0, 0, *size)
    if not (within.x0 <= x0 <= x1 <= within.x1 and within.y0 <= y0 <= y1 <= within.y1):
        raise Unsound("a blend beyond the picture")
    shape = (y1 - y0, x1 - x0)
    shapes = [part.values.shape for part in blend.contributions]
    if blend.alpha.shape != shape or any(found != (*shape, 3) for found in shapes) or shape[0] * shape[1] > AREA:
        raise Unsound("a blend of another size")
    if not (shapes or blend.stale) or not abs(blend.strength) <= 100 or not 0 <= blend.context <= FARTHEST:
        raise Unsound("a blend of nothing, too strong or too wide")


def _no_number(name: str) -> NoReturn:
    raise Unsound(f"{name} is no number")
