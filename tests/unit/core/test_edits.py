"""An edit makes a new document and leaves the old one as it was."""

import numpy as np
import pytest

from blendstudio.core import edits
from blendstudio.core.compose import layer_alpha
from blendstudio.core.document import Blend, Contribution, Document, Mask, Prompt, Recipe, Refine
from blendstudio.core.geometry import IntRect, Point, Rect, Size, Transform
from blendstudio.core.pixels import Pixels, from_rgb


def picture(width: int = 6, height: int = 4) -> Pixels:
    return from_rgb(np.full((height, width, 3), 99, np.uint8))


@pytest.fixture
def document() -> Document:
    return edits.add_object(edits.new_document(picture(), "Sea"), picture(2, 2), "Bird", Transform())[0]


def test_the_background_sets_the_size(document):
    assert document.size == Size(6, 4)
    assert document.background.name == "Sea"


def test_an_object_lies_on_top_and_is_whole_until_it_gets_a_mask(document):
    assert [layer.name for layer in document.layers] == ["Sea", "Bird"]
    assert document.layer("object-1").mask is None
    assert layer_alpha(document.layer("object-1")).min() == 1


def test_ids_are_never_shared(document):
    more, second = edits.add_object(document, picture(), "Cat", Transform())
    fewer = edits.remove_layer(more, "object-1")
    last, third = edits.add_object(fewer, picture(), "Dog", Transform())
    assert second == "object-2"
    assert third not in {layer.id for layer in fewer.layers}
    assert [layer.name for layer in last.layers] == ["Sea", "Cat", "Dog"]


def test_the_background_cannot_be_removed(document):
    assert edits.remove_layer(document, "background").layers == document.layers


def test_an_unknown_layer_is_not_edited(document):
    with pytest.raises(KeyError):
        edits.set_strength(document, "object-9", 0.5)
    with pytest.raises(KeyError):
        document.layer("object-9")


def test_below_leaves_out_the_layer_and_all_above_it(document):
    more, _ = edits.add_object(document, picture(), "Cat", Transform())
    assert [layer.name for layer in more.below("object-2").layers] == ["Sea", "Bird"]
    assert [layer.name for layer in more.below("object-1").layers] == ["Sea"]


def test_edits_change_one_thing_of_one_layer(document):
    mask = Mask(auto=np.zeros((2, 2), np.uint8))
    prompt = Prompt("bird", (Rect(0, 0, 1, 1),), ((Point(1, 1), False),))
    moved = Transform.moved(2, 1)
    new = edits.set_mask(document, "object-1", mask, prompt)
    new = edits.set_refine(new, "object-1", Refine(erode=3))
    new = edits.set_transform(new, "object-1", moved)
    layer = new.layer("object-1")
    assert layer.mask.auto is mask.auto
    assert (layer.mask.refine.erode, layer.prompt, layer.transform) == (3, prompt, moved)
    assert new.background is document.background
    assert document.layer("object-1").transform == Transform()


def test_a_new_mask_without_a_prompt_keeps_the_old_prompt(document):
    told = edits.set_mask(document, "object-1", Mask(), Prompt("bird"))
    assert edits.set_mask(told, "object-1", Mask()).layer("object-1").prompt.text == "bird"


def test_a_blend_is_set_weakened_and_removed(document):
    ones = np.ones((2, 2), np.float32)
    parts = (Contribution("seam", np.ones((2, 2, 3), np.float32)),)
    blend = Blend(IntRect(0, 0, 2, 2), ones, parts, Recipe("alpha"), "digest", 0)
    new = edits.set_strength(edits.set_blend(document, "object-1", blend), "object-1", 0.25)
    assert new.layer("object-1").blend.strength == 0.25
    assert edits.set_blend(new, "object-1", None).layer("object-1").blend is None
    assert edits.set_strength(document, "object-1", 0.25).layer("object-1").blend is None


@pytest.mark.parametrize(
    ("prompt", "empty"),
    [
        (Prompt(), True),
        (Prompt("  "), True),
        (Prompt("bird"), False),
        (Prompt(boxes=(Rect(0, 0, 1, 1),)), False),
        (Prompt(points=((Point(0, 0), True),)), False),
    ],
)
def test_a_prompt_knows_whether_anything_was_said(prompt, empty):
    assert prompt.empty is empty


def test_arrays_inside_a_document_cannot_be_written_to():
    mask = Mask(*(np.zeros((2, 2), np.uint8) for _ in range(3)))
    part = Contribution("seam", np.zeros((2, 2, 3), np.float32))
    blend = Blend(IntRect(0, 0, 2, 2), np.zeros((2, 2), np.float32), (part,), Recipe("alpha"), "", 0)
    for array in (mask.auto, mask.add, mask.subtract, part.values, blend.alpha):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
