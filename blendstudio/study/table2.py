"""Table 2: every method on many pairs, by the paper's metrics, and what these metrics are worth.

Each result is compared with the target background, over the whole picture, in 8 bits: the only reading of the paper's
protocol that gives its order of sizes. Two rows are no blends at all: the background left as it is, and the plain paste
at half its opacity. Where they score high, the metric rewards an object that vanishes.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from blendstudio.core.compose import flatten
from blendstudio.core.types import U8
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets
from blendstudio.errors import UsageError
from blendstudio.study import claims, pairs
from blendstudio.study.asked import Asked
from blendstudio.study.contenders import Blended, Contender, absent, blended, contenders
from blendstudio.study.gallery import Gallery
from blendstudio.study.looks import look
from blendstudio.study.metrics import consistent, mean_square, psnr, ssim
from blendstudio.study.report import Report
from blendstudio.study.sheets import Tile, sheets
from blendstudio.study.tally import Row, difference, labels_of, table, values_of

ALONE, HALF = "background alone", "half opacity"
COMPARED = {ALONE: "background / background", HALF: "half-opaque paste / background"}
BLEND = "blend / background"
SCORES = {
    "psnr": "PSNR",
    "ssim": "SSIM",
    "mse": "MSE",
    "changed": "background changed %",
    "outside": "MSE outside mask",
}
LOOKS = {
    "sharpness": "sharpness",
    "specks": "bright specks",
    "step": "step at seam",
    "saturation": "saturation distance",
    "itself": "object itself",
    "opacity": "opacity",
}
HEADS = (
    "Whole picture against the target background, {side}×{side}, 8-bit RGB. PSNR in dB, at most 45; SSIM with a 7×7 "
    "window, mean of the channels; MSE in levels². Mean ± standard deviation over pairs and seeds. “Background "
    "changed” is the share of pixels outside the mask that differ from the background, “MSE outside mask” their error."
)
LOOKS_TEXT = (
    "What the table does not see. Sharpness: variance of the Laplacian inside the object. Bright specks: bright "
    "clusters that neither source nor background has. Step at seam: levels of luma. Saturation distance: object "
    "against its surroundings, 0..1. Object itself: correlation of its gradients with the source's. Opacity: how much "
    "of the object shows."
)


class Made(NamedTuple):
    """A result and what was measured of it."""

    row: Row
    picture: U8


def run(asked: Asked, models: Nets, progress: Progress) -> list[str]:
    """Measures all contenders on all pairs and seeds; writes report, rows and pictures; returns the summary."""
    chosen, missing = contenders(models, asked.methods, asked.evaluations)
    if not chosen:
        raise UsageError("None of these methods can run: their weights are absent.", "See `blendstudio models list`.")
    report, gallery = Report(asked.out, "table2", "Table 2: methods on many pairs"), Gallery(asked.out)
    settings = [
        (plan, seed) for plan in pairs.plans(asked.data, asked.pairs) for seed in pairs.seeds_of(plan, asked.seeds)
    ]
    rows: list[Row] = []
    tiles: list[list[Tile]] = []
    for number, (plan, seed) in enumerate(settings):
        part = progress.part(number / len(settings), (number + 1) / len(settings), f"{plan.name}, seed {seed}")
        made = list(measured(pairs.make(plan, seed, asked.side), chosen, models, part))
        rows += [one.row for one in made]
        if seed == 0:
            tiles.append([Tile(one.picture, f"{one.row.label} {one.row.values['psnr']:.1f}") for one in made])
            for one in made:
                if one.row.label not in COMPARED:
                    gallery.add(one.row.pair, one.row.label, one.picture, one.row.values)
    gallery.write()
    _tell(report, rows, chosen, missing, asked)
    report.heading("Pictures")
    for page in sheets(tiles, []):
        report.picture(page, "Seed 0; the number is the PSNR against the background. Full size in pictures/.")
    progress(1.0, "Done")
    return report.write()


def measured(pair: pairs.Pair, chosen: list[Contender], models: Nets, progress: Progress) -> Iterator[Made]:
    """The two rows that are no blends, what others published, then every contender's result, each with its metrics."""
    pasted = flatten(pair.document).rgb8()
    half = pairs.eight(np.float32(0.5 / 255) * (pasted.astype(np.float32) + pair.background))
    yield _made(pair, ALONE, Blended(pair.background, 0.0))
    yield _made(pair, HALF, Blended(half, 0.0))
    for label, picture in pair.published.items():
        yield _made(pair, label, Blended(picture, 0.0))
    for number, contender in enumerate(chosen):
        part = progress.part(number / len(chosen), (number + 1) / len(chosen))
        yield _made(pair, contender.label, blended(pair, contender, models, part))


def scores(result: U8, pair: pairs.Pair) -> dict[str, float]:
    """The paper's metrics, the mask's share and the changed share of the background in percent."""
    outside = ~pair.mask
    changed = (result != pair.background).any(-1)
    return {
        "psnr": psnr(result, pair.background),
        "ssim": ssim(result, pair.background),
        "mse": mean_square(result, pair.background),
        "mask": 100 * float(pair.mask.mean()),
        "changed": 100 * float(changed[outside].mean()) if outside.any() else 0.0,
        "outside": mean_square(result, pair.background, outside),
    }


def _made(pair: pairs.Pair, label: str, result: Blended) -> Made:
    picture = result.picture
    looked = look(picture, pair.source, pair.background, pair.mask)._asdict()
    measured = {**scores(picture, pair), **{name: float(value) for name, value in looked.items()}}
    return Made(Row(pair.name, pair.seed, label, {**measured, "seconds": result.seconds}), picture)


def _tell(report: Report, rows: list[Row], chosen: list[Contender], missing: list[str], asked: Asked) -> None:
    places = {(row.pair, row.seed) for row in rows}
    report.text((__doc__ or "").split("\n\n", 1)[1].replace("\n", " "))
    mask = np.mean(values_of(rows, ALONE, "mask"))
    report.text(
        f"{len({row.pair for row in rows})} pairs, {len(places)} settings; the mask is {mask:.1f} % of a picture.",
        said=True,
    )
    if missing:
        report.text(absent(missing), said=True)
    report.heading("By the paper's metrics")
    report.text(HEADS.format(side=asked.side))
    notes = {one.label: one.note for one in chosen}
    more = {
        label: {
            "compared": COMPARED.get(label, BLEND),
            "seconds": round(float(np.median(values_of(rows, label, "seconds"))), 2),
            "note": notes.get(label, "no blend" if label in COMPARED else "a file, as published"),
        }
        for label in labels_of(rows)
    }
    report.table("table2", table(rows, SCORES, more), said=True)
    triples = [row for row in rows if row.pair in {one.pair for one in rows if one.label in pairs.PUBLISHED}]
    if triples:
        report.text("The same on the published triples alone, where the published results are files of their own:")
        report.table("triples", table(triples, SCORES, {}), said=True)
    report.table("paper", [_paper(name, cells) for name, cells in claims.TABLE_2.items()])
    report.text("Above: the paper's own Table 2.")
    _worth(report, rows)
    report.heading("What the paper claims")
    judged = claims.judged(rows)
    report.text(_counted([line["verdict"] for line in judged]), said=True)
    report.table("claims", judged, said=True)
    report.heading("Looked at otherwise")
    report.text(LOOKS_TEXT)
    report.table("looks", table(rows, LOOKS, {}), said=True)
    report.heading("Checks")
    _check(report, rows)
    report.keep("rows", [{"pair": row.pair, "seed": row.seed, "method": row.label, **row.values} for row in rows])


def _paper(name: str, cells: tuple[float, float, float]) -> Mapping[str, str | float]:
    return {"the paper": name, **dict(zip(claims.METRICS.values(), cells, strict=True))}


def _worth(report: Report, rows: list[Row]) -> None:
    """What vanishing scores beside the best blend."""
    blends = [label for label in labels_of(rows) if label not in COMPARED and label not in pairs.PUBLISHED]
    best = max(blends, key=lambda label: np.mean(values_of(rows, label, "psnr")))
    found = difference(rows, HALF, best, "psnr")
    report.text(
        "The background alone is perfect by every metric here. The half-opaque paste has "
        f"{found.said()} dB against {best}, the best blend by PSNR: the table rewards an object that fades.",
        said=True,
    )


def _counted(verdicts: list[str]) -> str:
    holds, fails = (sum(one.startswith(start) for one in verdicts) for start in ("holds", "does not hold"))
    return f"Of {len(verdicts)} orders {holds} hold, {fails} do not, {len(verdicts) - holds - fails} were not run."


def _check(report: Report, rows: list[Row]) -> None:
    fits = [consistent(values_of(rows, label, "psnr"), values_of(rows, label, "mse")) for label in labels_of(rows)]
    fine = claims.identity(rows) and all(fits)
    report.text(
        f"Self-test, PSNR = 10·log10(255² / MSE) in every row here: {'passed' if fine else 'FAILED'}.", said=True
    )
    for line in claims.impossible():
        report.text(line)
    report.lines.append(claims.impossible()[-1])
