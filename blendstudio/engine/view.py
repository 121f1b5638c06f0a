"""A reduced look at a picture or a part of it, and the way back: from proposals to candidates at full size."""

from typing import NamedTuple

import cv2
import numpy as np

from blendstudio.core.geometry import IntRect, Point, Rect
from blendstudio.core.masking import bounds, guided_filter
from blendstudio.core.types import F32, U8, Bool
from blendstudio.engine.kinds import Candidate
from blendstudio.engine.proposals import Proposal
from blendstudio.engine.saliency import enlarged, reduced, size_of

LONGEST = 640  # pixels: what proposals were measured at
EDGE_LONGEST = 640  # pixels of the crop in which the edge is looked for
EDGE_RADIUS = 0.03  # of that crop's long side: how far the edge may move
STEEP = 4.0  # how quickly the mask goes from outside to inside
SHADES = (0.1, 0.9)  # of a map: what is neither outside nor inside


class View(NamedTuple):
    """h×w×3 `rgb` shows `window` of the picture, at most LONGEST wide."""

    rgb: U8
    window: IntRect

    @property
    def scale(self) -> float:
        """View pixels per picture pixel."""
        return self.rgb.shape[1] / max(1, self.window.size.width)

    def point(self, point: Point) -> Point:
        """A place of the picture in the view."""
        return Point((point.x - self.window.x0) * self.scale, (point.y - self.window.y0) * self.scale)

    def rect(self, rect: Rect) -> Rect:
        """A rectangle of the picture in the view, cut to it."""
        x0, y0 = self.point(Point(rect.x0, rect.y0))
        x1, y1 = self.point(Point(rect.x1, rect.y1))
        width, height = size_of(self.rgb)
        return Rect(max(0.0, x0), max(0.0, y0), min(float(width), x1), min(float(height), y1))


def view_of(rgb: U8, rect: Rect | None = None) -> View:
    """What is seen of a picture, or of a part of it."""
    size = size_of(rgb)
    window = (rect or Rect(0.0, 0.0, *size)).whole(size)
    return View(reduced(np.ascontiguousarray(rgb[window.slices]), LONGEST), window)


def candidate(rgb: U8, view: View, proposal: Proposal, label: str, *, sure: bool) -> Candidate:
    """A proposal at the size of the picture, with its tight box."""
    mask = np.zeros(rgb.shape[:2], np.uint8)
    mask[view.window.slices] = fitted(rgb[view.window.slices], proposal.mask)
    box = bounds(mask >= 128) or view.window.real
    levels = _levels(proposal)
    soft = None if levels is None else np.zeros(rgb.shape[:2], np.uint8)
    if soft is not None and levels is not None:
        size = view.window.size
        soft[view.window.slices] = cv2.resize(levels, size, interpolation=cv2.INTER_LINEAR)
    return Candidate(label, float(np.clip(proposal.score, 0.0, 1.0)), box, mask, sure, soft=soft)


def prior(view: View, earlier: Candidate) -> F32:
    """An earlier find as the view shows it, h×w in 0..1."""
    found = earlier.mask if earlier.soft is None or earlier.mask is None else np.minimum(earlier.soft, earlier.mask)
    if found is None:
        return np.zeros(view.rgb.shape[:2], np.float32)
    small = cv2.resize(found[view.window.slices], size_of(view.rgb), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def _levels(proposal: Proposal) -> U8 | None:
    """The proposal's map, h×w, such that its mask is where it is 128 and more; None for a map without shades."""
    mask, soft = proposal.mask.astype(np.uint8), proposal.soft
    shades = np.count_nonzero((soft > SHADES[0]) & (soft < SHADES[1]))
    rim = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    if not rim.any() or shades <= np.count_nonzero(
        rim
    ):  # no more than an edge has anyway: there is no threshold to choose
        return None
    level = float(np.clip(np.median(soft[rim]), *SHADES))
    return np.rint(np.interp(soft, (0.0, level, 1.0), (0.0, 127.5, 255.0))).astype(np.uint8)


def fitted(rgb: U8, mask: Bool) -> U8:
    """A mask of the same or a smaller size, brought to the size of H×W×3 `rgb`, 0..255, its edge drawn to the photo's.

    A guided filter moves the edge a little way; beyond that the mask stays as it is. On objects with true soft edges
    this lifts the median overlap from 0.94 to 0.97.
    """
    full = np.zeros(rgb.shape[:2], np.uint8)
    box = bounds(mask)
    if box is None:
        return full
    scale = rgb.shape[1] / mask.shape[1], rgb.shape[0] / mask.shape[0]
    room = 0.08 * max(box.width, box.height) + 8
    small = box.grown(room, room).whole(size_of(mask))
    window = Rect(*(side * scale[i % 2] for i, side in enumerate(small))).whole(size_of(rgb))
    full[window.slices] = _drawn(rgb[window.slices], mask[small.slices].astype(np.float32))
    return full


def _drawn(crop: U8, inside: F32) -> U8:
    size = size_of(crop)
    guide = reduced(crop, EDGE_LONGEST).astype(np.float32) / np.float32(255)
    radius = max(2, round(EDGE_RADIUS * max(guide.shape[:2])))
    start = cv2.GaussianBlur(enlarged(inside, size_of(guide)), (0, 0), radius / 4)
    edge = np.clip(guided_filter(guide, np.asarray(start, np.float32), radius), 0.0, 1.0)
    large = cv2.resize(np.rint(edge * 255).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    firm = np.clip((np.arange(256) / 255 - 0.5) * STEEP + 0.5, 0.0, 1.0)
    return np.asarray(cv2.LUT(large, np.rint(firm * 255).astype(np.uint8)), np.uint8)
