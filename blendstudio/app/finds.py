"""What prompts have found so far: for each layer and prompt the candidates, and which masks came of them."""

import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from blendstudio.core.document import Layer, Prompt
from blendstudio.core.masking import bounds
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import U8
from blendstudio.engine.kinds import Candidate
from blendstudio.engine.levels import LEVEL

BUDGET = 1 << 28  # bytes of masks kept for prompts other than the last one


class Cut(NamedTuple):
    """A mask that was made of a candidate, by its number from 0, at a threshold."""

    mask: "weakref.ref[U8]"
    number: int
    level: float


@dataclass(eq=False)
class Find:
    """The answer to one prompt on one picture. `sizes` are those of `engine.levels`; `base` is the candidate in use
    when the prompt was last the layer's, with the mask as it was then."""

    pixels: Pixels
    candidates: tuple[Candidate, ...]
    sizes: tuple[tuple[int, ...], ...]
    base: Candidate
    cuts: list[Cut] = field(default_factory=list)

    def __post_init__(self) -> None:
        for index, one in enumerate(self.candidates):
            if one.mask is not None:
                self.note(one.mask, index, LEVEL)

    def note(self, mask: U8, index: int, level: float) -> None:
        """Remembers whose mask this is, as long as somebody has it."""
        self.cuts = [cut for cut in self.cuts if cut.mask() is not None]
        self.cuts.append(Cut(weakref.ref(mask), index, level))

    def cut_of(self, auto: U8 | None) -> Cut | None:
        """Which candidate a layer's found part is, if it is one."""
        return next((cut for cut in self.cuts if auto is not None and cut.mask() is auto), None)

    def use(self, auto: U8) -> None:
        """Notes the mask in use; a joined one belongs to the candidate that was in use before."""
        cut = self.cut_of(auto)
        one = self.candidates[cut.number] if cut else self.base
        if one.mask is not auto:
            box, logits = bounds(auto >= 128) or one.box, one.logits if cut else None
            one = one._replace(mask=auto, soft=None, box=box, logits=logits)
        self.base = one

    @property
    def bytes(self) -> int:
        """The memory of its arrays."""
        parts = [part for one in self.candidates for part in (one.mask, one.soft, one.logits) if part is not None]
        return sum(np.asarray(part).nbytes for part in parts)


class Finds:
    """Answers by layer and prompt, the longest unused given up first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, Prompt], Find] = OrderedDict()

    def keep(self, layer: Layer, prompt: Prompt, find: Find) -> None:
        """Keeps an answer."""
        self._kept.pop((layer.id, prompt), None)
        self._kept[layer.id, prompt] = find
        while len(self._kept) > 1 and sum(one.bytes for one in list(self._kept.values())[:-1]) > BUDGET:
            self._kept.popitem(last=False)

    def of(self, layer: Layer | None, prompt: Prompt | None = None) -> Find | None:
        """What a prompt, or the layer's own, has found in the layer's present picture."""
        if layer is None:
            return None
        key = layer.id, prompt or layer.prompt
        find = self._kept.get(key)
        if find:
            self._kept.move_to_end(key)
        return find if find and find.pixels is layer.pixels else None

    def clear(self) -> None:
        """Forgets all."""
        self._kept.clear()
