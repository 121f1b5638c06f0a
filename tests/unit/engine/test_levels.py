import numpy as np
import pytest

from blendstudio.core.geometry import Rect
from blendstudio.engine.kinds import Candidate
from blendstudio.engine.levels import cut, sizes

BOX = Rect(0, 0, 1, 1)


def slope(reach=20, size=60):
    """A find that falls off from its left side, with a second hill on the right that it does not take in."""
    x = np.arange(size, dtype=float)
    soft = np.clip(128 + 4 * (reach - x), 0, 255)
    soft[45:50] = 110
    soft = np.repeat(soft[None].astype(np.uint8), 8, 0)
    mask = np.where((soft >= 128) & (x < 40), 255, 0).astype(np.uint8)
    return Candidate("object", 1.0, BOX, mask, soft=soft)


def found(columns, size=60):
    mask = np.zeros((8, size), np.uint8)
    mask[:, columns] = 255
    return Candidate("object", 1.0, BOX, mask)


def inside(mask):
    return int((mask[0] >= 128).sum())


def test_less_takes_in_more_and_at_a_half_it_is_as_found():
    one = slope()
    assert cut(one, 0.5) is one.mask
    widths = [inside(cut(one, level)) for level in (0.3, 0.4, 0.5, 0.6, 0.7)]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 5
    assert inside(cut(one, 0.3)) == pytest.approx(20 + (128 - 0.3 * 255) / 4, abs=1)


def test_it_grows_only_where_it_hangs_together():
    assert not cut(slope(), 0.3)[:, 45:50].any()


def test_a_far_hill_just_below_the_threshold_leaves_no_ghost():
    one = slope()
    one.soft[:, 45:50] = 60
    grown = cut(one, 0.25)
    assert not grown[:, 44:51].any()
    assert ((grown[0] > 0) & (grown[0] < 128)).any()  # its own rim stays soft


def test_without_a_soft_map_there_is_nothing_to_turn():
    one = found(slice(0, 10))
    assert cut(one, 0.2) is one.mask
    assert cut(one._replace(mask=None), 0.2) is None


def test_the_sizes_of_one_place_are_ordered_by_area_and_other_places_are_left_out():
    whole, part, other = found(slice(0, 30)), found(slice(2, 12)), found(slice(40, 55))
    assert sizes([whole, part, other]) == ((1, 0), (1, 0), (2,))
    assert sizes([]) == ()


def test_what_is_not_in_doubt_stays_at_either_end():
    one = slope()
    assert not cut(one, 0.0)[:, 58:].any()
    assert cut(one._replace(soft=np.maximum(one.soft, (np.arange(60) < 3).astype(np.uint8) * 255)), 1.0)[:, 0].all()
