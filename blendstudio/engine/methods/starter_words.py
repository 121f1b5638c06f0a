"""The starter detector: a word's place from a classifier's cells, its mask from salience round that place."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from blendstudio.core.geometry import IntRect, Point, Rect, Size
from blendstudio.core.params import knob
from blendstudio.core.types import F32, U8, Bool
from blendstudio.engine.closer import CUT, Look, cut_sides, looked_closer
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, DetectTask, Models
from blendstudio.engine.proposals import Proposal, contrast, distinct, mask_overlap, parts
from blendstudio.engine.registry import method
from blendstudio.engine.saliency import enlarged, salience, salience_in, size_of, square_round
from blendstudio.engine.view import View, candidate, view_of
from blendstudio.engine.wordmaps import GRID, dense_logits, word_map
from blendstudio.engine.words import Classes, look_up_all
from blendstudio.errors import NothingFound

if TYPE_CHECKING:
    from torch import nn

SQUARES = (0.35, 0.6)  # windows round the peak, of the long side
MAP_LEVELS = (0.5, 0.25)  # where the map's own boxes are cut
MAP_ROOM = 0.25  # how far a window reaches beyond a box of the map
MOST = 0.8  # of the picture; a larger box of the map says nothing
CUTS = (0.5, 0.25)  # where salience is cut into proposals
PLAIN_CUTS = (0.5, 0.3, 0.15)  # where the map itself is cut when salience has nothing to offer
SMALLEST = 0.004  # of the picture
SOFT = 2.0  # temperature: the peak is found on the sharp map, the extent on this softer one
NEARLY = 0.6  # of the peak: a place as strong as this may hold another instance
OTHER = 0.3  # masks that overlap less are different instances
COARSE = 96  # side of the grid on which proposals meet the map


@dataclass(frozen=True)
class StarterWords:
    """Knobs of the starter detector."""

    present: float = knob(0.15, 0.0, 1.0, "Found from", "How strong a word must be somewhere in the picture.")
    sure: float = knob(0.25, 0.0, 1.0, "Sure from", "Finds with a lower score are marked as not sure.")
    alternatives: int = knob(3, 1, 3, "Alternatives", "How many different finds are offered for each word.")


class Place(NamedTuple):
    """Where a word is: how far it reaches and how strong it is, h×w in 0..1; the strongest point and its strength."""

    extent: F32
    strength: F32
    point: Point
    peak: float


class Seen(NamedTuple):
    """The salience of one window, h×w in 0..1."""

    soft: F32
    window: IntRect


@method("detect", "starter", "Words", StarterWords, needs=("words", "saliency"))
def detect(task: DetectTask, params: StarterWords, models: Models, progress: Progress) -> list[Candidate]:
    """Candidates with masks for one noun or several (“bird, dog”), best first.

    Raises UsageError for an empty text, UnknownWord for a word without a class, NothingFound when no word is there.
    """
    words = look_up_all(task.text)
    view = view_of(task.rgb)
    logits = dense_logits(models.net("words"), view.rgb, progress.part(0.0, 0.2))
    places = {word: place_of(logits, word.indices, size_of(view.rgb)) for word in words}
    here = [word for word in words if places[word].peak >= params.present]
    if not here:
        raise _nothing(words)
    net = models.net("saliency")
    whole = Seen(salience(net, view.rgb), whole_of(view.rgb))
    found: list[Candidate] = []
    for number, word in enumerate(here):
        step = progress.part(0.3 + 0.7 * number / len(here), 0.3 + 0.7 * (number + 1) / len(here))
        proposals = instances(net, view.rgb, places[word], whole, step)[: params.alternatives]
        found += _candidates(task.rgb, view, proposals, (word, places[word].peak, params.sure))
    if not found:
        raise _nothing(words)
    progress(1.0, "Drawing the edge")
    return sorted(found, key=lambda one: -one.score)


def place_of(logits: list[F32], classes: tuple[int, ...], size: Size) -> Place:
    """Where the classes are strongest in a picture of `size`, and how far they reach."""
    sharp = word_map(logits, classes)
    soft = word_map(logits, classes, SOFT)
    row, column = np.unravel_index(int(sharp.argmax()), sharp.shape)
    point = Point((column + 0.5) * size.width / GRID, (row + 0.5) * size.height / GRID)
    extent = enlarged(soft / max(float(soft.max()), 1e-6), size)
    return Place(extent, enlarged(sharp, size), point, float(sharp.max()))


def instances(net: "nn.Module", rgb: U8, place: Place, whole: Seen, progress: Progress) -> list[Proposal]:
    """Distinct masks for a word, best first; when the word is strong beside the best mask too, one of that place."""
    size = size_of(rgb)
    seen = [whole, *look_through(net, rgb, windows_round(place, size), progress.part(0.0, 0.35))]
    found = proposals_for(net, rgb, place, seen, progress.part(0.35, 0.65))
    rest = beside(place, found[0].mask) if found else None
    if rest is None:
        return found
    squares = [square_round(*rest.point, share * max(size), size) for share in SQUARES]
    seen += look_through(net, rgb, squares, progress.part(0.65, 0.8))
    others = [
        one._replace(score=min(one.score, found[0].score))
        for one in proposals_for(net, rgb, rest, seen, progress.part(0.8, 1.0))
        if mask_overlap(one.mask, found[0].mask) < OTHER
    ]
    return distinct([found[0], *others[:1], *found[1:]])


def beside(place: Place, mask: Bool) -> Place | None:
    """Where else the word is, away from a mask; None when it is nowhere else nearly as strong."""
    reach = np.ones((1 + max(mask.shape) // 12,) * 2, np.uint8)
    free = cv2.dilate(mask.astype(np.uint8), reach) == 0
    strength = place.strength * free
    row, column = np.unravel_index(int(strength.argmax()), strength.shape)
    extent = place.extent * free
    if strength[row, column] < NEARLY * place.peak or not extent.any():
        return None
    return Place(extent / extent.max(), strength, Point(float(column), float(row)), float(strength[row, column]))


def whole_of(rgb: U8) -> IntRect:
    """The window that shows everything."""
    size = size_of(rgb)
    return Rect(0.0, 0.0, *size).whole(size)


def look_through(net: "nn.Module", rgb: U8, windows: list[IntRect], progress: Progress) -> list[Seen]:
    """The salience in each window."""
    return [Seen(*pair) for pair in zip(salience_in(net, rgb, windows, progress), windows, strict=True)]


def proposals_for(net: "nn.Module", rgb: U8, place: Place, seen: list[Seen], progress: Progress) -> list[Proposal]:
    """Distinct masks for a place, best first: parts of salience that agree with the word's map.

    The best of them is looked at again in a window of its own, which completes what a window cut off; a second look at
    the others gains too little for its time, so they come as they are, or not at all when they are cut off.
    """
    looks = [
        Look(part, one.soft, one.window) for one in seen for level in CUTS for part in parts(one.soft, level, SMALLEST)
    ]
    found = distinct([_proposal(place, look) for look in looks])
    if not found:
        return _plain(place)
    best, *others = found
    look = looked_closer(net, rgb, _look_of(best, looks), progress)
    whole = [one for one in others if max(cut_sides(one.mask, _look_of(one, looks).window)) < CUT]
    return distinct([_proposal(place, look), *whole])


def _look_of(proposal: Proposal, looks: list[Look]) -> Look:
    return next(look for look in looks if look.part is proposal.mask)


def windows_round(place: Place, size: Size) -> list[IntRect]:
    """Where to look closer: squares round the point, and boxes of the map that hold it."""
    squares = [square_round(*place.point, share * max(size), size) for share in SQUARES]
    boxes: list[Rect] = []
    for level in MAP_LEVELS:
        box = _box_at(place, level, size)
        if box.area < MOST * size.width * size.height and all(box.overlap(other) < MOST for other in boxes):
            boxes.append(box)
    return [*squares, *(box.grown_by_share(MAP_ROOM).whole(size) for box in boxes)]


def agreement(extent: F32, mask: Bool) -> float:
    """How well a mask and a map agree, 0..1: the harmonic mean of the share of the map that the mask holds and the
    mean of the map in the mask (F1)."""
    small = cv2.resize(extent, (COARSE, COARSE), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(mask.astype(np.float32), (COARSE, COARSE), interpolation=cv2.INTER_AREA)
    common = float((small * cover).sum())
    held = common / max(float(small.sum()), 1e-6)
    filled = common / max(float(cover.sum()), 1e-6)
    return 2 * held * filled / max(held + filled, 1e-6)


def _box_at(place: Place, level: float, size: Size) -> Rect:
    """The box of the part of the map above `level` that holds the point; all when the point is below it."""
    labels, stats = cv2.connectedComponentsWithStats((place.extent >= level).astype(np.uint8))[1:3]
    label = labels[min(size.height - 1, int(place.point.y)), min(size.width - 1, int(place.point.x))]
    x, y, width, height = (float(v) for v in stats[label, :4]) if label else (0.0, 0.0, *map(float, size))
    return Rect(x, y, x + width, y + height)


def _proposal(place: Place, look: Look) -> Proposal:
    stands_out = max(0.0, 0.3 + contrast(look.soft, look.part)) / 1.3
    return Proposal(look.part, look.soft, agreement(place.extent, look.part) * stands_out)


def _plain(place: Place) -> list[Proposal]:
    """Parts of the map itself: rough, but better than nothing."""
    return distinct(
        Proposal(part, place.extent, 0.2 * agreement(place.extent, part))
        for level in PLAIN_CUTS
        for part in parts(place.extent, level, SMALLEST)
    )


def _candidates(rgb: U8, view: View, proposals: list[Proposal], found: tuple[Classes, float, float]) -> list[Candidate]:
    word, peak, sure = found
    made = []
    for proposal in proposals:
        score = proposal.score * float(np.sqrt(peak))
        made.append(candidate(rgb, view, proposal._replace(score=score), word.word, sure=score >= sure))
    return made


def _nothing(words: list[Classes]) -> NothingFound:
    listed = " or ".join(word.word for word in words[:3])
    article = "an" if listed[0] in "aeiou" else "a"
    return NothingFound(
        f"No {listed} was found in the picture.",
        f"Draw a box round it (--box X0,Y0,X1,Y1), or try another word for {article} {words[0].word}.",
    )
