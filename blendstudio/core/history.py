"""Undo and redo: every state of one document, newest last, within a budget of bytes."""

from dataclasses import dataclass, replace

import numpy as np

from blendstudio.core.document import Document, Layer

LEAST = 20  # steps that are kept whatever they cost


@dataclass(frozen=True, eq=False)
class Step:
    """One state and the name of the edit that led to it; steps with the same key in a row are one."""

    label: str
    document: Document
    key: str = ""


class History:
    """A line of steps with a current one. Layers that steps share are counted once."""

    def __init__(self, document: Document, budget: int = 1 << 30) -> None:
        self._steps = [Step("Open", document)]
        self._at = 0
        self._budget = budget

    @property
    def document(self) -> Document:
        """The current state."""
        return self._steps[self._at].document

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of all steps, oldest first."""
        return tuple(step.label for step in self._steps)

    @property
    def position(self) -> int:
        """The index of the current step."""
        return self._at

    def push(self, label: str, document: Document, key: str = "") -> None:
        """A new current state; what was undone is gone. A key equal to the last step's replaces that step."""
        del self._steps[self._at + 1 :]
        if key and self._steps[-1].key == key:
            del self._steps[-1]
        self._steps.append(Step(label, document, key))
        while len(self._steps) > LEAST and self.bytes() > self._budget:
            del self._steps[0]
        self._at = len(self._steps) - 1

    def seal(self) -> None:
        """Ends the current step: the next edit is another one, whatever its key."""
        self._steps[self._at] = replace(self._steps[self._at], key="")

    def go(self, position: int) -> Document:
        """Makes the step at `position` current, clamped to the line."""
        self._at = min(max(0, position), len(self._steps) - 1)
        return self.document

    def undo(self) -> Document:
        """One step back, or the first state."""
        return self.go(self._at - 1)

    def redo(self) -> Document:
        """One step forward, or the last state."""
        return self.go(self._at + 1)

    def bytes(self) -> int:
        """The memory of all arrays that the steps hold, each counted once."""
        held = {id(a): a.nbytes for step in self._steps for layer in step.document.layers for a in arrays(layer)}
        return sum(held.values())


def arrays(layer: Layer) -> list[np.ndarray]:
    """Every array that a layer holds."""
    held = [layer.pixels.array]
    if layer.mask:
        held += [part for part in layer.mask.parts if part is not None]
    if layer.blend:
        held += [layer.blend.alpha, *(part.values for part in layer.blend.contributions)]
    return held
