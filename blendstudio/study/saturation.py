"""Saturation at the seam: the paper's Figs. 6 and 7, and the steps of its algorithm.

Fig. 6: red, green, blue and HSV saturation along the object's edge and across it, in the background as it was, in the
plain paste and in the blend. Fig. 7: the saturation channel of background and blend, its gradient, and the difference
of the two (equation 2). Then the algorithm step by step: mask, erosion, dilation, stage 1, PAN, stage 2.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from blendstudio.core.compose import flatten
from blendstudio.core.document import Refine
from blendstudio.core.geometry import IntRect
from blendstudio.core.masking import kernel
from blendstudio.core.types import F32, U8
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets
from blendstudio.study import pairs, profiles
from blendstudio.study.asked import Asked
from blendstudio.study.contenders import Contender, blended, limited
from blendstudio.study.looks import saturation, saturation_distance, seam_step
from blendstudio.study.report import Report
from blendstudio.study.sheets import black_white

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


METHOD, PRESET = "two-stage", "paper"
UNTIL_PAN = {"evaluations_2": 0}
FEW = 3  # pairs, unless more are asked for
INKS = {"background": "#777777", "paste": "#d98c00", "blend": "#1f6fb4"}
BRIGHTEN = 4  # times, to show a gradient


class Step(NamedTuple):
    """One picture on the way, and what it is."""

    name: str
    picture: U8


class Watch:
    """Keeps the last picture that each stage of a running blend shows."""

    def __init__(self, background: U8) -> None:
        self.seen: dict[str, U8] = {}
        self._background, self._stage = background, ""

    def report(self, _: float, stage: str) -> None:
        """What is being done now."""
        self._stage = stage

    def show(self, picture: F32, rect: IntRect | None) -> None:
        """A picture of `rect`; only whole ones are kept, large windows are shown smaller."""
        whole = self._background.copy()
        if rect is not None and whole[rect.slices].shape == picture.shape:
            whole[rect.slices] = pairs.eight(picture)
            self.seen[self._stage] = whole


def run(asked: Asked, models: Nets, progress: Progress) -> list[str]:
    """Plots and pictures for a few pairs; returns the figures in short."""
    report = Report(asked.out, "saturation", "Saturation at the seam")
    report.text((__doc__ or "").split("\n\n", 1)[1].replace("\n", " "))
    chosen = limited(Contender(f"{METHOD} {PRESET}", METHOD, PRESET), asked.evaluations)
    report.text(f"The blend is {chosen.label}{f', {chosen.note}' if chosen.note else ''}.", said=True)
    listed = pairs.plans(asked.data, asked.pairs or FEW)
    lines: list[dict[str, Any]] = []
    for number, plan in enumerate(listed):
        part = progress.part(number / len(listed), (number + 1) / len(listed), plan.name)
        pair = pairs.make(plan, 0, asked.side)
        report.heading(pair.name)
        lines += _pair(report, pair, chosen, models, part)
    report.heading("In figures")
    report.text(
        "Saturation loss: equation 2, the mean saturation gradient of the picture less that of the background. Step at "
        "seam: levels of luma. Saturation distance: object against its surroundings, 0..1."
    )
    report.table("saturation", lines, said=True)
    progress(1.0, "Done")
    return report.write()


def steps(pair: pairs.Pair, chosen: Contender, models: Nets, progress: Progress) -> list[Step]:
    """The paste, stage 1 as it last showed itself, after PAN, and after stage 2."""
    watch = Watch(pair.background)
    until = Contender(chosen.label, METHOD, PRESET, {**chosen.values, **UNTIL_PAN})
    first = blended(pair, until, models, Progress(watch.report, watch.show, lambda: progress.stopped)).picture
    progress(0.5)
    last = blended(pair, chosen, models, progress.part(0.5, 1.0)).picture
    stage_1 = [Step("stage 1", picture) for picture in list(watch.seen.values())[:1]]
    pasted = flatten(pair.document).rgb8()
    return [Step("paste", pasted), *stage_1, Step("stage 1 and PAN", first), Step("stage 2", last)]


def refinements(pair: pairs.Pair) -> list[Step]:
    """The found mask, eroded, then dilated (section 3.1), in the object's own pixels."""
    import cv2

    mask = pair.document.layer(pairs.LAYER).mask
    refine = mask.refine if mask else Refine()
    found = np.zeros((1, 1), np.uint8) if mask is None or mask.auto is None else mask.auto
    eroded = np.asarray(cv2.erode(found, kernel(refine.kernel, refine.erode)), np.uint8)
    dilated = np.asarray(cv2.dilate(eroded, kernel(refine.kernel, refine.dilate)), np.uint8)
    names = "mask", f"eroded by {refine.erode} px", f"then dilated by {refine.dilate} px"
    return [Step(name, black_white(one)) for name, one in zip(names, (found, eroded, dilated), strict=True)]


def _pair(
    report: Report, pair: pairs.Pair, chosen: Contender, models: Nets, progress: Progress
) -> list[dict[str, Any]]:
    made = steps(pair, chosen, models, progress)
    shown = {"background": pair.background, "paste": made[0].picture, "blend": made[-1].picture}
    for name, picture in shown.items():
        report.picture(picture, name)
    report.plot(
        seam_plot(shown, pair), "Fig. 6: colour along and across the seam. Across: object left, background right."
    )
    for name, picture in (("background", pair.background), ("blend", made[-1].picture)):
        report.picture(_grey(saturation(picture)), f"Fig. 7, 1: saturation of the {name}")
        report.picture(_grey(profiles.gradient(picture) * BRIGHTEN), f"Fig. 7, 2: its gradient, {BRIGHTEN} times")
    difference = profiles.gradient(made[-1].picture) - profiles.gradient(pair.background)
    loss = profiles.saturation_loss(made[-1].picture, pair.background)
    report.picture(_grey(0.5 + difference), f"Fig. 7, 3: their difference; its mean is {loss:.4f}")
    for step in (*refinements(pair), *made):
        report.picture(step.picture, f"Step: {step.name}")
    report.plot(steps_plot(made, pair), "Saturation across the seam, step by step.")
    return [
        {
            "pair and step": f"{pair.name}: {name}",
            "saturation loss": profiles.saturation_loss(picture, pair.background),
            "step at seam": seam_step(picture, pair.mask),
            "saturation distance": saturation_distance(picture, pair.mask),
        }
        for name, picture in (Step("background", pair.background), *made)
    ]


def seam_plot(shown: dict[str, U8], pair: pairs.Pair) -> "Figure":
    """R, G, B and S along (left) and across (right) the seam of each picture, named by INKS."""
    from matplotlib.figure import Figure

    figure = Figure((12, 9))
    axes = figure.subplots(len(profiles.CHANNELS), 2, sharey="row", width_ratios=(3, 1))
    for name, picture in shown.items():
        for column, curve in enumerate((profiles.along(picture, pair.mask), profiles.across(picture, pair.mask))):
            for row in range(len(profiles.CHANNELS)):
                axes[row, column].plot(curve.places, curve.values[:, row], color=INKS[name], lw=1, label=name)
    for row, channel in enumerate(profiles.CHANNELS):
        axes[row, 0].set_ylabel(channel)
        _edge(axes[row, 1])
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.12, 0.94), ncols=3)
    axes[-1, 0].set_xlabel("pixels along the edge")
    axes[-1, 1].set_xlabel("pixels from the edge")
    return figure


def steps_plot(made: list[Step], pair: pairs.Pair) -> "Figure":
    """Saturation across the seam after each step, and of the background."""
    from matplotlib.figure import Figure

    figure = Figure((8, 4))
    axes = figure.subplots()
    for step in (Step("background", pair.background), *made):
        curve = profiles.across(step.picture, pair.mask)
        axes.plot(curve.places, curve.values[:, -1], lw=1.4, label=step.name)
    _edge(axes)
    axes.set_xlabel("pixels from the edge: object left, background right")
    axes.set_ylabel("S")
    axes.legend()
    return figure


def _edge(axes: "Axes") -> None:
    axes.axvline(0, color="#bbbbbb", lw=0.8, zorder=0)


def _grey(plane: F32) -> U8:
    return np.repeat(pairs.eight(plane)[..., None], 3, axis=2)
