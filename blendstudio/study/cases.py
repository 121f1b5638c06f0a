"""Photos with known masks: the folder that the mask study measures on.

`dataset.json` lists photos, each with objects of a word and a mask file; paths are relative to the file's folder.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blendstudio.core.types import U8, Bool
from blendstudio.errors import CannotRead, FileError
from blendstudio.files.color import to_srgb
from blendstudio.files.images import read_image

LISTING = "dataset.json"


@dataclass(frozen=True)
class Thing:
    """One object of a photo: what it is called and where its true mask lies."""

    word: str
    mask: Path

    def truth(self) -> Bool:
        """The true mask, H×W. Raises FileError."""
        return read_image(self.mask).rgb8()[..., 0] >= 128


@dataclass(frozen=True)
class Case:
    """One photo and its objects."""

    id: str
    image: Path
    things: tuple[Thing, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Every word once, sorted."""
        return tuple(sorted({thing.word for thing in self.things}))

    def photo(self) -> U8:
        """The photo in sRGB, H×W×3. Raises FileError."""
        return to_srgb(read_image(self.image)).rgb8()


def read_cases(data: Path, most: int = 0) -> list[Case]:
    """The cases of a folder with `masks/dataset.json`, or of the masks folder itself; the first `most` unless it is 0.

    Raises FileError.
    """
    listing = next((place for place in (data / "masks" / LISTING, data / LISTING) if place.is_file()), None)
    if listing is None:
        raise CannotRead(
            f"There is no {LISTING} in {data.name or data}.",
            f"Choose a folder that holds masks/{LISTING}, or the folder of {LISTING} itself.",
        )
    try:
        cases = list(_cases(json.loads(listing.read_text("utf-8")), listing.parent))
    except OSError as error:
        raise CannotRead(f"{LISTING} cannot be opened.", "Check that you may read it.", detail=str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _not_a_listing(repr(error)) from error
    if not cases:
        raise _not_a_listing("no photo")
    return cases[: most or None]


def _cases(listed: list[dict[str, Any]], folder: Path) -> Iterator[Case]:
    for entry in listed:
        things = tuple(Thing(str(one["word"]), folder / one["mask"]) for one in entry["objects"])
        if things:
            yield Case(str(entry["id"]), folder / entry["image"], things)


def _not_a_listing(detail: str) -> FileError:
    return FileError(
        f"{LISTING} does not list photos with masks.",
        "Give each entry an id, an image, and objects with a word and a mask.",
        detail=detail,
    )
