"""Small pictures in the layout of a data folder, and a pair of them."""

import cv2
import numpy as np

from blendstudio import api
from blendstudio.core.document import AS_GIVEN, Mask
from blendstudio.core.geometry import Placement, Point
from blendstudio.core.pixels import from_rgb
from blendstudio.study import pairs

TRIPLE, RADIUS = 100, 30  # pixels of a triple's pictures; its mask is a disc


def slope(side, seed=0):
    """Green and blue slopes with fine grain."""
    y, x = np.mgrid[:side, :side] / side
    grain = np.random.default_rng(seed).uniform(-8, 8, (side, side, 3))
    return np.clip(np.dstack([40 + 40 * x, 90 + 70 * y, 120 + 60 * x]) + grain, 0, 255).astype(np.uint8)


def disc(side, radius):
    """A mask, 0 and 255."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.where(np.hypot(y, x) < radius, 255, 0).astype(np.uint8)


def photo(path, side=120):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), slope(side)[..., ::-1])


def triple(folder, number):
    (folder / "triples").mkdir(parents=True, exist_ok=True)
    source = np.full((TRIPLE, TRIPLE, 3), (40, 40, 215), np.uint8)
    for name, picture in (("source", source), ("mask", disc(TRIPLE, RADIUS)), ("target", slope(TRIPLE))):
        assert cv2.imwrite(str(folder / "triples" / f"{number}_{name}.png"), picture)


def pair(name="disc", seed=0, side=64):
    """A red disc in the middle of a slope."""
    source = np.full((side, side, 3), (215, 60, 40), np.uint8)
    source[::4] = (180, 90, 60)
    found = api.Found(Mask(auto=disc(side, side / 4), refine=AS_GIVEN))
    place = Placement(Point(side / 2, side / 2), 1.0)
    return pairs.placed(name, seed, (from_rgb(source), from_rgb(slope(side, seed))), found, place)
