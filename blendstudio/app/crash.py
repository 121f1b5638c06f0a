"""The last net: an error that nobody foresaw is told in a sentence, kept in a file, and the window lives on."""

import faulthandler
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from PySide6.QtCore import QObject, Signal

from blendstudio.atomic import make_folder
from blendstudio.errors import EngineError, StudioError, explained

NAME = "crash.log"
LONGEST = 1 << 20  # bytes; an older log is begun anew


class CrashHook(QObject):
    """Catches what nobody else caught, in every thread. `told` brings the sentence to the window's thread."""

    told = Signal(object)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = _opened(folder)
        self._busy = False
        self._before: list[Callable[..., Any]] = []

    def install(self) -> None:
        """Takes over the hooks of Python."""
        self._before = [sys.excepthook, threading.excepthook, sys.unraisablehook]
        sys.excepthook = self._caught
        threading.excepthook = lambda args: self._caught(args.exc_type, args.exc_value, args.exc_traceback)
        sys.unraisablehook = lambda args: self._caught(args.exc_type, args.exc_value, args.exc_traceback)
        if self._file:
            faulthandler.enable(self._file)

    def remove(self) -> None:
        """Gives the hooks back."""
        if self._before:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._before  # type: ignore[assignment]
        if self._file:
            faulthandler.disable()
            self._file.close()

    def _caught(self, kind: type[BaseException], error: BaseException | None, at: TracebackType | None) -> None:
        if self._busy or error is None or isinstance(error, KeyboardInterrupt | SystemExit):
            return
        self._busy = True  # an error while telling an error is not told
        try:
            detail = "".join(traceback.format_exception(kind, error, at))
            if self._file:
                with suppress(OSError):
                    self._file.write(detail)
                    self._file.flush()
            if isinstance(error, StudioError):
                self.told.emit(error)
            elif isinstance(error, Exception):
                self.told.emit(explained(error, detail))
            else:
                self.told.emit(EngineError("Something stopped unexpectedly.", "Save your work.", detail=detail))
        finally:
            self._busy = False


def _opened(folder: Path) -> IO[str] | None:
    """The log; None where the folder cannot be written, which must not keep the program from starting."""
    with suppress(OSError, StudioError):
        make_folder(folder)
        path = folder / NAME
        mode = "w" if path.exists() and path.stat().st_size > LONGEST else "a"
        return path.open(mode, encoding="utf-8")
    return None
