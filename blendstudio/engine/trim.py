"""Takes the old surroundings off a mask that is too wide.

The rim of a loose mask shows what was behind the object in its own photo. Where the rim looks like that, the target
shows instead; an edge of the object's own ends it.
"""

import cv2
import numpy as np

from blendstudio.core.types import F32, Bool, floats

LIKE = 0.06  # a difference in Lab, over 100, that is still alike
SPREAD = 1.5  # how much the surroundings' own variance counts
CLEAR, SURE = 0.05, 0.45  # likeness from which a pixel of the rim goes a little, and wholly
FEWEST = 8  # pixels of the surroundings that must be near
STILL, LIVELY = 0.3 / 255, 1.0 / 255  # of colours: no change along the normal; a change along the edge
GRAINLESS = 0.5 / 255  # the Laplacian of a quarter of the pixels: no photo is so smooth
SQUARE = np.ones((3, 3), np.uint8)


def rim(source: F32, mask: Bool, band: int) -> F32:
    """How far the target shows through inside the mask, h×w in 0..1: only within `band` pixels of its edge.

    `source` is h×w×3 sRGB in 0..1, with its surroundings. All zeros when it has none: round a cut-out lie only the
    colours of its edge.
    """
    solid = mask.astype(np.uint8)
    ring = (cv2.dilate(solid, np.ones((2 * band + 1,) * 2, np.uint8)) > 0) & ~mask
    if not band or not ring.any() or _invented(source, mask, ring):
        return np.zeros(mask.shape, np.float32)
    depth = cv2.distanceTransform(np.pad(solid, 1, constant_values=1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    near = mask & (depth <= band)
    alike = _likeness(source, ring, 4 * band + 1) * near
    reached = alike * (depth <= 1.5)
    for _ in range(band):
        reached = np.minimum(cv2.dilate(reached, SQUARE), alike)
    share = np.clip((cv2.GaussianBlur(reached, (0, 0), 1.0) - CLEAR) / (SURE - CLEAR), 0, 1)
    ending = np.clip((band + 1 - depth) / (0.5 * band), 0, 1)
    return floats(share * share * (3 - 2 * share) * ending * mask)


def _likeness(source: F32, ring: Bool, side: int) -> F32:
    """How much every pixel looks like the ring within `side` pixels across, h×w in 0..1."""
    lab = floats(cv2.cvtColor(source, cv2.COLOR_RGB2LAB), 100)
    weight = ring.astype(np.float32)
    count = _summed(weight, side)
    mean, square = (_summed(x * weight[..., None], side) / (count[..., None] + 1e-4) for x in (lab, lab * lab))
    variance = np.maximum(square - mean * mean, 0)
    distance = ((lab - mean) ** 2 / (SPREAD * variance + LIKE**2)).sum(-1)
    return floats(np.exp(-0.5 * distance) * (count > FEWEST))


def _invented(source: F32, mask: Bool, ring: Bool) -> bool:
    """Whether the ring shows no place but colours of the mask's edge, repeated along the normal or spread smoothly."""
    if source[ring].std(0).mean() < LIVELY:
        return False  # a studio's plain backdrop
    found = cv2.distanceTransformWithLabels((~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    labels = np.asarray(found[1], np.intp)
    edge = np.zeros((int(labels.max()) + 1, 3), np.float32)
    edge[labels[mask]] = source[mask]
    change = np.abs(source[ring] - edge[labels[ring]]).mean(-1)
    detail = np.abs(cv2.Laplacian(source, cv2.CV_32F)).mean(-1)[ring]
    return bool(np.median(change) < STILL or np.percentile(detail, 25) < GRAINLESS)


def _summed(values: F32, side: int) -> F32:
    return floats(cv2.boxFilter(values, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT))
