"""The threshold of the find in use: how surely a pixel must belong to it to be in the mask."""

from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget

from blendstudio.app.desk import Desk
from blendstudio.app.jobs import Job
from blendstudio.app.knob_form import KnobForm
from blendstudio.core.params import Value, knob
from blendstudio.core.types import U8
from blendstudio.engine import levels
from blendstudio.engine.job import Progress


@dataclass(frozen=True)
class Level:
    """The one knob."""

    threshold: float = knob(
        levels.LEVEL, 0.0, 1.0, "Threshold", "How surely a pixel must belong to the find: less takes in more."
    )


class ThresholdRow(QWidget):
    """Shown while the mask is a find that says how sure it is of each pixel. One turn of the slider is one step."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._session, self._runner, self._cutting = desk.session, desk.runner, desk.cutting
        self._job: Job | None = None
        self._turns = 0
        self.form = KnobForm(Level)
        self.form.changed.connect(self._turn)
        self.form.settled.connect(self._settle)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        desk.cutting.found.connect(self.refresh)
        desk.session.follow(self.refresh)

    def refresh(self) -> None:
        """Shows at which threshold the mask is cut."""
        find, layer = self._cutting.known, self._session.subject
        cut = find.cut_of(layer.mask.auto) if find and layer and layer.mask else None
        self.setVisible(bool(find and cut and find.candidates[cut.number].soft is not None))
        if cut and not self._job:
            self.form.set_values({"threshold": cut.level})

    def _turn(self, turned: dict[str, Value]) -> None:
        find, index = self._cutting.known, self._cutting.chosen
        if find is None or index < 0:
            return
        if self._job:
            self._runner.stop(self._job)
        level, one, key = float(turned["threshold"]), find.candidates[index], f"threshold {self._turns}"

        def work(progress: Progress) -> U8 | None:
            progress.check()
            return levels.cut(one, level)

        def take(mask: U8 | None) -> None:
            if self._job is not job:
                return  # turned on meanwhile
            self._job = None
            if mask is not None and self._cutting.known is find:
                find.note(mask, index, level)
                self._cutting.take("Threshold", mask, key)

        self._job = job = Job("Cutting at the threshold", work, take, "shapes", quiet=True)
        self._runner.submit(job)

    def _settle(self, _: dict[str, Value]) -> None:
        self._turns += 1
