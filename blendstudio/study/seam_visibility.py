"""How visible a seam is to a person who does not know the right answer.

A natural outline is soft, and its details lie here and there; what a blend leaves behind follows the mask: a jump of
colour exactly on its edge, or a fringe that ends at one distance from it all the way along. So colours are followed on
straight lines across the edge, in CIELAB and at two scales. At each distance the jump from pixel to pixel counts as far
as it exceeds the usual jumps of its own line; busy surroundings hide some of it (contrast masking). The mean along the
edge, beyond that of the picture's own bold edges, is what shows there; all distances together are the score.

It says nothing of whether colours are right: a blend that washes the object out has no seam either.
"""

import cv2
import numpy as np

from blendstudio.core.types import F32, F64, U8, Bool, floats

REACH = 10  # pixels to each side that a line is long
CORE = 6  # pixels to each side in which jumps count as the seam's
POINTS = 750  # lines across a seam, and across natural edges, at most
SCALES = (1, 2)  # the picture is looked at as it is and at half its size
HIDING = 20.0  # ΔE of grain beside the edge that halves what is seen
NOTICED = 2.3  # ΔE that is just noticed (Mahy et al., 1994)
BOLD = 0.8  # the quantile of slopes from which on a pixel lies on a natural edge


def seam_visibility(picture: U8, mask: Bool) -> float:
    """How much shows of the seam of H×W×3 `picture` along the edge of H×W `mask`, in just noticeable differences.

    From 0, nothing; 0 also for a mask without an edge. Depends on the picture's size in pixels.
    """
    return float(np.mean([_visible(picture, mask, scale) for scale in SCALES]))


def _visible(picture: U8, mask: Bool, scale: int) -> float:
    size = (max(1, mask.shape[1] // scale), max(1, mask.shape[0] // scale))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    inside = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    lab = np.asarray(cv2.cvtColor(floats(small, 255), cv2.COLOR_RGB2LAB), np.float32)
    away = _away(inside)
    edge = _few(_edge(inside))
    if not len(edge):
        return 0.0
    seen = _jumps(lab, edge, _directions(away, edge))[:, REACH - CORE : REACH + CORE].mean(0)
    light = np.asarray(cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0), np.float32)
    others = _few(_natural(lab, np.abs(away) > 2 * REACH))
    usual = float(_jumps(lab, others, _directions(light, others)).mean()) if len(others) else 0.0
    return float(np.linalg.norm(np.maximum(0, seen - usual)) / NOTICED)


def _away(inside: Bool) -> F32:
    """H×W: the distance from the mask's edge in pixels, negative inside."""
    out, within = (
        cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for part in (~inside, inside)
    )
    return floats(out - within)


def _edge(inside: Bool) -> Bool:
    """The mask's outermost pixels; the picture's own border is no seam."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return inside & (cv2.erode(inside.astype(np.uint8), cross, borderValue=1) == 0)


def _natural(lab: F32, where: Bool) -> Bool:
    """The picture's own bold edges."""
    if not where.any():
        return where
    slopes = [cv2.Sobel(lab, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1))]
    steep = np.linalg.norm(np.concatenate(slopes, -1), axis=-1)
    return where & (steep > max(1e-3, float(np.quantile(steep[where], BOLD))))


def _few(where: Bool) -> np.ndarray:
    """N×2: rows and columns of the pixels, evenly thinned to at most POINTS."""
    points = np.argwhere(where)
    return points[:: max(1, -(-len(points) // POINTS))]


def _directions(plane: F32, points: np.ndarray) -> F64:
    """N×2: where the smoothed plane rises, in rows and columns, of length 1 or 0."""
    smooth = cv2.GaussianBlur(plane, (0, 0), 2.0)
    rise = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 0, 1), cv2.Sobel(smooth, cv2.CV_32F, 1, 0)], -1)
    found = rise[points[:, 0], points[:, 1]].astype(np.float64)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)


def _jumps(lab: F32, points: np.ndarray, directions: F64) -> F64:
    """N×2·REACH: the ΔE (CIE 1976) from pixel to pixel on the lines through the points, beyond each line's median."""
    steps = np.arange(-REACH, REACH + 1)
    rows, columns = (floats(points[:, axis, None] + directions[:, axis, None] * steps) for axis in (0, 1))
    lines = cv2.remap(lab, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float64)
    grain = np.maximum(_grain(lines[:, : REACH - CORE + 1]), _grain(lines[:, REACH + CORE :]))
    found = np.linalg.norm(np.diff(lines, axis=1), axis=-1) / (1 + grain / HIDING)[:, None]
    return np.maximum(0, found - np.median(found, axis=1, keepdims=True))


def _grain(side: F64) -> F64:
    """N: how much the colours of each line's end differ among themselves, in ΔE."""
    return np.sqrt(((side - side.mean(1, keepdims=True)) ** 2).sum(-1).mean(1))
