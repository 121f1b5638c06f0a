"""Ten seconds that show whether this machine computes as it should: a convolution, and every method that can run."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from blendstudio import api
from blendstudio.assets import asset
from blendstudio.core.document import Document, Mask, Prompt
from blendstudio.core.geometry import Placement, Rect
from blendstudio.core.pixels import Pixels
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets
from blendstudio.errors import Cancelled, ModelMissing, NothingFound, StudioError, explained
from blendstudio.files.images import read_image_bytes

SECONDS = 10.0  # in all, but for the loading of libraries and nets
EACH = 2.0  # at most
EVERY = 4  # the sample photo is taken at every so many pixels: 128×128
BOX = Rect(25.0, 2.0, 95.0, 127.0)  # round the astronaut there
HALF = 127  # of a mask's 255
NEAR = 1e-3  # of the largest value: what a device may differ from exact arithmetic

Attempt = Callable[[Nets, Progress], str]
Try = tuple[str, Callable[[], None], Attempt]


@dataclass(frozen=True)
class Check:
    """What was tried, how it went in a few words, and whether that is as it should be."""

    name: str
    state: str
    fine: bool = True


def run(models: Nets, stopped: Callable[[], bool]) -> Iterator[Check]:
    """Tries one thing after the other; what lacks its nets is said and counts as fine. Raises Cancelled."""
    document, left = _document(), SECONDS
    for name, load, attempt in _tries(document, models):
        if stopped():
            raise Cancelled
        check, seconds = _tried(name, load, partial(attempt, models), min(EACH, left), stopped)
        left -= seconds
        yield check


def _tries(document: Document, models: Nets) -> Iterator[Try]:
    """Name, what loads the nets, and what is tried; what needs little comes first."""
    yield f"computing on {models.device}", lambda: None, _convolution
    for entry in sorted(registry.entries("blend"), key=lambda entry: len(entry.needs)):
        yield f"blend: {entry.name}", partial(api.load, entry, models), partial(_blended, document, entry.name)
    for name, prompt in (("cut out by a box", Prompt(boxes=(BOX,))), ("find by a word", Prompt("person"))):
        yield name, partial(api.load_for, prompt, models), partial(_found, prompt)


def _tried(
    name: str,
    load: Callable[[], None],
    attempt: Callable[[Progress], str],
    seconds: float,
    stopped: Callable[[], bool],
) -> tuple[Check, float]:
    """How it went, and the seconds that it took without the loading."""
    if seconds <= 0:
        return Check(name, "not tried: the time of this test is over"), 0.0
    try:
        load()
    except ModelMissing as error:
        return Check(name, f"not tried: {error.what}"), 0.0
    except StudioError as error:
        return Check(name, f"failed: {error.what}", fine=False), 0.0
    started = time.monotonic()
    progress = Progress(cancelled=lambda: stopped() or time.monotonic() > started + seconds)
    check = _outcome(name, lambda: attempt(progress), stopped)
    took = time.monotonic() - started
    return (replace(check, state=f"{check.state}, {took:.1f} s") if check.fine else check), took


def _outcome(name: str, attempt: Callable[[], str], stopped: Callable[[], bool]) -> Check:
    try:
        return Check(name, attempt())
    except Cancelled:
        if stopped():
            raise
        return Check(name, "not done in the time of this test")
    except NothingFound:
        return Check(name, "nothing found")
    except StudioError as error:
        return Check(name, f"failed: {error.what}", fine=False)
    except (RuntimeError, ValueError, ArithmeticError, MemoryError) as error:
        return Check(name, f"failed: {explained(error).what}", fine=False)


def _convolution(models: Nets, _: Progress) -> str:
    """A layer as the nets have them, on the device, against 64-bit numbers on the processor."""
    import torch
    from torch.nn.functional import conv2d

    random = torch.Generator().manual_seed(1)
    picture, weight = (torch.randn(shape, generator=random) for shape in ((1, 16, 64, 64), (16, 16, 3, 3)))
    exact = conv2d(picture.double(), weight.double())
    there = conv2d(picture.to(models.device), weight.to(models.device)).cpu().double()
    if not (there - exact).abs().max() <= NEAR * exact.abs().max():
        raise ArithmeticError(f"a convolution on {models.device} comes out wrong")
    return "right"


def _found(prompt: Prompt, models: Nets, progress: Progress) -> str:
    found = api.find(_photo("astronaut"), prompt, models, progress)
    share = float((found.mask.auto > HALF).mean()) if found.mask.auto is not None else 0.0
    return f"works, found {100 * share:.0f} % of the photo"


def _blended(document: Document, method: str, models: Nets, progress: Progress) -> str:
    """The method on the small document; one that has something usable when its time is over counts."""
    outcome = api.blend(document, "object-1", api.Settings(method), models, progress)
    if not (outcome.picture.array != document.layers[0].pixels.array).any():
        raise ArithmeticError("the blend changed nothing")
    return "works"


def _document() -> Document:
    """The astronaut's middle on the launch pad."""
    source, background = _photo("astronaut"), _photo("rocket")
    mask = np.zeros(source.array.shape[:2], np.uint8)
    mask[40:90, 40:80] = 255
    return api.compose(source, background, api.Found(Mask(auto=mask)), Placement())


def _photo(name: str) -> Pixels:
    whole = read_image_bytes(asset(f"samples/{name}.jpg").read_bytes(), name)
    return Pixels(np.ascontiguousarray(whole.array[::EVERY, ::EVERY]), whole.profile)
