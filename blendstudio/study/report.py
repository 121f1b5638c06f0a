"""A report: one HTML page with sentences, tables, pictures and plots, and the same rows as JSON beside it."""

import html
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blendstudio.atomic import make_folder, write_bytes
from blendstudio.core.pixels import from_rgb
from blendstudio.core.types import U8
from blendstudio.files.images import encode_png

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE = "report.html"
STYLE = (
    "body{font:15px/1.5 sans-serif;margin:2em auto;max-width:1200px;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}td,th{padding:3px 10px;text-align:right;border-bottom:1px solid #ddd}"
    "td:first-child,th:first-child{text-align:left}th{border-bottom:2px solid #888}"
    "figure{display:inline-block;margin:0 1em 1em 0;vertical-align:top}figcaption{color:#555;max-width:512px}"
    "img{max-width:100%}.note{color:#555}"
)


class Report:
    """Grows part by part; `write` puts report.html, its pictures and NAME.json into the folder."""

    def __init__(self, folder: Path, name: str, title: str) -> None:
        make_folder(folder)
        self.folder, self.name, self.title = folder, name, title
        self.lines: list[str] = []  # what the command says: the report in short
        self._parts: list[str] = []
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._pictures = 0

    def heading(self, text: str) -> None:
        """A section begins."""
        self._parts.append(f"<h2>{html.escape(text)}</h2>")

    def text(self, text: str, *, said: bool = False) -> None:
        """A paragraph; `said` also on the command line."""
        self._parts.append(f"<p>{html.escape(text)}</p>")
        if said:
            self.lines.append(text)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]], *, said: bool = False) -> None:
        """Rows with the same keys, the first the row's name; they also go to the JSON as `name`."""
        self.keep(name, rows)
        if not rows:
            return
        heads = list(rows[0])
        cells = [[shown(row[head]) for head in heads] for row in rows]
        head = "".join(f"<th>{html.escape(one)}</th>" for one in heads)
        body = "\n".join("<tr>" + "".join(f"<td>{html.escape(one)}</td>" for one in row) + "</tr>" for row in cells)
        self._parts.append(f"<table>\n<tr>{head}</tr>\n{body}\n</table>")
        if said:
            self.lines += aligned([heads, *cells])

    def keep(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows that are for programs alone: they go to the JSON as `name`, not on the page."""
        self._rows[name] = [dict(row) for row in rows]

    def picture(self, rgb: U8, caption: str) -> None:
        """A picture, H×W×3, at 100 %."""
        self._image(encode_png(from_rgb(rgb)), caption)

    def plot(self, figure: "Figure", caption: str) -> None:
        """A matplotlib figure."""
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=100, bbox_inches="tight")
        self._image(buffer.getvalue(), caption)

    def write(self) -> list[str]:
        """Writes it all; returns the lines for the command line. Raises CannotWrite or DiskFull."""
        body = "\n".join(self._parts)
        page = (
            f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{html.escape(self.title)}</title>\n'
            f"<style>{STYLE}</style>\n<h1>{html.escape(self.title)}</h1>\n{body}\n</html>\n"
        )
        write_bytes(self.folder / PAGE, page.encode())
        listing = json.dumps(self._rows, indent=1, ensure_ascii=False)
        write_bytes(self.folder / f"{self.name}.json", listing.encode())
        return self.lines

    def _image(self, png: bytes | memoryview, caption: str) -> None:
        self._pictures += 1
        name = f"{self.name}-{self._pictures:03d}.png"
        write_bytes(self.folder / name, png)
        said = html.escape(caption)
        self._parts.append(f'<figure><img src="{name}" alt="{said}"><figcaption>{said}</figcaption></figure>')


def shown(value: object) -> str:
    """A cell: numbers with the digits that mean something."""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:.2f}"
    return str(value)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines of text in columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
