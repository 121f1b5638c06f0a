"""What is typed after the flags of a blend, as values."""

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from blendstudio.errors import UsageError, short

if TYPE_CHECKING:
    from blendstudio.core.document import Prompt
    from blendstudio.core.geometry import Placement


def numbers(text: str, flag: str, count: int) -> list[float]:
    """The numbers of a list such as 3,4; `flag` is where it was typed. Raises UsageError."""
    parts = text.split(",")
    try:
        found = [float(part) for part in parts]
    except ValueError:
        found = []
    if len(found) != count or not all(abs(x) < 1e9 for x in found):
        wanted = ",".join(("X", "Y") if count == 2 else ("X0", "Y0", "X1", "Y1"))
        raise UsageError(f"“{short(text)}” is not what {flag} takes.", f"Write {flag} {wanted} with numbers.")
    return found


def prompt(options: Namespace) -> "Prompt":
    """What --prompt, --box and --point say. Raises UsageError."""
    from blendstudio.core.document import Prompt
    from blendstudio.core.geometry import Point, Rect

    boxes = (Rect(*numbers(options.box, "--box", 4)),) if options.box is not None else ()
    points: list[tuple[Point, bool]] = []
    for text in options.point or ():
        place = text[:-2] if text.endswith((",+", ",-")) else text
        points.append((Point(*numbers(place, "--point", 2)), not text.endswith(",-")))
    return Prompt(options.prompt or "", boxes, tuple(points))


def placement(options: Namespace) -> "Placement":
    """What --at, --scale, --rotate and --flip say. Raises UsageError."""
    from blendstudio.core.geometry import Placement, Point

    at = Point(*numbers(options.at, "--at", 2)) if options.at is not None else None
    if options.scale is not None and not 0.001 <= options.scale <= 1000:
        raise UsageError(f"The scale cannot be {options.scale:g}.", "Choose a number from 0.001 to 1000.")
    if not abs(options.rotate) <= 360:
        raise UsageError(f"The angle cannot be {options.rotate:g}.", "Choose degrees between -360 and 360.")
    return Placement(at, options.scale, options.rotate, options.flip)


def values(pairs: Sequence[str]) -> dict[str, str]:
    """Knob -> value of every KNOB=VALUE. Raises UsageError."""
    for pair in pairs:
        if "=" not in pair:
            raise UsageError(f"“{short(pair)}” does not set a knob.", "Write --set KNOB=VALUE.")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}
