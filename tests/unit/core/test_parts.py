"""Islands and holes, against a labelling of every pixel, however ragged the mask."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import ndimage

from blendstudio.core import parts

seeds = st.integers(0, 2**31)
shares = st.sampled_from([0.005, 0.05, 0.3, 1.0])
grains = st.sampled_from([0.0, 0.7, 1.5, 4.0])


def ragged(seed: int, grain: float) -> np.ndarray:
    """Many parts in holes in parts, at the border too, some with soft edges."""
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.random(rng.integers(1, 90, 2)), grain)
    mask = np.where(noise >= np.quantile(noise, rng.choice([0.2, 0.5, 0.8])), 255, 0)
    soft = ndimage.gaussian_filter(mask.astype(float), rng.choice([0.0, 1.0]))
    return np.rint(soft).astype(np.uint8)


def filled(mask: np.ndarray, share: float) -> np.ndarray:
    labels, count = ndimage.label(mask < 128)
    result = mask.copy()
    for label, (rows, columns) in enumerate(ndimage.find_objects(labels, count), 1):
        hole = labels == label
        inner = rows.start and columns.start and rows.stop < len(mask) and columns.stop < mask.shape[1]
        if inner and hole.sum() < share * (mask >= 128).sum():
            result[hole] = 255
    return result


def without_islands(mask: np.ndarray, share: float) -> np.ndarray:
    square = np.ones((3, 3))
    labels, _ = ndimage.label(mask >= 128, structure=square)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    lost = (labels > 0) & (areas < share * areas.max())[labels]
    rim, kept = (ndimage.binary_dilation(x, square, 2) for x in (lost, (labels > 0) & ~lost))
    return np.where(lost | (rim & ~kept), 0, mask)


@pytest.fixture(params=["outlines", "labels"], autouse=True, scope="module")
def way(request):
    """Both ways of counting, though small masks take the first alone."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "labels":
            patch.setattr(parts, "CROWD", -1)
        yield


@given(seeds, grains, shares)
@example(0, 0.0, 1.0)
def test_exactly_the_small_holes_are_filled(seed, grain, share):
    mask = ragged(seed, grain)
    assert (parts.fill_holes(mask, share) == filled(mask, share)).all()


@given(seeds, grains, shares)
@example(0, 0.0, 1.0)
def test_exactly_the_small_islands_go_with_their_rims(seed, grain, share):
    mask = ragged(seed, grain)
    assert (parts.drop_islands(mask, share) == without_islands(mask, share)).all()


def test_a_small_ring_goes_and_the_large_part_inside_it_stays():
    mask = np.zeros((60, 60), np.uint8)
    mask[5:55, 5:55] = 255
    mask[6:54, 6:54] = 0
    mask[12:48, 12:48] = 255
    kept = parts.drop_islands(mask, 0.5)
    assert kept[12:48, 12:48].all()
    assert np.count_nonzero(kept) == 36 * 36


def test_a_thin_gap_is_filled_and_the_large_hole_inside_it_stays():
    mask = np.full((80, 80), 255, np.uint8)
    mask[10:70, 10:70] = 0
    mask[11:69, 11:69] = 200
    mask[20:60, 20:60] = 0
    closed = parts.fill_holes(mask, 0.2)
    assert (closed[20:60, 20:60] == 0).all()
    assert (closed[10, 10:70] == 255).all()
    assert (closed[11:20, 11:69] == 200).all()


@pytest.mark.parametrize("level", [0, 127, 128, 255])
def test_flat_masks_stay(level):
    flat = np.full((9, 7), level, np.uint8)
    assert (parts.fill_holes(flat, 1.0) == level).all()
    assert (parts.drop_islands(flat, 1.0) == level).all()
