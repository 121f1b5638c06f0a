"""stack.xml of OpenRaster files: what every program sees of a project."""

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from blendstudio.core.geometry import Size
from blendstudio.files.decoder import AREA, SIDE

MIMETYPE = b"image/openraster"
OVER = "svg:src-over"
DEPTH = 8
LAYERS = 1024
FARTHEST = 100_000  # pixels that a layer may lie away from the corner


class Unsound(ValueError):
    """What was read is not what the format allows; the message is for developers."""


class Entry(NamedTuple):
    """One layer: where its picture is and how it is shown."""

    src: str
    name: str
    x: int = 0
    y: int = 0
    opacity: float = 1.0
    visible: bool = True
    mode: str = OVER


@dataclass(frozen=True)
class Stack:
    """The canvas and its layers, lowest first; `grouped` when they lay in groups, which are undone here."""

    size: Size
    entries: tuple[Entry, ...]
    grouped: bool = False


def shown_as(entry: Entry) -> Entry:
    """The entry as it comes back out of a file: opacity in thousandths, a name without control characters."""
    name = "".join(letter if letter.isprintable() else " " for letter in entry.name)
    return entry._replace(name=name, opacity=round(float(entry.opacity), 3))


def write_stack(stack: Stack) -> bytes:
    """stack.xml, flat, topmost layer first."""
    image = ET.Element("image", version="0.0.6", w=str(stack.size.width), h=str(stack.size.height))
    layers = ET.SubElement(image, "stack")
    for entry in map(shown_as, reversed(stack.entries)):
        attributes = {
            **{"name": entry.name, "src": entry.src, "x": str(entry.x), "y": str(entry.y)},
            **{"opacity": f"{entry.opacity:.3f}", "visibility": "visible" if entry.visible else "hidden"},
            "composite-op": entry.mode,
        }
        ET.SubElement(layers, "layer", attributes)
    ET.indent(image)
    return ET.tostring(image, encoding="utf-8", xml_declaration=True)


def read_stack(xml: bytes) -> Stack:
    """The canvas and its layers out of stack.xml. Raises Unsound."""
    reading = _Reading()
    parser = expat.ParserCreate("utf-8")  # the format's own; another that the text names could be any codec
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.StartDoctypeDeclHandler = reading.refuse  # entities could swell or name other files
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Unsound(str(error)) from error
    if reading.size is None or not reading.layers:
        raise Unsound("no layers")
    return Stack(reading.size, tuple(reversed(reading.layers)), reading.grouped)


@dataclass
class _Reading:
    """What the parser has met so far; `groups` are the stacks that are open, with what they hand on to their layers."""

    size: Size | None = None
    layers: list[Entry] = field(default_factory=list)
    groups: list[Entry] = field(default_factory=list)
    grouped: bool = False
    depth: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEPTH or len(self.layers) >= LAYERS:
            raise Unsound("too deep or too many layers")
        if tag == "image":
            self.size = _size(attributes)
        elif tag == "stack":
            self.groups.append(self._shown(_entry(attributes)))
            self.grouped |= len(self.groups) > 1
        elif tag == "layer":
            self.layers.append(self._shown(_entry(attributes)))

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag == "stack":
            self.groups.pop()

    def refuse(self, *_: object) -> None:
        raise Unsound("a document type")

    def _shown(self, entry: Entry) -> Entry:
        """The entry as the group round it shows it. Groups have no place of their own in what other programs write."""
        if not self.groups:
            return entry
        group = self.groups[-1]
        return entry._replace(opacity=entry.opacity * group.opacity, visible=entry.visible and group.visible)


def _entry(attributes: dict[str, str]) -> Entry:
    return Entry(
        attributes.get("src", ""),
        attributes.get("name", ""),
        round(_number(attributes.get("x", "0"), FARTHEST)),
        round(_number(attributes.get("y", "0"), FARTHEST)),
        min(max(_number(attributes.get("opacity", "1"), FARTHEST), 0.0), 1.0),
        attributes.get("visibility", "visible") != "hidden",
        attributes.get("composite-op", OVER),
    )


def _size(attributes: dict[str, str]) -> Size:
    width, height = (round(_number(attributes.get(name, ""), SIDE)) for name in "wh")
    if width < 1 or height < 1 or width * height > AREA:
        raise Unsound("an impossible size")
    return Size(width, height)


def _number(text: str, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= most:
        raise Unsound(f"{text[:40]!r} is no possible number")
    return number
