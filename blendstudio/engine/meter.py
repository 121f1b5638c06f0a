"""How much memory a piece of work takes, and how much is free."""

import re
import sys
from pathlib import Path

MEGA = 1e6
STATUS, MACHINE = Path("/proc/self/status"), Path("/proc/meminfo")  # Linux tells there, in kB


class Meter:
    """From its making on: what the work takes at its peak beyond what was taken before.

    On a CUDA device torch tells the peak. On the processor Linux does, where this process never took as much before;
    otherwise the most that was seen at a `look` counts. Elsewhere nothing is known.
    """

    def __init__(self, device: str) -> None:
        self._cuda = device == "cuda"
        if self._cuda:
            import torch

            torch.cuda.reset_peak_memory_stats()
            self._before = torch.cuda.memory_allocated() / MEGA
            return
        told = _told(STATUS) if device == "cpu" else {}
        self._before, self._highest = told.get("VmRSS"), told.get("VmHWM", 0.0)
        self._most = self._before or 0.0

    def look(self) -> None:
        """Looks how much is taken now."""
        if not self._cuda and self._before is not None:
            self._most = max(self._most, _told(STATUS).get("VmRSS", 0.0))

    @property
    def megabytes(self) -> float | None:
        """The peak less what was taken before, or None where nobody tells."""
        if self._before is None:
            return None
        if self._cuda:
            import torch

            return torch.cuda.max_memory_allocated() / MEGA - self._before
        self.look()
        highest = _told(STATUS).get("VmHWM", 0.0)
        return max(0.0, (highest if highest > self._highest else self._most) - self._before)


def free(device: str) -> float | None:
    """Megabytes that are free for work on a device, or None where nobody tells."""
    if device == "cpu":
        return _told(MACHINE).get("MemAvailable")
    torch = sys.modules.get("torch")  # without it nothing was ever computed there
    return torch.cuda.mem_get_info()[0] / MEGA if device == "cuda" and torch else None


def _told(file: Path) -> dict[str, float]:
    """Name -> megabytes of the lines that give kB."""
    try:
        text = file.read_text()
    except OSError:
        return {}
    return {name: int(amount) * 1024 / MEGA for name, amount in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
