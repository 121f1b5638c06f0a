"""What somebody typed: nouns between commas, and where they stand."""

import pytest

from blendstudio.core.geometry import Rect
from blendstudio.engine.phrases import Phrase, meant, read
from blendstudio.errors import UsageError

READ = [
    ("Bird", [Phrase("bird")]),
    ("a red bird.", [Phrase("red bird")]),
    ("bird, dog ,, Bird", [Phrase("bird"), Phrase("dog")]),
    ("left bird", [Phrase("bird", "left")]),
    ("the bird on the right", [Phrase("bird", "right")]),
    ("rightmost bird", [Phrase("bird", "right")]),
    ("the biggest of the birds", [Phrase("birds", "largest")]),
    ("largest dog, left dog, dog", [Phrase("dog", "largest"), Phrase("dog", "left"), Phrase("dog")]),
    ("left-handed guitar", [Phrase("left-handed guitar")]),
    ("copyright sign", [Phrase("copyright sign")]),
    ("bird to the left side", [Phrase("bird", "left")]),
]


@pytest.mark.parametrize(("text", "phrases"), READ)
def test_texts_are_read(text, phrases):
    assert read(text) == phrases


@pytest.mark.parametrize("text", ["", " , ,", "."])
def test_nothing_typed_is_told(text):
    with pytest.raises(UsageError, match="empty"):
        read(text)


@pytest.mark.parametrize("text", ["left", "the largest one", "bird, on the right"])
def test_a_place_without_a_thing_is_told(text):
    with pytest.raises(UsageError, match="where, but not what"):
        read(text)


BOXES = [Rect(40, 0, 60, 20), Rect(0, 0, 30, 10), Rect(10, 10, 90, 90), Rect(80, 5, 99, 9)]


@pytest.mark.parametrize(("place", "numbers"), [("", [0, 1, 2, 3]), ("left", [1]), ("right", [3]), ("largest", [2])])
def test_the_place_chooses_among_the_boxes(place, numbers):
    assert meant(Phrase("bird", place), BOXES) == numbers
    assert meant(Phrase("bird", place), []) == []
