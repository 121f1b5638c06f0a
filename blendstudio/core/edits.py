"""Every edit a person can make: a Document in, a Document out."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

from blendstudio.core.document import Blend, Document, Layer, Mask, Prompt, Refine
from blendstudio.core.geometry import Transform
from blendstudio.core.pixels import Pixels


def new_document(background: Pixels, name: str = "Background") -> Document:
    """A work with nothing but its background."""
    return Document((Layer("background", name, background),))


def add_object(document: Document, pixels: Pixels, name: str, transform: Transform) -> tuple[Document, str]:
    """The document with one more object on top, and the object's id."""
    taken = {layer.id for layer in document.layers}
    layer_id = next(f"object-{n}" for n in count(1) if f"object-{n}" not in taken)
    layer = Layer(layer_id, name, pixels, Mask(), transform)
    return Document((*document.layers, layer)), layer_id


def remove_layer(document: Document, layer_id: str) -> Document:
    """Without that layer; the background stays."""
    return Document(tuple(x for x in document.layers if x.id != layer_id or x is document.background))


def change(document: Document, layer_id: str, edit: Callable[[Layer], Layer]) -> Document:
    """The document with one layer replaced by what `edit` makes of it."""
    document.layer(layer_id)
    return Document(tuple(edit(x) if x.id == layer_id else x for x in document.layers))


def set_mask(document: Document, layer_id: str, mask: Mask, prompt: Prompt | None = None) -> Document:
    """With another mask, and the prompt that made it."""
    return change(document, layer_id, lambda x: replace(x, mask=mask, prompt=prompt or x.prompt))


def set_refine(document: Document, layer_id: str, refine: Refine) -> Document:
    """With other refine settings."""
    return change(document, layer_id, lambda x: replace(x, mask=replace(x.mask or Mask(), refine=refine)))


def set_transform(document: Document, layer_id: str, transform: Transform) -> Document:
    """Moved, scaled or turned; the blend stays and shows as stale."""
    return change(document, layer_id, lambda x: replace(x, transform=transform))


def set_blend(document: Document, layer_id: str, blend: Blend | None) -> Document:
    """With the result of a method, or without one."""
    return change(document, layer_id, lambda x: replace(x, blend=blend))


def set_strength(document: Document, layer_id: str, strength: float) -> Document:
    """With the blend shown at 0..1 of its strength."""
    return change(document, layer_id, lambda x: replace(x, blend=x.blend and replace(x.blend, strength=strength)))
