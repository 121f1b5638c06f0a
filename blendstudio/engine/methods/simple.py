"""Copy-paste and alpha: the object as it is, with a hard and with a soft edge."""

from dataclasses import dataclass

from blendstudio.core.compose import paste
from blendstudio.core.types import F32
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask, Models
from blendstudio.engine.registry import method


@dataclass(frozen=True)
class CopyPaste:
    """Nothing to set."""


@dataclass(frozen=True)
class Alpha:
    """Nothing to set: the mask's own refine settings shape the edge."""


@method("blend", "copy-paste", "Copy and paste", CopyPaste)
def copy_paste(task: BlendTask, params: CopyPaste, models: Models, progress: Progress) -> F32:
    """The source inside the hard mask."""
    progress(1.0, "Pasting")
    return paste(task.background, task.source, task.mask.astype("float32"))


@method("blend", "alpha", "Alpha", Alpha)
def alpha(task: BlendTask, params: Alpha, models: Models, progress: Progress) -> F32:
    """The source through the soft alpha."""
    progress(1.0, "Pasting")
    return paste(task.background, task.source, task.alpha)
