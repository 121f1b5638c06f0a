"""Asking the nets: one question at a time about one layer, and what they answered so far."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from blendstudio import api
from blendstudio.app.finds import Find, Finds
from blendstudio.app.jobs import Job, Runner
from blendstudio.app.weights import Weights
from blendstudio.core.document import Layer, Prompt
from blendstudio.core.prompt_edits import goes_on_from
from blendstudio.engine import levels
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate
from blendstudio.errors import ModelMissing, StudioError

DRAW_A_BOX = "Draw a box instead"
FETCH = "Fetch the starter nets"


@dataclass(frozen=True, eq=False)
class Answer:
    """What a prompt has found in a layer, and how long that took once the nets were loaded."""

    layer: Layer
    prompt: Prompt
    find: Find
    seconds: float


class Asking(QObject):
    """`answered` gives an Answer and the name of the step that it is to be; `said` as that of Cutting."""

    answered = Signal(object, str)
    said = Signal(str, str)
    busy = Signal(bool)

    def __init__(self, runner: Runner, weights: Weights, parent: QObject) -> None:
        super().__init__(parent)
        self._runner, self._weights = runner, weights
        self.finds = Finds()
        self.seconds = float("inf")  # that the last answer to clicks took
        self._job: Job | None = None
        self._asked: tuple[str, Prompt] | None = None  # of which layer, what

    def prompt(self, layer: Layer) -> Prompt:
        """What was asked about a layer last, though the answer may not be there yet."""
        return self._asked[1] if self._asked and self._asked[0] == layer.id else layer.prompt

    def ask(self, layer: Layer, prompt: Prompt, label: str) -> None:
        """Asks; an earlier question is not wanted any more."""
        self.forgo()
        work = self.question(layer, prompt)

        def take(answer: Answer) -> None:
            self._take(answer, label)

        pointed = prompt.boxes or prompt.points
        title = "Cutting out" if pointed else f"Looking for “{prompt.text}”"
        self._job = Job(title, work, take, failed=self._explain, cancelled=self._rest)
        self._asked = layer.id, prompt
        self.said.emit("", "")
        self.busy.emit(True)
        self._runner.submit(self._job)

    def forgo(self) -> None:
        """An answer under way is not wanted any more."""
        if self._job:
            self._runner.stop(self._job)
            self._job = self._asked = None
            self.busy.emit(False)

    def question(self, layer: Layer, prompt: Prompt) -> Callable[[Progress], Answer]:
        """The work that answers a prompt."""
        earlier = self._earlier(layer, prompt)

        def work(progress: Progress) -> Answer:
            models = self._weights.nets()
            api.load_for(replace(prompt, text="") if earlier else prompt, models)
            started = time.monotonic()
            found = api.find(layer.pixels, prompt, models, progress, earlier).candidates
            seconds = time.monotonic() - started
            return Answer(layer, prompt, Find(layer.pixels, found, levels.sizes(found), found[0]), seconds)

        return work

    def _earlier(self, layer: Layer, prompt: Prompt) -> Candidate | None:
        """What points go on from: what the words found, or the mask on which they are put."""
        if not (prompt.points or prompt.boxes):
            return None
        words = Prompt(prompt.text)
        find = self.finds.of(layer, layer.prompt if words.empty else words)
        if find and layer.mask and layer.mask.auto is not None and find is self.finds.of(layer):
            find.use(layer.mask.auto)
        if find is None or not words.empty:
            return find.base if find else None
        if not goes_on_from(prompt, layer.prompt):
            return None
        own_choice = find.base.mask is not find.candidates[0].mask
        return find.base if own_choice or find.base.logits is not None else None

    def _take(self, answer: Answer, label: str) -> None:
        wanted = self._asked is not None and self._asked[1] is answer.prompt
        self._rest()
        if not wanted:
            return  # something else has been asked for since
        if answer.prompt.points:
            self.seconds = answer.seconds
        self.answered.emit(answer, label)

    def _explain(self, error: StudioError) -> None:
        self._rest()
        way = FETCH if isinstance(error, ModelMissing) else DRAW_A_BOX
        self.said.emit(f"{error.what} {_without_switches(error.next_step)}", way)

    def _rest(self) -> None:
        waiting = [job for job in self._runner.jobs if job is self._job and not job.stop.is_set()]
        if not waiting:
            self._job = self._asked = None
            self.busy.emit(False)


def _without_switches(text: str) -> str:
    """A next step without the command line's way to take it: here the link beside the sentence is the way."""
    return re.sub(r" \(--[^)]*\)", "", text)
