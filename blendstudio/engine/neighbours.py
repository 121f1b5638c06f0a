"""Other objects in the object's own photo: does what comes along with it reach one of them (the paper's limitation,
section 5), and the mask without them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from blendstudio.core.document import Mask
from blendstudio.core.types import F32, U8
from blendstudio.engine.kinds import Candidate

INSIDE = 128  # of a mask's 255
SIDE = 1024  # pixels of a photo's longer side; of larger photos only every few pixels one is looked at


def others(mask: Mask | None, found: Iterable[Candidate]) -> list[Candidate]:
    """The finds that are other objects: not a part of this one, nor this one with more round it."""
    if mask is None or mask.auto is None:
        return []
    step = step_of(mask.auto)
    own = mask.auto[::step, ::step] >= INSIDE
    return [one for one in found if one.mask is not None and apart(own, one.mask[::step, ::step] >= INSIDE)]


def reached(mask: Mask | None, alpha: F32 | U8, context: float, found: Iterable[Candidate]) -> list[Candidate]:
    """The other objects that come along in part, beyond what was found: by dilation, a soft edge, or the context.

    `alpha` is the mask's, H×W; `context` is in its pixels. What the hand has added is meant to be there.
    """
    near = others(mask, found)
    if not near or mask is None or mask.auto is None:
        return []
    step = step_of(alpha)
    thin = (slice(None, None, step),) * 2
    ring = alpha[thin] > 0
    if context:
        inside = alpha[thin] >= (INSIDE if alpha.dtype == np.uint8 else 0.5)
        distance = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        ring |= distance < context / step + 1
    ring &= mask.auto[thin] < INSIDE
    for part in (mask.add, mask.exclude):
        if part is not None:
            ring &= part[thin] == 0
    return [one for one in near if one.mask is not None and (ring & (one.mask[thin] >= INSIDE)).any()]


def excluding(mask: Mask, found: Sequence[Candidate]) -> Mask:
    """The mask with all other objects left out of what comes along; unchanged when there are none."""
    masks = [one.mask for one in others(mask, found) if one.mask is not None]
    if not masks or mask.auto is None:
        return mask
    there = np.maximum.reduce(masks) >= INSIDE
    return replace(mask, exclude=np.where(there & (mask.auto < INSIDE), 255, 0).astype(np.uint8))


def warning(near: Sequence[Candidate]) -> str:
    """What to say when there are some: the ring is what comes along round the object."""
    return f"The ring reaches another {near[0].label or 'object'}."


def apart(own: np.ndarray, its: np.ndarray) -> bool:
    """Whether two masks, H×W bool, are two things: less than half of the smaller lies in the larger."""
    smaller = min(int(own.sum()), int(its.sum()))
    return 2 * int((own & its).sum()) < smaller


def step_of(picture: np.ndarray) -> int:
    """Of how many pixels one is looked at when masks are compared."""
    return math.ceil(max(picture.shape) / SIDE)
