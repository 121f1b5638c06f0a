"""Finding the object: a word, a box or clicks lead to candidates; one becomes the found part of the mask."""

import re
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from blendstudio import api
from blendstudio.app.jobs import Job, Runner
from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.app.weights import Weights
from blendstudio.core.document import Layer, Mask, Prompt, Refine
from blendstudio.core.geometry import Point, Rect
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import U8
from blendstudio.engine import neighbours, pipeline
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate
from blendstudio.errors import ModelMissing, StudioError

DRAW_A_BOX = "Draw a box instead"
FETCH = "Fetch the starter nets"


class Cutting(QObject):
    """Prompts of the selected object. `found` follows candidates, `said` a sentence and the way on that it offers."""

    found = Signal()
    said = Signal(str, str)
    busy = Signal(bool)

    def __init__(self, session: Session, runner: Runner, weights: Weights, shapes: Shapes) -> None:
        super().__init__(session)
        self._session, self._runner, self._weights, self._shapes = session, runner, weights, shapes
        self._candidates: dict[str, tuple[Pixels, tuple[Candidate, ...]]] = {}
        self._job: Job | None = None
        self._asked: Prompt | None = None
        self._asked_about: tuple[object, ...] = ()
        self._reached: list[Candidate] = []
        self._history = session.history
        session.changed.connect(self._forget)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """What the last prompt found for the selected object, best first."""
        layer = self._session.subject
        pixels, found = self._candidates.get(layer.id, (None, ())) if layer else (None, ())
        return found if layer and pixels is layer.pixels else ()

    @property
    def chosen(self) -> int:
        """The index of the candidate that is the mask's found part, or -1."""
        layer = self._session.subject
        auto = layer.mask.auto if layer and layer.mask else None
        return next((n for n, one in enumerate(self.candidates) if one.mask is not None and one.mask is auto), -1)

    def find(self, text: str) -> None:
        """Looks for a word."""
        self._ask(Prompt(text))

    def box(self, box: Rect) -> None:
        """Cuts out what a box shows."""
        layer = self._session.subject
        if layer:
            x0, y0, x1, y1 = layer.pixels.bounds
            inside = Rect(max(x0, box.x0), max(y0, box.y0), min(x1, box.x1), min(y1, box.y1))
            if inside.width >= 1 and inside.height >= 1:
                self._ask(Prompt(layer.prompt.text, (inside,)))

    def point(self, at: Point, wanted: bool) -> None:
        """Cuts out what the points show, with one more."""
        layer = self._session.subject
        if layer and 0 <= at.x < layer.pixels.size.width and 0 <= at.y < layer.pixels.size.height:
            points = (*layer.prompt.points, (at, wanted))
            self._ask(Prompt(layer.prompt.text, layer.prompt.boxes, points))

    def choose(self, index: int, mode: str = "replace") -> None:
        """Takes a candidate as the found part of the mask, or joins it ("add"), or takes it away ("subtract")."""
        if not 0 <= index < len(self.candidates):
            return
        layer, mask = self._session.subject, self.candidates[index].mask
        if layer is None or mask is None:
            return
        now = layer.mask.auto if layer.mask else None
        if mode != "replace" and now is not None:
            mask = np.maximum(now, mask) if mode == "add" else np.minimum(now, 255 - mask)
        self._session.edit(f"Candidate {index + 1}", lambda x: _with_auto(x, mask, x.prompt))
        self.found.emit()

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

    def clear(self) -> None:
        """Takes the mask and the prompt away, so that the whole photo shows."""
        layer = self._session.subject
        if layer:
            self._candidates.pop(layer.id, None)
            self._asked = None  # an answer under way is not wanted any more
            self._session.edit("Clear mask", lambda x: replace(x, mask=None, prompt=Prompt()))
            self.found.emit()

    def _ask(self, prompt: Prompt) -> None:
        layer = self._session.subject
        if layer is None:
            return
        if self._job:
            self._runner.stop(self._job)

        def work(progress: Progress) -> tuple[Layer, api.Found]:
            models = self._weights.nets()
            api.load_for(prompt, models)
            return layer, api.find(layer.pixels, prompt, models, progress)

        title = f"Looking for “{prompt.text}”" if not (prompt.boxes or prompt.points) else "Cutting out"
        self._job = Job(title, work, self._take, failed=self._explain, cancelled=self._rest)
        self._asked = prompt
        self.said.emit("", "")
        self.busy.emit(True)
        self._runner.submit(self._job)

    def _take(self, result: tuple[Layer, api.Found]) -> None:
        self._rest()
        asked, found = result
        if found.prompt is not self._asked:
            return  # something else has been asked for since
        document = self._session.document
        layer = next((x for x in document.layers if x.id == asked.id), None) if document else None
        if layer is None or layer.pixels is not asked.pixels:
            return  # the object is gone; so is the question
        self._candidates[layer.id] = (layer.pixels, found.candidates)
        if document and layer is document.background:
            self._session.front()
        else:
            self._session.select(layer.id)
        prompt = found.prompt
        label = f"Find “{prompt.text}”" if not (prompt.boxes or prompt.points) else "Cut out"
        self._session.edit(label, lambda x: _with_auto(x, found.mask.auto, prompt))
        self.found.emit()
        if found.best and not found.best.sure:
            self.said.emit("Not sure that this is it: look at the mask, choose another, or", DRAW_A_BOX)

    def _forget(self) -> None:
        """What was found in a work goes with it."""
        if self._session.history is not self._history:
            self._history = self._session.history
            self._candidates.clear()
            self._asked_about, self._reached = (), []

    def _explain(self, error: StudioError) -> None:
        self._rest()
        way = FETCH if isinstance(error, ModelMissing) else DRAW_A_BOX
        self.said.emit(f"{error.what} {_without_switches(error.next_step)}", way)

    def _rest(self) -> None:
        waiting = [job for job in self._runner.jobs if job is self._job and not job.stop.is_set()]
        if not waiting:
            self._job = None
            self.busy.emit(False)


def _without_switches(text: str) -> str:
    """A next step without the command line's way to take it: here the link beside the sentence is the way."""
    return re.sub(r" \(--[^)]*\)", "", text)


def _with_auto(layer: Layer, auto: U8 | None, prompt: Prompt) -> Layer:
    """Another found part; what the hand painted and how the mask is refined stay."""
    mask = layer.mask or Mask()
    refine = mask.refine if mask.auto is not None and layer.prompt != Prompt() else Refine()
    return replace(layer, mask=replace(mask, auto=auto, refine=refine, exclude=None), prompt=prompt)


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
