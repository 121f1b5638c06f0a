"""What the two stages share: the window at its working size, their starts, and the way back to full size."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from blendstudio.core.compose import paste
from blendstudio.core.masking import kernel
from blendstudio.core.types import F32, Bool, floats
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask
from blendstudio.engine.losses import (
    CONTENT_TAP,
    FEATURE_SCALE,
    STYLE_TAPS,
    Wanted,
    Weights,
    gram,
    laplacian,
    objective,
)
from blendstudio.engine.optimise import minimise
from blendstudio.engine.poisson import solve
from blendstudio.engine.tensors import to_picture, to_tensor

BAND = 6  # px on either side of the mask's edge that count as the seam, at the working size
LEAST = 16  # px that four poolings need


@dataclass(frozen=True, eq=False)
class Frame:
    """The window at some working size, h×w×3 in 0..1: object, background, their paste, and where pixels may move."""

    source: F32
    background: F32
    pasted: F32
    mask: Bool

    @staticmethod
    def of(task: BlendTask, size: int) -> "Frame":
        """The task's window with its long side at most `size` pixels."""
        height, width = task.mask.shape
        scale = min(1.0, size / max(height, width))
        whole = Frame(task.source, task.background, paste(task.background, task.source, task.alpha), task.mask)
        return whole.resized((max(LEAST, round(width * scale)), max(LEAST, round(height * scale))))

    def resized(self, size: tuple[int, int]) -> "Frame":
        """At another width and height."""
        if size == self.mask.shape[::-1]:
            return self
        source, background, pasted = (
            floats(cv2.resize(x, size, interpolation=cv2.INTER_AREA))
            for x in (self.source, self.background, self.pasted)
        )
        mask = cv2.resize(self.mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5
        return Frame(source, background, pasted, mask)

    def halved(self) -> "Frame":
        """At half the width and height."""
        height, width = self.mask.shape
        return self.resized((max(LEAST, width // 2), max(LEAST, height // 2)))

    def lifted(self, result: F32, task: BlendTask) -> F32:
        """The full-size paste plus the result's correction, enlarged: detail stays the source's own."""
        full = paste(task.background, task.source, task.alpha)
        size = (task.mask.shape[1], task.mask.shape[0])
        correction = cv2.resize(result - self.pasted, size, interpolation=cv2.INTER_CUBIC)
        return np.clip(full + correction, 0.0, 1.0)


def begin(frame: Frame, start: str, seed: int) -> F32:
    """The picture that stage 1 begins with: the paste, a Poisson solve, or noise inside the mask."""
    if start == "poisson":
        return np.clip(solve(frame.source, frame.background, frame.mask, Progress()), 0.0, 1.0)
    if start == "noise":
        noise = np.random.default_rng(seed).random(frame.pasted.shape, np.float32)
        return np.where(frame.mask[..., None], noise, frame.pasted)
    return frame.pasted


def refine(frame: Frame, start: F32, content: F32, weights: Weights, net: nn.Module, run: "Run") -> F32:
    """One stage: the picture that minimises `weights` on the window, begun at `start`, keeping `content` inside.

    Only pixels of the mask move. The style and the background's steps are those of the window's background.
    """
    if not run.evaluations:
        return start
    device = next(net.parameters()).device
    canvas, moving = to_tensor(frame.pasted, device) * 255, to_tensor(frame.mask, device)
    wanted = wants(frame, content, net, device)

    def composite(picture: Tensor) -> Tensor:
        return canvas + moving * (picture - canvas)

    def loss_of(picture: Tensor) -> Tensor:
        blend = composite(picture)
        return objective(blend, features_of(blend, net, weights), wanted, weights)

    best = minimise(to_tensor(start, device) * 255, loss_of, run.evaluations, run.progress, run.stage)
    return to_picture(composite(best) / 255)


@dataclass(frozen=True)
class Run:
    """How long a stage runs and how it reports."""

    evaluations: int
    progress: Progress
    stage: str


@torch.no_grad()
def wants(frame: Frame, content: F32, net: nn.Module, device: torch.device) -> Wanted:
    """What the losses compare with on this window."""
    background = to_tensor(frame.background, device) * 255
    source, mask = to_tensor(frame.source, device) * 255, to_tensor(frame.mask, device)
    style = all_features(background, net)
    return Wanted(
        background=background,
        laplacian=laplacian(background) * (1 - mask) + laplacian(source) * mask,
        mask=mask,
        band=to_tensor(seam_band(frame.mask), device),
        content=all_features(to_tensor(content, device) * 255, net)[CONTENT_TAP],
        style={tap: gram(style[tap]) for tap in STYLE_TAPS},
    )


def all_features(picture: Tensor, net: nn.Module) -> dict[str, Tensor]:
    """The net's activations for a 0..255 picture, at the published code's size."""
    return {tap: FEATURE_SCALE * x for tap, x in net(picture / 255, STYLE_TAPS).items()}


def features_of(blend: Tensor, net: nn.Module, weights: Weights) -> dict[str, Tensor]:
    """Only as deep as the weights ask for."""
    if weights.style:
        return all_features(blend, net)
    if weights.content:
        return {CONTENT_TAP: FEATURE_SCALE * net(blend / 255, (CONTENT_TAP,))[CONTENT_TAP]}
    return {}


def seam_band(mask: Bool) -> Bool:
    """The pixels within BAND of the mask's edge."""
    hard, shell = mask.astype(np.uint8), kernel("ellipse", BAND)
    return (cv2.dilate(hard, shell) > 0) & (cv2.erode(hard, shell) == 0)


@torch.inference_mode()
def enlarge(small: Frame, frame: Frame, result: F32, pan: nn.Module, *, whole_picture: bool) -> F32:
    """The half-size result at the window's size through PAN (section 3.3).

    As a whole picture, as the paper does; or only its correction, the difference of two enlargements, added to the
    sharp paste.
    """
    device = next(pan.parameters()).device
    height, width = frame.mask.shape

    def doubled(picture: F32) -> F32:
        large = to_picture(pan(to_tensor(picture, device)))
        return floats(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA))

    if whole_picture:
        return np.where(frame.mask[..., None], doubled(result), frame.pasted)
    correction = doubled(result) - doubled(small.pasted)
    return floats(np.clip(frame.pasted + correction * frame.mask[..., None], 0.0, 1.0))
