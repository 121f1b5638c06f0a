"""Every failure a person can meet: what happened, in a sentence, and what to do next."""

import re


def short(value: object, most: int = 40) -> str:
    """What somebody typed, on one line of at most `most` letters, for use in a sentence."""
    line = " ".join(str(value).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def explained(error: Exception, detail: str = "") -> "StudioError":
    """What a person is told about an error that nobody foresaw: want of memory, or a fault in this program.

    Python, PyTorch and OpenCV each say in their own way that memory ran out.
    """
    torch_says = isinstance(error, RuntimeError) and re.search("out of memory|not enough memory", str(error))
    opencv_says = type(error).__module__ == "cv2" and "Insufficient memory" in str(error)
    if isinstance(error, MemoryError) or torch_says or opencv_says:
        return OutOfMemory("There is not enough memory for this.", "Use smaller pictures.", detail=detail)
    cause = short(f"{type(error).__name__}: {error}", 80)
    sentence = f"Something went wrong that should not have: {cause}"
    return EngineError(sentence, "Please report it with what you did just before.", detail=detail)


class Cancelled(Exception):
    """The person pressed Stop. Not an error: the document is as it was."""

    code = 130


class StudioError(Exception):
    """Something a person can understand and act on; `code` is the exit status of the command line."""

    code = 5

    def __init__(self, what: str, next_step: str, *, detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step
        self.detail = detail


class UsageError(StudioError):
    """An unknown method or knob, or a value out of its range."""

    code = 2


class FileError(StudioError):
    """A file cannot be read or written."""

    code = 3


class CannotRead(FileError):
    """The file is missing, is not a file, or may not be opened."""


class NotAnImage(FileError):
    """The bytes are not a picture in a format that is read here."""


class TooLarge(FileError):
    """The picture is beyond the limits that keep the machine safe."""


class WrongSize(FileError):
    """A mask does not have the size of its picture."""


class ProjectDamaged(FileError):
    """The file is no project, or is one that was cut short, altered or made to do harm."""


class ProjectTooNew(FileError):
    """The project was saved by a newer version of the program."""


class CannotWrite(FileError):
    """The file or its folder cannot be written."""


class DiskFull(CannotWrite):
    """There is no room left on the disk."""


class ModelError(StudioError):
    """A model's weights cannot be had or cannot be trusted."""

    code = 4


class ModelMissing(ModelError):
    """The weights are not on this machine yet."""


class ModelDamaged(ModelError):
    """The bytes are not the ones that the manifest names."""


class DownloadFailed(ModelError):
    """The network or the package index did not deliver."""


class EngineError(StudioError):
    """The work itself could not be done."""


class NothingFound(EngineError):
    """The prompt matches nothing in the picture."""


class UnknownWord(EngineError):
    """The detector has no class for the word."""


class EmptyMask(EngineError):
    """The mask selects no pixel that lies on the background."""


class OutOfMemory(EngineError):
    """The work does not fit into memory."""


class Diverged(EngineError):
    """The optimiser never found a usable picture."""
