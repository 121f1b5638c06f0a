"""Prompt -> candidates -> blend -> enlargement: what the window and the command line both call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from blendstudio.core.compose import colours_of, flatten, front_of, layer_alpha, paste, warp
from blendstudio.core.document import Blend, Contribution, Document, Layer, Prompt, Recipe
from blendstudio.core.geometry import IntRect, Rect, Size
from blendstudio.core.masking import bounds, distances
from blendstudio.core.params import Value, choice, knob, values
from blendstudio.core.pixels import Pixels, from_rgb, quantise
from blendstudio.core.types import F32, U8, Bool, floats
from blendstudio.engine import registry
from blendstudio.engine.appearance import SIDE, Scene, squared
from blendstudio.engine.appearance import window as scene_window
from blendstudio.engine.inputs import digest
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Candidate, DetectTask, Models, SegmentTask, UpscaleTask
from blendstudio.engine.occlusion import beside, veil
from blendstudio.engine.pointing import joined, regions
from blendstudio.errors import EmptyMask, NothingFound, UsageError

WORKING = 512  # px, the size at which the margin is stated
PREVIEW = 1_000_000  # pixels of a preview, about
AROUND = 0.08  # of the object's box: how much background the window shows on each side


@dataclass(frozen=True, eq=False)
class Colours:
    """How the caller turns pixels into sRGB, and sRGB pixels into a profile. The defaults are for sRGB documents."""

    to_srgb: Callable[[Pixels], Pixels] = lambda pixels: pixels
    from_srgb: Callable[[Pixels, bytes | None], Pixels] = lambda pixels, _: pixels


@dataclass(frozen=True)
class Common:
    """The knobs that every blend has."""

    context: int = knob(
        0, 0, 128, "Context", "How much of the source's surroundings comes along round the object, in pixels at 512."
    )
    margin: int = knob(8, 1, 128, "Margin", "How far beyond the mask pixels may change, in pixels at 512.")
    fade: int = knob(
        6, 0, 128, "Fade", "Where the object runs out of its own photo, how far it fades, in pixels at 512."
    )


@dataclass(frozen=True)
class Larger:
    """How a result is made larger when it is written."""

    enlarge: int = knob(1, 1, 2, "Enlarge", "How many times larger the result is made, with PAN.")
    pan_ensemble: str = choice("off", ("off", "on"), "Ensemble", "Average PAN over turns and flips: slower, finer.")


@dataclass(frozen=True, eq=False)
class Order:
    """Which method is to be run on which layer, how."""

    layer_id: str
    entry: registry.Entry
    params: Any
    common: Common = Common()
    seed: int = 0


def prepare(rgb: U8, models: Models, progress: Progress) -> None:
    """Does ahead what every box and point on H×W×3 uint8 `rgb` will need; with the starter nets that is nothing.

    Meant for the background, as soon as a picture is there. Raises ModelMissing, ModelDamaged.
    """
    entry = usable("segment", models)
    if entry.prepare:
        entry.prepare(rgb, entry.params(), models, progress)


def find(
    rgb: U8, prompt: Prompt, models: Models, progress: Progress, previous: Candidate | None = None
) -> list[Candidate]:
    """Candidates for a prompt on H×W×3 uint8, best first, each with a mask.

    A text finds the place and the mask, boxes are masked as they are, and points correct what either shows. A
    `previous` candidate on the same picture is what the text has found before, or what the points go on from.
    Raises UsageError for an empty prompt or one outside the picture, UnknownWord and NothingFound for a text that leads
    nowhere.
    """
    if prompt.empty:
        raise UsageError("The prompt is empty.", "Type what to cut out, draw a box, or click on it.")
    _check_inside(prompt, Size(rgb.shape[1], rgb.shape[0]))
    pointed, words = bool(prompt.boxes or prompt.points), bool(prompt.text.strip())
    if pointed and words and previous is None:
        previous = _named(rgb, prompt.text, models, progress.part(0.0, 0.6))[0]
        progress = progress.part(0.6, 1.0)
    return _pointed(rgb, prompt, models, progress, previous) if pointed else _named(rgb, prompt.text, models, progress)


def _named(rgb: U8, text: str, models: Models, progress: Progress) -> list[Candidate]:
    entry = usable("detect", models)
    found = entry.call(DetectTask(rgb, text), entry.params(), models, progress.part(0.0, 0.7, "Looking"))
    return _masked(rgb, found, models, progress.part(0.7, 1.0, "Masking"))


def _pointed(
    rgb: U8, prompt: Prompt, models: Models, progress: Progress, previous: Candidate | None
) -> list[Candidate]:
    """What the boxes and points show; several boxes make one object."""
    entry = usable("segment", models)
    asked = regions(prompt, previous)
    parts: list[list[Candidate]] = []
    for number, region in enumerate(asked):
        part = progress.part(number / len(asked), (number + 1) / len(asked), "Masking")
        if region.previous and not (region.box or region.points):
            parts.append([region.previous])
        else:
            task = SegmentTask(rgb, region.box, region.points, region.previous)
            parts.append(entry.call(task, entry.params(), models, part))
    return parts[0] if len(parts) == 1 else [joined([part[0] for part in parts])]


def usable(kind: str, models: Models) -> registry.Entry:
    """The best method of a kind whose nets are all here; when none is, the first, which then says what is missing.

    Methods of the nets' own tier stand alone where there are any: who asks for the paper's is not given others.
    """
    known = [entry for entry in registry.entries(kind) if not entry.rival]
    own = [entry for entry in known if entry.tier == models.tier] or known
    entries = sorted(own, key=lambda entry: -len(entry.needs))
    for entry in entries:
        if all(models.has(role) for role in entry.needs):
            return entry
    return entries[0]


def _masked(rgb: U8, found: list[Candidate], models: Models, progress: Progress) -> list[Candidate]:
    """The candidates with the best mask of their box, where they have none; one without any mask falls away."""
    entry = usable("segment", models)
    kept: list[Candidate] = []
    for number, candidate in enumerate(found):
        if candidate.mask is not None:
            kept.append(candidate)
            continue
        part = progress.part(number / len(found), (number + 1) / len(found))
        try:
            best = entry.call(SegmentTask(rgb, candidate.box), entry.params(), models, part)[0]
        except NothingFound:
            if not kept and candidate is found[-1]:
                raise
            continue
        kept.append(candidate._replace(mask=best.mask, box=best.box, logits=best.logits, soft=best.soft))
    return kept


def _check_inside(prompt: Prompt, size: Size) -> None:
    whole = Rect(0, 0, *size)
    for box in prompt.boxes:
        if box.width <= 0 or box.height <= 0 or box.overlap(whole) == 0:
            raise UsageError(
                "The box lies outside the picture or is empty.",
                f"Give X0,Y0,X1,Y1 within {size.width}×{size.height}, with X0 < X1 and Y0 < Y1.",
            )
    for point, _ in prompt.points:
        if not (0 <= point.x < size.width and 0 <= point.y < size.height):
            raise UsageError("A point lies outside the picture.", f"Choose X,Y within {size.width}×{size.height}.")


def in_pixels(length: int, window: Size) -> int:
    """A knob's length on a window, where the knob is stated for a long side of 512; smaller windows keep it."""
    return round(length * max(1.0, max(window) / WORKING))


def blend(document: Document, order: Order, models: Models, progress: Progress, colours: Colours) -> Blend:
    """The layer's blend by a method, on a window round the object.

    In a document with a profile the work is done in sRGB: colours beyond it come to its edge where they change.
    No pixel farther than the margin from the warped hard mask, with its context, differs from the background, unless
    the method is declared to repaint the whole frame; none that stands in front does, whatever the method returns.
    Raises EmptyMask when no pixel of the object is seen.
    """
    progress.check()
    layer = document.layer(order.layer_id)
    own_alpha = layer_alpha(layer)
    context = context_of(document, layer, _box(own_alpha), order.common.context)
    own_alpha = layer_alpha(layer, context) if context else own_alpha
    rect, margin = _window(document, layer, own_alpha, order)
    fade = in_pixels(order.common.fade, rect.size)
    alpha, zone = _alpha_in_zone(layer, own_alpha, rect, (margin, fade))
    whole, front = flatten(document.below(layer.id)), front_of(document)
    if front:
        whole, zone = front.removed(whole), beside(front, rect, zone, alpha)
    below = _crop(whole, rect)
    background = _floats(colours.to_srgb(below))
    own = warp(colours_of(layer, own_alpha), layer.transform, rect, repeat_edge=True)
    source = _converted(own, lambda pixels: colours.to_srgb(Pixels(pixels.array, below.profile)), below.profile)
    mask = alpha >= 0.5
    share = mask.size / (document.size.width * document.size.height)
    scene = _scene(whole, rect, source, mask, colours)
    task = BlendTask(source, background, mask, alpha, zone, share, order.seed, scene)
    veiled = veil(front, rect, colours.to_srgb)
    seen = progress.showing(lambda picture, _: progress.show(veiled(_lifted(picture, task)), rect))
    result = order.entry.call(task, order.params, models, seen)
    changed = zone & (np.abs(result - paste(background, source, alpha)).max(-1) > 0)
    result = _converted(result, lambda pixels: colours.from_srgb(pixels, below.profile), below.profile)
    correction = floats(np.where(changed[..., None], result - paste(_floats(below), own, alpha), 0))
    return Blend(
        rect,
        alpha,
        (Contribution(order.entry.title, correction),),
        _recipe(order, "stopped early" if progress.stopped else ""),
        digest(task),
        margin,
        context=context,
    )


def _scene(whole: Pixels, rect: IntRect, source: F32, mask: Bool, colours: Colours) -> Scene:
    """The object on its wider surroundings, small; `rect` is the window of `source` and `mask`."""
    box = bounds(mask)
    if box is None:
        raise EmptyMask("No part of the object lies on the background.", "Place it inside the picture.")
    x0, y0 = rect.x0 + int(box.x0), rect.y0 + int(box.y0)
    object_rect = IntRect(x0, y0, x0 + int(box.width), y0 + int(box.height))
    view = scene_window(object_rect.real, whole.size)
    rgb = _floats(colours.to_srgb(Pixels(squared(whole.array[view.slices]), whole.profile))).copy()
    found = np.zeros((SIDE, SIDE), bool)
    inner = (slice(y0 - rect.y0, object_rect.y1 - rect.y0), slice(x0 - rect.x0, object_rect.x1 - rect.x0))
    wide, high = SIDE / view.size.width, SIDE / view.size.height
    size = (max(1, round(box.width * wide)), max(1, round(box.height * high)))
    x, y = (
        min(round(at * k), SIDE - side)
        for at, k, side in ((x0 - view.x0, wide, size[0]), (y0 - view.y0, high, size[1]))
    )
    hard = mask[inner].astype(np.float32)
    weight = cv2.resize(hard, size, interpolation=cv2.INTER_AREA)
    own = cv2.resize(source[inner] * hard[..., None], size, interpolation=cv2.INTER_AREA)
    place = (slice(y, y + size[1]), slice(x, x + size[0]))
    rgb[place] = rgb[place] * (1 - weight[..., None]) + own
    found[place] = weight > 0.5
    return Scene(rgb, found)


def _lifted(picture: F32, task: BlendTask) -> F32:
    """A method's intermediate picture, of any size, as a correction to the paste, which is shown at PREVIEW at most."""
    step = max(1, round((task.mask.size / PREVIEW) ** 0.5))
    thin = (slice(None, None, step),) * 2
    pasted = paste(task.background[thin], task.source[thin], task.alpha[thin])
    small = np.asarray(cv2.resize(pasted, picture.shape[1::-1], interpolation=cv2.INTER_AREA), np.float32)
    correction = cv2.resize(picture - small, pasted.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return floats(np.clip(np.where(task.zone[thin][..., None], pasted + correction, pasted), 0, 1))


def enlarge(pixels: Pixels, larger: Larger, models: Models, progress: Progress, colours: Colours) -> Pixels:
    """The picture `larger.enlarge` times as large, through the upscaler, in its own profile and depth."""
    entry = usable("upscale", models)
    params = registry.params(entry, values={"ensemble": larger.pan_ensemble})
    rgb = _floats(colours.to_srgb(pixels))
    large = entry.call(UpscaleTask(rgb, larger.enlarge), params, models, progress)
    large = _converted(large, lambda srgb: colours.from_srgb(srgb, pixels.profile), pixels.profile)
    opacity = cv2.resize(pixels.alpha(), large.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return Pixels(quantise(floats(np.dstack([large, opacity])), pixels.array), pixels.profile)


def context_of(document: Document, layer: Layer, box: Rect, length: int) -> float:
    """The context knob's length in pixels of the layer, whose object is in `box`; 0 for a layer that shows whole."""
    if not length or layer.mask is None:
        return 0.0
    window = layer.transform.bounds(box).grown_by_share(AROUND).whole(document.size)
    return in_pixels(length, window.size) / layer.transform.magnification


def _box(own_alpha: F32) -> Rect:
    """The upright box of the object in its own pixels."""
    box = bounds(own_alpha >= 0.5)
    if box is None:
        raise EmptyMask("The mask is empty.", "Paint the object with the brush, draw a box, or try another word.")
    return box


def _window(document: Document, layer: Layer, own_alpha: F32, order: Order) -> tuple[IntRect, int]:
    """The part of the document that the method sees, and the margin in its pixels.

    A method that repaints the whole frame sees all of it, with a margin that reaches everywhere.
    """
    placed = layer.transform.bounds(_box(own_alpha))
    if order.entry.whole_frame:
        return IntRect(0, 0, *document.size), sum(document.size)
    window = placed.grown_by_share(AROUND).whole(document.size)
    pixels = in_pixels(order.common.margin, window.size)
    return placed.grown_by_share(AROUND).grown(pixels + 1, pixels + 1).whole(document.size), pixels


def _alpha_in_zone(layer: Layer, own_alpha: F32, rect: IntRect, lengths: tuple[int, int]) -> tuple[F32, Bool]:
    """The soft alpha on the window, and the pixels that may change; the alpha ends with the zone.

    `lengths` are the margin and the fade in pixels.
    """
    margin, fade = lengths
    alpha = np.zeros(rect.size[::-1], np.float32)
    if min(rect.size) > 0:
        alpha = warp(own_alpha, layer.transform, rect, repeat_edge=False)
        alpha = _faded(alpha, warp(np.ones_like(own_alpha), layer.transform, rect, repeat_edge=False), fade)
    hard = alpha >= 0.5
    if not hard.any():
        raise EmptyMask("No part of the object lies on the background.", "Place it inside the picture with --at.")
    zone = distances(~hard) < margin
    return np.where(zone, alpha, 0).astype(np.float32), zone


def _faded(alpha: F32, photo: F32, fade: int) -> F32:
    """The alpha, fading towards the border of the object's own photo where that lies inside the document.

    A straight cut and the dark frame of a scan would show; an object too thin to fade stays as it is.
    """
    inside = photo >= 0.5
    if not fade or inside.all():
        return alpha
    faded = floats(alpha * np.clip((distances(inside) - 1) / fade, 0, 1))
    return faded if (faded >= 0.5).any() else alpha


def _converted(picture: F32, convert: Callable[[Pixels], Pixels], profile: bytes | None) -> F32:
    """The picture, H×W×3 in 0..1, through a conversion of pixels, at 16 bits; as it is where there is no profile."""
    if profile is None:
        return picture
    return _floats(convert(from_rgb(quantise(picture, np.empty(0, np.uint16)))))


def _crop(pixels: Pixels, rect: IntRect) -> Pixels:
    return Pixels(pixels.array[rect.slices], pixels.profile)


def _floats(pixels: Pixels) -> F32:
    return floats(pixels.array[..., :3], pixels.top)


def _recipe(order: Order, note: str) -> Recipe:
    knobs: Mapping[str, Value] = values(order.common) | values(order.params)
    return Recipe(order.entry.name, tuple(knobs.items()), order.seed, notes=(note,) if note else ())
