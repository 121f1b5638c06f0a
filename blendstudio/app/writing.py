"""What goes out: works, pictures and masks, written beside the window."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from blendstudio import api
from blendstudio.app.jobs import Job, Runner
from blendstudio.app.session import Session
from blendstudio.app.weights import Weights
from blendstudio.core.compose import flatten
from blendstudio.engine.job import Progress
from blendstudio.files.project import write_project


class Writing(QObject):
    """`said` carries a sentence and the file that was written, `stored` a file to remember."""

    said = Signal(str, object)
    stored = Signal(object)

    def __init__(self, session: Session, runner: Runner, weights: Weights) -> None:
        super().__init__(session)
        self._session, self._runner, self._weights = session, runner, weights

    def save(self, path: Path, then: Callable[[], None] | None = None) -> None:
        """Saves the work as it is now, then calls `then`."""
        if path.suffix.lower() != ".ora":
            path = path.with_name(f"{path.name}.ora")
            if path.exists():  # the dialog asked about another name
                self.said.emit(f"There is a file {path.name} already. Choose another name.", None)
                return
        document, another = self._session.document, path != self._session.path
        if document is None:
            return

        def work(progress: Progress) -> None:
            if another:
                api.check_outputs((), project=path)
            write_project(document, path, lambda share: progress(share, "Writing"))

        def done(_: None) -> None:
            self._session.saved(document, path)
            self.stored.emit(path)
            self.said.emit("Saved.", path)
            if then:
                then()

        self._runner.submit(Job(f"Saving {path.name}", work, done, "files"))

    def export(self, path: Path) -> None:
        """Writes the flat picture as a PNG."""
        document = self._session.document
        if document is None:
            return
        path = _png(path)

        def work(progress: Progress) -> None:
            api.check_outputs([path])
            progress(0.1, "Composing")
            picture = flatten(document)
            progress(0.6, "Writing")
            api.export(picture, path)

        def done(_: None) -> None:
            self._session.exported = path
            stale = any(layer.blend and layer.blend.stale for layer in document.layers)
            note = " A blend was out of date, so its object is shown as pasted." if stale else ""
            self.said.emit(f"Exported {path.name}.{note}", path)

        self._runner.submit(Job(f"Exporting {path.name}", work, done, "files"))

    def export_enlarged(self, path: Path) -> None:
        """Writes the flat picture at twice its size."""
        document = self._session.document
        if document is None:
            return
        path = _png(path)

        def work(progress: Progress) -> None:
            api.check_outputs([path])
            picture = api.enlarged(flatten(document), self._weights.nets(), progress)
            api.export(picture, path)

        def done(_: None) -> None:
            self.said.emit(f"Exported {path.name}.", path)

        self._runner.submit(Job(f"Enlarging {path.name}", work, done))

    def export_mask(self, path: Path) -> None:
        """Writes the selected object's soft mask as a grey PNG of its photo's size."""
        layer = self._session.subject
        if layer is None:
            return
        path = _png(path)

        def work(_: Progress) -> None:
            api.check_outputs([path])
            api.export_mask(api.soft_mask(layer.mask, layer.pixels), path)

        def done(_: None) -> None:
            self.said.emit(f"Exported the mask as {path.name}.", path)

        self._runner.submit(Job(f"Exporting {path.name}", work, done, "files"))


def _png(path: Path) -> Path:
    return path if path.suffix else path.with_suffix(".png")
