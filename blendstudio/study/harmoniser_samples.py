"""What the harmoniser learns from: photos with masks, and random mismatches made from them."""

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
from blendstudio.engine.appearance import Scene, deep_features, squared, statistics
from blendstudio.engine.saliency import reduced, salience
from blendstudio.study.cases import LISTING, read_cases
from blendstudio.study.mismatch import perturbed, random_change, random_light, scene_of

SUFFIXES = {".png", ".jpg", ".jpeg"}
LARGEST = 900  # pixels on the long side
LOOKS = 7  # parts of a photo in which something salient is looked for
MASKS = 3  # of one photo
PIXELS = 192  # of an object that a sample keeps
TURNS = 3  # mismatches made of one view
COLOURLESS = 8  # levels: a photo less colourful than this is left out


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo, its objects' masks, and whether hands drew them."""

    id: str
    rgb: U8
    masks: tuple[Bool, ...]
    drawn: bool


class Samples(NamedTuple):
    """N mismatches of one photo: statistics N×S, deep features N×D, pixels N×PIXELS×3 as pasted and as they were."""

    rows: F32
    deep: F32
    pasted: U8
    truth: U8


def read_photos(folder: Path, net: nn.Module, say: Callable[[str], None]) -> list[Photo]:
    """A folder with `dataset.json` gives its photos and masks; any other its photos, with what is salient in them."""
    if (folder / LISTING).is_file():
        cases = read_cases(folder)
        return [Photo(case.id, case.photo(), tuple(thing.truth() for thing in case.things), True) for case in cases]
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES):
        rgb = reduced(np.asarray(Image.open(path).convert("RGB")), LARGEST)
        rng = np.random.default_rng([len(found), *path.name.encode()])
        masks = salient(rgb, net, rng) if np.ptp(rgb, axis=-1).mean() >= COLOURLESS else ()
        say(f"{path.name}: {len(masks)} masks")
        if masks:
            found.append(Photo(path.name, rgb, masks, False))
    return found


def salient(rgb: U8, net: nn.Module, rng: np.random.Generator) -> tuple[Bool, ...]:
    """Masks of what stands out clearly in random parts of a photo; none where nothing does."""
    height, width = rgb.shape[:2]
    masks: list[Bool] = []
    for _ in range(LOOKS):
        share = rng.uniform(0.35, 1)
        high, wide = int(height * share), int(width * share)
        y, x = int(rng.integers(height - high + 1)), int(rng.integers(width - wide + 1))
        found = salience(net, np.ascontiguousarray(rgb[y : y + high, x : x + wide]))
        mask = np.zeros((height, width), bool)
        mask[y : y + high, x : x + wide] = found > 0.5
        clear = ((found > 0.2) & (found < 0.8)).mean() < 0.12
        if clear and 0.01 < mask.mean() < 0.45:
            masks.append(mask)
        if len(masks) == MASKS:
            break
    return tuple(masks)


def view(photo: Photo, rng: np.random.Generator) -> Scene | None:
    """A random window round a random object, flipped and lit at random; None where too little is to be seen."""
    mask = photo.masks[int(rng.integers(len(photo.masks)))]
    if rng.random() < 0.3:
        scene = Scene(floats(squared(photo.rgb), 255), squared(mask.astype(np.float32)) > 0.5)
    else:
        scene = scene_of(photo.rgb, mask, rng.uniform(0.1, 2.0))
    if scene.mask.sum() < 40 or (~scene.mask).sum() < 400:
        return None
    rgb = (scene.rgb * 255).round().astype(np.uint8)
    if rng.random() < 0.7:
        rgb = perturbed(rgb, random_light(rng))
    flip = slice(None, None, -1 if rng.random() < 0.5 else 1)
    return Scene(floats(rgb[:, flip], 255), scene.mask[:, flip])


def samples_of(photo: Photo, count: int, seed: int, net: nn.Module) -> Samples | None:
    """About `count` mismatches of one photo; None when its objects are too small."""
    rng = np.random.default_rng(seed)
    made: list[tuple[Scene, U8, U8]] = []
    for _ in range(4 * count // TURNS):
        scene = view(photo, rng)
        if scene is None:
            continue
        truth = (scene.rgb * 255).round().astype(np.uint8)
        for _ in range(TURNS):
            picture = truth.copy()
            picture[scene.mask] = perturbed(truth[scene.mask], random_change(rng))
            places = rng.integers(int(scene.mask.sum()), size=PIXELS)
            kept = (picture[scene.mask][places], truth[scene.mask][places])
            made.append((Scene(floats(picture, 255), scene.mask), *kept))
        if len(made) >= count:
            break
    if not made:
        return None
    scenes = [one[0] for one in made]
    rows = np.stack([statistics(scene) for scene in scenes])
    deep = np.concatenate([deep_features(net, scenes[start : start + 24]) for start in range(0, len(scenes), 24)])
    return Samples(rows, deep, np.stack([one[1] for one in made]), np.stack([one[2] for one in made]))


def _one_photo(job: tuple[Photo, int, int]) -> Samples | None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    return samples_of(*job, api.nets("auto", "auto").net("words"))


def make_samples(photos: list[Photo], count: int, seed: int) -> list[Samples | None]:
    """The samples of every photo, on all processors."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(_one_photo, [(photo, count, seed + n) for n, photo in enumerate(photos)]))
