"""What is given up, one thing after the other, when a blend does not fit into memory."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import cv2

from blendstudio.core.document import Blend
from blendstudio.core.params import knobs
from blendstudio.engine import pipeline
from blendstudio.engine.store import Nets
from blendstudio.errors import OutOfMemory, explained

SIZE = "size"  # the knob of methods that optimise at a working size
HALVINGS = 2

Make = Callable[[pipeline.Order, Nets], Blend]


class Rung(NamedTuple):
    """One way to try: what is run, with which nets, and what was given up for it, in the recipe's words."""

    order: pipeline.Order
    models: Nets
    note: str = ""


def climbed(make: Make, order: pipeline.Order, models: Nets) -> tuple[Blend, Nets]:
    """The blend that `make` makes, and the nets that made it; with less where memory runs out, as the notes then tell.

    Raises OutOfMemory when nothing is left to give up.
    """
    for rung in rungs(order, models):
        made = _tried(make, rung)
        if made is not None:
            notes = (*made.recipe.notes, rung.note) if rung.note else made.recipe.notes
            return replace(made, recipe=replace(made.recipe, notes=notes)), rung.models
    raise OutOfMemory(
        "There is not enough memory for this blend, even at a smaller working size.",
        "Close other programs, or use a smaller background.",
    )


def rungs(order: pipeline.Order, models: Nets) -> Iterator[Rung]:
    """As asked; without idle nets; at a half and a quarter of the working size; at last on the processor."""
    yield Rung(order, models)
    models.store.rest()
    yield Rung(order, models, "unloaded idle nets")
    for _ in range(HALVINGS if SIZE in knobs(order.entry.params) else 0):
        low = knobs(order.entry.params)[SIZE][0].low
        size = max(int(low), getattr(order.params, SIZE) // 2)
        order = replace(order, params=replace(order.params, **{SIZE: size}))
        yield Rung(order, models, f"short of memory: worked at {size} pixels")
    if models.device.type != "cpu":
        yield Rung(order, Nets(models.store, models.tier, "cpu"), "short of memory: worked on the processor")


def _tried(make: Make, rung: Rung) -> Blend | None:
    """None when memory ran out; by the time this returns, nothing of the try is held any more."""
    try:
        return make(rung.order, rung.models)
    except (MemoryError, RuntimeError, cv2.error) as error:
        if not isinstance(explained(error), OutOfMemory):
            raise
    return None
