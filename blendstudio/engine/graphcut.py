"""GrabCut (Rother et al., 2004), solved on a reduced crop: colours alone, no net."""

import cv2
import numpy as np

from blendstudio.core.geometry import IntRect
from blendstudio.core.types import F32, U8

OUTSIDE, INSIDE, MAYBE_OUTSIDE, MAYBE_INSIDE = cv2.GC_BGD, cv2.GC_FGD, cv2.GC_PR_BGD, cv2.GC_PR_FGD
SIDE = 320
NO_RECTANGLE = (0, 0, 0, 0)


def cut(rgb: U8, guess: U8, window: IntRect, rounds: int, side: int = SIDE) -> F32:
    """The inside of a guess, H×W of the four labels, as H×W in 0..1; looks at `window` alone, at most `side` wide.

    The same input gives the same result: OpenCV's random numbers start anew.
    """
    crop, labels = rgb[window.slices], guess[window.slices]
    scale = min(1.0, side / max(window.size))
    size = (max(8, int(window.size.width * scale)), max(8, int(window.size.height * scale)))
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    found = np.asarray(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    if _has_both(found):
        cv2.setRNGSeed(1)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(small, found, NO_RECTANGLE, *models, rounds, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(found, (INSIDE, MAYBE_INSIDE)).astype(np.float32)
    whole = np.zeros(guess.shape, np.float32)
    whole[window.slices] = cv2.resize(inside, window.size, interpolation=cv2.INTER_LINEAR)
    return whole


def _has_both(labels: U8) -> bool:
    inside = np.isin(labels, (INSIDE, MAYBE_INSIDE))
    return bool(inside.any() and not inside.all())
