"""Starts the window: the application, the crash hook, one desk, one window; ends when it is closed."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from blendstudio import __version__
from blendstudio.app import theme
from blendstudio.app.crash import CrashHook
from blendstudio.app.desk import Desk
from blendstudio.app.guide import Guide
from blendstudio.app.window import Window
from blendstudio.engine.store import default_folder

SWITCH = 0.001  # s: how soon a worker's Python gives way to the window's


def build(folder: Path) -> tuple[Window, Guide]:
    """A window with all that belongs to it, not shown yet; `folder` is the data folder."""
    desk = Desk()
    store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    window = Window(desk, store)
    guide = Guide(window, folder)
    for wake in (desk.runner.open_lanes, desk.filing.wake, desk.weights.wake, partial(rehearse, window)):
        window.painted.connect(wake)
    return window, guide


def rehearse(window: Window) -> None:
    """Paints once, unseen, what the start hides: what a first paint costs more would delay the first work."""
    for part in (window.options, window.prompt, window.strip, window.context, window.desk.canvas):
        part.grab()


def run(files: Sequence[Path]) -> int:
    """Shows the window, opens the files, and returns the exit status once it is closed."""
    sys.setswitchinterval(SWITCH)
    QApplication.setApplicationName("blendstudio")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("blendstudio")
    app = QApplication(sys.argv[:1])
    theme.apply(app)
    folder = default_folder().parent
    hook = CrashHook(folder)
    hook.install()
    window, guide = build(folder)
    hook.told.connect(guide.tell_crash)
    window.closed.connect(app.quit)
    app.setQuitOnLastWindowClosed(False)
    window.show()
    if files:
        QTimer.singleShot(0, window, lambda: window.open_files(list(files)))
    status = app.exec()
    ended = window.desk.runner.close()
    hook.remove()
    if not ended:
        os._exit(status)  # a worker that cannot be stopped must not keep a closed program alive
    return status
