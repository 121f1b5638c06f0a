"""What the paper's tables say: their numbers, the orders that they claim, and which of their cells cannot be."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from blendstudio.study.metrics import decibels
from blendstudio.study.tally import Row, difference, labels_of, values_of

METRICS = {"psnr": "PSNR", "ssim": "SSIM", "mse": "MSE"}
RISING = {"psnr": 1, "ssim": 1, "mse": -1}  # the sign of better
TABLE_2 = {
    "GP-GAN": (19.94, 0.73, 833.81),
    "Poisson Blending": (21.77, 0.71, 472.46),
    "Deep Image Blending": (22.11, 0.72, 712.64),
    "Copy and Paste": (17.98, 0.57, 866.41),
    "Ours": (23.59, 0.78, 617.51),
}
HERE = {
    "GP-GAN": ("gp-gan",),
    "Poisson Blending": ("poisson",),
    "Deep Image Blending": ("dib",),
    "Copy and Paste": ("copy-paste",),
    "Ours": ("studio", "two-stage paper"),
}
TABLE_3 = {
    "Baseline": ((17.85, 718.20), (18.32, 661.94), (17.99, 594.32)),
    "+PAN": ((20.77, 543.98), (20.16, 721.69), (22.09, 401.49)),
    "+Saturation Loss": ((19.79, 681.91), (19.94, 658.20), (22.29, 383.38)),
    "+PAN+Saturation Loss": ((29.57, 612.95), (24.58, 568.47), (23.64, 402.93)),
}
SAME = 0.06  # dB: what rounding to two digits may move


class Claim(NamedTuple):
    """“`better` over `worse` by `metric`”, as Table 2's numbers order two of its rows."""

    metric: str
    better: str
    worse: str

    def said(self) -> str:
        """With the paper's two numbers."""
        place = list(METRICS).index(self.metric)
        one, other = TABLE_2[self.better][place], TABLE_2[self.worse][place]
        return f"{METRICS[self.metric]}: {self.better} ({one:g}) better than {self.worse} ({other:g})"


def claims() -> list[Claim]:
    """Every order of two rows that Table 2 claims."""
    found = []
    for place, metric in enumerate(METRICS):
        for one, other in itertools.combinations(TABLE_2, 2):
            gain = RISING[metric] * (TABLE_2[one][place] - TABLE_2[other][place])
            found.append(Claim(metric, one, other) if gain > 0 else Claim(metric, other, one))
    return found


def judged(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """A line for each claim and each pair of methods that stands for it here: whether it holds."""
    return [line for claim in claims() for line in _judged(claim, rows)]


def _judged(claim: Claim, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    run = labels_of(rows)
    for better, worse in itertools.product(HERE[claim.better], HERE[claim.worse]):
        missing = [label for label in (better, worse) if label not in run]
        line = {"the paper says": claim.said(), "here": f"{better} against {worse}"}
        if missing:
            yield {**line, "verdict": "not run", "difference": f"{' and '.join(missing)} absent"}
            continue
        found = difference(rows, better, worse, claim.metric)
        verdict = "holds" if RISING[claim.metric] * found.mean > 0 else "does not hold"
        chance = ", within chance" if found.nil else ""
        yield {**line, "verdict": verdict + chance, "difference": found.said()}


def impossible() -> list[str]:
    """The cells of the paper that contradict each other.

    PSNR = 10·log10(255² / MSE) for every picture of 8 bits, so by Jensen a mean PSNR is never below the PSNR of the
    mean MSE, and a PSNR of one picture is that of its MSE.
    """
    lines = [
        f"Table 2, {row}: a mean PSNR of {psnr} dB cannot go with a mean MSE of {mse}, which alone gives "
        f"at least {decibels(mse):.2f} dB."
        for row, (psnr, _, mse) in TABLE_2.items()
        if psnr < decibels(mse) - SAME
    ]
    cells = [(row, number, *cell) for row, three in TABLE_3.items() for number, cell in enumerate(three, 1)]
    wrong = [cell for cell in cells if abs(cell[2] - decibels(cell[3])) > SAME]
    lines += [
        f"Table 3, {row}, picture {number}: PSNR {psnr} dB, but its MSE of {mse} is {decibels(mse):.2f} dB."
        for row, number, psnr, mse in wrong
    ]
    return [*lines, f"{len(cells) - len(wrong)} of the {len(cells)} cells of Table 3 are consistent."]


def identity(rows: Sequence[Row]) -> bool:
    """Whether every measured PSNR is that of its MSE: the self-test of this study's own numbers."""
    return all(
        abs(psnr - decibels(mse)) < 1e-6
        for label in labels_of(rows)
        for psnr, mse in zip(values_of(rows, label, "psnr"), values_of(rows, label, "mse"), strict=True)
    )
