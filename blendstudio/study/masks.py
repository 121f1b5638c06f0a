"""The mask study: the paper's Figs. 3, 4 and 5 on photos with known masks, and the figures behind them.

Protocol. Text: every word of a photo once; the overlap of the first candidate with the best instance of that word; a
word that no class stands for and a word that is not found count 0. Box: every object; its tight box with each side
moved by up to a tenth of the box's width or height, the same way each time. Click: every object, one click at the
place farthest from its edge. Nothing is left out.
"""

import html
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from blendstudio.atomic import make_folder, write_bytes
from blendstudio.core.document import Refine
from blendstudio.core.geometry import Point, Rect
from blendstudio.core.masking import bounds, refined
from blendstudio.core.pixels import from_rgb
from blendstudio.core.types import U8, Bool
from blendstudio.engine import pipeline, registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, DetectTask, Models, SegmentTask
from blendstudio.errors import NothingFound, UnknownWord
from blendstudio.files.images import encode_png
from blendstudio.study.asked import Asked
from blendstudio.study.cases import Case, read_cases
from blendstudio.study.figures import figures, overlap
from blendstudio.study.sheets import SIDE, Tile, black_white, framed, sheets, shown

JITTER = 0.1  # of the box's width and height
SEED = 0
KINDS = {"text": "detect", "box": "segment", "click": "segment"}
ABSENT = "not run: weights absent"


@dataclass(frozen=True)
class Row:
    """One measurement. `object` is -1 for a text, which may find any instance of the word."""

    prompt: str
    method: str
    photo: str
    word: str
    object: int
    overlap: float
    refined: float  # the overlap after erosion and dilation
    score: float
    sure: bool
    seconds: float
    note: str = ""


class Ask(NamedTuple):
    """One question to a method."""

    prompt: str
    entry: registry.Entry
    word: str
    object: int
    box: Rect | None
    point: Point | None
    truths: list[Bool]


class Answer(NamedTuple):
    """A measurement with the pictures for the sheets: what was asked, what came, before and after refinement."""

    row: Row
    tiles: tuple[Tile, ...]


def run(asked: Asked, models: Models, progress: Progress) -> list[str]:
    """Measures every method whose weights are here; writes masks.json, report.html and sheets; returns the summary."""
    cases, out = read_cases(asked.folder(), asked.photos), asked.out
    make_folder(out)
    answers: list[Answer] = []
    for number, case in enumerate(cases):
        progress(number / len(cases), f"Photo {number + 1} of {len(cases)}")
        answers += _answers(case, number, models, progress)
    lines = summary([answer.row for answer in answers], models)
    rows = [asdict(answer.row) for answer in answers]
    listing = {"protocol": (__doc__ or "").strip(), "rows": rows, "summary": lines}
    write_bytes(out / "masks.json", json.dumps(listing, indent=1, ensure_ascii=False).encode())
    names = _write_sheets(answers, out)
    write_bytes(out / "report.html", _report(lines, answers, names).encode())
    progress(1.0, "Done")
    return lines


def summary(rows: Sequence[Row], models: Models) -> list[str]:
    """One line for each kind of prompt and method, those without weights included."""
    lines = []
    for prompt, kind in KINDS.items():
        for entry in _entries(kind, models):
            own = [row for row in rows if (row.prompt, row.method) == (prompt, entry.name)]
            said = ABSENT if not _here(entry, models) else "nothing to measure"
            if own:
                overlaps = [row.overlap for row in own]
                said = figures(overlaps, [row.photo for row in own], [row.seconds for row in own]).line()
            lines.append(f"{prompt:<6}{entry.name:<16}{said}")
    return lines + _nets(rows, models)


def _nets(rows: Sequence[Row], models: Models) -> list[str]:
    """One line for each method that was measured with nets: which they were."""
    measured = {row.method for row in rows}
    used: dict[str, list[str]] = {}
    for entry in (entry for kind in ("detect", "segment") for entry in _entries(kind, models)):
        if entry.needs and entry.name in measured and _here(entry, models):
            own = used.setdefault(entry.name, [])
            own += [id for id, _ in map(models.of(entry.tier).named, entry.needs) if id not in own]
    return [f"nets  {name:<16}{', '.join(own)}" for name, own in used.items()]


def jittered(box: Rect, picture: Rect, random: np.random.Generator) -> Rect:
    """The box with each side moved by up to a tenth of its own width or height, cut to the picture."""
    step = random.uniform(-JITTER, JITTER, 4) * [box.width, box.height, box.width, box.height]
    x0, y0, x1, y1 = (float(side + move) for side, move in zip(box, step, strict=True))
    return Rect(max(x0, picture.x0), max(y0, picture.y0), min(x1, picture.x1), min(y1, picture.y1))


def middle_of(truth: Bool) -> Point:
    """The place in a mask that is farthest from its edge."""
    depth = cv2.distanceTransform(np.pad(truth.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return Point(float(column) + 0.5, float(row) + 0.5)


def _entries(kind: str, models: Models) -> list[registry.Entry]:
    """The methods of a kind, the starter's first; each runs with the nets of its own tier."""
    known = [entry for entry in registry.entries(kind) if models.of(entry.tier).tier == entry.tier]
    return sorted(known, key=lambda entry: (entry.tier != "starter", entry.name))


def _here(entry: registry.Entry, models: Models) -> bool:
    return all(models.of(entry.tier).has(role) for role in entry.needs)


def _answers(case: Case, number: int, models: Models, progress: Progress) -> Iterator[Answer]:
    rgb = case.photo()
    truths = [thing.truth() for thing in case.things]
    for ask in _asks(case, number, truths, models):
        progress.check()
        if _here(ask.entry, models):
            yield _answered(case, rgb, ask, models.of(ask.entry.tier))


def _asks(case: Case, number: int, truths: list[Bool], models: Models) -> Iterator[Ask]:
    for entry in _entries("detect", models):
        for word in case.words:
            instances = [truth for thing, truth in zip(case.things, truths, strict=True) if thing.word == word]
            yield Ask("text", entry, word, -1, None, None, instances)
    random = np.random.default_rng([SEED, number])
    for index, (thing, truth) in enumerate(zip(case.things, truths, strict=True)):
        tight = bounds(truth)
        if tight is None:
            continue
        box = jittered(tight, Rect(0.0, 0.0, *map(float, truth.shape[::-1])), random)
        for entry in _entries("segment", models):
            yield Ask("box", entry, thing.word, index, box, None, [truth])
            yield Ask("click", entry, thing.word, index, None, middle_of(truth), [truth])


def _answered(case: Case, rgb: U8, ask: Ask, models: Models) -> Answer:
    started = time.perf_counter()
    note, found = "", None
    try:
        found = _found(rgb, ask, models)
    except UnknownWord:
        note = "unknown word"
    except NothingFound:
        note = "not found"
    seconds = time.perf_counter() - started
    before = np.zeros(rgb.shape[:2], np.uint8) if found is None or found.mask is None else found.mask
    after = refined(before, Refine())
    row = Row(
        *(ask.prompt, ask.entry.name, case.id, ask.word, ask.object),
        overlap=max(overlap(before >= 128, truth) for truth in ask.truths),
        refined=max(overlap(after >= 128, truth) for truth in ask.truths),
        score=found.score if found else 0.0,
        sure=found is not None and found.sure,
        seconds=round(seconds, 3),
        note=note,
    )
    return Answer(row, _tiles(rgb, ask, found, row, (before, after)))


def _found(rgb: U8, ask: Ask, models: Models) -> Candidate:
    entry, progress = ask.entry, Progress()
    if ask.prompt != "text":
        points = ((ask.point, True),) if ask.point else ()
        return entry.call(SegmentTask(rgb, ask.box, points), entry.params(), models, progress)[0]
    found = entry.call(DetectTask(rgb, ask.word), entry.params(), models, progress)[0]
    if found.mask is None:
        segment = pipeline.usable("segment", models)
        mask = segment.call(SegmentTask(rgb, found.box), segment.params(), models, progress)[0].mask
        found = found._replace(mask=mask)
    return found


def _tiles(rgb: U8, ask: Ask, found: Candidate | None, row: Row, masks: tuple[U8, U8]) -> tuple[Tile, ...]:
    before, after = masks
    box = ask.box or (found.box if found else None)
    truth = ask.truths[int(np.argmax([overlap(before >= 128, truth) for truth in ask.truths]))]
    said = row.note or f"score {row.score:.2f}{'' if row.sure else ', not sure'}"
    return tuple(
        Tile(_small(picture), caption)
        for picture, caption in (
            (framed(rgb, box), f"{row.word}: {said}"),
            (shown(rgb, before), f"IoU {row.overlap:.2f}"),
            (black_white(before), "before"),
            (black_white(after), "after erosion, dilation"),
            (shown(rgb, after), f"IoU {row.refined:.2f}"),
            (shown(rgb, truth), "truth"),
        )
    )


def _small(picture: U8) -> U8:
    scale = min(1.0, SIDE / max(picture.shape[:2]))
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


HEADS = ("word, box", "mask", "mask, as found", "mask, refined", "cut out", "truth")


def _write_sheets(answers: Sequence[Answer], out: Path) -> list[str]:
    """One set of sheets for each prompt and method, worst first so that faults are seen."""
    names = []
    for prompt, method in dict.fromkeys((answer.row.prompt, answer.row.method) for answer in answers):
        own = [answer for answer in answers if (answer.row.prompt, answer.row.method) == (prompt, method)]
        own.sort(key=lambda answer: answer.row.overlap)
        for number, sheet in enumerate(sheets([answer.tiles for answer in own], HEADS), 1):
            name = f"{prompt}-{method}-{number}.png"
            write_bytes(out / name, encode_png(from_rgb(sheet)))
            names.append(name)
    names += _comparison(answers, out)
    return names


def _comparison(answers: Sequence[Answer], out: Path) -> list[str]:
    """Fig. 3: the box methods beside each other, object by object."""
    methods = list(dict.fromkeys(answer.row.method for answer in answers if answer.row.prompt == "box"))
    if len(methods) < 2:
        return []
    rows: dict[tuple[str, int], dict[str, Answer]] = {}
    for answer in answers:
        if answer.row.prompt == "box":
            rows.setdefault((answer.row.photo, answer.row.object), {})[answer.row.method] = answer
    lines = []
    for own in rows.values():
        first = next(iter(own.values()))
        cuts = [Tile(own[name].tiles[1].picture, f"IoU {own[name].row.overlap:.2f}") for name in methods]
        lines.append((first.tiles[0]._replace(caption=first.row.word), *cuts, first.tiles[-1]))
    names = []
    for number, sheet in enumerate(sheets(lines, ("box", *methods, "truth")), 1):
        names.append(f"compared-{number}.png")
        write_bytes(out / names[-1], encode_png(from_rgb(sheet)))
    return names


def _report(lines: Sequence[str], answers: Sequence[Answer], names: Sequence[str]) -> str:
    """A page with the summary, the sheets and every row."""
    cells = ("prompt", "method", "photo", "word", "overlap", "refined", "score", "sure", "seconds", "note")
    head = "".join(f"<th>{cell}</th>" for cell in cells)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_said(getattr(answer.row, cell)))}</td>" for cell in cells) + "</tr>\n"
        for answer in answers
    )
    pictures = "".join(f'<h2>{name}</h2>\n<img src="{name}" alt="{name}">\n' for name in map(html.escape, names))
    return (
        '<!doctype html>\n<meta charset="utf-8">\n<title>Mask study</title>\n'
        "<style>body{font:15px sans-serif;margin:2em}td,th{padding:2px 8px;text-align:left}</style>\n"
        f"<h1>Mask study</h1>\n<p>{html.escape((__doc__ or '').split('Protocol. ')[-1])}</p>\n"
        f"<pre>{html.escape(chr(10).join(lines))}</pre>\n{pictures}<table>\n<tr>{head}</tr>\n{body}</table>\n"
    )


def _said(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
