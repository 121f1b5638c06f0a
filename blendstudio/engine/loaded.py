"""The nets that are in memory: those used last stay, within a budget of bytes."""

import os
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

SHARE = 4  # one part in so many of the machine's memory is for nets that nobody uses at the moment
PLAIN = 8 << 30  # bytes of memory that are assumed where the system does not tell

Key = tuple[str, str, str]  # id, device, sha256


class Loaded:
    """Nets by id, device and sha256. Dropping one frees it as soon as no job holds it."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._nets: OrderedDict[Key, nn.Module] = OrderedDict()

    def get(self, key: Key, build: "Callable[[], nn.Module]") -> "nn.Module":
        """The net of that key, built when it is not here; the one asked for stays, whatever its size."""
        net = self._nets.pop(key, None)
        if net is None:
            net = build()
        self._nets[key] = net
        while len(self._nets) > 1 and self.bytes > self.budget:
            self._nets.popitem(last=False)
        return net

    def drop(self, id: str) -> None:
        """Forgets every net of a model."""
        for key in [key for key in self._nets if key[0] == id]:
            del self._nets[key]

    def clear(self) -> None:
        """Forgets every net."""
        self._nets.clear()

    @property
    def bytes(self) -> int:
        """What the nets take, wherever they are."""
        return sum(size(net) for net in self._nets.values())


def size(net: "nn.Module") -> int:
    """Bytes of a net's numbers."""
    return sum(tensor.nbytes for tensor in (*net.parameters(), *net.buffers()))


def memory() -> int:
    """Bytes of memory that this machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return PLAIN
