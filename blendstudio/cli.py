"""The command line and its verbs. Scripts rely on its words, JSON lines and exit codes."""

import argparse
import io
import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from blendstudio import __version__, commands, upkeep
from blendstudio.atomic import write_error
from blendstudio.errors import Cancelled, StudioError, UsageError, explained, short

COORDINATES = ("--at", "--box", "--point")
LONGEST = 80  # letters of what somebody typed, in a sentence
OPENED = {".ora", ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"}
READER_LEFT = 141  # the status of a program whose reader closed the pipe


class Console:
    """The one writer: JSON lines or sentences on stdout, progress and errors for people on stderr."""

    def __init__(self, *, json_lines: bool) -> None:
        self._json = json_lines
        self._stage = ""
        self._percent = -1

    def say(self, text: str, /, **event: Any) -> None:
        """A sentence for people, or `event` for programs. Raises BrokenPipeError when nobody reads on, CannotWrite."""
        if self._json and event:
            text = json.dumps(event, ensure_ascii=sys.stdout.encoding.lower() not in ("utf-8", "utf8"))
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at its end
            if isinstance(error, BrokenPipeError):
                raise
            raise write_error(Path("the output"), error) from error

    def report(self, share: float, stage: str) -> None:
        """One step of progress; people see a line per stage and per tenth."""
        if self._json:
            self.say("", event="progress", stage=stage, share=round(share, 4))
            return
        percent = int(share * 10) * 10
        if stage and (stage, percent) != (self._stage, self._percent):
            self._stage, self._percent = stage, percent
            sys.stderr.write(f"{percent:3d} %  {stage}\n")

    def fail(self, error: StudioError | Cancelled) -> int:
        """What happened and what to do next; returns the exit status."""
        what, next_step = ("Stopped.", "") if isinstance(error, Cancelled) else (error.what, error.next_step)
        if self._json:
            with suppress(StudioError):  # a full or closed stdout: stderr and the status still tell
                self.say("", event="error", code=error.code, what=what, next=next_step)
        sys.stderr.write(f"{what} {next_step}".rstrip() + "\n")
        return error.code


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status: 0, or 2 usage, 3 file, 4 model, 5 engine, 130 stopped."""
    words = _joined(sys.argv[1:] if arguments is None else arguments)
    console = Console(json_lines="--json" in words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names may hold anything
    try:
        with _signals_kept():
            return _run(words, console)
    except BrokenPipeError:  # as in `blendstudio models list | head -1`
        return READER_LEFT


def _run(words: Sequence[str], console: Console) -> int:
    try:
        if not words or _names_file(words[0]):
            return commands.window([Path(word) for word in words])
        options = build_parser().parse_args(words)
        options.call(options, console)
    except (StudioError, Cancelled) as error:
        return console.fail(error)
    except KeyboardInterrupt:
        return console.fail(Cancelled())
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge: anything else is a bug, told in one sentence
        return console.fail(explained(error))
    return 0


def _names_file(word: str) -> bool:
    """Whether a first word is a file to open and not a verb."""
    return not word.startswith("-") and (Path(word).suffix.lower() in OPENED or Path(word).is_file())


@contextmanager
def _signals_kept() -> Iterator[None]:
    """What Ctrl+C does is afterwards what it was before."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)


def _joined(words: Sequence[str]) -> list[str]:
    """`--at -5,40` as `--at=-5,40`: to argparse a list that begins with a minus is a flag."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in COORDINATES and re.match(r"-[\d.]", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in the same way as everything else does."""

    def error(self, message: str) -> Any:
        """Raises UsageError instead of leaving the process."""
        raise UsageError(f"The command cannot be understood: {short(message, LONGEST)}.", f"See `{self.prog} --help`.")


def build_parser() -> argparse.ArgumentParser:
    """All verbs and their flags."""
    parser = _Parser(
        prog="blendstudio",
        description="Put an object from one photo into another, without a seam.",
        usage="blendstudio [FILE …] | blendstudio VERB …",
        epilog="Without a verb the window opens, with the files in it: the first picture is the background.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(
        title="verbs", metavar="VERB", required=True, prog="blendstudio", parser_class=_Parser
    )
    _add_blend(verbs.add_parser("blend", help="put an object of one photo into another"))
    _add_mask(verbs.add_parser("mask", help="cut an object out of a photo"))
    _add_run(verbs.add_parser("run", help="make the blends of a project again, by their recipes"))
    _add_export(verbs.add_parser("export", help="write the picture of a project as a PNG"))
    _add_study(verbs.add_parser("study", help="measure: tables, figures and reports"))
    _add_models(verbs.add_parser("models", help="fetch, list and check the weights"))
    _add_bench(verbs.add_parser("bench", help="measure how the window feels and how fast masks and blends are"))
    _add_doctor(verbs.add_parser("doctor", help="say what works on this machine"))
    return parser


def _add_prompt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prompt", metavar="WORD", help="what to cut out, in a word or two")
    parser.add_argument("--box", metavar="X0,Y0,X1,Y1", help="a box round it, in source pixels")
    parser.add_argument("--point", metavar="X,Y[,-]", action="append", help="a point on it; with ,- a point beside it")
    parser.add_argument("--models", choices=("starter", "paper", "auto"), default="auto", help="which nets (auto)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where they run")
    _add_json(parser)


def _add_blend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", type=Path, required=True, help="the photo that holds the object")
    parser.add_argument("--background", type=Path, required=True, help="the photo that receives it")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--mask", type=Path, help="a mask picture of the source's size, object bright")
    _add_prompt(parser)
    parser.add_argument("--at", metavar="X,Y", help="where the anchor lands, in background pixels")
    parser.add_argument("--anchor", choices=("object", "picture"), default="object", help="what --at places")
    parser.add_argument("--scale", type=float, metavar="K", help="background pixels per source pixel")
    parser.add_argument("--rotate", type=float, metavar="DEG", default=0.0, help="degrees clockwise")
    parser.add_argument("--flip", choices=("h", "v"), default="", help="mirror the object")
    parser.add_argument(
        "--front",
        type=Path,
        metavar="M.png",
        help="a mask of the background's size: what stands in front of the object",
    )
    parser.add_argument(
        "--exclude-others", action="store_true", help="leave out other finds of the same word that touch the object"
    )
    parser.add_argument("--method", help="how to blend (studio)")
    parser.add_argument("--preset", default="", help="a named set of knobs of the method")
    parser.add_argument("--set", metavar="KNOB=VALUE", action="append", default=[], help="turn one knob")
    parser.add_argument("--seed", type=int, default=0, help="of everything random (0)")
    parser.add_argument("--mask-out", type=Path, help="also write the soft mask, in source pixels")
    parser.add_argument("--project", type=Path, metavar="P.ora", help="also write the work, to go on with it later")
    parser.set_defaults(call=commands.blend)


def _add_mask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", type=Path, required=True, help="the photo")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--candidates", type=Path, metavar="DIR", help="also write every candidate here")
    _add_prompt(parser)
    parser.set_defaults(call=commands.mask)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="PROJECT.ora", help="the project")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--models", choices=("starter", "paper", "auto"), default="auto", help="which nets (auto)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where they run")
    _add_json(parser)
    parser.set_defaults(call=commands.run)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="PROJECT.ora", help="a project, or another program's OpenRaster")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the PNG to write")
    _add_json(parser)
    parser.set_defaults(call=commands.export)


def _add_study(parser: argparse.ArgumentParser) -> None:
    shown = "; ".join(f"{name}: {what}" for name, what in commands.STUDIES.items())
    parser.add_argument("what", choices=commands.STUDIES, metavar="STUDY", help=shown)
    parser.add_argument("--data", type=Path, help="a folder with masks/, triples/, photos/; for vote a study's folder")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the folder for report and pictures")
    parser.add_argument("--photos", type=_count, default=0, metavar="N", help="masks, truth: only the first N photos")
    parser.add_argument("--slow", action="store_true", help="truth: the slow ways on everything too")
    parser.add_argument("--pairs", type=_count, default=0, metavar="N", help="only the first N pairs")
    parser.add_argument("--seeds", type=_one_or_more, default=3, metavar="N", help="placements of each pair (3)")
    parser.add_argument("--side", type=_one_or_more, default=512, metavar="N", help="pixels of a pair's side (512)")
    parser.add_argument("--methods", type=_names, default=(), metavar="A,B", help="only these ways to blend")
    parser.add_argument(
        "--evaluations", type=_count, default=100, metavar="N", help="no stage of a method runs longer (100); 0: as set"
    )
    parser.add_argument("--source", type=Path, help="sheet: the photo that holds the object")
    parser.add_argument("--background", type=Path, help="sheet: the photo that receives it")
    parser.add_argument("--mask", type=Path, help="sheet: a mask picture of the source's size")
    parser.add_argument("--at", type=_place, metavar="X,Y", help="sheet: where the object's middle lands")
    parser.add_argument("--scale", type=float, metavar="K", help="sheet: background pixels per source pixel")
    parser.add_argument("--models", choices=("starter", "paper", "auto"), default="auto")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    _add_json(parser)
    parser.set_defaults(call=commands.study, ask=commands.ask)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"“{short(text)}” is not a whole number")
    return int(text)


def _one_or_more(text: str) -> int:
    if not (count := _count(text)):
        raise argparse.ArgumentTypeError("0 is too few")
    return count


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _place(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{short(text)}” is not X,Y") from error
    return x, y


def _add_models(parser: argparse.ArgumentParser) -> None:
    _add_json(parser)
    parser.set_defaults(call=upkeep.models)
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=_Parser)
    verbs.add_parser("list", help="what there is and what is here")
    getter = verbs.add_parser("get", help="fetch weights by id, or all of a tier: starter, paper")
    getter.add_argument("ids", nargs="+", metavar="ID")
    verbs.add_parser("verify", help="hash every file again")
    deleter = verbs.add_parser("delete", help="take weights off this machine")
    deleter.add_argument("ids", nargs="+", metavar="ID")
    importer = verbs.add_parser("import", help="take a weights file that you have")
    importer.add_argument("id", metavar="ID")
    importer.add_argument("file", type=Path, metavar="FILE")
    verbs.add_parser("path", help="the folder of the weights")
    for verb in verbs.choices.values():
        _add_json(verb, default=argparse.SUPPRESS)  # may stand before or after the verb


def _add_json(parser: argparse.ArgumentParser, *, default: Any = False) -> None:
    parser.add_argument("--json", action="store_true", default=default, help="one JSON object per line on stdout")


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--part", choices=("all", "window", "masks", "blends"), default="all", help="what is measured (all)"
    )
    parser.add_argument("--data", type=Path, help="a folder with triples/, to blend its number 3 (a shipped pair)")
    _add_json(parser)
    parser.set_defaults(call=commands.bench)


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    _add_json(parser)
    parser.set_defaults(call=upkeep.doctor)
