"""What the harmoniser learns from: photos with masks, and random mismatches made from them."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from skimage.segmentation import felzenszwalb
from torch import nn

from blendstudio import api
from blendstudio.core.types import F32, U8, Bool, floats
from blendstudio.engine.appearance import Scene, Surroundings, deep_features, reduced, statistics
from blendstudio.engine.saliency import reduced as shrunk
from blendstudio.engine.saliency import salience
from blendstudio.study.cases import LISTING, read_cases
from blendstudio.study.mismatch import painted_over, perturbed, random_change, random_light, scene_of

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
LARGEST = 900  # pixels on the long side
COLOURLESS = 8  # levels: a photo less colourful than this is left out
CLEAR = 0.12  # of a photo may be neither salient nor not
SALIENT = (0.01, 0.45)  # of a photo is what a salient mask covers
SEGMENT = (0.015, 0.25)  # and a segment of like colour
SEGMENTED = 320  # pixels on the long side where segments are sought
RARE = 0.35  # how often a segment is taken, against something salient
PIXELS = 160  # of an object that a sample keeps
TURNS = 4  # mismatches made of one view
WHOLE = 50.0  # of an object's side: surroundings that wide are all of the photo


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo and the masks that hands drew, if any did."""

    id: str
    rgb: U8
    masks: tuple[Bool, ...] = ()

    @property
    def drawn(self) -> bool:
        """Whether it came with masks."""
        return bool(self.masks)


class Samples(NamedTuple):
    """N mismatches of one photo.

    Statistics N×S, deep features N×D in half precision, changes N×5 as in `correction`, and pixels N×PIXELS×3 as
    pasted and as they were.
    """

    rows: F32
    deep: np.ndarray
    change: F32
    pasted: U8
    truth: U8


def read_photos(folder: Path) -> list[Photo]:
    """A folder with `dataset.json` gives its photos and masks; any other its photos."""
    if (folder / LISTING).is_file():
        return [
            Photo(f"{folder.name}__{case.id}", case.photo(), tuple(thing.truth() for thing in case.things))
            for case in read_cases(folder)
        ]
    return [
        Photo(f"{path.parent.name}__{path.name}", shrunk(np.asarray(Image.open(path).convert("RGB")), LARGEST))
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
    ]


def objects(photo: Photo, net: nn.Module, rng: np.random.Generator) -> tuple[list[Bool], list[float]]:
    """Masks, and how often to take each: the drawn ones, or what stands out and one segment of like colour."""
    if photo.drawn:
        return list(photo.masks), [1.0] * len(photo.masks)
    if np.ptp(photo.rgb, axis=-1).mean() < COLOURLESS:
        return [], []
    found = salience(net, photo.rgb)
    salient = found > 0.5
    clear = ((found > 0.2) & (found < 0.8)).mean() < CLEAR and SALIENT[0] < salient.mean() < SALIENT[1]
    masks = [salient] if clear else []
    alike = segment(photo.rgb, rng)
    often = [1.0] * len(masks) + [RARE] * (alike is not None)
    return masks + ([] if alike is None else [alike]), often


def segment(rgb: U8, rng: np.random.Generator) -> Bool | None:
    """A random region of like colour (Felzenszwalb and Huttenlocher, 2004); None where none has a fair size."""
    k = SEGMENTED / max(rgb.shape[:2])
    small = cv2.resize(rgb, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
    labels = felzenszwalb(small, scale=500, sigma=1.0, min_size=400)
    numbers, counts = np.unique(labels, return_counts=True)
    fair = [n for n, count in zip(numbers, counts, strict=True) if SEGMENT[0] < count / labels.size < SEGMENT[1]]
    if not fair:
        return None
    rng.shuffle(fair)
    closed = cv2.morphologyEx((labels == fair[0]).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return cv2.resize(closed, rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0


class View(NamedTuple):
    """A small picture, its object's mask, and the picture with the object painted over."""

    truth: U8
    mask: Bool
    background: U8


def view(rgb: U8, mask: Bool, rng: np.random.Generator) -> View | None:
    """A random window round an object, lit and flipped at random; None where too little is to be seen."""
    kind = rng.random()
    around = rng.uniform(0.4, 0.8) if kind < 0.6 else rng.uniform(0.1, 2) if kind < 0.85 else WHOLE
    scene = scene_of(rgb, mask, around)
    if scene.mask.sum() < 120 or (~scene.mask).sum() < 1200:
        return None
    picture, mask = (scene.rgb * 255).round().astype(np.uint8), scene.mask
    if rng.random() < 0.7:
        picture = perturbed(picture, random_light(rng))
    if rng.random() < 0.5:
        picture, mask = np.ascontiguousarray(picture[:, ::-1]), np.ascontiguousarray(mask[:, ::-1])
    grown = int(rng.integers(1, 4))
    background = painted_over(picture, mask, grown) if rng.random() < 0.9 else picture
    return View(picture, mask, background)


def samples_of(photo: Photo, counts: tuple[int, int], seed: int, models: tuple[nn.Module, nn.Module]) -> Samples | None:
    """Mismatches of one photo, of each kind of mask (drawn, found) so many; None when nothing is to be seen in it.

    `models` find what is salient, and read features.
    """
    rng = np.random.default_rng([seed, *photo.id.encode()])
    masks, often = objects(photo, models[0], rng)
    if not masks:
        return None
    share = np.array(often) / sum(often)
    count = counts[0] if photo.drawn else counts[1] if 1.0 in often else counts[1] // 2
    made: list[Samples] = []
    for _ in range(3 * count // TURNS):
        found = view(photo.rgb, masks[int(rng.choice(len(masks), p=share))], rng)
        if found:
            made.append(mismatches(found, rng, models[1]))
        if len(made) * TURNS >= count:
            break
    return Samples(*(np.concatenate(part) for part in zip(*made, strict=True))) if made else None


def mismatches(seen: View, rng: np.random.Generator, words: nn.Module) -> Samples:
    """TURNS random changes of the object in a view."""
    own, around = seen.truth[seen.mask], None
    scenes, rows, changes, pasted, truth = [], [], [], [], []
    for _ in range(TURNS):
        changes.append(random_change(rng))
        pixels = perturbed(own, changes[-1])
        picture = seen.background.copy()
        picture[seen.mask] = pixels
        places = rng.integers(len(own), size=PIXELS)
        pasted.append(pixels[places])
        truth.append(own[places])
        scenes.append(Scene(floats(picture, 255), seen.mask))
        small = reduced(scenes[-1])
        around = around or Surroundings(small)
        rows.append(statistics(small, around))
    return Samples(
        np.stack(rows),
        deep_features(words, scenes).astype(np.float16),
        np.stack(changes).astype(np.float32),
        np.stack(pasted),
        np.stack(truth),
    )


def _one_photo(photo: Photo, folder: Path, counts: tuple[int, int], seed: int) -> None:
    """Leaves the photo's samples in `folder`, an empty file where it has none; what an earlier run left is kept."""
    path = folder / f"{photo.id}.safetensors"
    if path.is_file():
        return
    made = samples_of(photo, counts, seed, _models())
    part = path.with_suffix(".part")
    save_file({} if made is None else {k: torch.from_numpy(v) for k, v in made._asdict().items()}, part)
    part.rename(path)


@cache
def _models() -> tuple[nn.Module, nn.Module]:
    """What finds salient things, and in half precision what reads features: which is exact enough."""
    nets = api.nets("auto", "auto")
    saliency, words = nets.net("saliency"), nets.net("words").bfloat16()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    return saliency, words


def make_samples(photos: list[Photo], counts: tuple[int, int], seed: int, folder: Path) -> list[Samples | None]:
    """The samples of every photo, on all processors, kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(_one_photo, folder=folder, counts=counts, seed=seed), photos))
    return [_kept(folder / f"{photo.id}.safetensors") for photo in photos]


def _kept(path: Path) -> Samples | None:
    tensors = load_file(path)
    return Samples(*(tensors[name].numpy() for name in Samples._fields)) if tensors else None
