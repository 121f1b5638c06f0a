"""The results of a study as picture files with a list of what they are, for a vote on them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from blendstudio.atomic import make_folder, write_bytes
from blendstudio.core.pixels import from_rgb
from blendstudio.core.types import U8
from blendstudio.errors import CannotRead, FileError
from blendstudio.files.images import encode_png

LISTING = "pictures.json"
FOLDER = "pictures"


@dataclass(frozen=True)
class Picture:
    """One result: whose pair, which method, where, and its metrics."""

    pair: str
    method: str
    file: Path
    metrics: Mapping[str, float]


class Gallery:
    """Writes pictures into a study's folder as they come, and the list at the end."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder / FOLDER)
        self._folder = folder
        self._kept: list[dict[str, object]] = []

    def add(self, pair: str, method: str, rgb: U8, metrics: Mapping[str, float]) -> None:
        """One more picture, H×W×3."""
        name = f"{FOLDER}/{len(self._kept) + 1:03d}.png"
        write_bytes(self._folder / name, encode_png(from_rgb(rgb)))
        self._kept.append({"pair": pair, "method": method, "file": name, "metrics": dict(metrics)})

    def write(self) -> None:
        """The list. Raises CannotWrite."""
        listing = json.dumps(self._kept, indent=1, ensure_ascii=False)
        write_bytes(self._folder / LISTING, listing.encode())


def read(folder: Path) -> list[Picture]:
    """The pictures of a study's folder. Raises CannotRead where there are none, FileError where the list is broken."""
    path = folder / LISTING
    if not path.is_file():
        raise CannotRead(
            f"There are no pictures of a study in {folder.name or folder}.",
            f"Run `blendstudio study sheet` or `study table2` first, and give its folder, which holds {LISTING}.",
        )
    try:
        listed = json.loads(path.read_text("utf-8"))
        return [
            Picture(str(one["pair"]), str(one["method"]), folder / one["file"], dict(one["metrics"])) for one in listed
        ]
    except OSError as error:
        raise CannotRead(f"{LISTING} cannot be opened.", "Check that you may read it.", detail=str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(f"{LISTING} is not a list of pictures.", "Run the study again.", detail=repr(error)) from error
