"""Objects on backgrounds for the studies: from photos that scikit-image ships, and from a data folder if there is one.

A pair is made by a seed: which square of the background is taken, whether the object is mirrored, how large it is and
where it lies. An object that its photo's border cuts is put against the same side of the background. A triple (source,
mask, target, as Deep Image Blending published them) has its own place, so seeds beyond the first add nothing to it.
"""

import tomllib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from blendstudio import api
from blendstudio.assets import asset
from blendstudio.core.compose import cutout
from blendstudio.core.document import AS_GIVEN, Document, Mask
from blendstudio.core.geometry import IntRect, Placement, Point, Rect
from blendstudio.core.masking import bounds
from blendstudio.core.pixels import Pixels, from_rgb
from blendstudio.core.types import F32, U8, Bool
from blendstudio.errors import CannotRead, UsageError
from blendstudio.files.color import to_srgb
from blendstudio.files.images import read_image

SIDE = 512  # pixels of a background, as in the paper
LAYER = "object-1"
SMALLEST_PART = 0.75  # of a background photo's short side
OBJECT = (0.4, 0.7)  # the long side of the object's box, as a share of the background's side
PICTURES = {".png", ".jpg", ".jpeg"}
# Where the published triples lie on the 512² target: the side N that source and mask are resized to, row, column.
PLACES = {"1": (300, 200, 235), "2": (278, 350, 372), "3": (384, 320, 256), "4": (228, 382, 320), "5": (320, 160, 256)}
PUBLISHED = {"dib, published first pass": "dib_first_pass", "dib, published second pass": "dib_second_pass"}
SMALLEST = 32  # pixels of a side
ELSEWHERE = (384, 256, 256)


@dataclass(frozen=True, eq=False)
class Pair:
    """One object placed on one background: what every method is given. Pictures are 8-bit sRGB of the document's size.

    `mask` is where the placed object's alpha is at least a half, `source` its placed photo, `published` the results
    that others published for it.
    """

    name: str
    seed: int
    document: Document
    mask: Bool
    source: U8
    background: U8
    published: Mapping[str, U8] = field(default_factory=dict)


class Subject(NamedTuple):
    """An object of a photo by its outline, N×2, in the photo's pixels."""

    name: str
    photo: str
    outline: np.ndarray
    backgrounds: tuple[str, ...]


class Plan(NamedTuple):
    """A pair before it is made: a subject on a background photo, or the triple of a folder."""

    name: str
    subject: Subject | None
    background: Path


def subjects() -> list[Subject]:
    """The objects of resources/pairs.toml."""
    listed = tomllib.loads(asset("pairs.toml").read_text("utf-8"))
    return [
        Subject(name, one["photo"], np.reshape(one["outline"], (-1, 2)), tuple(one["backgrounds"]))
        for name, one in listed.items()
    ]


def plans(data: Path | None, most: int = 0) -> list[Plan]:
    """Triples and photos of `data` (laid out as triples/, photos/) first, then the shipped pairs; `most` 0 is all."""
    found = [*_from_data(data), *_shipped()] if data else list(_shipped())
    return found[:most] if most else found


def seeds_of(plan: Plan, seeds: int) -> range:
    """The seeds that make a difference to a pair."""
    return range(seeds if plan.subject else 1)


def make(plan: Plan, seed: int, side: int = SIDE) -> Pair:
    """The pair of a seed on a background of side×side pixels. Raises FileError, and UsageError for a tiny one."""
    if side < SMALLEST:
        raise UsageError(f"Pairs cannot be {side} pixels wide.", f"Choose {SMALLEST} or more.")
    if plan.subject is None:
        return _triple(plan, seed, side)
    random = np.random.default_rng([seed, zlib.crc32(plan.name.encode())])
    background = _square(_photo(plan.background), side, random)
    source = _photo(_shipped_photo(plan.subject.photo))
    mask = np.zeros(source.shape[:2], np.uint8)
    cv2.fillPoly(mask, [plan.subject.outline.reshape(-1, 1, 2).astype(np.int32)], 255)
    place = _placed(mask >= 128, side, random)
    return placed(plan.name, seed, (from_rgb(source), from_rgb(background)), api.Found(Mask(auto=mask)), place)


def placed(name: str, seed: int, photos: tuple[Pixels, Pixels], found: api.Found, place: Placement) -> Pair:
    """Any object (first photo) on any background (second photo) as a pair. Raises EmptyMask."""
    document = api.compose(*photos, found, place)
    colours, alpha = cutout(document.layer(LAYER), IntRect(0, 0, *document.size))
    return Pair(name, seed, document, alpha >= 0.5, eight(colours), to_srgb(photos[1]).rgb8())


def eight(picture: F32) -> U8:
    """A picture in 0..1 as 8 bits."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _from_data(data: Path) -> Iterator[Plan]:
    targets = sorted((data / "triples").glob("*_target.png"))
    yield from (Plan(f"triple {path.name.removesuffix('_target.png')}", None, path) for path in targets)
    photos = sorted(path for path in (data / "photos").glob("*") if path.suffix.lower() in PICTURES)
    if not targets and not photos:
        raise CannotRead(
            f"There are neither triples nor photos in {data.name or data}.",
            "Choose a folder that holds triples/ or photos/, or leave out --data.",
        )
    known = subjects()
    for number, path in enumerate(photos):
        subject = known[number % len(known)]
        yield Plan(f"{subject.name} on {path.stem}", subject, path)


def _shipped() -> Iterator[Plan]:
    """Every object once before any comes again, so that the first few are different."""
    known = subjects()
    for turn in range(max(len(subject.backgrounds) for subject in known)):
        for subject in known:
            if turn < len(subject.backgrounds):
                name = subject.backgrounds[turn]
                yield Plan(f"{subject.name} on {Path(name).stem}", subject, _shipped_photo(name))


def _shipped_photo(name: str) -> Path:
    return Path(str(files("skimage") / "data" / name))


def _photo(path: Path) -> U8:
    return to_srgb(read_image(path)).rgb8()


def _square(photo: U8, side: int, random: np.random.Generator) -> U8:
    """A square of the photo at random, at side×side, mirrored or not."""
    height, width = photo.shape[:2]
    part = round(min(height, width) * random.uniform(SMALLEST_PART, 1))
    y, x = int(random.integers(height - part + 1)), int(random.integers(width - part + 1))
    crop = photo[y : y + part, x : x + part]
    return _resized(crop[:, ::-1] if random.random() < 0.5 else crop, side)


def _placed(mask: Bool, side: int, random: np.random.Generator) -> Placement:
    """Where the object of a mask goes on a background of side×side pixels."""
    box = bounds(mask) or Rect(0, 0, *map(float, mask.shape[::-1]))
    flip = "h" if random.random() < 0.5 else ""
    scale = side * random.uniform(*OBJECT) / max(box.width, box.height)
    cut_x, cut_y = (_cut(mask, axis) for axis in (0, 1))
    wide, high = box.width * scale, box.height * scale
    x = _along(side, wide, tuple(reversed(cut_x)) if flip else cut_x, random)
    return Placement(Point(x, _along(side, high, cut_y, random)), scale, flip=flip)


def _cut(mask: Bool, axis: int) -> tuple[bool, bool]:
    """Whether the photo's border cuts the object: left and right (axis 0), or top and bottom (axis 1)."""
    line = np.asarray(mask.any(axis))
    return bool(line[0]), bool(line[-1])


def _along(side: int, length: float, cut: Sequence[bool], random: np.random.Generator) -> float:
    """The middle of the object on one axis: against the side where it is cut, the far one first, or anywhere inside."""
    free = random.uniform(length / 2, side - length / 2)
    if cut[1]:
        return side - length / 2
    return length / 2 if cut[0] else float(free)


def _triple(plan: Plan, seed: int, side: int) -> Pair:
    number = plan.background.name.removesuffix("_target.png")
    parts = [plan.background.with_name(f"{number}_{part}.png") for part in ("source", "mask", "target")]
    length, row, column = (round(value * side / SIDE) for value in PLACES.get(number, ELSEWHERE))
    source, mask = (_resized(_photo(path), length) for path in parts[:2])
    target = _resized(_photo(parts[2]), side)
    drawn = np.where(mask[..., 0] >= 128, 255, 0).astype(np.uint8)
    place, found = Placement(Point(column, row), 1.0), api.Found(Mask(auto=drawn, refine=AS_GIVEN))
    document = api.compose(from_rgb(source), from_rgb(target), found, place, "picture")
    colours, alpha = cutout(document.layer(LAYER), IntRect(0, 0, side, side))
    files = {label: plan.background.with_name(f"{number}_{part}.png") for label, part in PUBLISHED.items()}
    published = {label: _resized(_photo(path), side) for label, path in files.items() if path.is_file()}
    return Pair(plan.name, seed, document, alpha >= 0.5, eight(colours), target, published)


def _resized(picture: U8, side: int) -> U8:
    shrinks = min(picture.shape[:2]) > side
    found = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return np.asarray(found, np.uint8)
