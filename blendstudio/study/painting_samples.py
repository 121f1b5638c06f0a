"""What the judge of paintings learns from: windows of photos, of paintings, and of photos painted over."""

import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from PIL import Image
from torch import nn

from blendstudio import api
from blendstudio.core.types import F32, U8, Bool, floats
from blendstudio.engine.painting import texture
from blendstudio.engine.saliency import reduced
from blendstudio.study.brushwork import painted_over, worn

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
LARGEST = 1400  # pixels on the long side
NARROWEST = 64  # pixels of the short side: smaller pictures are left out
WINDOWS = (48, 320)  # pixels of a window's sides
CELLS = 32  # along the long side, in which a picture with holes is searched for a whole rectangle
THUMB, SAME = 24, 3.0  # pixels, levels: thumbnails that differ by less on average are of one picture
PIECE = re.compile(r"[-_][a-d]?\d$|_background$")  # ends the names of parts of one picture


@dataclass(frozen=True, eq=False)
class Picture:
    """A photo or a painting; `work` is the same for parts of one picture."""

    id: str
    work: str
    rgb: U8
    painting: bool


class Samples(NamedTuple):
    """Textures N×D of one picture: of the whole, of worn windows, and, of photos, of worn windows painted over."""

    whole: F32
    windows: F32
    synthetic: F32


def read_pictures(folder: Path, *, painting: bool, say: Callable[[str], None]) -> list[Picture]:
    """Every picture below a folder, twins and narrow ones left out; of one with holes its largest whole rectangle."""
    found: list[Picture] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES):
        rgba = np.asarray(Image.open(path).convert("RGBA"))
        part = whole_part(rgba[..., 3] > 250, rgba[..., :3])
        if min(part.shape[:2]) < NARROWEST:
            continue
        rgb = reduced(np.ascontiguousarray(part), LARGEST)
        found.append(Picture(path.name, PIECE.sub("", path.stem), rgb, painting))
    say(f"{folder}: {len(found)} pictures of {len({one.work for one in found})} works")
    return found


def distinct(pictures: list[Picture]) -> list[Picture]:
    """The pictures without those that show, under any name and at any size, what an earlier one shows."""
    kept: list[Picture] = []
    thumbs: list[F32] = []
    for picture in pictures:
        thumb = floats(cv2.resize(picture.rgb, (THUMB, THUMB), interpolation=cv2.INTER_AREA))
        if all(np.abs(thumb - other).mean() >= SAME for other in thumbs):
            kept.append(picture)
            thumbs.append(thumb)
    return kept


def whole_part(solid: Bool, rgb: U8) -> U8:
    """The largest rectangle of H×W×3 in which every pixel is solid, to about a thirtieth of the long side."""
    if solid.all():
        return rgb
    side = -(-max(solid.shape) // CELLS)
    rows, columns = (length // side for length in solid.shape)
    cells = np.asarray(solid[: rows * side, : columns * side].reshape(rows, side, columns, side).all((1, 3)))
    best, chosen = 0, (0, 0, 0, 0)
    for top in range(rows):
        for bottom in range(top + 1, rows + 1):
            edges = np.flatnonzero(np.diff(np.pad(cells[top:bottom].all(0).astype(np.int8), 1)))
            for left, right in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
                if (area := (bottom - top) * (right - left)) > best:
                    best, chosen = area, (top, bottom, left, right)
    top, bottom, left, right = (edge * side for edge in chosen)
    return rgb[top:bottom, left:right]


def window(rgb: U8, rng: np.random.Generator) -> U8:
    """A random part of H×W×3, flipped or not."""
    low, top = np.log(np.array(WINDOWS)).tolist()
    high, wide = (min(int(np.exp(rng.uniform(low, top))), side) for side in rgb.shape[:2])
    y, x = (int(rng.integers(side - part + 1)) for side, part in zip(rgb.shape[:2], (high, wide), strict=True))
    part = rgb[y : y + high, x : x + wide]
    return np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)


def samples_of(picture: Picture, count: int, seed: int, net: nn.Module) -> Samples:
    """The textures of one picture: `count` windows, and of a photo half as many painted over."""
    rng = np.random.default_rng(seed)

    def rows(parts: list[U8]) -> F32:
        return np.stack([texture(floats(part, 255), net) for part in parts])

    windows = rows([worn(window(picture.rgb, rng), rng) for _ in range(count)])
    synthetic = windows[:0]
    if not picture.painting:
        synthetic = rows([worn(painted_over(window(picture.rgb, rng), rng), rng) for _ in range(max(1, count // 2))])
    return Samples(rows([picture.rgb]), windows, synthetic)


def _one_picture(job: tuple[Picture, int, int]) -> Samples:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    return samples_of(*job, api.nets("auto", "auto").net("words"))


def make_samples(pictures: list[Picture], count: int, seed: int) -> list[Samples]:
    """The samples of every picture, on all processors."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(_one_picture, [(picture, count, seed + n) for n, picture in enumerate(pictures)]))
