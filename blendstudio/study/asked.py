"""What a study is asked for. Every study is a module here with `run(asked, models, progress)`, which says lines."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    """The flags of `blendstudio study`, by their names. `photos` 0 and no `methods` mean all of them."""

    data: Path
    out: Path
    photos: int = 0
    methods: tuple[str, ...] = ()
    slow: bool = False
