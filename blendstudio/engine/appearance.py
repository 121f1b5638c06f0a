"""An object and its surroundings in numbers: what the harmoniser looks at.

Everything is measured on a small square picture of the object and as much again round it.
"""

from typing import TYPE_CHECKING, NamedTuple, cast

import cv2
import numpy as np

from blendstudio.core.geometry import IntRect, Rect, Size
from blendstudio.core.masking import bounds
from blendstudio.core.types import F32, Bool, floats

if TYPE_CHECKING:
    from torch import Tensor, nn

    from blendstudio.engine.nets.efficientnet_lite import EfficientNetLite

SIDE = 192  # pixels of a scene's picture
SMALL = 112  # pixels of the pictures that are measured: a reduced scene, and the object alone
AROUND = 0.6  # of the object's longer side: how far the picture goes beyond its box
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
PERCENTILES = (2, 10, 25, 50, 75, 90, 98)
COLOUR_PERCENTILES = (5, 10, 25, 50, 75, 90, 95)
MOST = 1600  # pixels of a region that are looked at
NEAR_REACH = 15.5  # pixels of the small picture from the object: the near surroundings
NEAR = 9  # pixels across the window in which the two sides of an edge are compared
ALIKE = np.array([0.5, 0.3, 0.3, 0.25], np.float32)  # a step this large makes two sides strangers
FEWEST = 16  # pixels of a region
SQUARE = np.ones((3, 3), np.uint8)
TAPS = (0, 2, 4, 10, 15)  # blocks of the classifier whose features are read


class Scene(NamedTuple):
    """A small paste: n×n×3 sRGB in 0..1, and the object's pixels, n×n."""

    rgb: F32
    mask: Bool


def window(box: Rect, size: Size, around: float = AROUND) -> IntRect:
    """The part of a picture of `size` that a scene of the object in `box` shows."""
    reach = around * max(box.width, box.height)
    return box.grown(reach, reach).whole(size)


def squared(picture: np.ndarray, side: int = SIDE) -> np.ndarray:
    """H×W or H×W×C, averaged or enlarged to side×side."""
    how = cv2.INTER_AREA if min(picture.shape[:2]) >= side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (side, side), interpolation=how))


def reduced(scene: Scene) -> Scene:
    """The same scene at SMALL×SMALL."""
    return Scene(floats(squared(scene.rgb, SMALL)), squared(scene.mask.astype(np.float32), SMALL) > 0.5)


def alone(scene: Scene) -> Scene:
    """The object alone on grey, stretched to SMALL×SMALL. The mask is not empty."""
    box = bounds(scene.mask)
    if box is None:
        raise ValueError("an empty mask shows no object")
    place = box.whole(Size(scene.mask.shape[1], scene.mask.shape[0])).slices
    mask = scene.mask[place]
    rgb = np.where(mask[..., None], scene.rgb[place], np.float32(0.5))
    how = cv2.INTER_LINEAR if max(mask.shape) < SMALL else cv2.INTER_AREA
    size = (SMALL, SMALL)
    weight = cv2.resize(mask.astype(np.float32), size, interpolation=how)
    return Scene(floats(cv2.resize(rgb, size, interpolation=how)), weight > 0.5)


class Surroundings:
    """What of a reduced scene does not depend on the light on its object: where to look, and what is round it."""

    def __init__(self, scene: Scene) -> None:
        solid = scene.mask.astype(np.uint8)
        distance = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
        core = cv2.erode(solid, SQUARE) > 0
        self.core = core if core.sum() > 40 else scene.mask
        far, near = ~scene.mask, (distance <= NEAR_REACH) & (cv2.dilate(solid, SQUARE) == 0)
        self.regions = tuple(_region(scene.rgb[place]) for place in (far, near))
        contrasts = _contrasts(scene.rgb)
        self.textures = tuple(_texture(contrasts, place) for place in (far, near))


def statistics(scene: Scene, around: Surroundings | None = None) -> F32:
    """One row of numbers of a reduced scene: colours and texture of object, picture and ring, and the edge's steps."""
    around = around or Surroundings(scene)
    own, texture = _region(scene.rgb[around.core]), _texture(_contrasts(scene.rgb), around.core)
    parts = [own, *around.regions, *(own - other for other in around.regions)]
    parts += [texture, *around.textures, *(texture - other for other in around.textures)]
    return floats(np.concatenate([*parts, _edge_steps(scene), [scene.mask.mean()]]))


def deep_features(model: "nn.Module", scenes: list[Scene]) -> F32:
    """N×D means (and in early blocks spreads) of a classifier's features.

    They are taken inside and outside the objects in the reduced scenes, and of the objects alone. `model` is an
    EfficientNetLite in any precision.
    """
    import torch
    from torch.nn import functional as F

    net = cast("EfficientNetLite", model)
    like, count = net.classifier.weight, len(scenes)
    seen = [*map(reduced, scenes), *map(alone, scenes)]
    rgb = torch.from_numpy(np.stack([scene.rgb for scene in seen]).transpose(0, 3, 1, 2).copy())
    x = ((rgb * 255 - 127) / 128).to(like.device, like.dtype, memory_format=torch.channels_last)
    inside = torch.from_numpy(np.stack([scene.mask for scene in seen]).astype(np.float32)).to(like.device)[:, None]
    whole: list[Tensor] = []
    single: list[Tensor] = []
    with torch.inference_mode():
        x = F.relu6(net.stem(x))
        for number, block in enumerate(net.blocks):
            x = block(x)
            if number in TAPS:
                weight = F.interpolate(inside, x.shape[-2:], mode="area")
                own = _moments(x.float(), weight, spread=number < 5)
                whole += [part[:count] for part in own]
                whole += _moments(x[:count].float(), 1 - weight[:count], spread=number < 5)
                single += [part[count:] for part in own]
        x = F.relu6(net.head(x[count:])).float()
        single += _moments(x, F.interpolate(inside[count:], x.shape[-2:], mode="area"), spread=False)
    return torch.cat([*whole, *single], 1).cpu().numpy()


def _moments(x: "Tensor", weight: "Tensor", *, spread: bool) -> "list[Tensor]":
    """N×C weighted means of N×C×h×w features, and their standard deviations."""
    total = weight.sum((2, 3)) + 1e-3
    mean = (x * weight).sum((2, 3)) / total
    if not spread:
        return [mean]
    return [mean, ((x * x * weight).sum((2, 3)) / total - mean * mean).clamp(min=0).sqrt()]


def _light(rgb: F32) -> F32:
    """sRGB -> linear light."""
    return floats(np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4))


def _region(rgb: F32) -> F32:
    """Statistics of n×3 pixels; few pixels are repeated, none are grey, and of many every so many-th is looked at."""
    if len(rgb) < FEWEST:
        rgb = np.repeat(rgb if len(rgb) else np.full((1, 3), 0.5, np.float32), FEWEST, 0)
    rgb = np.ascontiguousarray(rgb[:: -(-len(rgb) // MOST)])
    lab = cv2.cvtColor(rgb.reshape(-1, 1, 3), cv2.COLOR_RGB2LAB).reshape(-1, 3) / 100
    top, low = rgb.max(-1), rgb.min(-1)
    chroma, saturation = np.hypot(lab[:, 1], lab[:, 2]), (top - low) / (top + 0.02)
    values = np.column_stack([lab, chroma, saturation, top, low, rgb])
    light = _light(rgb)
    log = np.log(light + 0.01)
    red, blue = log[:, 0] - log[:, 1], log[:, 2] - log[:, 1]
    casts = np.column_stack([red, blue, np.hypot(red, blue)])
    return np.concatenate(
        [
            _quantiles(values, PERCENTILES),
            values.mean(0),
            values.std(0),
            casts[:, :2].mean(0),
            log.mean(0),
            log.std(0),
            [(top > 0.98).mean(), (low < 0.02).mean()],
            _quantiles(casts, COLOUR_PERCENTILES),
            casts.std(0),
            [casts[:, 2].mean()],
            _illuminants(light),
            [
                (saturation < 0.1).mean(),
                (saturation < 0.25).mean(),
                (saturation > 0.6).mean(),
                (saturation > 0.85).mean(),
            ],
            _quantiles(np.column_stack([lab[:, 0], top, low, chroma]), (0.5, 99.5)),
            _together(lab[:, 0], chroma),
            (rgb < 0.006).mean(0),
            (rgb > 0.994).mean(0),
        ]
    ).astype(np.float32)


def _quantiles(values: np.ndarray, percentiles: tuple[float, ...]) -> np.ndarray:
    """Percentiles × columns of n×columns, flat."""
    ordered = np.sort(values, axis=0)
    return ordered[np.round(np.array(percentiles) / 100 * (len(ordered) - 1)).astype(int)].ravel()


def _illuminants(light: F32) -> list[float]:
    """Red and blue against green, and green, of the light itself, guessed in two ways from n×3 linear pixels.

    The guesses are a mean that heeds bright pixels (shades of grey, Finlayson and Trezzi, 2004) and the brightest 5 %.
    """
    total = light.sum(1)
    bright = light[total >= np.sort(total)[int(0.95 * (len(total) - 1))]].mean(0)
    guesses = (np.log(value + 0.01) for value in ((light**6).mean(0) ** (1 / 6), bright))
    return [value for red, green, blue in guesses for value in (red - green, blue - green, green)]


def _together(lightness: np.ndarray, chroma: np.ndarray) -> list[float]:
    """How chroma goes with lightness: the slope and the correlation."""
    one, other = lightness - lightness.mean(), chroma - chroma.mean()
    both = (one * other).mean()
    return [both / (one.var() + 1e-3), both / np.sqrt(one.var() * other.var() + 1e-6)]


def _contrasts(rgb: F32) -> tuple[F32, F32]:
    """How much light and colour change from pixel to pixel."""
    light = np.log(_light(rgb) @ LUMA + 0.01).astype(np.float32)
    across, down = (np.abs(cv2.Sobel(light, -1, x, 1 - x, scale=0.25)) for x in (1, 0))
    return across + down, np.abs(cv2.Sobel(rgb.max(-1) - rgb.min(-1), -1, 1, 0, scale=0.25))


def _texture(contrasts: tuple[F32, F32], place: Bool) -> F32:
    """The contrasts of a place, in light (mean, median, 90th percentile) and in colour, as logs."""
    if place.sum() < FEWEST:
        return np.full(4, np.log(1e-3), np.float32)
    light, colour = contrasts
    found = np.sort(light[place])
    middle, high = found[len(found) // 2], found[int(0.9 * (len(found) - 1))]
    return np.log(np.array([found.mean(), middle, high, colour[place].mean()], np.float32) + np.float32(1e-3))


def _edge_steps(scene: Scene) -> F32:
    """How much brighter, redder, bluer and more vivid the object is than what touches it, where both look alike."""
    solid = scene.mask.astype(np.uint8)
    grown, shrunk = cv2.dilate(solid, SQUARE), cv2.erode(solid, SQUARE)
    light = _light(scene.rgb) + np.float32(0.01)
    top, low = scene.rgb.max(-1), scene.rgb.min(-1)
    green = np.log(light[..., 1])
    values = [np.log(light @ LUMA), np.log(light[..., 0]) - green, np.log(light[..., 2]) - green]
    picture = np.dstack([*values, (top - low) / (top + 0.05)]).astype(np.float32)
    inner, outer = shrunk.astype(np.float32), 1 - grown.astype(np.float32)
    inner_count, outer_count = _summed(inner), _summed(outer)
    edge = (grown > shrunk) & (inner_count > 6) & (outer_count > 6)
    if edge.sum() < 8:
        return np.zeros(4 * len(PERCENTILES) + 12, np.float32)
    inner_mean = _summed(picture * inner[..., None])[edge] / inner_count[edge][:, None]
    steps = inner_mean - _summed(picture * outer[..., None])[edge] / outer_count[edge][:, None]
    strange = np.abs(steps / ALIKE).sum(1)
    weight = np.exp(-strange)
    mean = (steps * weight[:, None]).sum(0) / (weight.sum() + 1e-6)
    alike = float(weight.mean())
    return np.concatenate(
        [
            np.percentile(steps, PERCENTILES, axis=0).ravel(),
            mean,
            [alike, np.log(alike + 1e-4), len(steps) / 500, strange.min()],
            np.abs(steps).mean(0),
        ]
    ).astype(np.float32)


def _summed(values: F32) -> F32:
    side = (NEAR, NEAR)
    return floats(cv2.boxFilter(values, -1, side, normalize=False, borderType=cv2.BORDER_CONSTANT))
