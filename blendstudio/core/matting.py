"""The soft edge of a mask: near it the photo decides how much of a pixel is the object's, and of what colour."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from blendstudio.core.geometry import IntRect
from blendstudio.core.pixels import Pixels, quantise
from blendstudio.core.tiles import TILE, around, moved, overlap, pieces, tiles
from blendstudio.core.types import F32, U8, Bool, Samples, floats

EPSILON = 1e-4  # of the guided filter, for guides in 0..1
FAR, NEAR = 90, 6  # pixels: the windows of the two passes that clean colours
SIDE = 256  # pixels: larger pieces than elsewhere, for they have 48 more on each side
Plane = NDArray[np.floating]  # 32 bits all through, though what comes of it is typed more loosely
SQUARE = np.ones((NEAR + 1, NEAR + 1), np.uint8)


def matted(mask: U8, photo: Samples, width: int) -> F32:
    """Alpha in which, within `width` pixels of the mask's edge, the picture decides; elsewhere the mask.

    `photo` is H×W×3 of 8 bits, or H×W×4 of 8 or 16.
    """
    alpha = shares(mask)
    shell = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    inside = cv2.erode(mask, shell, borderType=cv2.BORDER_REPLICATE) >= 128
    band = (cv2.dilate(mask, shell) >= 128) & ~inside
    for piece in pieces(band, max(TILE, 4 * width)):
        wide, inner = around(piece, 2 * width, mask.shape)  # as far as a filter of a filter reaches
        values = floats(mask[wide.slices], 255)
        soft = guided(_planes(eight(photo[wide.slices]), 255), values, width)[inner.slices]
        # A guided filter never quite reaches 0 and 1; stretching it keeps flat regions clean.
        soft = np.clip((soft - 0.06) / 0.88, 0.0, 1.0)
        np.copyto(alpha[piece.slices], soft, where=band[piece.slices])
    return alpha


def shares(mask: U8) -> F32:
    """A mask as alpha in 0..1, in one step: a large array costs more to get than to fill."""
    return np.divide(mask, np.float32(255), dtype=np.float32)


def eight(samples: Samples) -> Samples:
    """H×W×3 or 4 of 8 bits as they are, H×W×4 of 16 bits as H×W×3 of 8."""
    return samples if samples.dtype == np.uint8 else Pixels(samples).rgb8()


def _planes(samples: Samples | F32, top: float) -> list[F32]:
    """Red, green and blue in 0..1, each on its own: three times as fast to work on as side by side."""
    return [floats(plane, top) for plane in cv2.split(samples)[:3]]


def guided(guide: list[F32], values: F32, radius: int, epsilon: float = EPSILON) -> F32:
    """The guided filter of He et al. (2013), with three planes in 0..1 whose edges the result follows."""
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(x: Plane) -> F32:
        return np.asarray(cv2.boxFilter(x, -1, side, borderType=cv2.BORDER_REFLECT), np.float32)

    means, offset = [mean(plane) for plane in guide], mean(values)
    covariance = [mean(plane * values) - middle * offset for plane, middle in zip(guide, means, strict=True)]
    spread = [mean(guide[i] * guide[j]) - means[i] * means[j] for i in range(3) for j in range(i, 3)]
    for diagonal in (0, 3, 5):
        spread[diagonal] += np.float32(epsilon)
    slope = _solved(spread, covariance)
    for part, middle in zip(slope, means, strict=True):
        offset -= part * middle
    result = mean(offset)
    for part, plane in zip(slope, guide, strict=True):
        result += mean(part) * plane
    return result


def _solved(a: Sequence[Plane], b: Sequence[Plane]) -> list[Plane]:
    """x of A·x = b for each pixel; A is symmetric and positive, `a` its upper triangle row by row.

    By elimination: where the photo is grey A is all but singular, and in 32 bits its determinant has no digit left.
    """
    down1, down2 = a[1] / a[0], a[2] / a[0]
    a11, a12, a22 = a[3] - down1 * a[1], a[4] - down1 * a[2], a[5] - down2 * a[2]
    b1, b2 = b[1] - down1 * b[0], b[2] - down2 * b[0]
    down = a12 / a11
    x2 = (b2 - down * b1) / (a22 - down * a12)
    x1 = (b1 - a12 * x2) / a11
    return [(b[0] - a[1] * x1 - a[2] * x2) / a[0], x1, x2]


def photo(samples: Samples | F32, top: float) -> F32:
    """Red, green and blue, H×W×3 in 0..1, of H×W×3 or 4 samples in 0..top."""
    rgb = samples if samples.shape[2] == 3 else np.asarray(cv2.cvtColor(samples, cv2.COLOR_RGBA2RGB))
    return np.divide(rgb, np.float32(top), dtype=np.float32)


class Patch(NamedTuple):
    """The cleaned colours, h×w×3 in 0..1, of `rect` of a layer."""

    rect: IntRect
    colours: F32

    def put(self, picture: np.ndarray, place: IntRect, where: Bool) -> None:
        """Writes them into the H×W×3 picture of `place` of the layer, where H×W `where` is true."""
        mine = self.rect
        if mine.x1 <= place.x0 or mine.y1 <= place.y0 or place.x1 <= mine.x0 or place.y1 <= mine.y0:
            return
        common = overlap(mine, place)
        here = moved(common, -place.x0, -place.y0).slices
        own = self.colours[moved(common, -mine.x0, -mine.y0).slices]
        own = own if picture.dtype == np.float32 else quantise(own, picture)
        cv2.copyTo(own, where[here].view(np.uint8), picture[here])


def own_colours(samples: Samples | F32, top: float, alpha: F32, rect: IntRect, patches: Iterable[Patch]) -> F32:
    """The object's own colours in `rect`, h×w×3 in 0..1; opaque pixels keep theirs, and what is out of reach is black.

    `samples` are H×W×3 or 4 in 0..top; `patches` come from `cleaned` for `rect` or more.
    """
    result = np.empty((*rect.size[::-1], 3), np.float32)
    soft = alpha[rect.slices] < 1
    for tile in tiles(IntRect(0, 0, *rect.size), 2 * SIDE):
        rgb = photo(samples[moved(tile, rect.x0, rect.y0).slices], top)
        result[tile.slices] = cv2.copyTo(rgb, (~soft[tile.slices]).view(np.uint8))
    for patch in patches:
        patch.put(result, rect, soft)
    return result


def cleaned(samples: Samples | F32, top: float, alpha: F32, rect: IntRect) -> Iterator[Patch]:
    """The object's own colours wherever in `rect` its edge lets the old background through, piece by piece.

    Blur-fusion foreground estimation (Forte, 2021): two passes of alpha-weighted box blurs.
    """
    wide, inner = around(rect, NEAR // 2, alpha.shape)
    near = np.asarray(cv2.dilate((alpha[wide.slices] > 0).view(np.uint8), SQUARE), np.uint8)[inner.slices] > 0
    for piece in pieces(near & (alpha[rect.slices] < 1), SIDE):
        place = moved(piece, rect.x0, rect.y0)
        yield Patch(place, _foreground(samples, top, alpha, place))


def _foreground(samples: Samples | F32, top: float, alpha: F32, rect: IntRect) -> F32:
    close, innermost = around(rect, NEAR // 2, alpha.shape)
    wide, inner = around(close, FAR // 2, alpha.shape)
    weight = alpha[wide.slices]
    far, mean_far = 1 - weight, _blurred(weight, FAR, inner)
    nearby = weight[inner.slices]
    mean_near = _blurred(nearby, NEAR, innermost)
    planes = []
    for plane in _planes(samples[wide.slices], top):
        own = plane[inner.slices]
        ahead = _blurred(plane * weight, FAR, inner) / (mean_far + 1e-5)
        behind = _blurred(plane * far, FAR, inner) / (1 - mean_far + 1e-5)
        ahead = _fused(own, nearby, ahead, behind)
        ahead = _blurred(ahead * nearby, NEAR, innermost) / (mean_near + 1e-5)
        behind = _blurred(behind * (1 - nearby), NEAR, innermost) / (1 - mean_near + 1e-5)
        planes.append(_fused(own[innermost.slices], nearby[innermost.slices], ahead, behind))
    return np.asarray(cv2.merge(planes), np.float32)


def _blurred(plane: Plane, side: int, inner: IntRect) -> F32:
    return np.asarray(cv2.blur(plane, (side, side)), np.float32)[inner.slices]


def _fused(photo: F32, weight: F32, ahead: Plane, behind: Plane) -> Plane:
    """The colour near `ahead` that, mixed with what is behind, gives the photo."""
    return np.clip(ahead + weight * (photo - weight * ahead - (1 - weight) * behind), 0, 1)
