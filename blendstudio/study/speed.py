"""How fast blends are, as ratios within one run, and what large pictures cost.

The rival is the published loop (Deep Image Blending): 1020 evaluations in each of two passes at 512×512. One evaluation
of each pass, with everything computed anew as its authors' code does, is timed in every round between the methods that
it is compared with, and medians are compared. Nets are loaded before; the first preview is the first picture shown.
"""

import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from blendstudio import api
from blendstudio.core.document import Document
from blendstudio.core.geometry import Placement, Point, Size
from blendstudio.core.masking import bounds
from blendstudio.core.pixels import from_rgb
from blendstudio.core.types import floats
from blendstudio.engine import device, published, registry
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets
from blendstudio.study import pairs
from blendstudio.study.contenders import Contender, contenders
from blendstudio.study.pairs import LAYER, Pair

EVALUATIONS = 1020  # of each published pass
ROUNDS = 5
LONG = 10.0  # seconds: a method that takes longer is timed once
SMALL, LARGE = Size(512, 512), Size(2048, 2048)  # the second is sixteen times the first
SIZES = (SMALL, LARGE, Size(6000, 4000))
SHARES = (0.02, 0.083, 0.4)  # of the background: the object's mask; 0.083 of 24 megapixels are 2
STATUS = Path("/proc/self/status")
CHANNELS, PLANE = 64, 256  # of the convolution whose rate is the bound


class Row(NamedTuple):
    """One figure; `ratio` is how many times less it takes than the published loop, or more than its counterpart."""

    what: str
    seconds: float
    ratio: float | None = None
    note: str = ""

    def line(self) -> str:
        """All of it in one line."""
        ratio = f"{self.ratio:10.2f} ×" if self.ratio is not None else " " * 12
        return f"{self.what:44s}{self.seconds:10.3f} s{ratio}  {self.note}".rstrip()


def run(data: Path | None, models: Nets, progress: Progress, rounds: int = ROUNDS) -> Iterator[Row]:
    """Every figure, one after the other; on the first triple of `data` that is its number 3, else on a shipped pair."""
    pair = _subject(data)
    seconds = timed(lambda: _convolve(1))
    yield Row("the processor", seconds, None, f"{_processor()}, {_gigaflops():.0f} GFLOP/s in 3×3 convolutions")
    yield from against_published(pair, models, progress.part(0.0, 0.6, "Methods"), rounds)
    yield from same_object(models, progress.part(0.6, 0.7, "The same object on a larger background"), rounds)
    yield from sizes(progress.part(0.7, 1.0, "Sizes"))


def against_published(pair: Pair, models: Nets, progress: Progress, rounds: int = ROUNDS) -> Iterator[Row]:
    """The published loop by its evaluations, then every other method whole, with ratios."""
    chosen = [one for one in contenders(models, most=0)[0] if not registry.find("blend", one.method).whole_frame]
    net = models.net("features")
    canvas = published.Canvas.of(floats(pair.source, 255), floats(pair.background, 255), pair.mask, 512, models.device)
    picture = published.begin(canvas, "noise", 0)
    loop: list[list[float]] = [[], []]
    taken: dict[str, list[float]] = {one.label: [] for one in chosen}
    previews: dict[str, list[float]] = {one.label: [] for one in chosen}
    for number in range(rounds):
        for place, one in enumerate(chosen):
            progress((number + place / len(chosen)) / rounds, f"Round {number + 1} of {rounds}")
            for which in (0, 1) if place in (0, len(chosen) // 2) else ():
                loop[which].append(timed(lambda n=which + 1: published.evaluation(n, picture, canvas, net)))
            if number and taken[one.label][0] > LONG:
                continue
            seconds, first = _blended(pair, one, models)
            taken[one.label].append(seconds)
            previews[one.label].append(first)
    whole = sum(EVALUATIONS * median(times) for times in loop)
    yield Row("published loop, one evaluation of pass 1", median(loop[0]), None, f"{len(loop[0])} times")
    yield Row("published loop, one evaluation of pass 2", median(loop[1]), None, f"{len(loop[1])} times")
    yield Row("published loop, 2 × 1020 evaluations", whole, 1.0, f"{pair.name}, 512×512")
    for one in chosen:
        seconds = median(taken[one.label])
        note = f"first picture after {median(previews[one.label]):.3f} s, {len(taken[one.label])} times"
        yield Row(one.label, seconds, whole / seconds, note)


def same_object(models: Nets, progress: Progress, rounds: int = ROUNDS) -> Iterator[Row]:
    """The default method on one object, on a background and on one sixteen times as large, in turns."""
    works = [_work(size, 0.16 * SMALL.width * SMALL.height / (size.width * size.height)) for size in (SMALL, LARGE)]
    taken: list[list[float]] = [[], []]
    for number in range(rounds + 1):
        for times, work in zip(taken, works, strict=True):
            progress(number / (rounds + 1))
            times.append(timed(lambda w=work: api.blend_layer(w, LAYER, api.Settings(), models)))
    small, large = (median(times[1:]) for times in taken)
    yield Row("the same object, background 512×512", small)
    yield Row("the same object, background 16 × larger", large, large / small)


def sizes(progress: Progress) -> Iterator[Row]:
    """The default method on small and large backgrounds and objects, each in a process of its own for its memory."""
    for number, (size, share) in enumerate((size, share) for size in SIZES for share in SHARES):
        progress(number / (len(SIZES) * len(SHARES)), f"{size.width}×{size.height}, object {share:.0%}")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            seconds, before, peak = pool.submit(_alone, size, share).result()
        what = f"{size.width}×{size.height}, object {share:.1%}"
        yield Row(what, seconds, None, f"peak {peak:.0f} MB, of which {before:.0f} before the blend")


def _alone(size: Size, share: float) -> tuple[float, float, float]:
    """Seconds of one blend, and megabytes of this process before it and at its peak."""
    models = api.nets()
    work = _work(size, share)
    api.load(registry.find("blend", api.DEFAULT_METHOD), models)
    before = _peak()
    return timed(lambda: api.blend_layer(work, LAYER, api.Settings(), models)), before, _peak()


def _peak() -> float:
    """The most memory that this process ever held, in megabytes.

    Linux tells of its own pages; what `getrusage` tells there begins with those of the process that started this one.
    """
    if STATUS.is_file():
        return next(int(line.split()[1]) / 1e3 for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


def _subject(data: Path | None) -> Pair:
    """Triple 3 where `data` has it, else its first; without data the first shipped pair."""
    found = pairs.plans(data)
    wanted = [plan for plan in found if plan.name == "triple 3"] or found
    return pairs.make(wanted[0], 0)


def _work(size: Size, share: float) -> Document:
    """A document of a size with one object whose mask covers a share of it."""
    plan = pairs.plans(None)[0]
    pair = pairs.make(plan, 0)
    background = np.asarray(cv2.resize(pair.background, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    layer = pair.document.layer(LAYER)
    box = bounds(pair.mask)
    if layer.mask is None or layer.mask.auto is None or box is None:
        raise ValueError(f"{plan.name} has no object")
    scale = (share * size.width * size.height / np.count_nonzero(layer.mask.auto >= 128)) ** 0.5
    place = Placement(at=Point(size.width / 2, size.height / 2), scale=float(scale))
    return api.compose(layer.pixels, from_rgb(background), api.Found(layer.mask), place)


def _blended(pair: Pair, contender: Contender, models: Nets) -> tuple[float, float]:
    """Seconds of a whole blend and of its first picture."""
    shown: list[float] = []
    progress = Progress(preview=lambda _, __: shown.append(time.perf_counter()))
    started = time.perf_counter()
    api.blend(pair.document, LAYER, contender.settings(0), models, progress)
    ended = time.perf_counter()
    return ended - started, (shown[0] if shown else ended) - started


def timed(call: Callable[[], object]) -> float:
    """The seconds that a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


@torch.inference_mode()
def _convolve(times: int) -> None:
    picture = torch.ones(1, CHANNELS, PLANE, PLANE).contiguous(memory_format=torch.channels_last)
    weight = torch.ones(CHANNELS, CHANNELS, 3, 3).contiguous(memory_format=torch.channels_last)
    for _ in range(times):
        F.conv2d(picture, weight, padding=1)


def _gigaflops(times: int = 8) -> float:
    """Billions of floating point operations a second in a plain 3×3 convolution: nothing of a net is faster."""
    _convolve(1)
    return 2 * 9 * CHANNELS**2 * PLANE**2 * times / timed(lambda: _convolve(times)) / 1e9


def _processor() -> str:
    kind = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()} with {kind}, {device.threads()} threads, torch {torch.__version__}"
