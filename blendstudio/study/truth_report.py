"""The truth study's report: what is compared with what, tables, the gains by kind, the worst results as pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from blendstudio.core.geometry import Size
from blendstudio.core.masking import bounds
from blendstudio.core.types import U8
from blendstudio.study.report import Report
from blendstudio.study.truth_cases import VARIANTS, Subject
from blendstudio.study.truth_figures import (
    Row,
    gain,
    kinds,
    main_way,
    pastes,
    seam_agreement,
    self_test,
    table,
    ways_of,
)
from blendstudio.study.ways import PASTE

AROUND = 24  # pixels round the object that a picture shows
GAP = 6  # white pixels between pictures
COLUMNS = (
    "All columns but “unchanged” speak of the changed objects. PSNR in dB, at most 45, with the interval that holds "
    "95 % of means when photos are drawn anew; gain: dB of fg PSNR over the plain paste of the same object; fMSE in "
    "levels², and as a multiple of the paste's; SSIM with a 7×7 window, the mean of the channels; “≥ −1 dB”: the share "
    "of single blends that lose at most 1 dB beside the paste; unchanged: fg PSNR where the object was right from the "
    "start, so that 45 means that nothing was touched; seam seen: how visible the seam is to one who does not know "
    "the truth, in just noticeable differences; seconds: median of one blend, without loading nets, on one "
    "thread where several processes measured."
)
RAN = (
    "The ways are the program's own methods with their default knobs, the mask as given, nothing moved or scaled; "
    "“poisson +5” is given the mask grown by 5 pixels. cv2.seamlessClone is for comparison and no method here."
)


class Shown(NamedTuple):
    """A measured blend with its pictures."""

    row: Row
    subject: Subject
    paste: U8
    made: U8


def write(out: Path, protocol: str, rows: Sequence[Row], notes: Mapping[str, str], shown: Sequence[Shown]) -> list[str]:
    """Writes it all; returns the lines for the command line."""
    report = Report(out, "truth", "Truth: every blend on objects whose right look is known")
    report.text(protocol)
    report.text(RAN)
    report.text(COLUMNS)
    objects = {(row.photo, row.thing) for row in rows}
    report.text(f"{len(objects)} objects in {len({row.photo for row in rows})} photos.", said=True)
    for label, why in notes.items():
        report.text(f"{label}: {why}.", said=True)
    for variant, what in VARIANTS.items():
        report.heading(f"{variant.capitalize()}: the source is {what}")
        report.lines.append(f"{variant}:")
        report.table(variant, table(rows, variant), said=True)
        report.text("Gain over the paste by mismatch, in dB:")
        report.table(f"{variant}, kinds", kinds(rows, variant))
    report.heading("Check")
    fine = "passed" if self_test(rows) else "FAILED"
    report.text(f"Self-test, PSNR = 10·log10(255² / MSE) in every row and its means: {fine}.", said=True)
    alone, together = (seam_agreement(rows, names) for names in ((PASTE,), ways_of(rows)))
    report.text(
        "“Seam seen” against seam PSNR, mean rank correlation within an object, 1 for full agreement: "
        f"{alone:+.2f} among pastes, {together:+.2f} among all ways. A blend that washes an object out has no seam and "
        "is wrong all the same, so the score ranks results of one kind, not kinds of blend.",
        said=True,
    )
    _worst(report, rows, shown)
    report.keep("rows", [row._asdict() for row in rows])
    return report.write()


def _worst(report: Report, rows: Sequence[Row], shown: Sequence[Shown]) -> None:
    plain = pastes(rows)
    if shown:
        report.heading(f"Where {main_way(rows)} does the most harm beside the paste")
        report.text("Truth, paste and result at 100 %.")
    for one in shown:
        row = one.row
        changed = f"{row.kind} × {row.strength:.2g}" if row.strength else "unchanged"
        said = f"{row.photo}, {row.word}: {row.variant}, {changed}: {gain(row, plain):+.1f} dB to {row.fg_psnr:.1f} dB"
        report.picture(beside(one), said)


def beside(one: Shown) -> U8:
    """Truth, paste and result next to each other, cut to the object's surroundings."""
    box = bounds(one.subject.mask)
    pictures = one.subject.truth, one.paste, one.made
    if box is not None:
        size = Size(*one.subject.mask.shape[::-1])
        place = box.grown(AROUND, AROUND).whole(size).slices
        pictures = tuple(picture[place] for picture in pictures)
    gap = np.full((pictures[0].shape[0], GAP, 3), 255, np.uint8)
    return np.hstack([pictures[0], gap, pictures[1], gap, pictures[2]])
