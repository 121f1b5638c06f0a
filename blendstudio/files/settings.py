"""What the program remembers between two starts, as TOML in the data folder: recent files and answered questions."""

import json
import math
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from blendstudio.atomic import make_folder, write_bytes
from blendstudio.errors import FileError

NAME = "settings.toml"
MOST_RECENT = 8


@dataclass(frozen=True)
class Settings:
    """`recent` holds absolute paths, newest first; `declined` says that the starter nets were not wanted.

    What a newer version wrote is kept in `others`.
    """

    recent: tuple[str, ...] = ()
    declined: bool = False
    others: tuple[tuple[str, Any], ...] = field(default=(), compare=False)


def remembered(settings: Settings, path: Path) -> Settings:
    """With one more recent file, at the front."""
    first = str(path.absolute())
    rest = [other for other in settings.recent if other != first]
    return replace(settings, recent=(first, *rest)[:MOST_RECENT])


def read_settings(folder: Path) -> Settings:
    """The settings of a data folder; what is missing or cannot be understood is as in a new installation."""
    try:
        table = tomllib.loads((folder / NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return Settings()
    recent, declined = table.get("recent"), table.get("declined")
    known = {one.name for one in fields(Settings)}
    return Settings(
        tuple(x for x in recent if isinstance(x, str))[:MOST_RECENT] if isinstance(recent, list) else (),
        declined is True,
        tuple((name, value) for name, value in table.items() if name not in known and _plain(value)),
    )


def write_settings(settings: Settings, folder: Path) -> None:
    """Writes them in one step. A folder that cannot be written costs the memory, never the work."""
    table = {"recent": list(settings.recent), "declined": settings.declined, **dict(settings.others)}
    text = "".join(f"{_written(name)} = {_written(value)}\n" for name, value in table.items())
    with suppress(FileError):
        make_folder(folder)
        write_bytes(folder / NAME, text.encode("utf-8", "replace"))  # a file's name need not be text


def _written(value: Any) -> str:
    """JSON's texts, numbers, lists and booleans are TOML's too, but for escapes of half a sign and the sign DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)  # JSON has no word for the others
    return isinstance(value, str | int) or (isinstance(value, list) and all(map(_plain, value)))
