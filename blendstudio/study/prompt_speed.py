"""How fast a prompt becomes a mask, on a photo of one megapixel: by the starter net and by SAM that has seen it.

Every figure is the median of several prompts after one that is not counted. Where no SAM is here, a ViT-B of the
published size with random numbers is timed: what it finds means nothing, how long it takes does.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blendstudio.assets import asset
from blendstudio.core.document import Prompt
from blendstudio.core.geometry import Point, Rect
from blendstudio.core.types import U8
from blendstudio.engine import pipeline
from blendstudio.engine.embeddings import Embeddings
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, Models
from blendstudio.engine.methods import sam
from blendstudio.engine.nets.sam import random_vit_b
from blendstudio.engine.store import Nets
from blendstudio.files.images import read_image_bytes
from blendstudio.study.speed import Row, timed

if TYPE_CHECKING:
    from torch import nn

TIMES = 9
SIDE = 1000  # px: one megapixel
ROLE = "sam"
BOX = Rect(215, 40, 645, 938)  # of the astronaut
CLICKS = ((Point(430, 300), True), (Point(400, 700), True), (Point(820, 300), False))
RANDOM = "random numbers: the time does not depend on them"


class OneNet:
    """A SAM and nothing else, with no memory of pictures but what is in a folder: what a method needs to be timed."""

    tier = "paper"

    def __init__(self, net: "nn.Module", name: tuple[str, str], folder: Path) -> None:
        self._net, self._name = net, name
        self.embeddings = Embeddings(folder)

    def of(self, _: str) -> "OneNet":
        """There are no others."""
        return self

    def has(self, role: str) -> bool:
        """Whether that is the net's role."""
        return role == ROLE

    def net(self, _: str) -> "nn.Module":
        """The net."""
        return self._net

    def named(self, _: str) -> tuple[str, str]:
        """What it is called, and the hash of its numbers or what stands for it."""
        return self._name


def run(starter: Nets, paper: Nets, progress: Progress, times: int = TIMES) -> Iterator[Row]:
    """Every figure, one after the other. Raises ModelMissing where the starter nets are not here."""
    rgb = photo()
    starter.net("saliency")  # without it others would answer
    yield from prompts(rgb, starter, "starter", progress.part(0.0, 0.3), times)
    with tempfile.TemporaryDirectory() as folder:
        models, note = seen(paper, Path(folder))
        seconds = timed(lambda: pipeline.prepare(rgb, models, progress.part(0.3, 0.6)))
        precision = sam.SamKnobs().precision
        half = sam.in_half(precision, paper.device.type)
        yield Row(f"{models.named(ROLE)[0]}, embedding", seconds, None, f"in {sam.HALF if half else '32 bits'}, {note}")
        yield from prompts(rgb, models, models.named(ROLE)[0], progress.part(0.6, 1.0), times, note)


def photo() -> U8:
    """The astronaut on one megapixel, H×W×3."""
    rgb = read_image_bytes(asset("samples/astronaut.jpg").read_bytes(), "astronaut").rgb8()
    return np.asarray(cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)


def seen(paper: Nets, folder: Path) -> tuple[OneNet, str]:
    """The SAM that is here, or one with random numbers, and what is to be said of it."""
    if paper.has(ROLE):
        return OneNet(paper.net(ROLE), paper.named(ROLE), folder), "published numbers"
    net = random_vit_b().eval().requires_grad_(False).to(paper.device)
    return OneNet(net, ("sam-vit-b", "random"), folder), RANDOM


def prompts(rgb: U8, models: Models, name: str, progress: Progress, times: int, note: str = "") -> Iterator[Row]:
    """The median seconds of a box, a click, a third click that corrects the first two, and a box with two points."""

    def asked(prompt: Prompt, previous: Candidate | None = None) -> Candidate:
        return pipeline.find(rgb, prompt, models, Progress(), previous)[0]

    def row(what: str, share: float, call: Callable[[], object]) -> Row:
        progress(share, f"{name}, {what}")
        call()
        return Row(f"{name}, {what}", median(timed(call) for _ in range(times)), None, f"{times} times. {note}".strip())

    second = asked(Prompt(points=CLICKS[:2]), asked(Prompt(points=CLICKS[:1])))
    yield row("box", 0.1, lambda: asked(Prompt(boxes=(BOX,))))
    yield row("first click", 0.3, lambda: asked(Prompt(points=CLICKS[:1])))
    yield row("third click", 0.6, lambda: asked(Prompt(points=CLICKS), second))
    yield row("box and two points", 0.8, lambda: asked(Prompt(boxes=(BOX,), points=CLICKS[1:])))
