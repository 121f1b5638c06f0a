"""Who tells the person what: brings the desk's sentences to the prompt bar, the job strip, the toast and the start."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from blendstudio.app.asking import FETCH
from blendstudio.app.images import to_image
from blendstudio.app.jobs import Job, nothing
from blendstudio.app.letters import Letters
from blendstudio.app.prompt_bar import FRONT_QUESTION, QUESTION
from blendstudio.app.weights import LANE
from blendstudio.app.window import Window
from blendstudio.assets import asset
from blendstudio.core.pixels import Pixels
from blendstudio.engine.job import Progress
from blendstudio.errors import StudioError
from blendstudio.files.images import read_image_bytes
from blendstudio.files.settings import read_settings, remembered, write_settings

SAMPLES = (  # file of the object, of the background, title, line, the word to find it by
    ("astronaut", "rocket", "Astronaut at the launch pad", "Type “person”", "person"),
    ("chelsea", "coffee", "Cat at the coffee table", "Type “cat”", "cat"),
    ("coffee", "cafe", "A cup in Van Gogh’s café", "Type “cup”", "cup"),
)


class Guide(QObject):
    """Lives as long as its window."""

    def __init__(self, window: Window, folder: Path) -> None:
        super().__init__(window)
        self._window, self._desk, self._folder = window, window.desk, folder
        self._settings = read_settings(folder)
        self._word = self._object = ""
        self._shown_jobs: list[Job] = []
        self._letters = Letters(window)
        self._connect_prompt()
        self._connect_jobs()
        self._connect_start()
        for signal in (self._desk.session.touched, self._desk.toolbox.changed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the start page or the canvas, and what goes with the selected object."""
        window, session = self._window, self._desk.session
        canvas = session.document is not None
        window.area.pages.setCurrentWidget(self._desk.canvas if canvas else window.start)
        for part in (window.options, window.prompt):
            part.setVisible(canvas and not (part is window.options and window.panels_hidden))
        star = "*" if session.document and session.dirty else ""
        window.setWindowTitle(f"{session.title}{star} – blendstudio" if canvas else "blendstudio")
        layer = session.subject
        window.prompt.set_object(layer.name if layer else None, FRONT_QUESTION if session.fronting else QUESTION)
        name = self._desk.toolbox.name
        window.prompt.set_tool(name if name in ("box", "plus", "minus") else "")
        self._show_candidates()
        self._letters.watch(window.blend_panel.form)  # another method's has others
        window.actions_.refresh()

    # --- the prompt ---

    def _connect_prompt(self) -> None:
        bar, desk = self._window.prompt, self._desk
        bar.find_requested.connect(desk.cutting.find)
        bar.candidate_chosen.connect(desk.cutting.choose)
        bar.tool_chosen.connect(self._take)
        bar.box_instead.connect(self._way_on)
        bar.candidate_hovered.connect(desk.foresight.candidate)
        bar.cleared.connect(desk.cutting.clear_prompt)
        bar.left.connect(desk.canvas.setFocus)
        desk.cutting.said.connect(bar.say)
        desk.cutting.busy.connect(bar.busy)
        desk.cutting.found.connect(self._found)
        desk.cutting.said.connect(self._remember_way)

    def _take(self, name: str) -> None:
        self._desk.take_tool(name or "move")
        self._desk.canvas.setFocus()

    def _remember_way(self, _: str, action: str) -> None:
        self._way = action

    def _way_on(self) -> None:
        if self._way == FETCH:
            self._window.paperwork.models.ask_for_starter()
        else:
            self._take("box")

    def _found(self) -> None:
        self._show_candidates()
        self._desk.canvas.setFocus()

    def _show_candidates(self) -> None:
        cutting = self._desk.cutting
        rows = [(one.label, one.score, one.sure) for one in cutting.candidates]
        self._window.prompt.show_candidates(rows, cutting.chosen, cutting.sizes)

    # --- jobs ---

    def _connect_jobs(self) -> None:
        runner, strip = self._desk.runner, self._window.strip
        runner.started.connect(self._job_started)
        runner.progressed.connect(self._job_progressed)
        runner.failed.connect(self._job_failed)
        runner.ended.connect(self._job_ended)
        strip.stop_requested.connect(self._stop)
        self._window.actions_["stop"].triggered.connect(strip.stopping)
        self._desk.filing.said.connect(self._tell)
        self._desk.hair.said.connect(self._tell)
        self._desk.writing.said.connect(self._tell)
        self._desk.blending.said.connect(self._tell)
        self._window.blend_panel.blend_asked.connect(self._desk.blending.run)

    def _job_started(self, job: Job) -> None:
        self._shown_jobs.append(job)
        self._shown_jobs.sort(key=lambda one: one.lane == LANE)  # a long fetch must not hide the work
        if self._shown_jobs[0] is job:
            self._window.strip.start(job.title)
        self._window.blend_panel.show_running()
        self._window.actions_.refresh()

    def _job_progressed(self, job: Job, share: float, stage: str) -> None:
        if self._shown_jobs and job is self._shown_jobs[0]:
            self._window.strip.report(share, stage)

    def _job_failed(self, _: Job, error: StudioError) -> None:
        self._window.strip.failed(error.what, error.next_step, error.detail)

    def _job_ended(self, job: Job, how: str) -> None:
        if job not in self._shown_jobs:
            return
        shown = self._shown_jobs[0] is job
        self._shown_jobs.remove(job)
        if self._shown_jobs:
            if shown:
                self._window.strip.start(self._shown_jobs[0].title)
        elif how != "failed" or job.failed:
            self._window.strip.done("Stopped." if how == "cancelled" else "")
        self._window.blend_panel.show_running()
        self._window.actions_.refresh()

    def _stop(self) -> None:
        if self._shown_jobs:
            self._desk.runner.stop(self._shown_jobs[0])
            self._window.strip.stopping()

    def tell_crash(self, error: StudioError) -> None:
        """An error that nobody foresaw."""
        self._window.strip.failed(error.what, error.next_step, error.detail)

    def _tell(self, text: str, path: Path | None = None) -> None:
        actions = []
        if path:
            actions = [
                ("Show in folder", lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))),
                ("Copy path", lambda: QGuiApplication.clipboard().setText(str(path))),
            ]
        self._window.toast.show_message(text, actions)

    # --- the start ---

    def _connect_start(self) -> None:
        window, desk, page = self._window, self._desk, self._window.start
        window.area.dropped.connect(window.drop_files)
        window.area.image_dropped.connect(window.drop_image)
        page.open_requested.connect(window.paperwork.open)
        page.paste_requested.connect(desk.paste)
        page.sample_chosen.connect(self._open_sample)
        page.recent_chosen.connect(self._open_recent)
        # The line beside the button says size and licences, so that to press it is the yes.
        page.fetch_requested.connect(lambda: desk.weights.get(desk.weights.missing()))
        page.models_requested.connect(window.paperwork.show_models)
        page.fetch_declined.connect(self._decline)
        desk.filing.stored.connect(self._remember)
        desk.writing.stored.connect(self._remember)
        desk.filing.waiting.connect(self._ask_background)
        desk.weights.changed.connect(self._show_models)
        desk.runner.submit(Job("Reading the samples", _sample_cards, page.set_samples, "files", quiet=True))
        page.set_recent([Path(name) for name in self._settings.recent])
        self._show_models()

    def _open_sample(self, name: str) -> None:
        files = next((row for row in SAMPLES if row[0] == name), SAMPLES[0])
        self._word, self._object = files[4], files[0].capitalize()

        def read(_: Progress) -> tuple[Pixels, Pixels]:
            return _sample(files[1]), _sample(files[0])

        self._desk.runner.submit(Job("Opening the sample", read, self._take_sample, "files"))

    def _take_sample(self, pictures: tuple[Pixels, Pixels]) -> None:
        self._desk.filing.take(pictures[0], "Background")
        self._desk.filing.take(pictures[1], self._object, "object")
        self._window.prompt.set_text(self._word)
        self._window.focus_prompt()

    def _open_recent(self, path: Path) -> None:
        self._window.open_files([path])

    def _remember(self, path: Path) -> None:
        self._settings = remembered(self._settings, path)
        self._keep_settings()
        self._window.start.set_recent([Path(name) for name in self._settings.recent])

    def _ask_background(self, name: str) -> None:
        self._window.toast.show_message(f"“{name}” waits. Now drop the background that it goes into.")

    def _decline(self) -> None:
        self._settings = replace(self._settings, declined=True)
        self._keep_settings()
        self._show_models()

    def _keep_settings(self) -> None:
        settings, folder = self._settings, self._folder

        def work(_: Progress) -> None:
            write_settings(settings, folder)

        self._desk.runner.submit(Job("Remembering", work, nothing, "files", quiet=True))

    def _show_models(self) -> None:
        missing = () if self._settings.declined else self._desk.weights.missing()
        licences = sorted({entry.licence_name for entry in missing})
        self._window.start.set_models(sum(entry.fetched for entry in missing) / 1e6, " and ".join(licences))
        self._window.actions_.refresh()


def _sample(name: str) -> Pixels:
    return read_image_bytes(asset(f"samples/{name}.jpg").read_bytes(), name)


def _sample_cards(_: Progress) -> list:
    return [(row[0], row[2], row[3], to_image(_sample(row[0]))) for row in SAMPLES]
