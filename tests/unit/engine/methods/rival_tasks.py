"""One small task for the classical blenders: coloured noise, smooth and coarse, and an ellipse."""

import numpy as np
from scipy import ndimage

from blendstudio.engine.kinds import BlendTask


def noise(seed: int, height: int, width: int, grain: float = 3.0) -> np.ndarray:
    values = np.random.default_rng(seed).random((height, width, 3))
    return (ndimage.gaussian_filter(values, (grain, grain, 0)) * 3 - 1).clip(0.1, 0.9).astype(np.float32)


def ellipse(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width] + 0.5
    return ((y - height / 2) / (height / 3.2)) ** 2 + ((x - width / 2) / (width / 3.2)) ** 2 < 1


def task(source: np.ndarray, background: np.ndarray, mask: np.ndarray | None = None, zone: float = 8) -> BlendTask:
    mask = ellipse(*source.shape[:2]) if mask is None else mask
    return BlendTask(
        source, background, mask, mask.astype(np.float32), ndimage.distance_transform_edt(~mask) < zone, seed=1
    )
