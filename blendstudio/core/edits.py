"""Every edit a person can make: a Document in, a Document out."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from blendstudio.core.compose import footprint
from blendstudio.core.document import Blend, Document, Layer, Mask, Prompt, Recipe, Refine
from blendstudio.core.geometry import IntRect, Transform
from blendstudio.core.pixels import Pixels


def new_document(background: Pixels, name: str = "Background") -> Document:
    """A work with nothing but its background."""
    return Document((Layer("background", name, background),))


def add_object(document: Document, pixels: Pixels, name: str, transform: Transform) -> tuple[Document, str]:
    """The document with one more object on top, whole until it gets a mask, and the object's id."""
    layer_id = _free_id(document)
    layer = Layer(layer_id, name, pixels, transform=transform)
    return Document((*document.layers, layer)), layer_id


def duplicate(document: Document, layer_id: str) -> tuple[Document, str]:
    """The document with a copy of an object just above it, without its blend, and the copy's id."""
    copy = _free_id(document)
    layers = list(document.layers)
    index = layers.index(document.layer(layer_id))
    layers.insert(index + 1, replace(layers[index], id=copy, name=f"{layers[index].name} copy", blend=None))
    return Document(tuple(layers)), copy


def remove_layer(document: Document, layer_id: str) -> Document:
    """Without that layer; the background stays."""
    return Document(tuple(x for x in document.layers if x.id != layer_id or x is document.background))


def move_layer(document: Document, layer_id: str, index: int) -> Document:
    """With an object at another place in the stack; 0 is the background's and cannot be taken."""
    layer = document.layer(layer_id)
    if layer is document.background:
        return document
    others = [x for x in document.layers if x is not layer]
    others.insert(min(max(1, index), len(others)), layer)
    return Document(tuple(others))


def set_background(document: Document, pixels: Pixels, name: str) -> Document:
    """With another picture at the bottom, nothing of which stands in front; the objects keep their places. Their
    pixels must be in its profile."""
    ground = replace(document.background, pixels=pixels, name=name, mask=None, prompt=Prompt())
    return Document((ground, *document.layers[1:]))


def change(document: Document, layer_id: str, edit: Callable[[Layer], Layer]) -> Document:
    """The document with one layer replaced by what `edit` makes of it."""
    document.layer(layer_id)
    return Document(tuple(edit(x) if x.id == layer_id else x for x in document.layers))


def rename(document: Document, layer_id: str, name: str) -> Document:
    """With another name for a layer."""
    return change(document, layer_id, lambda x: replace(x, name=name))


def set_opacity(document: Document, layer_id: str, opacity: float) -> Document:
    """With a layer at 0..1 of its opacity."""
    return change(document, layer_id, lambda x: replace(x, opacity=min(max(0.0, opacity), 1.0)))


def set_visible(document: Document, layer_id: str, visible: bool) -> Document:
    """With a layer shown or hidden."""
    return change(document, layer_id, lambda x: replace(x, visible=visible))


def set_mask(document: Document, layer_id: str, mask: Mask, prompt: Prompt | None = None) -> Document:
    """With another mask, and the prompt that made it."""
    return change(document, layer_id, lambda x: replace(x, mask=mask, prompt=prompt or x.prompt))


def set_refine(document: Document, layer_id: str, refine: Refine) -> Document:
    """With other refine settings."""
    return change(document, layer_id, lambda x: replace(x, mask=replace(x.mask or Mask(), refine=refine)))


def set_transform(document: Document, layer_id: str, transform: Transform) -> Document:
    """Moved, scaled or turned."""
    return change(document, layer_id, lambda x: replace(x, transform=transform))


def set_blend(document: Document, layer_id: str, blend: Blend | None) -> Document:
    """With the result of a method, or without one."""
    return change(document, layer_id, lambda x: replace(x, blend=blend))


def set_recipe(document: Document, layer_id: str, recipe: Recipe | None) -> Document:
    """With another way to make the next blend."""
    return change(document, layer_id, lambda x: replace(x, recipe=recipe))


def set_strength(document: Document, layer_id: str, strength: float) -> Document:
    """With the blend shown at 0..1 of its strength."""
    return change(document, layer_id, lambda x: replace(x, blend=x.blend and replace(x.blend, strength=strength)))


def settle(before: Document, after: Document) -> Document:
    """`after`, with every blend marked stale whose object, or what lies below it, is no longer as in `before`."""
    known = {layer.id for layer in before.layers}
    for layer in after.layers:
        if layer.id not in known or layer.shown_blend is None:
            continue
        rect = layer.shown_blend.rect
        if _seen(before, layer.id, rect) != _seen(after, layer.id, rect):
            after = set_blend(after, layer.id, replace(layer.shown_blend, stale=True))
    return after


def _seen(document: Document, layer_id: str, rect: IntRect) -> tuple[Any, ...]:
    """What a blend of the layer on `rect` is made from. Pixels, masks and blends are the same only as one object."""
    own = document.layer(layer_id)
    below = tuple(
        (x.pixels, x.mask, x.transform, x.blend, x.opacity)
        for x in document.below(layer_id).layers
        if x.visible and footprint(x, document.size).real.overlap(rect.real) > 0
    )
    return (own.pixels, own.mask, own.transform, document.size, below)


def _free_id(document: Document) -> str:
    taken = {layer.id for layer in document.layers}
    return next(f"object-{n}" for n in count(1) if f"object-{n}" not in taken)
