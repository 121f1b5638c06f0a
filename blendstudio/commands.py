"""What each verb of the command line does. Everything heavy is imported when a verb runs."""

import importlib
import os
import signal
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from blendstudio import flags
from blendstudio.atomic import make_folder
from blendstudio.errors import EmptyMask, UsageError

if TYPE_CHECKING:
    from blendstudio import api
    from blendstudio.core.document import Prompt
    from blendstudio.core.pixels import Pixels
    from blendstudio.engine.job import Progress
    from blendstudio.engine.store import Nets

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
HALF = 128  # of a mask's 255: what counts as inside
LEAVE_OUT = "Leave it out with --exclude-others."
STUDIES = {  # the modules of `study` that measure, and what they show
    "masks": "the paper's Figs. 3 to 5 on photos with known masks",
    "truth": "every blend on objects whose right look is known",
    "table2": "every blend by the paper's metrics",
    "table3": "what each part of the paper's algorithm does",
    "saturation": "colour at the seam, and the algorithm step by step",
    "sheet": "every blend of one picture",
    "vote": "a blind vote on the pictures of a sheet or table2 run",
}


class Output(Protocol):
    """Where a verb writes: sentences for people, or events for programs."""

    def say(self, text: str, /, **event: Any) -> None:
        """A sentence, or an event."""
        ...

    def report(self, share: float, stage: str) -> None:
        """One step of progress."""
        ...


def window(files: "Sequence[Path]") -> int:
    """Opens the window with these files; returns the exit status. Raises UsageError where there is no screen."""
    _check_screen()
    from blendstudio.app import main

    return main.run(files)


def _check_screen() -> None:
    if not _screen():
        raise UsageError("There is no screen for a window.", "Use a verb: see `blendstudio --help`.")


def _screen() -> bool:
    return sys.platform != "linux" or any(os.environ.get(name) for name in SCREENS)


def blend(options: Namespace, console: Output) -> None:
    """Cuts the object out, places it, blends it, writes the PNG."""
    from blendstudio import api
    from blendstudio.core.document import Mask
    from blendstudio.engine import registry

    prompt, place = flags.prompt(options), flags.placement(options)
    _check(options, prompt)
    settings = api.Settings(
        options.method or api.DEFAULT_METHOD, options.preset, flags.values(options.set), options.seed
    )
    entry = registry.find("blend", settings.method)
    registry.params(entry, settings.preset, api.split_values(settings, entry)["method"])
    api.with_refine(Mask(), settings)
    given = [path for path in (options.source, options.background, options.mask, options.front) if path]
    api.check_outputs([path for path in (options.out, options.mask_out) if path], given, options.project)
    progress = progress_on(console)
    source, background = api.open_picture(options.source), api.open_picture(options.background)
    models = api.nets(options.models, options.device)
    api.load(entry, models)
    found, looking = _find(options, prompt, source, models, progress.part(0.0, 0.3))
    found = replace(found, mask=api.with_refine(found.mask, settings))
    found = api.without_others(found) if options.exclude_others else found
    document = api.compose(source, background, found, place, options.anchor)
    if options.front:
        document = api.put_in_front(document, api.read_mask(options.front, background).mask)
    for said in api.warnings(document, "object-1", settings, found):
        console.say(f"{said} {LEAVE_OUT}", event="warning", what=said, next=LEAVE_OUT)
    outcome = api.blend(document, "object-1", settings, models, progress.part(0.3, 1.0))
    progress(1.0, "Writing")
    api.export(outcome.picture, options.out)
    layer = outcome.document.layer("object-1")
    if options.mask_out:
        api.export_mask(api.soft_mask(layer.mask or found.mask, layer.pixels), options.mask_out)
    if options.project:
        api.save_project(outcome.document, options.project)
    size = outcome.picture.size
    console.say(
        f"{options.out}  {size.width}×{size.height}  {settings.method}  {looking + outcome.seconds:.1f} s"
        f"  {_doubt(found)}".rstrip(),
        event="result",
        out=str(options.out),
        seconds=round(looking + outcome.seconds, 3),
        method=settings.method,
        margin=layer.blend.margin if layer.blend else 0,
        **_about(found, models),
    )


def mask(options: Namespace, console: Output) -> None:
    """Cuts the object out and writes its soft mask."""
    from blendstudio import api

    prompt = flags.prompt(options)
    _check_prompt(prompt)
    api.check_outputs([options.out], [options.image])
    if options.candidates:
        make_folder(options.candidates)
    progress = progress_on(console)
    picture = api.open_picture(options.image)
    models = api.nets(options.models, options.device)
    options.mask = None
    found, seconds = _find(options, prompt, picture, models, progress.part(0.0, 1.0))
    soft = api.soft_mask(found.mask, picture)
    if soft.max() < HALF:
        raise EmptyMask("The mask is empty.", "Draw a larger box, or click on the object.")
    others = [one.mask for one in found.candidates if one.mask is not None] if options.candidates else []
    paths = [options.candidates / f"{number}.png" for number in range(1, len(others) + 1)]
    api.check_outputs([options.out, *paths], [options.image])
    progress(1.0, "Writing")
    for result, path in zip([soft, *others], [options.out, *paths], strict=True):
        api.export_mask(result, path)
    console.say(
        f"{options.out}  {len(found.candidates)} found  {seconds:.1f} s  {_doubt(found)}".rstrip(),
        event="result",
        out=str(options.out),
        seconds=round(seconds, 3),
        **_about(found, models),
    )


def export(options: Namespace, console: Output) -> None:
    """Writes a project's picture as a PNG."""
    from blendstudio import api
    from blendstudio.core.compose import flatten

    api.check_outputs([options.out], [options.file])
    progress = progress_on(console)
    opened = api.open_project(options.file, progress.part(0.0, 0.8, "Reading"))
    picture = flatten(opened.document)
    progress(1.0, "Writing")
    api.export(picture, options.out)
    line = f"{options.out}  {picture.size.width}×{picture.size.height}"
    console.say("\n".join((line, *opened.notes)), event="result", out=str(options.out), notes=opened.notes)


def run(options: Namespace, console: Output) -> None:
    """Makes a work's blends again from its recipes and writes the picture."""
    from blendstudio import api
    from blendstudio.core.compose import flatten

    api.check_outputs([options.out], [options.file])
    progress = progress_on(console)
    opened = api.open_project(options.file, progress.part(0.0, 0.1, "Reading"))
    models = api.nets(options.models, options.device)
    started = time.perf_counter()
    picture = flatten(api.replay(opened.document, models, progress.part(0.1, 1.0)))
    seconds = time.perf_counter() - started
    progress(1.0, "Writing")
    api.export(picture, options.out)
    line = f"{options.out}  {picture.size.width}×{picture.size.height}  {seconds:.1f} s"
    about = {"models": [name for name, _ in models.used], "device": str(models.device), "notes": opened.notes}
    said = "\n".join((line, *opened.notes))
    console.say(said, event="result", out=str(options.out), seconds=round(seconds, 3), **about)


def study(options: Namespace, console: Output) -> None:
    """Runs a study and says its figures."""
    from blendstudio import api
    from blendstudio.study.asked import Asked

    asked = Asked(**{field.name: getattr(options, field.name) for field in fields(Asked)})
    module = importlib.import_module(f"blendstudio.study.{options.what}")
    for line in module.run(asked, api.nets(options.models, options.device), progress_on(console)):
        console.say(line, event="line", text=line)
    console.say(f"{options.out / 'report.html'}", event="result", out=str(options.out))


def ask(questions: "Sequence[tuple[Path, Path]]", answered: "Callable[[int, int], None]") -> None:
    """Asks a person in a window. Raises UsageError where there is no screen."""
    _check_screen()
    from blendstudio.app import vote

    vote.run(questions, answered)


def bench(options: Namespace, console: Output) -> None:
    """Says how the window feels, how fast prompts and blends are; without a screen the window is measured offscreen."""
    parts = {"window": _bench_window, "masks": _bench_masks, "blends": _bench_blends}
    for name, measure in parts.items():
        if options.part in (name, "all"):
            measure(options, console)


def _bench_window(_: Namespace, console: Output) -> None:
    if not _screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from blendstudio.app import bench as measures

    def say(figure: "measures.Figure") -> None:
        console.say(
            f"{figure.what:45s} p99 {figure.p99:8.1f} ms   worst {figure.worst:8.1f} ms   n {figure.times}",
            event="figure",
            **figure._asdict(),
        )

    measures.run(say)


def _bench_masks(_: Namespace, console: Output) -> None:
    from blendstudio import api
    from blendstudio.study import prompt_speed

    for row in prompt_speed.run(api.nets("starter"), api.nets("paper"), progress_on(console)):
        console.say(row.line(), event="figure", **row._asdict())


def _bench_blends(options: Namespace, console: Output) -> None:
    from blendstudio import api
    from blendstudio.study import speed

    for row in speed.run(options.data, api.nets(), progress_on(console)):
        console.say(row.line(), event="figure", **row._asdict())


def _find(
    options: Namespace, prompt: "Prompt", source: "Pixels", models: "Nets", progress: "Progress"
) -> "tuple[api.Found, float]":
    """The mask and the seconds that it took, loading left out."""
    from blendstudio import api

    if options.mask:
        return api.read_mask(options.mask, source), 0.0
    api.load_for(prompt, models)
    started = time.perf_counter()
    found = api.find(source, prompt, models, progress)
    return found, time.perf_counter() - started


def _about(found: "api.Found", models: "Nets") -> dict[str, Any]:
    """What the result line says about where the mask came from and which nets ran."""
    best = found.best
    return {
        "models": [name for name, _ in models.used],
        "device": str(models.device),
        "labels": [candidate.label for candidate in found.candidates],
        "scores": [round(candidate.score, 4) for candidate in found.candidates],
        "boxes": [[round(x, 1) for x in candidate.box] for candidate in found.candidates],
        "score": round(best.score, 4) if best else None,
        "sure": best.sure if best else True,
    }


def _doubt(found: "api.Found") -> str:
    if found.best is None or found.best.sure:
        return ""
    return "Not sure about the mask: look at it, or draw a box."


def _check(options: Namespace, prompt: "Prompt") -> None:
    """Refuses at once what cannot lead to a blend."""
    if options.mask and not prompt.empty:
        raise UsageError("There are a mask and a prompt.", "Give one of --mask, --prompt, --box or --point.")
    if not options.mask and prompt.empty:
        raise UsageError("Nothing says what to cut out.", "Give one of --prompt, --box, --point or --mask.")
    _check_prompt(prompt)
    if options.seed < 0:
        raise UsageError(f"The seed cannot be {options.seed}.", "Choose 0 or a larger whole number.")


def _check_prompt(prompt: "Prompt") -> None:
    if prompt.text.strip() and (prompt.boxes or prompt.points):
        raise UsageError("There are a word and a box or points.", "Give the word alone, or the box and points alone.")


def progress_on(console: Output) -> "Progress":
    """Reports to the console; Ctrl+C asks it to stop, a second one ends the process."""
    from blendstudio.engine.job import Progress

    asked = threading.Event()

    def stop(*_: Any) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
    return Progress(console.report, cancelled=asked.is_set)
