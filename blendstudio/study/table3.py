"""Table 3: what PAN, the saturation loss and the mask's erosion and dilation each do to the paper's two stages.

All eight ways to switch the three on and off, on the same pairs. An effect is the mean of a metric with a part less
that without it, the other two parts being the same. It is called nil where its 95 % interval holds 0 (pairs drawn
anew). All is measured on one mask, the object's as the program finds it, so that a smaller mask is no better result.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from blendstudio.core.document import Refine
from blendstudio.core.params import Value, values
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets
from blendstudio.study import pairs
from blendstudio.study.asked import Asked
from blendstudio.study.contenders import Contender, blended, limited
from blendstudio.study.looks import look
from blendstudio.study.report import Report
from blendstudio.study.sheets import Tile, sheets
from blendstudio.study.table2 import scores
from blendstudio.study.tally import Difference, Row, of, table

METHOD, PRESET = "two-stage", "paper"
ON = {name: value for name, value in values(Refine()).items() if name in ("erode", "dilate")}
# A part of the algorithm, the knobs that put it in, and those that leave it out.
PARTS: dict[str, tuple[dict[str, Value], dict[str, Value]]] = {
    "PAN": ({}, {"pan": "off"}),
    "saturation loss": ({}, {"saturation": 0.0}),
    "erosion-dilation": (ON, {"erode": 0, "dilate": 0}),
}
METRICS = {
    "psnr": "PSNR",
    "ssim": "SSIM",
    "mse": "MSE",
    "sharpness": "sharpness",
    "specks": "bright specks",
    "step": "step at seam",
    "saturation": "saturation distance",
}


class Said(NamedTuple):
    """What the paper says that a part does: a metric's sign, in words."""

    part: str
    metric: str
    sign: int
    text: str


CLAIMS = (
    Said("PAN", "psnr", 1, "PAN raises PSNR (Table 3)"),
    Said("PAN", "ssim", 1, "PAN raises SSIM (Table 3)"),
    Said("PAN", "sharpness", 1, "without PAN the picture loses clarity (section 4.3)"),
    Said("saturation loss", "psnr", 1, "the saturation loss raises PSNR (Table 3)"),
    Said("saturation loss", "saturation", -1, "without it the object keeps its own saturation (section 4.3)"),
    Said("saturation loss", "step", -1, "it evens out brightness at the seam (section 5)"),
    Said("erosion-dilation", "specks", -1, "it prevents jagged edges and artefacts (section 4.2)"),
)


def run(asked: Asked, models: Nets, progress: Progress) -> list[str]:
    """Measures the eight arms on all pairs and seeds; writes report and rows; returns the summary."""
    report = Report(asked.out, "table3", "Table 3: what each part of the two stages does")
    settings = [
        (plan, seed) for plan in pairs.plans(asked.data, asked.pairs) for seed in pairs.seeds_of(plan, asked.seeds)
    ]
    chosen = [limited(one, asked.evaluations) for one in arms()]
    rows: list[Row] = []
    tiles: list[list[Tile]] = []
    for number, (plan, seed) in enumerate(settings):
        part = progress.part(number / len(settings), (number + 1) / len(settings), f"{plan.name}, seed {seed}")
        pair = pairs.make(plan, seed, asked.side)
        line = []
        for place, arm in enumerate(chosen):
            result = blended(pair, arm, models, part.part(place / len(chosen), (place + 1) / len(chosen))).picture
            looked = look(result, pair.source, pair.background, pair.mask)._asdict()
            rows.append(Row(pair.name, seed, arm.label, scores(result, pair) | looked))
            line.append(Tile(result, arm.label))
        tiles += [line] if seed == 0 else []
    _tell(report, rows, chosen)
    report.heading("Pictures")
    for page in sheets(tiles, [label_of(on) for on in switches()]):
        report.picture(page, "Seed 0. + with, − without.")
    progress(1.0, "Done")
    return report.write()


def switches() -> list[tuple[bool, ...]]:
    """On or off for each of PARTS: all eight, the full algorithm last."""
    return list(itertools.product((False, True), repeat=len(PARTS)))


def label_of(on: Sequence[bool]) -> str:
    """“+PAN −saturation loss …”."""
    return " ".join(f"{'+' if yes else '−'}{name}" for yes, name in zip(on, PARTS, strict=True))


def arms() -> list[Contender]:
    """The preset with every choice of parts."""
    return [
        Contender(
            label_of(on),
            METHOD,
            PRESET,
            {
                key: value
                for yes, (put, left) in zip(on, PARTS.values(), strict=True)
                for key, value in (put if yes else left).items()
            },
        )
        for on in switches()
    ]


def effect(rows: Sequence[Row], part: str, metric: str) -> Difference:
    """The metric with a part less that without it, all else equal."""
    place = list(PARTS).index(part)
    found = {(row.pair, row.seed, row.label): row.values[metric] for row in rows}
    changes: list[tuple[float, str]] = []
    for on in switches():
        if on[place]:
            off = label_of([*on[:place], False, *on[place + 1 :]])
            changes += [
                (value - found[pair, seed, off], pair)
                for (pair, seed, label), value in found.items()
                if label == label_of(on)
            ]
    return of([change for change, _ in changes], [pair for _, pair in changes])


def effects(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """A line for each metric: what each part does to it, or that it does nothing."""
    return [
        {"metric": head} | {part: _effect_said(effect(rows, part, metric)) for part in PARTS}
        for metric, head in METRICS.items()
    ]


def _effect_said(found: Difference) -> str:
    return f"nil: {found.said()}" if found.nil else found.said()


def judged(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """A line for each of the paper's CLAIMS."""
    lines = []
    for claim in CLAIMS:
        found = effect(rows, claim.part, claim.metric)
        holds = "nil" if found.nil else "holds" if found.mean * claim.sign > 0 else "does not hold"
        lines.append(
            {"the paper says": claim.text, "verdict": holds, "effect": f"{METRICS[claim.metric]} {found.said()}"}
        )
    return lines


def _tell(report: Report, rows: list[Row], chosen: list[Contender]) -> None:
    report.text((__doc__ or "").split("\n\n", 1)[1].replace("\n", " "))
    places = {(row.pair, row.seed) for row in rows}
    shortened = f" Each arm is {chosen[-1].note}." if chosen[-1].note else ""
    report.text(f"{METHOD} {PRESET} on {len(places)} settings.{shortened}", said=True)
    report.text(
        "PSNR, SSIM and MSE: result against background, whole picture. Sharpness: variance of the Laplacian inside the "
        "object. Bright specks: bright clusters that neither source nor background has. Step at seam: levels of luma. "
        "Saturation distance: object against its surroundings, 0..1. Mean ± standard deviation over pairs and seeds."
    )
    report.table("table3", table(rows, METRICS, {}), said=True)
    report.heading("What each part does")
    report.table("effects", effects(rows), said=True)
    report.heading("What the paper claims")
    report.table("claims", judged(rows), said=True)
    report.keep("rows", [{"pair": row.pair, "seed": row.seed, "arm": row.label, **row.values} for row in rows])
