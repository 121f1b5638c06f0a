"""The calls that a script needs: open, find, mask, blend, export. The command line and the window use the same."""

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from blendstudio import __version__
from blendstudio.atomic import check_writable
from blendstudio.core import edits
from blendstudio.core.compose import flatten, layer_alpha
from blendstudio.core.document import AS_GIVEN, Document, Mask, Prompt, Refine
from blendstudio.core.geometry import Placement, Point
from blendstudio.core.masking import alpha_of, bounds, mask_from_picture
from blendstudio.core.params import Value, build, knobs, values
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import U8
from blendstudio.engine import device, neighbours, pipeline, registry
from blendstudio.engine.costs import Cost, Costs, Run, work_of
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate
from blendstudio.engine.ladder import climbed
from blendstudio.engine.meter import Meter
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import EmptyMask, UsageError, WrongSize, short
from blendstudio.files.color import to_profile, to_srgb
from blendstudio.files.images import read_image, write_mask, write_png
from blendstudio.files.project import Opened, read_project, write_project

DEFAULT_METHOD = "studio"
COLOURS = pipeline.Colours(to_srgb, lambda pixels, profile: to_profile(pixels, profile, 16))
Anchor = str  # "object" or "picture"
PROJECT = ".ora"
OTHER_FORMATS = {PROJECT, ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"}


@dataclass(frozen=True, eq=False)
class Found:
    """A mask with what is known about where it came from."""

    mask: Mask
    candidates: tuple[Candidate, ...] = ()
    prompt: Prompt = Prompt()

    @property
    def best(self) -> Candidate | None:
        """The candidate that the mask was made from."""
        return self.candidates[0] if self.candidates else None


@dataclass(frozen=True)
class Settings:
    """How a blend is to be made. `values` may name knobs of the method, of the mask's refinement, or common ones."""

    method: str = DEFAULT_METHOD
    preset: str = ""
    values: Mapping[str, Value] | None = None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Outcome:
    """A finished blend: the document that holds it, its picture, and how long the work took without loading nets."""

    document: Document
    layer_id: str
    picture: Pixels
    seconds: float


def nets(tier: str = "auto", device_name: str = "auto", store: Store | None = None) -> Nets:
    """The nets on this machine, on the wanted device; sets the thread count. A `store` keeps what it has loaded."""
    device.prepare()
    return Nets(store or Store.default(), tier, device.choose(device_name))


def open_picture(path: Path) -> Pixels:
    """A picture file as pixels, upright, with its profile and depth. Raises FileError."""
    return read_image(path)


def prepare(picture: Pixels, models: Nets, progress: Progress | None = None) -> None:
    """Does ahead what every prompt on the picture will need, so that the first is answered as fast as the next."""
    pipeline.prepare(to_srgb(picture).rgb8(), models, progress or Progress())


def find(
    picture: Pixels,
    prompt: Prompt,
    models: Nets,
    progress: Progress | None = None,
    previous: Candidate | None = None,
) -> Found:
    """What the prompt shows in the picture: the best candidate's mask, and the others.

    A `previous` candidate on the same picture is what the text has found before, or what the points go on from.
    """
    rgb = to_srgb(picture).rgb8()
    candidates = pipeline.find(rgb, prompt, models, progress or Progress(), previous)
    return Found(Mask(auto=candidates[0].mask), tuple(candidates), prompt)


def read_mask(path: Path, picture: Pixels) -> Found:
    """A mask from a picture file of the same size, used as it is. Raises WrongSize and EmptyMask."""
    return mask_of(read_image(path), picture)


def mask_of(drawn: Pixels, picture: Pixels) -> Found:
    """The mask that a picture of the same size shows, used as it is. Raises WrongSize and EmptyMask."""
    if drawn.size != picture.size:
        raise WrongSize(
            f"The mask is {drawn.size.width}×{drawn.size.height}, but its picture is "
            f"{picture.size.width}×{picture.size.height}.",
            "Give a mask of the picture's own size.",
        )
    mask = mask_from_picture(drawn)
    if not (mask >= 128).any():
        raise EmptyMask("The mask is empty.", "Give a mask in which the object is white.")
    return Found(Mask(auto=mask, refine=AS_GIVEN))


def compose(source: Pixels, background: Pixels, found: Found, place: Placement, anchor: Anchor = "object") -> Document:
    """A document with the source's object placed on the background; its layer is called object-1."""
    source = matched(source, background)
    middle = source.bounds.centre
    if anchor == "object":
        box = bounds(alpha_of(found.mask, source) >= 0.5)
        middle = box.centre if box else middle
    transform = place.transform(source.size, background.size, Point(*middle))
    document, layer_id = edits.add_object(edits.new_document(background), source, "Object", transform)
    return edits.set_mask(document, layer_id, found.mask, found.prompt)


def put_in_front(document: Document, mask: Mask) -> Document:
    """The document in which what the mask shows of the background stands in front of the objects.

    Where the mask is soft, the colour of what lies behind is taken out of it.
    """
    return edits.set_mask(document, document.background.id, replace(mask, refine=replace(mask.refine, colours=True)))


def without_others(found: Found) -> Found:
    """The mask without the other objects that the same prompt found, which might come along at its edge."""
    return replace(found, mask=neighbours.excluding(found.mask, found.candidates))


def warnings(document: Document, layer_id: str, settings: Settings, found: Found) -> list[str]:
    """What a blend with these settings would bring along that is not the object's: a sentence, or nothing."""
    if len(found.candidates) < 2:
        return []
    layer = document.layer(layer_id)
    common = build(pipeline.Common, split_values(settings, registry.find("blend", settings.method))["common"])
    alpha = layer_alpha(layer)
    box = bounds(alpha >= 0.5)
    context = pipeline.context_of(document, layer, box, common.context) if box else 0.0
    near = neighbours.reached(layer.mask, alpha, context, found.candidates)
    return [neighbours.warning(near)] if near else []


def matched(picture: Pixels, background: Pixels) -> Pixels:
    """The picture in the profile and the depth of a document's background."""
    return to_profile(picture, background.profile, 8 if background.array.dtype == np.uint8 else 16)


def order_for(document: Document, layer_id: str, settings: Settings) -> tuple[Document, pipeline.Order]:
    """The document with the mask refined as set, and what the engine is to do. Raises UsageError for bad knobs."""
    entry = registry.find("blend", settings.method)
    groups = split_values(settings, entry)
    mask = document.layer(layer_id).mask
    if mask:
        document = edits.set_mask(document, layer_id, with_refine(mask, settings))
    params = registry.params(entry, settings.preset, groups["method"])
    return document, pipeline.Order(layer_id, entry, params, build(pipeline.Common, groups["common"]), settings.seed)


def with_refine(mask: Mask, settings: Settings) -> Mask:
    """The mask with the refine knobs that the settings turn. Raises UsageError."""
    turned = split_values(settings, registry.find("blend", settings.method))["refine"]
    return replace(mask, refine=build(Refine, values(mask.refine) | turned)) if turned else mask


def split_values(settings: Settings, entry: registry.Entry) -> dict[str, dict[str, Value]]:
    """The values by what they belong to: the method, the mask's refinement, all blends, or the result's size."""
    declared = {"method": entry.params, "refine": Refine, "common": pipeline.Common, "larger": pipeline.Larger}
    owners = {name: group for group, params in reversed(declared.items()) for name in knobs(params)}
    groups: dict[str, dict[str, Value]] = {group: {} for group in declared}
    for name, value in (settings.values or {}).items():
        if name not in owners:
            known = ", ".join(name for params in declared.values() for name in knobs(params))
            raise UsageError(f"There is no knob named “{short(name)}” for this method.", f"Choose one of: {known}.")
        groups[owners[name]][name] = value
    return groups


def blend(
    document: Document, layer_id: str, settings: Settings, models: Nets, progress: Progress | None = None
) -> Outcome:
    """Runs the method on the layer; the result is a blend on that layer and one flat picture."""
    progress = progress or Progress()
    larger = build(pipeline.Larger, split_values(settings, registry.find("blend", settings.method))["larger"])
    whole = larger.enlarge == 1
    load(registry.find("blend", settings.method), models)
    started = time.perf_counter()
    document = blend_layer(document, layer_id, settings, models, progress.part(0.0, 1.0 if whole else 0.8))
    picture = flatten(document)
    if not whole and not progress.stopped:
        picture = pipeline.enlarge(picture, larger, models, progress.part(0.8, 1.0), COLOURS)
    return Outcome(document, layer_id, picture, time.perf_counter() - started)


def blend_layer(
    document: Document, layer_id: str, settings: Settings, models: Nets, progress: Progress | None = None
) -> Document:
    """The document with a new blend on the layer, and with its recipe.

    Where memory runs out less is done, as the recipe's notes tell. Raises OutOfMemory when that does not help either.
    """
    document, order = order_for(document, layer_id, settings)
    load(order.entry, models)
    work = work_of(document, layer_id, settings.method, order.params, (str(models.device), device.threads()))
    meter, started = Meter(work.device), time.perf_counter()
    progress = (progress or Progress()).noting(meter.look)
    made, models = climbed(
        lambda order, models: pipeline.blend(document, order, models, progress, COLOURS), order, models
    )
    if not made.recipe.notes:  # neither stopped nor made with less than was asked for
        models.store.costs.learn(Run(work, time.perf_counter() - started, meter.megabytes))
    recipe = replace(
        made.recipe,
        models=models.used,
        versions=versions(),
        device=str(models.device),
        threads=device.threads(),
    )
    return edits.set_blend(document, layer_id, replace(made, recipe=recipe))


def expected(document: Document, layer_id: str, settings: Settings, costs: Costs, on: str) -> Cost | None:
    """What a blend with these settings will cost on a device, as past ones tell; None when there was none like it."""
    entry = registry.find("blend", settings.method)
    params = registry.params(entry, settings.preset, split_values(settings, entry)["method"])
    return costs.expected(work_of(document, layer_id, settings.method, params, (on, device.threads())))


def replay(document: Document, models: Nets, progress: Progress | None = None) -> Document:
    """The document with every blend that it shows made again, cold, by its recipe. Outdated blends are left out."""
    progress = progress or Progress()
    layers = [layer for layer in document.layers if layer.shown_blend]
    for number, layer in enumerate(layers):
        if layer.shown_blend is None:
            continue
        recipe, strength = layer.shown_blend.recipe, layer.shown_blend.strength
        settings = Settings(recipe.method, values=dict(recipe.knobs), seed=recipe.seed)
        part = progress.part(number / len(layers), (number + 1) / len(layers))
        document = edits.set_strength(blend_layer(document, layer.id, settings, models, part), layer.id, strength)
    return document


def enlarged(picture: Pixels, models: Nets, progress: Progress | None = None) -> Pixels:
    """The picture at twice its size, through PAN."""
    return pipeline.enlarge(picture, pipeline.Larger(enlarge=2), models, progress or Progress(), COLOURS)


def load(entry: registry.Entry, models: Nets) -> None:
    """Loads the nets that a method needs, so that its time is the work's alone. Raises ModelMissing."""
    for role in entry.needs:
        models.net(role)


def load_for(prompt: Prompt, models: Nets) -> None:
    """Loads the nets that a prompt needs: a word may need those that mask a box, too. Raises ModelMissing."""
    kinds = ("detect", "segment") if prompt.text.strip() else ("segment",)
    for kind in kinds if not prompt.empty else ():
        load(pipeline.usable(kind, models), models)


def check_outputs(results: Sequence[Path], sources: Sequence[Path] = (), project: Path | None = None) -> None:
    """Raises now what would be in the way of writing PNG results, and a project, after the work.

    UsageError for a name that is another format's, is given twice, or is one of the `sources`; CannotWrite; DiskFull.
    """
    taken = {path.resolve() for path in sources}
    for path in results:
        if path.suffix.lower() in OTHER_FORMATS:
            raise UsageError(f"The result is a PNG and cannot be called “{path.suffix}”.", "Let the name end in .png.")
    if project and project.suffix.lower() != PROJECT:
        raise UsageError(f"A project cannot be called “{short(project.name)}”.", f"Let the name end in {PROJECT}.")
    for path in (*results, project) if project else results:
        if path.resolve() in taken:
            raise UsageError("A result has the name of another file in use here.", "Choose another name for it.")
        taken.add(path.resolve())
        check_writable(path)


def soft_mask(mask: Mask | None, picture: Pixels) -> U8:
    """The final soft alpha in source pixels, H×W uint8; without a mask the picture's own."""
    alpha = alpha_of(mask, picture) if mask else picture.alpha()
    return np.rint(alpha * 255).astype(np.uint8)


def export(picture: Pixels, path: Path) -> None:
    """Writes a PNG with the picture's profile and depth. Raises CannotWrite or DiskFull."""
    write_png(picture, path)


def save_project(document: Document, path: Path, progress: Progress | None = None) -> None:
    """Writes the work as a project, which opens again as it is. Raises CannotWrite, DiskFull or Cancelled."""
    write_project(document, path, progress or Progress())


def open_project(path: Path, progress: Progress | None = None) -> Opened:
    """The work in a project or another OpenRaster file, with notes on what is not as it was saved. Raises FileError."""
    return read_project(path, progress or Progress())


def export_mask(mask: U8, path: Path) -> None:
    """Writes an 8-bit grey PNG."""
    write_mask(mask, path)


def health() -> list[tuple[str, str]]:
    """What works here, as (part, state) pairs: libraries, device, threads, weights, memory of the models folder."""
    store = Store.default()
    checks = [*versions(), ("device", str(device.choose())), ("threads", str(device.prepare()))]
    checks += [("models folder", str(store.folder))]
    checks += [(row.entry.id, row.state) for row in store.status()]
    return checks


def versions() -> tuple[tuple[str, str], ...]:
    """What a recipe records about the program and its libraries."""
    import cv2
    import torch

    return (
        ("blendstudio", __version__),
        ("python", platform.python_version()),
        ("torch", str(torch.__version__)),
        ("opencv", cv2.__version__),
        ("numpy", np.__version__),
    )
