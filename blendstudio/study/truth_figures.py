"""The figures of the truth study: many measured blends to one row for each variant and way."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from blendstudio import api
from blendstudio.study.figures import interval
from blendstudio.study.metrics import CAP, consistent
from blendstudio.study.mismatch import KINDS, STRENGTHS, UNCHANGED
from blendstudio.study.ways import PASTE

SMALL, LARGE = 1.0, 3.0  # dB of harm beside the paste


class Row(NamedTuple):
    """One blend beside the truth: PSNR in dB, at most 45, MSE in levels²; seconds without loading nets.

    `seam_seen` is the one figure that knows no truth, see `seam_visibility`.
    """

    photo: str
    thing: int
    word: str
    variant: str
    kind: str
    strength: float
    way: str
    psnr: float
    ssim: float
    mse: float
    fg_psnr: float
    fg_mse: float
    fg_ssim: float
    seam_psnr: float
    seam_seen: float
    seconds: float

    @property
    def place(self) -> tuple[str, int, str, str, float]:
        """What was blended, whatever the way."""
        return self.photo, self.thing, self.variant, self.kind, self.strength


Pastes = Mapping[tuple[str, int, str, str, float], Row]


def pastes(rows: Sequence[Row]) -> Pastes:
    """The plain paste of each place."""
    return {row.place: row for row in rows if row.way == PASTE}


def ways_of(rows: Sequence[Row]) -> list[str]:
    """The ways in their order."""
    return list(dict.fromkeys(row.way for row in rows))


def gain(row: Row, plain: Pastes) -> float:
    """dB of foreground PSNR over the paste."""
    return row.fg_psnr - plain[row.place].fg_psnr


def table(rows: Sequence[Row], variant: str) -> list[dict[str, Any]]:
    """One row of figures for each way, the largest gain first."""
    plain = pastes(rows)
    own = [[row for row in rows if (row.variant, row.way) == (variant, way)] for way in ways_of(rows)]
    lines = [_line(few, plain) for few in own if few]
    return sorted(lines, key=lambda line: -line["gain"])


def _line(rows: Sequence[Row], plain: Pastes) -> dict[str, Any]:
    wrong = [row for row in rows if row.kind != UNCHANGED]
    fine = [row for row in rows if row.kind == UNCHANGED]
    gains = np.array([gain(row, plain) for row in wrong])
    values = {name: np.array([getattr(row, name) for row in wrong]) for name in Row._fields[7:]}
    low, high = interval(values["fg_psnr"], [row.photo for row in wrong])
    least, most = interval(gains, [row.photo for row in wrong])
    return {
        "way": rows[0].way,
        "cases": len(wrong),
        "fg PSNR": float(values["fg_psnr"].mean()),
        "95 %": f"{low:.1f} to {high:.1f}",
        "gain": float(gains.mean()),
        "gain 95 %": f"{least:+.2f} to {most:+.2f}",
        "fMSE": float(values["fg_mse"].mean()),
        "× paste": float(values["fg_mse"].sum() / sum(plain[row.place].fg_mse for row in wrong)),
        "fSSIM": float(values["fg_ssim"].mean()),
        "seam PSNR": float(values["seam_psnr"].mean()),
        "seam seen": float(values["seam_seen"].mean()),
        "PSNR": float(values["psnr"].mean()),
        "SSIM": float(values["ssim"].mean()),
        "MSE": float(values["mse"].mean()),
        f"≥ −{SMALL:g} dB": _percent(gains >= -SMALL),
        f"≥ −{LARGE:g} dB": _percent(gains >= -LARGE),
        "unchanged": float(np.mean([row.fg_psnr for row in fine])),
        "seconds": float(np.median(values["seconds"])),
    }


def _percent(told: np.ndarray) -> str:
    return f"{100 * told.mean():.1f} %"


def kinds(rows: Sequence[Row], variant: str) -> list[dict[str, Any]]:
    """The mean gain over the paste for each kind of mismatch, mild and strong together and apart; ways are columns."""
    plain = pastes(rows)
    own = [row for row in rows if row.variant == variant and row.way != PASTE]
    lines = []
    for kind in KINDS:
        for strength, name in zip(STRENGTHS, ("mild", "strong"), strict=True):
            few = [row for row in own if (row.kind, row.strength) == (kind, strength)]
            if not few:
                continue
            gains = {way: [gain(row, plain) for row in few if row.way == way] for way in ways_of(own)}
            line: dict[str, Any] = {"mismatch": f"{kind}, {name}"}
            lines.append(line | {way: float(np.mean(found)) for way, found in gains.items()})
    return lines


def main_way(rows: Sequence[Row]) -> str:
    """The way whose failures are to be seen: the program's own where it ran, else the best of the first variant."""
    names = [way for way in ways_of(rows) if way != PASTE]
    if api.DEFAULT_METHOD in names or not names:
        return api.DEFAULT_METHOD
    first = table(rows, rows[0].variant)
    return next(line["way"] for line in first if line["way"] != PASTE)


def worst(rows: Sequence[Row], way: str, count: int) -> list[Row]:
    """A way's largest losses beside the paste, one for each object."""
    plain = pastes(rows)
    own = sorted((row for row in rows if row.way == way), key=lambda row: gain(row, plain))
    firsts = {(row.photo, row.thing): row for row in reversed(own)}
    return sorted(firsts.values(), key=lambda row: gain(row, plain))[:count]


def seam_agreement(rows: Sequence[Row], names: Collection[str]) -> float:
    """Spearman's rank correlation of how visible a seam is and how wrong it is, within each object, the mean of those.

    1: the more visible, the more wrong. Of the ways in `names`; 0 where nothing can be ranked.
    """
    objects: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        if row.way in names:
            objects.setdefault((row.photo, row.thing), []).append(row)
    found = [
        float(np.asarray(stats.spearmanr([row.seam_seen for row in few], [-row.seam_psnr for row in few]))[0])
        for few in objects.values()
        if min(len({row.seam_seen for row in few}), len({row.seam_psnr for row in few})) > 1
    ]
    return float(np.mean(found)) if found else 0.0


def self_test(rows: Sequence[Row]) -> bool:
    """Whether PSNR and MSE belong together, in each row and in the means of each way."""
    alone = all(
        abs(db - min(CAP, 10 * np.log10(255**2 / max(square, 1e-9)))) < 1e-3
        for row in rows
        for db, square in ((row.psnr, row.mse), (row.fg_psnr, row.fg_mse))
    )
    means = all(
        consistent([row.fg_psnr for row in few], [row.fg_mse for row in few])
        for few in ([row for row in rows if row.way == way] for way in ways_of(rows))
    )
    return alone and means
