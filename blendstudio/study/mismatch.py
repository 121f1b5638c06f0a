"""Objects that do not fit their photo: a fixed list of mismatches for measuring, random ones for training.

A change is a row of five log2 numbers, as in `engine/correction.py`.
"""

from math import log2
from typing import NamedTuple

import cv2
import numpy as np
import torch

from blendstudio.core.geometry import Size
from blendstudio.core.masking import bounds
from blendstudio.core.types import F64, U8, Bool, floats
from blendstudio.engine.appearance import AROUND, Scene, squared, window
from blendstudio.engine.correction import changed

SIDE = 512  # pixels: photos are squeezed to SIDE×SIDE
HIDDEN = 3  # pixels by which the object's region is grown before it is painted over
STRENGTHS = (2 / 3, 4 / 3)  # mild and strong; 1 is once what is listed
WARM = (log2(1.25), log2(0.8))
KINDS: dict[str, tuple[float, ...]] = {
    "bright": (0.8, 0, 0, 0, 0),
    "dark and cool": (-0.8, log2(0.85), log2(1.3), 0, 0),
    "flat": (0, 0, 0, log2(0.7), 0),
    "deep": (0, 0, 0, log2(1.4), 0),
    "dull": (0, 0, 0, 0, log2(0.35)),
    "vivid and warm": (0, *WARM, 0, 1),
    "vivid and bright": (0.4, 0, 0, 0, log2(1.8)),
    "warm": (0, *WARM, 0, 0),
}
UNCHANGED = "none"


class Mismatch(NamedTuple):
    """A kind, its strength and the change: 16 of the list, and none."""

    kind: str
    strength: float
    change: tuple[float, ...]


def listed() -> list[Mismatch]:
    """Every kind at both strengths, then the unperturbed control."""
    rows = [Mismatch(k, s, tuple(part * s for part in change)) for k, change in KINDS.items() for s in STRENGTHS]
    return [*rows, Mismatch(UNCHANGED, 0, (0.0,) * 5)]


def perturbed(rgb: U8, change: tuple[float, ...] | F64) -> U8:
    """The pixels n×3 or H×W×3 with a change made to them, in 8 bits again."""
    if not np.any(change):
        return rgb
    pixels = torch.from_numpy(floats(rgb, 255).reshape(1, -1, 3))
    result = changed(pixels, torch.tensor([[float(part) for part in change]]))
    return (result * 255).round().to(torch.uint8).numpy().reshape(rgb.shape)


def hidden(photo: U8, mask: Bool) -> U8:
    """The photo with the object, grown by HIDDEN pixels, painted over: no method may see what was there."""
    return painted_over(photo, mask, HIDDEN)


def painted_over(photo: U8, mask: Bool, grown: int) -> U8:
    """The photo with what the mask, grown by so many pixels, covers made up from what is round it."""
    covered = cv2.dilate(mask.astype(np.uint8), np.ones((2 * grown + 1,) * 2, np.uint8))
    return np.asarray(cv2.inpaint(photo, covered, 3, cv2.INPAINT_TELEA), np.uint8)


def square(photo: U8, mask: Bool) -> tuple[U8, Bool]:
    """A photo and a mask at SIDE×SIDE."""
    small = cv2.resize(mask.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA) > 0.5
    return np.asarray(cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8), small


def scene_of(picture: U8, mask: Bool, around: float = AROUND) -> Scene:
    """The scene of the object `mask` in a picture, as the pipeline makes it. The mask is not empty."""
    box = bounds(mask)
    if box is None:
        raise ValueError("an empty mask has no scene")
    view = window(box, Size(picture.shape[1], picture.shape[0]), around).slices
    return Scene(floats(squared(picture[view]), 255), squared(mask[view].astype(np.float32)) > 0.5)


def random_change(rng: np.random.Generator) -> F64:
    """Sometimes none, else a kind of the list more or less, or any parts, from barely visible to strong."""
    kind = rng.random()
    if kind < 0.08:
        return np.zeros(5)
    if kind >= 0.55:
        change = _any_parts(rng)
        while not change.any():
            change = _any_parts(rng)
        return change
    change = np.array(list(KINDS.values())[int(rng.integers(len(KINDS)))]) * rng.uniform(0.4, 1.5)
    return change * (1 + rng.normal(0, 0.12, 5)) + rng.normal(0, 0.03, 5) * (rng.random(5) < 0.3)


def _any_parts(rng: np.random.Generator) -> F64:
    """None, or one part, or two or three at once."""
    change = np.zeros(5)
    if rng.random() < 0.15:
        return change
    k = rng.uniform(0.3, 1.1)
    parts = 1 if rng.random() < 0.5 else int(rng.integers(2, 4))
    for part in rng.choice(4, parts, replace=False):
        if part == 0:
            change[0] = rng.uniform(-1.1, 1.0) * k
        elif part == 1:
            cast = rng.uniform(-0.42, 0.42) * k
            change[1:3] = cast + rng.normal(0, 0.06) * k, -cast + rng.normal(0, 0.06) * k
        elif part == 2:
            change[3] = rng.uniform(-0.65, 0.62) * k
        else:
            change[4] = (rng.uniform(-1.7, 0) if rng.random() < 0.5 else rng.uniform(0, 1.15)) * k
    return change


def random_light(rng: np.random.Generator) -> F64:
    """A change of a whole photo, so that few photos stand for many."""
    k = rng.uniform(0, 0.6)
    tone = (rng.uniform(-0.5, 0.5) * k, np.log2(1 + rng.uniform(-0.4, 0.4) * k))
    return np.array([rng.uniform(-0.7, 0.5) * k, rng.normal(0, 0.15) * k, rng.normal(0, 0.15) * k, *tone])
