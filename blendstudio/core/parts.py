"""The separate parts of a mask and the holes in them, told apart by their outlines.

Outlines are a few thousand points where a map of labels takes four bytes for each pixel of a photo.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from blendstudio.core.types import F64, U8, Bool

CROWD = 20_000
RIM = np.ones((5, 5), np.uint8)  # how far the soft rim of a part reaches


@dataclass(frozen=True, eq=False)
class _Outlines:
    """The borders of all parts and holes. A hole's parent is the part that it lies in, a part's the hole round it."""

    points: tuple[np.ndarray, ...]
    parents: np.ndarray  # -1 for none
    holes: Bool  # the others are parts
    areas: F64  # in pixels, without what lies inside that is of another kind

    def drawn(self, chosen: Bool, shape: tuple[int, int]) -> U8:
        """1 on the chosen parts and holes, and on the pixels that the outlines themselves run through."""
        inner = (self.parents >= 0) & chosen[self.parents]
        picture = np.zeros(shape, np.uint8)
        lines = [self.points[i] for i in np.flatnonzero(chosen ^ inner)]
        return np.asarray(cv2.drawContours(picture, lines, -1, (1,), cv2.FILLED), np.uint8)


def fill_holes(mask: U8, share: float) -> U8:
    """Fills enclosed holes smaller than `share` of the mask's area."""
    inside = _inside(mask)
    limit = share * cv2.countNonZero(inside)
    if _crowded(inside):
        filled = _labelled_holes(inside, limit)
    else:
        outlines = _outlines(inside)
        filled = outlines.drawn(outlines.holes & (outlines.areas < limit), inside.shape)
    return np.where(filled > inside, np.uint8(255), mask) if filled.any() else mask


def drop_islands(mask: U8, share: float) -> U8:
    """Drops parts smaller than `share` of the largest part, and the soft rim round them."""
    inside = _inside(mask)
    if _crowded(inside):
        lost = _labelled_islands(inside, share)
    else:
        outlines = _outlines(inside)
        areas = np.where(outlines.holes, 0, outlines.areas)
        small = ~outlines.holes & (areas < share * areas.max(initial=0))
        lost = outlines.drawn(small, inside.shape) & inside
    if not lost.any():
        return mask
    kept = np.asarray(cv2.dilate(inside ^ lost, RIM), np.uint8)
    rim = np.asarray(cv2.dilate(lost, RIM), np.uint8)
    return np.where(rim > (kept & ~lost), np.uint8(0), mask)


def _crowded(inside: U8) -> bool:
    """Whether there are so many outlines that to tell which lies in which takes longer than to label every pixel."""
    return len(cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]) > CROWD


def _labelled_holes(inside: U8, limit: float) -> U8:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - inside, connectivity=4)
    height, width = inside.shape
    x, y, w, h, area = stats.T
    filled = (x > 0) & (y > 0) & (x + w < width) & (y + h < height) & (area < limit)
    filled[0] = False  # the mask itself
    return filled.view(np.uint8)[labels]


def _labelled_islands(inside: U8, share: float) -> U8:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inside)
    areas = stats[:, cv2.CC_STAT_AREA]
    areas[0] = 0  # what is outside
    lost = areas < share * areas.max()
    lost[0] = False
    return lost.view(np.uint8)[labels]


def _inside(mask: U8) -> U8:
    return (mask >= 128).view(np.uint8)


def _outlines(inside: U8) -> _Outlines:
    """Parts hold together over corners, holes do not.

    A border's polygon has its corners at pixel centres. By Pick's theorem it holds (2·area + steps) / 2 + 1 pixels,
    those that it runs through included, (2·area − steps) / 2 + 1 without them; that is the size of a part and of a
    hole with all that lies inside.
    """
    points, tree = cv2.findContours(inside, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not points:
        return _Outlines((), np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0))
    ends = np.cumsum([len(line) for line in points])
    starts = np.r_[0, ends[:-1]]
    x, y = np.concatenate(points)[:, 0].astype(np.int64).T
    following = np.arange(1, len(x) + 1)
    following[ends - 1] = starts
    doubled = np.add.reduceat(x * y[following] - y * x[following], starts)
    steps = np.add.reduceat(np.maximum(abs(x[following] - x), abs(y[following] - y)), starts)
    holes = doubled > 0  # they are walked the other way round
    whole = (abs(doubled) + np.where(holes, -steps, steps)) / 2 + 1
    parents = tree[0, :, 3]
    nested = parents >= 0
    areas = whole - np.bincount(parents[nested], whole[nested], len(points))
    return _Outlines(tuple(points), parents, holes, areas)
