"""Pixels as screens want them: blue, green, red, alpha, premultiplied, at full size and smaller.

OpenCV does the work, which lets other threads go on meanwhile.
"""

import cv2
import numpy as np

from blendstudio.core.types import U8


def premultiplied(rgba: U8) -> U8:
    """H×W×4 blue, green, red, alpha with colours times alpha, from straight red, green, blue, alpha."""
    bgra = np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), np.uint8)
    alpha = np.ascontiguousarray(rgba[..., 3])
    if alpha.min() == 255:
        return bgra
    colours = [cv2.multiply(channel, alpha, scale=1 / 255) for channel in cv2.split(bgra)[:3]]
    return np.asarray(cv2.merge([*colours, alpha]), np.uint8)


def halvings(picture: U8, least: int) -> tuple[U8, ...]:
    """The picture, its half, its quarter and so on, as long as the shorter side has `least` pixels."""
    levels = [picture]
    while min(levels[-1].shape[:2]) >= 2 * least:
        height, width = levels[-1].shape[:2]
        half = cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(half, np.uint8))
    return tuple(levels)
