"""The window: where everything is, and which part speaks to which. It decides nothing itself."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QPointF, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QImage, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QToolBar, QVBoxLayout, QWidget

from blendstudio.app import dialogs
from blendstudio.app.actions import MENUS, TOOLS, Actions, table
from blendstudio.app.blend_panel import BlendPanel
from blendstudio.app.context_bar import PLACING, ContextBar
from blendstudio.app.desk import Desk
from blendstudio.app.drop_area import DropArea
from blendstudio.app.filing import is_work
from blendstudio.app.hair_options import HairOptions
from blendstudio.app.history_panel import HistoryPanel
from blendstudio.app.images import to_pixels
from blendstudio.app.job_strip import JobStrip
from blendstudio.app.layers_panel import LayersPanel
from blendstudio.app.legend import Legend
from blendstudio.app.mask_panel import MaskPanel
from blendstudio.app.options_bar import BrushOptions, OptionsBar, PlaceOptions
from blendstudio.app.paperwork import Paperwork
from blendstudio.app.prompt_bar import PromptBar
from blendstudio.app.ring_note import RingNote
from blendstudio.app.start_page import StartPage
from blendstudio.app.status import Status
from blendstudio.app.threshold_row import ThresholdRow
from blendstudio.app.toast import Toast
from blendstudio.app.wand_tool import WandOptions
from blendstudio.core.geometry import Point

SIZE = (1360, 860)
MENU_WHILE_PLACING = " ".join((*PLACING[:-1], "-", "raise", "lower", "-", "blend", "split"))


class Window(QMainWindow):
    """`painted` is emitted once, after the first paint."""

    painted = Signal()
    closed = Signal()

    def __init__(self, desk: Desk, store: QSettings) -> None:
        super().__init__()
        self.desk, self._store = desk, store
        self.panels_hidden = False
        self._leaving = self._was_painted = False
        self.paperwork = Paperwork(desk, self)
        self.actions_ = Actions(self, desk.canvas, table(desk, self))
        self.area, self.start = DropArea(desk.session), StartPage()
        self.prompt, self.strip, self.toast = PromptBar(), JobStrip(), Toast(self.area)
        self.place_options = PlaceOptions(desk.session, desk.shapes, desk.placing)
        others = {"wand": WandOptions(desk.wand), "hair": HairOptions(desk.strokes)}
        self.options = OptionsBar(desk.toolbox, BrushOptions(desk.strokes, desk.toolbox), self.place_options, others)
        self.layers_panel = LayersPanel(desk.session, desk.shapes, desk.placing)
        self.mask_panel = MaskPanel(desk.session, desk.shapes, desk.strokes, desk.look)
        self.blend_panel = BlendPanel(desk.session, desk.blending)
        self.history_panel = HistoryPanel(desk.session)
        self.context = ContextBar(desk, self.actions_)
        self.legend = Legend(desk.session, desk.canvas, desk.look)
        desk.look.changed.connect(self.actions_.refresh)
        self.status = Status(desk)
        desk.files_pasted.connect(self.open_files)
        self._lay_out()
        self.resize(*SIZE)
        self._default_state = QByteArray()

    # --- places ---

    def _lay_out(self) -> None:
        self.setObjectName("window")
        self.setWindowTitle("blendstudio")
        column = QWidget()
        rows = QVBoxLayout(column)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for part in (self.options, self.prompt, self.area, self.strip):
            rows.addWidget(part, int(part is self.area))
        self.area.pages.addWidget(self.start)
        self.area.pages.addWidget(self.desk.canvas)
        self.setCentralWidget(column)
        for title, ids in MENUS.items():
            self.actions_.fill(self.menuBar().addMenu(title), ids)
        self._add_tools()
        self._add_docks()
        self.setStatusBar(self.status)
        for panel, note in ((self.mask_panel, ThresholdRow), (self.mask_panel, RingNote), (self.blend_panel, RingNote)):
            panel.notes.addWidget(note(self.desk))
        for name in ("raise", "lower", "duplicate", "delete"):
            self.layers_panel.add_button(self.actions_.button(name))
        self.layers_panel.add_button(self.actions_.button("in-front", spoken=True))
        for name in ("cut-out", "invert", "drop-strokes", "clear-mask", "load-mask"):
            self.mask_panel.add_button(self.actions_.button(name))
        for name in ("fit-object", "own-size", "flip-h", "flip-v"):
            self.place_options.add_button(self.actions_.button(name))
        for name in ("duplicate", "delete", "raise", "lower", "hide"):
            self.layers_panel.list.addAction(self.actions_[name])

    def _add_tools(self) -> None:
        bar = QToolBar("Tools")
        bar.setObjectName("tools")
        bar.setMovable(False)
        for name in TOOLS:
            bar.addAction(self.actions_[f"tool-{name}"])
        bar.addSeparator()
        for name in ("cut-out", "split"):
            bar.addAction(self.actions_[name])
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, bar)

    def _add_docks(self) -> None:
        docks: dict[str, QDockWidget] = {}
        for title, panel in (
            ("Layers", self.layers_panel),
            ("History", self.history_panel),
            ("Mask", self.mask_panel),
            ("Blend", self.blend_panel),
        ):
            dock = QDockWidget(title, self)
            dock.setObjectName(f"dock-{title}")
            dock.setWidget(panel)
            panel.setMinimumWidth(290)
            docks[title] = dock
        for title in ("Layers", "Mask"):
            self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks[title])
        self._docks = docks
        view = self.menuBar().actions()[5].menu()
        if isinstance(view, QMenu):
            view.addSeparator()
            for dock in docks.values():
                view.addAction(dock.toggleViewAction())

    def show_panel(self, title: str) -> None:
        """Brings a panel to the front."""
        dock = self.findChild(QDockWidget, f"dock-{title}")
        if dock and not self.panels_hidden:
            dock.show()
            dock.raise_()

    # --- what the commands need of the window ---

    def open_files(self, paths: list[Path], zone: str = "", at: Point | None = None) -> None:
        """Opens files; a work asks first about unsaved changes of the open one."""
        if any(map(is_work, paths)):
            self.paperwork.leave(lambda: self.desk.filing.open(paths, zone, at))
        else:
            self.desk.filing.open(paths, zone, at)

    def drop_files(self, paths: list[Path], zone: str, at: QPointF) -> None:
        """Opens dropped files; an object lands under the pointer."""
        self.open_files(paths, zone, self._in_work(at))

    def drop_image(self, image: QImage, zone: str, at: QPointF) -> None:
        """Takes a picture dragged out of another program."""
        self.desk.filing.take(to_pixels(image), "Dropped", zone, self._in_work(at))

    def focus_prompt(self) -> None:
        """Puts the cursor where one types what to cut out."""
        self.prompt.setFocus()

    def toggle_panels(self) -> None:
        """The canvas alone, or with all panels that were there."""
        self.panels_hidden = not self.panels_hidden
        parts = [*self.findChildren(QDockWidget), *self.findChildren(QToolBar), self.options]
        if self.panels_hidden:
            self._hidden = [part for part in parts if part.isVisible()]
        for part in self._hidden:
            part.setVisible(not self.panels_hidden)
        self.actions_.refresh()

    def reset_panels(self) -> None:
        """All panels where they were at first."""
        if self.panels_hidden:
            self.toggle_panels()
        self.restoreState(self._default_state)

    def toggle_full_screen(self) -> None:
        """The whole screen, or a window."""
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def show_keys(self) -> None:
        """All shortcuts."""
        dialogs.show_shortcuts(self, self.actions_.keys())

    # --- Qt ---

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._default_state.isEmpty():
            self._stack_docks()
            self._default_state = self.saveState()
            self._restore()
        self.actions_.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._leaving and self.desk.session.dirty:
            event.ignore()
            self.paperwork.leave(self._leave)
            return
        if self.panels_hidden:
            self.toggle_panels()  # or the next start would have none
        self._store.setValue("geometry", self.saveGeometry())
        self._store.setValue("state", self.saveState())
        self.hide()
        self.closed.emit()

    def _stack_docks(self) -> None:
        """Two by two. In a window that is not shown yet Qt would leave a tab bar behind."""
        docks = self._docks
        self.tabifyDockWidget(docks["Layers"], docks["History"])
        self.tabifyDockWidget(docks["Mask"], docks["Blend"])
        docks["Layers"].raise_()
        docks["Mask"].raise_()
        self.resizeDocks([docks["Layers"], docks["Mask"]], [260, 520], Qt.Orientation.Vertical)

    def _leave(self) -> None:
        self._leaving = True
        self.close()

    def _restore(self) -> None:
        geometry, state = self._store.value("geometry"), self._store.value("state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            self.restoreGeometry(geometry)
            self.restoreState(state)

    def _in_work(self, at: QPointF) -> Point | None:
        """A place of the drop area as a place in the work, if it lies on it."""
        canvas = self.desk.canvas
        return None if self.desk.session.cutting else canvas.pixel_at(canvas.mapFrom(self.area, at.toPoint()))
