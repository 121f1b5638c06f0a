"""What somebody typed for a detector that reads: nouns between commas, each perhaps with where it stands."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from blendstudio.core.geometry import Rect
from blendstudio.errors import UsageError, short

PLACES: dict[str, Callable[[Rect], float]] = {
    "left": lambda box: -box.centre.x,
    "right": lambda box: box.centre.x,
    "largest": lambda box: box.area,
}
PLACE = re.compile(
    r"(?<![\w-])(?:(?:on|to|at|in)\s+)?(?:the\s+)?(left|right|largest|biggest)(?:most)?(?:\s+(?:one|side))?(?![\w-])"
)
ARTICLE = re.compile(r"^(?:(?:the|an|a|of)\s+)+")


class Phrase(NamedTuple):
    """A noun with its own words (“red bird”), and which of several is meant: left, right, largest, or any."""

    noun: str
    place: str = ""


def read(text: str) -> list[Phrase]:
    """The phrases of a text, each once, in lower case. Raises UsageError when there is none, or one without a noun."""
    parts = (" ".join(part.lower().replace(".", " ").split()) for part in text.split(","))
    found = [_read(part) for part in parts if part]
    if not found:
        raise UsageError("The prompt is empty.", "Type what to cut out.")
    return list(dict.fromkeys(found))


def _read(part: str) -> Phrase:
    said = PLACE.search(part)
    noun = ARTICLE.sub("", " ".join(PLACE.sub(" ", part).split()))
    if not noun:
        raise UsageError(f"“{short(part)}” says where, but not what.", "Write what stands there, as in “left bird”.")
    return Phrase(noun, said[1].replace("biggest", "largest") if said else "")


def meant(phrase: Phrase, boxes: Sequence[Rect]) -> list[int]:
    """The numbers of the boxes that a phrase means: all, or the one in its place."""
    if not phrase.place or not boxes:
        return list(range(len(boxes)))
    return [max(range(len(boxes)), key=lambda number: PLACES[phrase.place](boxes[number]))]
