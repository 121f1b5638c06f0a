"""Finding the object: a word, a box or clicks lead to candidates; one becomes the found part of the mask."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from blendstudio.app.asking import DRAW_A_BOX, Answer, Asking
from blendstudio.app.finds import Find
from blendstudio.app.jobs import Runner
from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.app.weights import Weights
from blendstudio.core.document import AS_GIVEN, Layer, Mask, Prompt, Refine
from blendstudio.core.geometry import Point, Rect
from blendstudio.core.prompt_edits import names_something, of_box, with_box, with_point
from blendstudio.core.types import U8
from blendstudio.engine import neighbours, pipeline
from blendstudio.engine.kinds import Candidate

NOTHING_MEANT = "Now nothing says what to cut out: type it, draw a box round it, or click on it."


class Cutting(QObject):
    """Prompts of the selected object. `found` follows candidates, `said` a sentence and the way on that it offers."""

    found = Signal()
    said = Signal(str, str)
    busy = Signal(bool)

    def __init__(self, session: Session, runner: Runner, weights: Weights, shapes: Shapes) -> None:
        super().__init__(session)
        self._session, self._shapes = session, shapes
        self.asking = Asking(runner, weights, self)
        self.asking.answered.connect(self._take)
        self.asking.said.connect(self.said)
        self.asking.busy.connect(self.busy)
        self._asked_about: tuple[object, ...] = ()
        self._reached: list[Candidate] = []
        self._history = session.history
        session.changed.connect(self._forget)

    # --- what is there ---

    @property
    def known(self) -> Find | None:
        """The answer to the present prompt of the layer in hand."""
        return self.asking.finds.of(self._session.subject)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """What the prompt found for the selected object, best first."""
        find = self.known
        return find.candidates if find else ()

    @property
    def chosen(self) -> int:
        """The index of the candidate that is the mask's found part, at whatever threshold, or -1."""
        find, layer = self.known, self._session.subject
        cut = find.cut_of(layer.mask.auto) if find and layer and layer.mask else None
        return cut.number if cut else -1

    @property
    def sizes(self) -> tuple[int, ...]:
        """The candidates that show the same place as the chosen one, or as the best, the smallest first."""
        find = self.known
        return find.sizes[max(self.chosen, 0)] if find else ()

    @property
    def prompt(self) -> Prompt:
        """What was asked about the layer in hand last, though the answer may not be there yet."""
        layer = self._session.subject
        return self.asking.prompt(layer) if layer else Prompt()

    # --- asking ---

    def find(self, text: str) -> None:
        """Looks for a word."""
        layer = self._session.subject
        if layer:
            self.asking.ask(layer, Prompt(text), f"Find “{text}”")

    def box(self, box: Rect, more: bool = False) -> None:
        """Cuts out what a box shows, or that too."""
        layer = self._session.subject
        if layer is None:
            return
        x0, y0, x1, y1 = layer.pixels.bounds
        inside = Rect(max(x0, box.x0), max(y0, box.y0), min(x1, box.x1), min(y1, box.y1))
        if inside.width >= 1 and inside.height >= 1:
            prompt = with_box(self.prompt, inside) if more else of_box(self.prompt, inside)
            self.ask(prompt, "Add box" if more else "Cut out")

    def point(self, at: Point, wanted: bool) -> None:
        """Cuts out what the prompt shows, with one more point."""
        layer = self._session.subject
        if layer and 0 <= at.x < layer.pixels.size.width and 0 <= at.y < layer.pixels.size.height:
            self.ask(with_point(self.prompt, at, wanted), "Cut out")

    def ask(self, prompt: Prompt, label: str) -> None:
        """Takes an edited prompt: finds the mask again, or drops what was found when nothing says what is meant."""
        layer = self._session.subject
        known = self.asking.finds.of(layer, prompt) if prompt == Prompt(prompt.text) else None
        if layer is None or prompt == self.prompt:
            return
        if not names_something(prompt):
            self.asking.forgo()
            self._unfind(label, prompt)
            self.said.emit(NOTHING_MEANT if prompt.points else "", "")
        elif known:  # a word whose points or boxes are gone again
            self.asking.forgo()
            self._session.edit(label, lambda x: _with_auto(x, known.base.mask, prompt))
            self.found.emit()
        else:
            self.asking.ask(layer, prompt, label)

    def _take(self, answer: Answer, label: str) -> None:
        document, find = self._session.document, answer.find
        layer = next((x for x in document.layers if x.id == answer.layer.id), None) if document else None
        if layer is None or layer.pixels is not answer.layer.pixels:
            return  # the object is gone; so is the question
        self.asking.finds.keep(layer, answer.prompt, find)
        if document and layer is document.background:
            self._session.front()
        else:
            self._session.select(layer.id)
        self._session.edit(label, lambda x: _with_auto(x, find.base.mask, answer.prompt))
        self.found.emit()
        if not find.base.sure:
            self.said.emit("Not sure that this is it: look at the mask, choose another, or", DRAW_A_BOX)

    # --- choosing ---

    def choose(self, index: int, mode: str = "replace") -> None:
        """Takes a candidate as the found part of the mask, or joins it ("add"), or takes it away ("subtract")."""
        find, layer = self.known, self._session.subject
        if find is None or layer is None or not 0 <= index < len(find.candidates):
            return
        mask = find.candidates[index].mask
        if mask is None:
            return
        now = layer.mask.auto if layer.mask else None
        if mode != "replace" and now is not None:
            mask = np.maximum(now, mask) if mode == "add" else np.minimum(now, 255 - mask)
        if mask is not now:
            self.take(f"Candidate {index + 1}", mask)
        self.found.emit()

    def take(self, label: str, mask: U8, key: str = "") -> None:
        """Makes a mask that came of the candidates the found part."""
        find = self.known
        if find:
            find.use(mask)
            self._session.edit(label, lambda x: _with_auto(x, mask, x.prompt), key)

    @property
    def reached(self) -> list[Candidate]:
        """The other finds that come along in part, at the object's edge or with the context of its next blend."""
        layer, document = self._session.object, self._session.document
        shape = self._shapes.current(layer) if layer else None
        if not (layer and document and shape and shape.alpha is not None and len(self.candidates) > 1):
            return []
        knob = dict(layer.recipe.knobs).get("context", 0) if layer.recipe else 0
        context = pipeline.context_of(document, layer, shape.box.real, int(knob))
        asked = (layer.mask, self.candidates, context)
        if asked != self._asked_about:
            self._asked_about, self._reached = (
                asked,
                neighbours.reached(layer.mask, shape.alpha, context, self.candidates),
            )
        return self._reached

    def exclude(self, on: bool) -> None:
        """Leaves the other finds out of what comes along with the object, or lets them in again."""
        found = self.candidates
        label = "Leave others out" if on else "Let others in"
        self._session.edit(label, lambda x: _excluding(x, found) if on else _including(x))

    def drop_strokes(self) -> None:
        """Takes back all that the hand did to the mask."""
        self._session.edit("Drop my edits", _without_strokes)

    def invert(self) -> None:
        """Turns the mask inside out: what was found becomes what is not, and so does what the hand painted."""
        self._session.edit("Invert mask", _inverted)

    def clear_prompt(self) -> None:
        """Takes the prompt and what it found away; what the hand painted stays."""
        self.asking.forgo()
        self.said.emit("", "")
        self._unfind("Clear prompt", Prompt())

    def clear(self) -> None:
        """Takes the mask and the prompt away, so that the whole photo shows."""
        self.asking.forgo()
        self._session.edit("Clear mask", lambda x: replace(x, mask=None, prompt=Prompt()))
        self.found.emit()

    def _unfind(self, label: str, prompt: Prompt) -> None:
        layer, front = self._session.subject, self._session.fronting
        if layer and layer.prompt != prompt:
            self._session.edit(label, lambda x: _unfound(x, prompt, front=front))
        self.found.emit()

    def _forget(self) -> None:
        """What was found in a work goes with it."""
        if self._session.history is not self._history:
            self._history = self._session.history
            self.asking.finds.clear()
            self._asked_about, self._reached = (), []


def _with_auto(layer: Layer, auto: U8 | None, prompt: Prompt) -> Layer:
    """Another found part; what the hand painted and how the mask is refined stay."""
    mask = layer.mask or Mask()
    refine = mask.refine if mask.auto is not None and names_something(layer.prompt) else Refine()
    return replace(layer, mask=replace(mask, auto=auto, refine=refine, exclude=None), prompt=prompt)


def _unfound(layer: Layer, prompt: Prompt, *, front: bool) -> Layer:
    """Without a found part; what the hand painted stays, and without that all shows again.

    Where it has only erased, it has erased from all of the photo, or in front from nothing.
    """
    mask = layer.mask
    if mask is None or not names_something(layer.prompt):  # then it came from a file or by hand
        return replace(layer, prompt=prompt)
    left = replace(mask, auto=None, exclude=None) if mask.add is not None else None
    if mask.add is None and mask.subtract is not None and not front:
        height, width = layer.pixels.array.shape[:2]
        left = Mask(np.full((height, width), 255, np.uint8), None, mask.subtract, AS_GIVEN)
    return replace(layer, mask=left, prompt=prompt)


def _excluding(layer: Layer, found: tuple[Candidate, ...]) -> Layer:
    return replace(layer, mask=layer.mask and neighbours.excluding(layer.mask, found))


def _including(layer: Layer) -> Layer:
    return replace(layer, mask=layer.mask and replace(layer.mask, exclude=None))


def _without_strokes(layer: Layer) -> Layer:
    mask = layer.mask
    if mask is None or (mask.add is None and mask.subtract is None):
        return layer
    left = None if mask.auto is None else replace(mask, add=None, subtract=None)
    return replace(layer, mask=left)


def _inverted(layer: Layer) -> Layer:
    mask = layer.mask
    if mask is None:
        return layer
    height, width = layer.pixels.array.shape[:2]
    auto = np.zeros((height, width), np.uint8) if mask.auto is None else mask.auto
    return replace(layer, mask=replace(mask, auto=255 - auto, add=mask.subtract, subtract=mask.add, exclude=None))
