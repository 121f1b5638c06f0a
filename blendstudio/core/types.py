"""Names for the arrays that travel through the program."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
_S = TypeVar("_S", bound=np.generic)
Samples = NDArray[np.uint8 | np.uint16]


def floats(samples: NDArray[np.generic], top: float = 1.0) -> NDArray[np.float32]:
    """Samples over `top` as float32: 0..top becomes 0..1."""
    return np.asarray(samples, np.float32) / np.float32(top)


def frozen(array: NDArray[_S]) -> NDArray[_S]:
    """The array itself, contiguous and closed to writing."""
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array
