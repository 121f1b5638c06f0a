"""Points, rectangles and plane transforms.

Coordinates are continuous: x grows to the right, y downwards, the top-left corner of a picture is (0, 0), so the
centre of its first pixel is (0.5, 0.5).
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from blendstudio.core.types import F64


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


class Point(NamedTuple):
    """A place in a picture, in pixels."""

    x: float
    y: float


class Rect(NamedTuple):
    """Left, top, right, bottom; right and bottom are just outside."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Right minus left."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Bottom minus top."""
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        """0 when the rectangle is empty."""
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def centre(self) -> Point:
        """The middle."""
        return Point((self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2)

    def grown(self, dx: float, dy: float) -> "Rect":
        """Moved outwards by dx left and right and dy above and below."""
        return Rect(self.x0 - dx, self.y0 - dy, self.x1 + dx, self.y1 + dy)

    def grown_by_share(self, share: float) -> "Rect":
        """Moved outwards by a share of its own width and height."""
        return self.grown(self.width * share, self.height * share)

    def whole(self, size: Size) -> "IntRect":
        """The smallest rectangle of whole pixels that holds this one, cut to a picture of `size`."""
        return IntRect(
            min(size.width, max(0, math.floor(self.x0))),
            min(size.height, max(0, math.floor(self.y0))),
            max(0, min(size.width, math.ceil(self.x1))),
            max(0, min(size.height, math.ceil(self.y1))),
        )

    def overlap(self, other: "Rect") -> float:
        """Intersection over union, 0..1."""
        wide = min(self.x1, other.x1) - max(self.x0, other.x0)
        high = min(self.y1, other.y1) - max(self.y0, other.y0)
        if wide <= 0 or high <= 0:
            return 0.0
        return wide * high / (self.area + other.area - wide * high)


class IntRect(NamedTuple):
    """A rectangle of whole pixels; `slices` cuts it out of an H×W array."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.x1 - self.x0, self.y1 - self.y0)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows, then columns."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    @property
    def real(self) -> Rect:
        """The same rectangle with real sides."""
        return Rect(*map(float, self))


@dataclass(frozen=True)
class Transform:
    """A 3×3 homogeneous matrix, row by row, from a layer's own pixels to the document."""

    rows: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)

    @property
    def matrix(self) -> F64:
        """The 3×3 array."""
        return np.array(self.rows, np.float64).reshape(3, 3)

    def then(self, other: "Transform") -> "Transform":
        """This transform first, `other` after it."""
        return Transform.of(other.matrix @ self.matrix)

    def apply(self, point: Point) -> Point:
        """Where a point lands."""
        x, y, w = self.matrix @ (point.x, point.y, 1.0)
        return Point(float(x / w), float(y / w))

    def bounds(self, rect: Rect) -> Rect:
        """The upright rectangle round the four corners of `rect` after the transform."""
        corners = [self.apply(Point(x, y)) for x in (rect.x0, rect.x1) for y in (rect.y0, rect.y1)]
        xs, ys = zip(*corners, strict=True)
        return Rect(min(xs), min(ys), max(xs), max(ys))

    @property
    def magnification(self) -> float:
        """Document pixels per layer pixel, as the square root of the change of area."""
        return math.sqrt(abs(float(np.linalg.det(self.matrix[:2, :2]))))

    @staticmethod
    def of(matrix: F64) -> "Transform":
        """From a 3×3 array."""
        return Transform(tuple(float(v) for v in np.asarray(matrix).ravel()))

    @staticmethod
    def moved(dx: float, dy: float) -> "Transform":
        """A shift."""
        return Transform((1.0, 0.0, dx, 0.0, 1.0, dy, 0.0, 0.0, 1.0))

    @staticmethod
    def scaled(x: float, y: float) -> "Transform":
        """A scale about the origin; a negative factor mirrors."""
        return Transform((x, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, 1.0))

    @staticmethod
    def turned(degrees: float) -> "Transform":
        """A clockwise turn about the origin (y points down)."""
        quarter = degrees / 90
        if quarter == int(quarter):  # exact right angles keep pixels exact
            c, s = ((1, 0), (0, 1), (-1, 0), (0, -1))[int(quarter) % 4]
        else:
            c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return Transform((float(c), -float(s), 0.0, float(s), float(c), 0.0, 0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Placement:
    """Where an object goes: `at` in document pixels, `scale` in document pixels per source pixel, `rotate` in degrees
    clockwise, `flip` one of "", "h", "v", "hv". None means: as if the picture were fitted into the document."""

    at: Point | None = None
    scale: float | None = None
    rotate: float = 0.0
    flip: str = ""

    def transform(self, picture: Size, document: Size, anchor: Point) -> Transform:
        """The matrix that brings `anchor` (source pixels) to its place."""
        fit = min(document.width / picture.width, document.height / picture.height)
        scale = self.scale or (fit if self.at is None else min(1.0, fit))
        at = self.at or Point(
            (anchor.x - picture.width / 2) * fit + document.width / 2,
            (anchor.y - picture.height / 2) * fit + document.height / 2,
        )
        sx, sy = (-scale if axis in self.flip else scale for axis in "hv")
        about = Transform.moved(-anchor.x, -anchor.y).then(Transform.scaled(sx, sy))
        return about.then(Transform.turned(self.rotate)).then(Transform.moved(at.x, at.y))
