"""Undo and redo under any order of edits."""

from dataclasses import replace

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from blendstudio.core.document import Document, Layer, Mask
from blendstudio.core.history import LEAST, History
from blendstudio.core.pixels import from_rgb

BUDGET = 3000
SEA = Layer("background", "Sea", from_rgb(np.zeros((10, 10, 3), np.uint8)))
BIRD = Layer("object-1", "Bird", from_rgb(np.zeros((8, 8, 3), np.uint8)))


class Undo(RuleBasedStateMachine):
    """A history beside the plain list that it stands for."""

    def __init__(self) -> None:
        super().__init__()
        start = Document((SEA, BIRD))
        self.history = History(start, BUDGET)
        self.line = [(start, "")]
        self.at = 0

    def edited(self, **traits: object) -> Document:
        sea, bird = self.history.document.layers
        return Document((sea, replace(bird, **traits)))

    def push(self, document: Document, key: str = "") -> None:
        del self.line[self.at + 1 :]
        if key and self.line[-1][1] == key:
            del self.line[-1]
        self.line.append((document, key))
        self.history.push("Edit", document, key)
        del self.line[: len(self.line) - len(self.history.labels)]  # what the budget took, from the old end
        self.at = len(self.line) - 1

    @rule(side=st.integers(4, 20), part=st.sampled_from(["auto", "add", "subtract"]), many=st.integers(1, 8))
    def paint(self, side: int, part: str, many: int) -> None:
        for _ in range(many):
            self.push(self.edited(mask=Mask(**{part: np.zeros((side, side), np.uint8)})))

    @rule(opacity=st.floats(0, 1), key=st.sampled_from(["", "opacity", "strength"]))
    def slide(self, opacity: float, key: str) -> None:
        before = self.history.bytes()
        steps = len(self.history.labels)
        self.push(self.edited(opacity=opacity), key)
        if len(self.history.labels) > steps:
            assert self.history.bytes() <= before  # a step that shares all its pictures costs nothing

    @rule()
    def undo(self) -> None:
        self.at = max(0, self.at - 1)
        assert self.history.undo() is self.line[self.at][0]

    @rule()
    def redo(self) -> None:
        self.at = min(len(self.line) - 1, self.at + 1)
        assert self.history.redo() is self.line[self.at][0]

    @rule(position=st.integers(-3, 60))
    def go(self, position: int) -> None:
        self.at = min(max(0, position), len(self.line) - 1)
        assert self.history.go(position) is self.line[self.at][0]

    @precondition(lambda self: self.at > 0)
    @rule()
    def undo_then_redo_is_nothing(self) -> None:
        before = self.history.document
        self.history.undo()
        assert self.history.redo() is before

    @invariant()
    def shows_the_current_state(self) -> None:
        assert self.history.document is self.line[self.at][0]
        assert (self.history.position, len(self.history.labels)) == (self.at, len(self.line))

    @invariant()
    def keeps_to_the_budget(self) -> None:
        assert self.history.bytes() <= BUDGET or len(self.line) <= LEAST

    @invariant()
    def counts_shared_arrays_once(self) -> None:
        masks = {id(d.layers[1].mask): d.layers[1].mask for d, _ in self.line if d.layers[1].mask}
        parts = [p for m in masks.values() for p in (m.auto, m.add, m.subtract) if p is not None]
        assert self.history.bytes() == 400 + 256 + sum(part.nbytes for part in parts)


Undo.TestCase.settings = settings(max_examples=25, stateful_step_count=30)
TestUndo = Undo.TestCase
