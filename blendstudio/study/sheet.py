"""A sheet: every method on one picture, each with its time."""

from blendstudio import api
from blendstudio.atomic import write_bytes
from blendstudio.core.geometry import Placement, Point, Rect
from blendstudio.core.masking import bounds
from blendstudio.core.pixels import from_rgb
from blendstudio.core.types import U8
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets
from blendstudio.errors import UsageError
from blendstudio.files.images import encode_png
from blendstudio.study import pairs
from blendstudio.study.asked import Asked
from blendstudio.study.contenders import absent, contenders
from blendstudio.study.gallery import Gallery
from blendstudio.study.report import Report
from blendstudio.study.sheets import Tile, sheets
from blendstudio.study.table2 import COMPARED, measured

NAME = "sheet.png"
COLUMNS = 5
AROUND = 0.25  # of the object's box, shown on each side


def run(asked: Asked, models: Nets, progress: Progress) -> list[str]:
    """Blends one pair by every contender; writes report.html, sheet.png and pictures; returns method and seconds."""
    pair = pair_of(asked)
    chosen, missing = contenders(models, asked.methods, asked.evaluations)
    report, gallery = Report(asked.out, "sheet", f"Every method on one picture: {pair.name}"), Gallery(asked.out)
    made = [one for one in measured(pair, chosen, models, progress) if one.row.label not in COMPARED]
    notes = dict.fromkeys(pair.published, "a file, as published") | {one.label: one.note for one in chosen}
    report.text(
        f"{pair.background.shape[1]}×{pair.background.shape[0]} pixels, object {100 * pair.mask.mean():.1f} %. Seconds "
        "are those of the blend, its nets loaded."
    )
    if missing:
        report.text(absent(missing), said=True)
    lines: list[dict[str, object]] = [
        {
            "method": one.row.label,
            "seconds": round(one.row.values["seconds"], 2),
            "note": notes[one.row.label],
        }
        for one in made
    ]
    report.table("sheet", lines, said=True)
    tiles = [Tile(pair.background, "background"), Tile(pair.source, "source, placed")]
    tiles += [Tile(one.picture, f"{one.row.label}  {one.row.values['seconds']:.1f} s") for one in made]
    rows = [tiles[start : start + COLUMNS] for start in range(0, len(tiles), COLUMNS)]
    write_bytes(asked.out / NAME, encode_png(from_rgb(sheets(rows, [""] * min(COLUMNS, len(tiles)))[0])))
    report.heading("At 100 %")
    for tile in tiles:
        report.picture(_near(tile.picture, pair), tile.caption)
    for one in made:
        gallery.add(pair.name, one.row.label, one.picture, one.row.values)
    gallery.write()
    progress(1.0, "Done")
    return [*report.write(), str(asked.out / NAME)]


def pair_of(asked: Asked) -> pairs.Pair:
    """The picture that was asked for: of three files, else the first triple of the data, else the first shipped pair.

    Raises UsageError, FileError and EmptyMask.
    """
    files = [path for path in (asked.source, asked.background, asked.mask) if path]
    if not files:
        return pairs.make(pairs.plans(asked.data)[0], 0, asked.side)
    if asked.source is None or asked.background is None or asked.mask is None:
        raise UsageError("A sheet of own files needs three.", "Give --source, --background and --mask.")
    source, background = api.open_picture(asked.source), api.open_picture(asked.background)
    found = api.read_mask(asked.mask, source)
    place = Placement(Point(*asked.at) if asked.at else None, asked.scale)
    return pairs.placed(f"{asked.source.stem} on {asked.background.stem}", 0, (source, background), found, place)


def _near(picture: U8, pair: pairs.Pair) -> U8:
    """The object with some of its surroundings."""
    box = bounds(pair.mask) or Rect(0, 0, *map(float, pair.document.size))
    return picture[box.grown_by_share(AROUND).whole(pair.document.size).slices]
