"""A document out of an OpenRaster file: as it was saved here, wherever other programs have left it alone.

What they changed is taken as it is seen: a layer whose picture was painted on has that picture and no mask or blend.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from blendstudio.core import edits
from blendstudio.core.document import Document, Layer
from blendstudio.core.geometry import Size, Transform
from blendstudio.core.pixels import Pixels
from blendstudio.errors import ProjectDamaged, short
from blendstudio.files.archive import Archive
from blendstudio.files.arrays import ArrayReader
from blendstudio.files.color import to_profile
from blendstudio.files.openraster import OVER, Entry, Stack, shown_as
from blendstudio.files.sidecar import FAULTS, Record, has_blend, read_layer

UNMASKED = "The layers have no masks and blends: another program saved this file."
UNREADABLE = "The masks and blends are damaged: the layers are as other programs show them."
UNGROUPED = "The groups were undone: every layer stands by itself."
ARRANGED = "Another program renamed, moved, showed, hid or reordered layers."


@dataclass(frozen=True, eq=False)
class Opened:
    """A document out of a file, and one plain sentence for each thing that is not as it was saved."""

    document: Document
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Saved:
    """A layer as it was saved; `layer` is None when that is damaged."""

    record: Record
    layer: Layer | None
    bottom: bool


class Part(NamedTuple):
    """A layer of the stack with what is known of it; `same` when its picture is the saved one."""

    entry: Entry
    saved: Saved | None
    same: bool


class Built(NamedTuple):
    """A layer of the new document: the saved one where it is `kept`, else its picture alone."""

    entry: Entry
    layer: Layer
    kept: Saved | None


def reopen(archive: Archive, stack: Stack, records: Sequence[Record] | None, check: Callable[[float], None]) -> Opened:
    """The document of a stack and its records; None stands for damaged ones. Raises ProjectDamaged or TooLarge."""
    digests = _digests(archive, stack, records or ())
    altered = {r.picture.src for r in records or () if digests.get(r.picture.src) not in (None, r.picture.sha256)}
    arrays = ArrayReader(archive, frozenset(altered))
    saved = _saved(records or (), arrays, stack.size, check)
    parts = _matched(stack.entries, saved, digests)
    built, notes = _built(parts, arrays)
    if not built:
        raise archive.damaged("no layer can be read")
    document = _grounded(built, stack.size)
    document, stale = _settled(saved, document)
    general = [UNREADABLE] if records is None else [] if records else [UNMASKED]
    general += [UNGROUPED] * stack.grouped
    check(1.0)
    return Opened(document, (*general, *notes, *_arrangement(parts, saved), *stale))


def _saved(records: Sequence[Record], arrays: ArrayReader, size: Size, check: Callable[[float], None]) -> list[Saved]:
    saved: list[Saved] = []
    ids = set()
    for number, record in enumerate(records):
        check(number / len(records))
        layer = read_layer(record, arrays, size)
        saved.append(Saved(record, layer if layer and layer.id not in ids else None, number == 0))
        ids.add(layer.id if layer else None)
    return saved


def _digests(archive: Archive, stack: Stack, records: Sequence[Record]) -> dict[str, str]:
    """The SHA-256 of every layer's picture that can be read."""
    found = {}
    for name in {*(entry.src for entry in stack.entries), *(record.picture.src for record in records)}:
        try:
            found[name] = hashlib.sha256(archive.read(name)).hexdigest()
        except ProjectDamaged:
            continue
    return found


def _matched(entries: Sequence[Entry], saved: Sequence[Saved], digests: dict[str, str]) -> list[Part]:
    """Which saved layer each layer of the stack is: the one of the same picture, else the one of the same name."""
    free = list(saved)
    found: dict[int, Part] = {}
    for alike in (_same_picture, _renumbered, _same_place):
        for number, entry in enumerate(entries):
            match = next((s for s in free if number not in found and alike(s, entry, digests)), None)
            if match:
                free.remove(match)
                found[number] = Part(entry, match, alike is not _same_place)
    return [found.get(number, Part(entry, None, False)) for number, entry in enumerate(entries)]


def _same_picture(saved: Saved, entry: Entry, digests: dict[str, str]) -> bool:
    """A picture that cannot be read counts as unchanged: the saved layer has its own."""
    picture = saved.record.picture
    return picture.src == entry.src and digests.get(entry.src, picture.sha256) == picture.sha256


def _renumbered(saved: Saved, entry: Entry, digests: dict[str, str]) -> bool:
    return digests.get(entry.src) == saved.record.picture.sha256


def _same_place(saved: Saved, entry: Entry, digests: dict[str, str]) -> bool:  # noqa: ARG001 - as the others
    return saved.record.picture.src == entry.src


def _built(parts: Sequence[Part], arrays: ArrayReader) -> tuple[list[Built], list[str]]:
    built, notes = [], []
    taken = {part.saved.layer.id for part in parts if part.saved and part.saved.layer}
    free = (name for name in ("background", *(f"object-{n}" for n in range(1, len(parts) + 1))) if name not in taken)
    for part in parts:
        entry, saved, _ = part
        try:
            if saved and saved.layer and _stays(part, lowest=not built):
                built.append(Built(entry, _as_shown(saved.layer, saved, entry), saved))
            else:
                layer_id = saved.layer.id if saved and saved.layer else next(free)
                built.append(Built(entry, _plain(layer_id, entry, arrays.picture(entry.src)), None))
        except FAULTS:
            notes.append(f"“{short(entry.name)}” is left out: its picture cannot be read.")
        else:
            notes += _explained(f"“{short(entry.name)}”", part)
    return built, notes


def _stays(part: Part, *, lowest: bool) -> bool:
    """Whether a layer is the saved one still; a background only where it is one still."""
    if part.saved and part.saved.bottom:
        return part.same and lowest and _fills(part.entry) and (part.entry.x, part.entry.y) == (0, 0)
    return part.same


def _fills(entry: Entry) -> bool:
    """Whether a layer could be a background: nothing is seen through all of it."""
    return entry.visible and entry.opacity == 1 and entry.mode == OVER


def _as_shown(layer: Layer, saved: Saved, entry: Entry) -> Layer:
    """The saved layer with what another program has changed about it; the very layer when that is nothing."""
    was = _entry_of(saved, layer)
    changes: dict[str, object] = {}
    if entry.name != was.name:
        changes["name"] = entry.name
    if entry.opacity != was.opacity:
        changes["opacity"] = entry.opacity
    if entry.visible != was.visible:
        changes["visible"] = entry.visible
    if (entry.x, entry.y) != (was.x, was.y):
        changes["transform"] = layer.transform.then(Transform.moved(entry.x - was.x, entry.y - was.y))
    return replace(layer, **changes) if changes else layer


def _entry_of(saved: Saved, layer: Layer) -> Entry:
    """How the layer was written into the stack; nothing hides the background."""
    picture = saved.record.picture
    opacity, visible = (1.0, True) if saved.bottom else (layer.opacity, layer.visible)
    return shown_as(Entry(picture.src, layer.name, picture.x, picture.y, opacity, visible))


def _plain(layer_id: str, entry: Entry, pixels: Pixels) -> Layer:
    place = Transform.moved(entry.x, entry.y)
    return Layer(layer_id, entry.name, pixels, transform=place, opacity=entry.opacity, visible=entry.visible)


def _explained(name: str, part: Part) -> Iterator[str]:
    """What a layer has lost of what was saved."""
    entry, saved, same = part
    if saved and not same:
        yield f"{name} was changed by another program, and has no mask and blend any more."
    elif saved and saved.layer is None:
        yield f"{name} has lost its mask and blend: they are damaged in the file."
    elif saved and saved.layer and saved.layer.blend is None and has_blend(saved.record):
        yield f"{name} has lost its blend: it is damaged in the file."
    if entry.mode != OVER:
        yield f"{name} had the mode “{short(entry.mode)}”; here it simply lies over what is below."


def _grounded(built: Sequence[Built], canvas: Size) -> Document:
    """The layers on a background of the canvas's size: the lowest where it is one, else a clear one."""
    lowest, objects = built[0], built[1:]
    background = _background(lowest, canvas)
    if background is None:
        pixels, objects = lowest.layer.pixels, built
        clear = Pixels(np.zeros((canvas.height, canvas.width, 4), pixels.array.dtype), pixels.profile)
        background = replace(edits.new_document(clear).background, id=_free_id([item.layer for item in built]))
    same = background is lowest.layer
    fitted = (item.layer if same and item.kept else _converted(item.layer, background.pixels) for item in objects)
    return Document((background, *fitted))


def _converted(layer: Layer, like: Pixels) -> Layer:
    """The layer in the profile and depth of the background's pixels."""
    return replace(layer, pixels=to_profile(layer.pixels, like.profile, 8 if like.array.dtype == np.uint8 else 16))


def _free_id(layers: Sequence[Layer]) -> str:
    taken = {layer.id for layer in layers}
    return next(name for name in ("background", *(f"background-{n}" for n in range(len(layers)))) if name not in taken)


def _background(lowest: Built, canvas: Size) -> Layer | None:
    """The lowest layer as a background, if nothing of the canvas shows beside it or through its opacity."""
    entry, layer, kept = lowest
    x, y, size = entry.x, entry.y, layer.pixels.size
    if kept:
        return layer if kept.bottom and size == canvas else None
    if not _fills(entry) or x > 0 or y > 0 or x + size.width < canvas.width or y + size.height < canvas.height:
        return None
    crop = layer.pixels.array[-y : canvas.height - y, -x : canvas.width - x]
    return replace(layer, pixels=Pixels(crop, layer.pixels.profile), transform=Transform())


def _settled(saved: Sequence[Saved], document: Document) -> tuple[Document, list[str]]:
    """The document with the blends marked that no longer fit what is below them, and a sentence for each."""
    if not saved:
        return document, []
    other = replace(document.background, pixels=replace(document.background.pixels))
    before = Document((saved[0].layer or other, *(s.layer for s in saved[1:] if s.layer)))
    settled = edits.settle(before, document)
    return settled, [
        f"The blend of “{short(layer.name)}” is out of date: another program changed what lies below it."
        for layer, was in zip(settled.layers, document.layers, strict=True)
        if layer.blend is not was.blend
    ]


def _arrangement(parts: Sequence[Part], saved: Sequence[Saved]) -> Iterator[str]:
    """What was added, removed and rearranged."""
    if not saved:
        return
    for part in parts:
        if part.saved is None:
            yield f"“{short(part.entry.name)}” was added by another program."
    places = [saved.index(part.saved) for part in parts if part.saved]
    for place in sorted(set(range(len(saved))) - set(places)):
        one = saved[place]
        yield f"“{short(one.layer.name if one.layer else one.record.picture.src)}” was removed by another program."
    known = [(part.entry, part.saved) for part in parts if part.saved and part.same]
    differ = (one.layer and entry[1:6] != _entry_of(one, one.layer)[1:6] for entry, one in known)
    if places != sorted(places) or any(differ):
        yield ARRANGED
