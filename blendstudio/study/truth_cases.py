"""Blends whose right answer is known: an object of a photo is changed in light, and is to be put back into its photo.

The background never holds the truth: where the object was, grown by a few pixels, it is painted over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from blendstudio.core.types import U8, Bool
from blendstudio.study.cases import Case
from blendstudio.study.mismatch import Mismatch, hidden, listed, perturbed, square

VARIANTS = {
    "cut-out": "the object alone: beyond its mask goes on the nearest colour of the object itself",
    "context": "the whole changed photo, its mask as drawn: what is round the object comes along, and is the truth's",
    "loose": "the whole changed photo, its mask grown by 8 pixels; measured on the mask as drawn",
}
LOOSE = 8  # pixels


@dataclass(frozen=True, eq=False)
class Subject:
    """An object in its photo, both squeezed to one size; `thing` is its number in the photo."""

    photo: str
    thing: int
    word: str
    truth: U8
    mask: Bool


@dataclass(frozen=True, eq=False)
class Puzzle:
    """One blend to be made: `source` through `given` onto `background`; right is the subject's photo."""

    subject: Subject
    variant: str
    mismatch: Mismatch
    source: U8
    background: U8
    given: Bool


def subjects(cases: Sequence[Case]) -> Iterator[Subject]:
    """Every object of every photo that is still to be seen at the small size."""
    for case in cases:
        rgb = case.photo()
        for number, thing in enumerate(case.things):
            truth, mask = square(rgb, thing.truth())
            if mask.any() and not mask.all():
                yield Subject(case.id, number, thing.word, truth, mask)


def puzzles(subject: Subject, variant: str) -> Iterator[Puzzle]:
    """The subject in one variant with every listed mismatch, and with none."""
    given = grown(subject.mask, LOOSE) if variant == "loose" else subject.mask
    background = hidden(subject.truth, given)
    own = spread(subject.truth, subject.mask) if variant == "cut-out" else subject.truth
    for mismatch in listed():
        yield Puzzle(subject, variant, mismatch, perturbed(own, mismatch.change), background, given)


def puzzle(subject: Subject, variant: str, kind: str, strength: float) -> Puzzle:
    """The one with that mismatch."""
    return next(one for one in puzzles(subject, variant) if one.mismatch[:2] == (kind, strength))


def grown(mask: Bool, reach: int) -> Bool:
    """The mask and all within `reach` pixels of it."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    return cv2.dilate(mask.astype(np.uint8), brush) > 0


def spread(photo: U8, mask: Bool) -> U8:
    """The object on itself: every pixel beyond the mask has the colour of the nearest one inside."""
    nearest = np.asarray(ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True))
    return photo[nearest[0], nearest[1]]
