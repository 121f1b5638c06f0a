"""A second look at a proposal: a larger crop of its own, which widens where the first window cut the object off."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from blendstudio.core.geometry import IntRect, Rect, Size
from blendstudio.core.masking import bounds
from blendstudio.core.types import F32, U8, Bool
from blendstudio.engine.job import Progress
from blendstudio.engine.proposals import mask_overlap, parts
from blendstudio.engine.saliency import salience, size_of

if TYPE_CHECKING:
    from torch import nn

SIDE = 320  # the net's own size: a second look is for the outline
ROOM = 0.15  # round the object, of its box
WIDER = 0.6  # where it was cut off
CUT = 0.12  # of the root of its area: more than that on a window's border and the object goes on beyond it
LEVELS = (0.5, 0.25)
SMALLEST = 0.002  # of the picture
LOOKS = 3
ALIKE = 0.5  # a look that shows something else is not taken


class Look(NamedTuple):
    """A part of salience, H×W bool; the map it is from, H×W in 0..1; and the window that the net saw."""

    part: Bool
    soft: F32
    window: IntRect


def cut_sides(part: Bool, window: IntRect) -> tuple[float, float, float, float]:
    """How much of a part lies on the left, top, right and bottom border of its window, in roots of its area.

    Borders that are the picture's own do not count.
    """
    height, width = part.shape
    root = np.sqrt(max(1, np.count_nonzero(part)))
    crop = part[window.slices]
    sides = (
        (crop[:, :2], window.x0 > 0),
        (crop[:2], window.y0 > 0),
        (crop[:, -2:], window.x1 < width),
        (crop[-2:], window.y1 < height),
    )
    left, top, right, bottom = (np.count_nonzero(line) / 2 / root if inner else 0.0 for line, inner in sides)
    return float(left), float(top), float(right), float(bottom)


def looked_closer(net: "nn.Module", rgb: U8, look: Look, progress: Progress) -> Look:
    """The same object seen in a window of its own; the look itself when the closer one shows something else."""
    for number in range(LOOKS):
        progress(number / LOOKS, "Looking closer")
        cut = cut_sides(look.part, look.window)
        better = _again(net, rgb, look, cut)
        if better is None:
            break
        look = better
        if max(cut_sides(look.part, look.window)) < CUT:
            break
    progress(1.0, "Looking closer")
    return look


def _again(net: "nn.Module", rgb: U8, look: Look, cut: tuple[float, float, float, float]) -> Look | None:
    window = _window(look.part, cut, size_of(rgb))
    soft = np.zeros(rgb.shape[:2], np.float32)
    soft[window.slices] = salience(net, rgb[window.slices], SIDE)
    found = [part for level in LEVELS for part in parts(soft, level, SMALLEST)]
    if not found:
        return None
    seen = look.window.slices if max(cut) >= CUT else window.slices
    # What was cut off may be larger now; only where both windows look can the two be compared.
    shares = [mask_overlap(part[seen], look.part[seen]) for part in found]
    best = int(np.argmax(shares))
    return Look(found[best], soft, window) if shares[best] >= ALIKE else None


def _window(part: Bool, cut: tuple[float, float, float, float], size: Size) -> IntRect:
    box = bounds(part) or Rect(0.0, 0.0, *size)
    left, top, right, bottom = (WIDER if share >= CUT else ROOM for share in cut)
    return Rect(
        box.x0 - left * box.width,
        box.y0 - top * box.height,
        box.x1 + right * box.width,
        box.y1 + bottom * box.height,
    ).whole(size)
