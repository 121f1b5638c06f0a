"""The verbs that look after the program itself: its weights, and whether it works on this machine."""

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from blendstudio.commands import Output, progress_on
from blendstudio.errors import EngineError, ModelDamaged

if TYPE_CHECKING:
    from blendstudio.engine.shelf import Status
    from blendstudio.engine.store import Store


def models(options: Namespace, console: Output) -> None:
    """Lists, fetches, checks or imports weights."""
    from blendstudio.engine.store import Store

    store = Store.default()
    if options.verb == "path":
        console.say(str(store.folder), event="result", out=str(store.folder))
    elif options.verb == "get":
        _get_models(store, options.ids, console)
    elif options.verb == "delete":
        for id in [store.entry(id).id for id in options.ids]:  # all names are known before the first is gone
            store.delete(id, progress_on(console))
        console.say("They are deleted.", event="result", models=options.ids)
    elif options.verb == "import":
        store.import_file(options.id, options.file, progress_on(console))
        console.say(f"{options.id} is here.", event="result", models=[options.id])
    elif options.verb == "verify":
        _say_models(store.verify(progress_on(console)), console)
    else:
        _say_models(store.status(), console)


def _get_models(store: "Store", names: "Sequence[str]", console: Output) -> None:
    """Says size and licence of each, then fetches them: to type the command was the yes."""
    from blendstudio.engine.manifest import megabytes, select

    for entry in select(store.manifest, names):
        if entry.fetched and not store.has(entry.id):
            console.say(
                f"{entry.id}: {megabytes(entry.fetched)} from {entry.hosts[0]}. {entry.terms}.",
                event="fetch",
                id=entry.id,
                bytes=entry.fetched,
                licence=entry.licence,
                commercial=entry.commercial,
            )
    store.get(names, progress_on(console))
    console.say("The weights are here.", event="result", models=names)


def _say_models(rows: "Sequence[Status]", console: Output) -> None:
    """One line per model; raises ModelDamaged when one of them is."""
    from blendstudio.engine.manifest import megabytes

    for row in rows:
        entry = row.entry
        size = megabytes(entry.fetched) if entry.fetched else "shipped"
        console.say(
            f"{entry.id:20s} {row.state:8s} {size:>7s}  {entry.purpose} [{entry.terms}]",
            event="model",
            id=entry.id,
            role=entry.role,
            tier=entry.tier,
            state=row.state,
            path=str(row.path),
            bytes=entry.fetched,
            licence=entry.licence,
            commercial=entry.commercial,
        )
    damaged = [row.entry.id for row in rows if row.state == "damaged"]
    if damaged:
        names = " ".join(damaged)
        raise ModelDamaged(f"These weights are damaged: {names}.", f"Run `blendstudio models get {names}`.")


def doctor(_: Namespace, console: Output) -> None:
    """Says what works on this machine, after a test of ten seconds. Raises EngineError when something failed."""
    from blendstudio import api
    from blendstudio.study import self_test

    progress = progress_on(console)
    for name, state in api.health():
        console.say(f"{name:24s} {state}", event="check", name=name, state=state)
    failed = []
    for check in self_test.run(api.nets("starter"), lambda: progress.stopped):
        console.say(f"{check.name:24s} {check.state}", event="check", name=check.name, state=check.state)
        failed += [] if check.fine else [check.name]
    if failed:
        raise EngineError(
            f"This does not work here: {', '.join(failed)}.", "Install the program again, or choose --device cpu."
        )
