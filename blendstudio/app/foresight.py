"""What a choice would give, shown before it is made: the find under the pointer, or the mask of a point to be set."""

import math

from PySide6.QtCore import QObject, QTimer, Signal

from blendstudio.app.asking import Answer
from blendstudio.app.cutting import Cutting
from blendstudio.app.ghost import Ghost
from blendstudio.app.jobs import AHEAD, Job, Runner
from blendstudio.app.looking import Looking
from blendstudio.app.session import Session
from blendstudio.core.geometry import Point
from blendstudio.core.prompt_edits import names_something, with_point
from blendstudio.errors import StudioError

REST = 120  # ms that the pointer rests before anything is asked
STILL = 4.0  # px of the screen within which it counts as resting
QUICK = 0.5  # s: a segmenter that takes longer is not asked before the click


class Foresight(QObject):
    """`ghost` is what is to be drawn over the canvas, or None; `changed` follows another one.

    The newest place wins, and an answer is shown only while the pointer is still where it was asked for.
    """

    changed = Signal()

    def __init__(self, session: Session, runner: Runner, cutting: Cutting, looking: Looking) -> None:
        super().__init__(session)
        self._session, self._runner, self._cutting, self._looking = session, runner, cutting, looking
        self.ghost: Ghost | None = None
        self._job: Job | None = None
        self._place: tuple[Point, bool, float] | None = None
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self._ask)
        session.touched.connect(self.drop)
        cutting.busy.connect(self._give_way)

    def candidate(self, index: int) -> None:
        """The pointer is over a find, or, below 0, has left it."""
        self.drop()
        layer, found = self._session.subject, self._cutting.candidates
        mask = found[index].mask if 0 <= index < len(found) else None
        if layer and mask is not None:
            self._show(Ghost(layer, mask))

    def point(self, at: Point | None, wanted: bool, scale: float) -> None:
        """The pointer is where a click would set a point; `scale` is picture pixels per pixel of the screen."""
        if at and self._place and self._place[1] == wanted and math.dist(at, self._place[0]) <= STILL * scale:
            return
        self.drop()
        layer = self._session.subject
        if at and layer and 0 <= at.x < layer.pixels.size.width and 0 <= at.y < layer.pixels.size.height:
            self._place = at, wanted, scale
            self._timer.start()

    def drop(self) -> None:
        """Nothing is to be shown any more."""
        self._timer.stop()
        self._place = None
        if self._job:
            self._runner.stop(self._job)
            self._job = None
        self._show(None)

    def _give_way(self, asked: bool) -> None:
        """Somebody has asked in earnest; what is shown stays until the answer."""
        self._timer.stop()
        if asked and self._job:
            self._runner.stop(self._job)
            self._job = None

    @property
    def _quick(self) -> bool:
        layer = self._session.subject
        seen = layer is not None and self._looking.has_seen(layer.pixels)
        return seen or self._cutting.asking.seconds <= QUICK

    def _ask(self) -> None:
        layer = self._session.subject
        if self._place is None or layer is None or not self._quick or self._runner.busy("engine"):
            return
        at, wanted, _ = self._place
        prompt = with_point(self._cutting.prompt, at, wanted)
        if not names_something(prompt):
            return
        work = self._cutting.asking.question(layer, prompt)
        self._job = Job("Looking ahead", work, self._take, AHEAD, quiet=True, failed=self._ignore)
        self._runner.submit(self._job)

    def _take(self, answer: Answer) -> None:
        layer, mask = self._session.subject, answer.find.base.mask
        there = self._place is not None and answer.prompt.points[-1][0] == self._place[0]
        if there and layer and layer.id == answer.layer.id and mask is not None:
            self._show(Ghost(layer, mask))

    def _ignore(self, _: StudioError) -> None:
        """Nothing is there: the click itself will say so."""

    def _show(self, ghost: Ghost | None) -> None:
        if ghost is not self.ghost:
            self.ghost = ghost
            self.changed.emit()
