"""Pixels that must not count, painted over with the colours of those beside them."""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from blendstudio.core.tiles import around, box_of
from blendstudio.core.types import Bool

_S = TypeVar("_S", bound=np.generic)


def filled(picture: NDArray[_S], lost: Bool) -> NDArray[_S]:
    """The H×W×C picture in which every pixel that is `lost`, H×W, has the values of the nearest one that is not.

    The picture itself where none or all are lost.
    """
    wide = around(box_of(lost.view(np.uint8)), 1, lost.shape)[0]  # whose border is kept, and so is nearer than beyond
    hole = lost[wide.slices]
    if not hole.any() or hole.all():
        return picture
    measured = cv2.distanceTransformWithLabels(
        hole.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    labels = np.asarray(measured[1], np.intp)
    crop = picture[wide.slices]
    nearest = np.zeros((int(labels.max()) + 1, picture.shape[2]), picture.dtype)
    nearest[labels[~hole]] = crop[~hole]
    result = picture.copy()
    result[wide.slices][hole] = nearest[labels[hole]]
    return result
