"""What comes in: pictures, masks and works, read beside the window and put where they were dropped."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from blendstudio import api
from blendstudio.app.jobs import Job, Runner, nothing
from blendstudio.app.session import Session
from blendstudio.core import edits
from blendstudio.core.document import Document
from blendstudio.core.geometry import Placement, Point
from blendstudio.core.pixels import Pixels
from blendstudio.engine.job import Progress
from blendstudio.files.images import default_decoder
from blendstudio.files.project import Opened, is_project, read_project

ROOM = 0.8  # of the background: larger objects are made to fit it when they come in
ZONES = ("background", "object", "mask")


def is_work(path: Path) -> bool:
    """Whether a file is a work, by what is in it, or is called one."""
    return path.suffix.lower() == ".ora" or is_project(path)


def _decoder_started(_: Progress) -> None:
    default_decoder().start()


class Filing(QObject):
    """`said` carries a sentence; `stored` names a file to remember."""

    said = Signal(str, object)
    stored = Signal(object)
    waiting = Signal(str)  # an object came before its background; its name

    def __init__(self, session: Session, runner: Runner) -> None:
        super().__init__(session)
        self._session, self._runner = session, runner
        self._pending: list[tuple[Pixels, str]] = []

    @property
    def pending(self) -> str:
        """The name of the object that waits for a background, or nothing."""
        return self._pending[0][1] if self._pending else ""

    def open(self, paths: Sequence[Path], zone: str = "", at: Point | None = None) -> None:
        """Opens pictures where they were dropped: on a zone of ZONES, or, with none, where they make sense.

        The first picture becomes the background when there is none, all others objects. A work replaces the open one:
        ask before about unsaved changes.
        """
        for path in paths:
            self._read(path, zone, at)
            zone = "object" if zone == "background" else zone

    def take(self, pixels: Pixels, name: str, zone: str = "", at: Point | None = None) -> None:
        """Takes a picture that is in memory already, such as a pasted one."""
        document = self._session.document
        if zone == "mask":
            self._take_mask(pixels)
        elif zone == "background" or (document is None and zone != "object"):
            self._take_background(pixels, name)
        elif document is None:
            self._pending.append((pixels, name))
            self.waiting.emit(name)
        else:
            self._take_object(document, pixels, name, at)

    def open_project(self, path: Path) -> None:
        """Opens a work; the one on the screen stays until the new one is whole."""

        def work(progress: Progress) -> Opened:
            return read_project(path, lambda share: progress(share, "Reading"))

        def done(opened: Opened) -> None:
            self._session.open(opened.document, path)
            self.stored.emit(path)
            for note in opened.notes:
                self.said.emit(note, None)

        self._runner.submit(Job(f"Opening {path.name}", work, done, "files"))

    def wake(self) -> None:
        """Starts the decoder, so that the first picture need not wait for it."""
        self._runner.submit(Job("Starting the decoder", _decoder_started, nothing, "files", quiet=True))

    def _read(self, path: Path, zone: str, at: Point | None) -> None:
        if is_work(path):
            self.open_project(path)
            return

        def work(progress: Progress) -> Pixels:
            progress(0.1, "Reading")
            return api.open_picture(path)

        def done(pixels: Pixels) -> None:
            self.take(pixels, path.stem, zone, at)
            if zone != "mask":
                self.stored.emit(path)

        self._runner.submit(Job(f"Opening {path.name}", work, done, "files"))

    def _take_background(self, pixels: Pixels, name: str) -> None:
        document = self._session.document
        if document is None:
            self._session.open(edits.new_document(pixels, name))
        else:
            self._match(document, pixels, lambda now: edits.set_background(now, pixels, name), "Background")
        pending, self._pending = self._pending, []
        for waiting, its_name in pending:
            self.take(waiting, its_name, "object")

    def _match(
        self, document: Document, background: Pixels, change: Callable[[Document], Document], label: str
    ) -> None:
        """Applies a change after which all objects must be in the background's profile and depth."""
        kept = {x.id: x.pixels for x in document.layers[1:]}

        def work(_: Progress) -> dict[str, Pixels]:
            return {name: api.matched(pixels, background) for name, pixels in kept.items()}

        def done(made: dict[str, Pixels]) -> None:
            now = self._session.document
            if now is None:
                return
            if any(x.pixels is not kept.get(x.id) for x in now.layers[1:]):
                self._match(now, background, change, label)  # other objects came meanwhile
                return
            after = change(now)
            for layer in after.layers[1:]:
                after = edits.change(after, layer.id, lambda x: replace(x, pixels=made[x.id]))
            self._session.apply(label, after)

        self._runner.submit(Job("Matching colours", work, done, "files", quiet=True))

    def _take_object(self, document: Document, pixels: Pixels, name: str, at: Point | None) -> None:
        background = document.background.pixels

        def work(_: Progress) -> Pixels:
            return api.matched(pixels, background)

        def done(matched: Pixels) -> None:
            now = self._session.document
            if now is None:
                return
            if now.background.pixels is not background:
                self._take_object(now, pixels, name, at)  # another work or background came meanwhile
                return
            fit = ROOM * min(now.size.width / matched.size.width, now.size.height / matched.size.height)
            middle = now.background.pixels.bounds.centre
            place = Placement(at or Point(*map(round, middle)), min(1.0, fit))
            transform = place.transform(matched.size, now.size, matched.bounds.centre)
            after, layer_id = edits.add_object(now, matched, name, transform)
            self._session.apply("Place object", after, select=layer_id)

        self._runner.submit(Job("Matching colours", work, done, "files", quiet=True))

    def _take_mask(self, drawn: Pixels) -> None:
        layer = self._session.subject
        if layer is None:
            self.said.emit("A mask needs an object. Drop the object's photo first.", None)
            return

        def work(_: Progress) -> api.Found:
            return api.mask_of(drawn, layer.pixels)

        def done(found: api.Found) -> None:
            document = self._session.document
            if document is None or (layer.id, layer.pixels) not in [(x.id, x.pixels) for x in document.layers]:
                self.said.emit("The object is gone, so its mask was dropped.", None)
                return
            self._session.select(layer.id)
            if layer.id == document.background.id:
                self._session.apply("In front, from a file", api.put_in_front(document, found.mask))
            else:
                self._session.edit("Mask from a file", lambda x: replace(x, mask=found.mask))

        self._runner.submit(Job("Reading the mask", work, done, "files", quiet=True))
