"""What a large net made of a picture, kept so that the same picture costs its seconds once, here or tomorrow."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from blendstudio.atomic import make_folder, write_bytes
from blendstudio.core.types import U8
from blendstudio.engine.job import Progress
from blendstudio.errors import CannotWrite

if TYPE_CHECKING:
    from torch import Tensor

IN_MEMORY = 256 << 20  # bytes; SAM's embedding of one picture has 4 MB
ON_DISK = 1 << 30
PAUSE = 0.1  # seconds between looks at the stop button while another thread is at work
NAME = "embedding"


def key_of(rgb: U8, *also: str) -> str:
    """A name for what comes of a picture by its content, and by `also`: the net's hash, the precision."""
    state = hashlib.sha256(repr((rgb.shape, also)).encode())
    state.update(rgb.tobytes())
    return state.hexdigest()


class Embeddings:
    """Tensors by key, in memory and in a folder, the least recently used given up first in both.

    A folder that cannot be written, or a file in it that is damaged, costs time and nothing else.
    """

    def __init__(self, folder: Path, in_memory: int = IN_MEMORY, on_disk: int = ON_DISK) -> None:
        self._folder = folder
        self._in_memory = in_memory
        self._on_disk = on_disk
        self._kept: OrderedDict[str, Tensor] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, make: "Callable[[], Tensor]", progress: Progress) -> "Tensor":
        """The tensor of that key; `make` is called when it is nowhere. Two threads never make the same one twice."""
        with self._turn(progress):
            found = self._kept.pop(key, None)
            if found is None:
                found = self._read(key)
            if found is None:
                found = make().float().cpu()
                self._write(key, found)
            self._kept[key] = found
            while len(self._kept) > 1 and sum(one.nbytes for one in self._kept.values()) > self._in_memory:
                self._kept.popitem(last=False)
            return found

    @contextmanager
    def _turn(self, progress: Progress) -> Iterator[None]:
        while not self._lock.acquire(timeout=PAUSE):
            progress.check()
        try:
            yield
        finally:
            self._lock.release()

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.safetensors"

    def _read(self, key: str) -> "Tensor | None":
        import torch
        from safetensors import SafetensorError
        from safetensors.torch import load

        try:
            found = load(self._file(key).read_bytes())[NAME]
            self._file(key).touch()  # used just now
        except (OSError, SafetensorError, KeyError):
            return None
        return found if torch.isfinite(found).all() else None

    def _write(self, key: str, tensor: "Tensor") -> None:
        from safetensors.torch import save

        with suppress(CannotWrite):
            make_folder(self._folder)
            write_bytes(self._file(key), save({NAME: tensor.contiguous()}))
        with suppress(OSError):  # another program tidies up at the same time
            self._tidy()

    def _tidy(self) -> None:
        files = sorted(self._folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        total = 0
        for file in files:
            total += file.stat().st_size
            if total > self._on_disk:
                file.unlink()
