"""An object and its surroundings in numbers: what the harmoniser looks at.

Everything is measured on a small square picture of the object and as much again round it.
"""

from typing import TYPE_CHECKING, NamedTuple, cast

import cv2
import numpy as np

from blendstudio.core.geometry import IntRect, Rect, Size
from blendstudio.core.types import F32, Bool, floats

if TYPE_CHECKING:
    from torch import Tensor, nn

    from blendstudio.engine.nets.efficientnet_lite import EfficientNetLite

SIDE = 112  # pixels of the small picture
AROUND = 0.6  # of the object's longer side: how far the picture goes beyond its box
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
PERCENTILES = (2, 10, 25, 50, 75, 90, 98)
RING = 31  # pixels across the brush that marks the near surroundings
NEAR = 9  # pixels across the window in which the two sides of an edge are compared
ALIKE = np.array([0.5, 0.3, 0.3, 0.25], np.float32)  # a step this large makes two sides strangers
FEWEST = 16  # pixels of a region
SQUARE = np.ones((3, 3), np.uint8)


class Scene(NamedTuple):
    """A small paste: SIDE×SIDE×3 sRGB in 0..1, and the object's pixels, SIDE×SIDE."""

    rgb: F32
    mask: Bool


def window(box: Rect, size: Size, around: float = AROUND) -> IntRect:
    """The part of a picture of `size` that a scene of the object in `box` shows."""
    reach = around * max(box.width, box.height)
    return box.grown(reach, reach).whole(size)


def squared(picture: np.ndarray) -> np.ndarray:
    """H×W or H×W×C, averaged to SIDE×SIDE."""
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def statistics(scene: Scene) -> F32:
    """One row of numbers: quantiles, means and spreads of object, picture and ring, and the steps at the edge."""
    solid = scene.mask.astype(np.uint8)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (RING, RING))
    ring = (cv2.dilate(solid, brush) > 0) & (cv2.dilate(solid, SQUARE) == 0)
    core = cv2.erode(solid, SQUARE) > 0
    own = _region(scene.rgb[core if core.sum() > 40 else scene.mask])
    rest, near = _region(scene.rgb[~scene.mask]), _region(scene.rgb[ring])
    return np.concatenate([own, rest, near, own - rest, own - near, _edge_steps(scene), [scene.mask.mean()]]).astype(
        np.float32
    )


def deep_features(model: "nn.Module", scenes: list[Scene]) -> F32:
    """N×D means (and in early blocks spreads) of a classifier's features inside and outside the objects.

    `model` is an EfficientNetLite.
    """
    import torch
    from torch.nn import functional as F

    net = cast("EfficientNetLite", model)
    device = net.classifier.weight.device
    rgb = np.stack([scene.rgb for scene in scenes]).transpose(0, 3, 1, 2)
    x = (torch.from_numpy(floats(rgb)).to(device) * 255 - 127) / 128
    inside = torch.from_numpy(np.stack([scene.mask for scene in scenes]).astype(np.float32)).to(device)[:, None]
    found = []
    with torch.inference_mode():
        x = F.relu6(net.stem(x))
        for number, block in enumerate(net.blocks):
            x = block(x)
            if number not in (0, 2, 4, 10, 15):
                continue
            weight = F.interpolate(inside, x.shape[-2:], mode="area")
            for part in (weight, 1 - weight):
                found += _moments(x, part, spread=number < 5)
    return torch.cat(found, 1).cpu().numpy()


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
    """Statistics of n×3 pixels; few pixels are repeated, none are grey."""
    if len(rgb) < FEWEST:
        rgb = np.repeat(rgb if len(rgb) else np.full((1, 3), 0.5, np.float32), FEWEST, 0)
    lab = cv2.cvtColor(floats(rgb).reshape(-1, 1, 3), cv2.COLOR_RGB2LAB).reshape(-1, 3) / 100
    top, low = rgb.max(-1), rgb.min(-1)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    values = np.column_stack([lab, chroma, (top - low) / (top + 0.02), top, low, rgb])
    log = np.log(_light(rgb) + 0.01)
    return np.concatenate(
        [
            np.percentile(values, PERCENTILES, axis=0).ravel(),
            values.mean(0),
            values.std(0),
            [(log[:, 0] - log[:, 1]).mean(), (log[:, 2] - log[:, 1]).mean()],
            log.mean(0),
            log.std(0),
            [(top > 0.98).mean(), (low < 0.02).mean()],
        ]
    ).astype(np.float32)


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
