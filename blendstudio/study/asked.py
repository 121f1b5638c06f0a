"""What a study is asked for. Every study is a module here with `run(asked, models, progress)`, which says lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from blendstudio.errors import UsageError

# Asks a person about pictures, two at a time, until all is answered or the person has had enough. The second argument
# gets the number of a question and the answer: 1, 2, or 0 for neither.
Ask = Callable[[Sequence[tuple[Path, Path]], Callable[[int, int], None]], None]


@dataclass(frozen=True)
class Asked:
    """The flags of `blendstudio study`, by their names.

    `photos` and `pairs` 0 and no `methods` mean all of them; `evaluations` 0 means as many as a method's knobs say.
    `source`, `background` and `mask` are the sheet's own picture; `at` and `scale` say where the object goes; `ask`
    is how a vote asks.
    """

    data: Path | None
    out: Path
    photos: int = 0
    methods: tuple[str, ...] = ()
    slow: bool = False
    pairs: int = 0
    seeds: int = 3
    side: int = 512
    evaluations: int = 100
    source: Path | None = None
    background: Path | None = None
    mask: Path | None = None
    at: tuple[float, float] | None = None
    scale: float | None = None
    ask: Ask = lambda _, __: None

    def folder(self) -> Path:
        """The data folder. Raises UsageError where none is given."""
        if self.data is None:
            raise UsageError("This study needs a folder with data.", "Name it with --data.")
        return self.data
