"""Tiles and pieces hold what they are asked for, once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blendstudio.core.geometry import IntRect
from blendstudio.core.tiles import around, box_of, overlap, pieces, tiles

numbers = st.integers(1, 60)


@given(numbers, numbers, st.integers(1, 70))
def test_tiles_cover_each_pixel_once(width, height, side):
    count = np.zeros((height + 5, width + 3), int)
    for tile in tiles(IntRect(3, 5, 3 + width, 5 + height), side):
        assert max(tile.size) <= side
        count[tile.slices] += 1
    assert (count[5:, 3:] == 1).all()
    assert count.sum() == width * height


@given(numbers, numbers, st.integers(1, 30), st.floats(0, 1), st.integers(0, 99))
def test_pieces_hold_every_wanted_pixel_and_are_tight(width, height, side, share, seed):
    wanted = np.random.default_rng(seed).random((height, width)) < share**3
    held = np.zeros_like(wanted)
    for piece in pieces(wanted, side):
        crop = wanted[piece.slices]
        assert max(piece.size) <= side
        assert all(side_of.any() for side_of in (crop[0], crop[-1], crop[:, 0], crop[:, -1]))
        held[piece.slices] = True
    assert held[wanted].all()


def test_the_box_of_nothing_is_empty():
    assert box_of(np.zeros((4, 5), np.uint8)) == IntRect(0, 0, 0, 0)
    assert box_of(np.zeros((0, 5), np.uint8)) == IntRect(0, 0, 0, 0)
    assert box_of(np.eye(3, 5, 1, np.uint8)) == IntRect(1, 0, 4, 3)


def test_surroundings_end_with_the_picture():
    wide, inner = around(IntRect(2, 10, 5, 12), 4, (20, 7))
    assert (wide, inner) == (IntRect(0, 6, 7, 16), IntRect(2, 4, 5, 6))


@pytest.mark.parametrize(("other", "both"), [((2, 3, 9, 9), (2, 3, 4, 4)), ((1, 1, 2, 2), (1, 1, 2, 2))])
def test_an_overlap_is_what_both_hold(other, both):
    assert overlap(IntRect(0, 0, 4, 4), IntRect(*other)) == IntRect(*both)
    assert min(overlap(IntRect(0, 0, 4, 4), IntRect(4, 0, 6, 4)).size) <= 0
