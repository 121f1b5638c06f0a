"""A blend goes out of date with what it was made from: the object itself and what lies below it, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blendstudio.core import edits
from blendstudio.core.compose import flatten
from blendstudio.core.document import Blend, Contribution, Mask, Prompt, Recipe, Refine
from blendstudio.core.geometry import Transform
from blendstudio.core.pixels import from_rgb

LOW, HIGH, FAR = "object-1", "object-2", "object-3"
PLACES = {LOW: Transform.moved(10, 10), HIGH: Transform.moved(18, 14), FAR: Transform.moved(60, 40)}


def picture(width, height, seed):
    return from_rgb(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def blend_on(rect):
    width, height = rect.size
    alpha = np.ones((height, width), np.float32)
    lighter = Contribution("Lighter", np.full((height, width, 3), 0.1, np.float32))
    return Blend(rect, alpha, (lighter,), Recipe("poisson"), inputs="", margin=2)


def with_blend(document, name):
    """The document with a fresh blend on a layer, where its picture lies."""
    rect = document.layer(name).transform.bounds(document.layer(name).pixels.bounds).whole(document.size)
    return edits.set_blend(document, name, blend_on(rect))


@pytest.fixture(scope="module")
def document():
    """Three small pictures on a large one, each of them blended: two overlap, the third lies far off."""
    work = edits.new_document(picture(90, 70, 0))
    for number, (name, place) in enumerate(PLACES.items(), 1):
        work, made = edits.add_object(work, picture(16, 12, number), name, place)
        assert made == name
        work = edits.set_mask(work, name, Mask(np.full((12, 16), 255, np.uint8)))
    for name in PLACES:
        work = with_blend(work, name)
    return work


def stale(document):
    return {layer.id for layer in document.layers if layer.blend and layer.blend.stale}


def settled(before, after):
    return stale(edits.settle(before, after))


def moved(document, name, dx, dy=0):
    return edits.change(document, name, lambda x: replace(x, transform=x.transform.then(Transform.moved(dx, dy))))


def test_nothing_goes_stale_by_itself(document):
    assert edits.settle(document, document) is document
    assert settled(document, edits.change(document, LOW, replace)) == set()


EDITS_OF_AN_OBJECT = {
    "move": lambda d: moved(d, LOW, 1),
    "turn": lambda d: edits.set_transform(d, LOW, Transform.turned(5).then(PLACES[LOW])),
    "mask": lambda d: edits.set_mask(d, LOW, Mask(np.full((12, 16), 255, np.uint8))),
    "refine": lambda d: edits.set_refine(d, LOW, Refine(erode=2)),
    "pixels": lambda d: edits.change(d, LOW, lambda x: replace(x, pixels=picture(16, 12, 9))),
}


@pytest.mark.parametrize("edit", EDITS_OF_AN_OBJECT)
def test_an_edit_of_the_object_outdates_it_and_what_lies_over_it(document, edit):
    assert settled(document, EDITS_OF_AN_OBJECT[edit](document)) == {LOW, HIGH}


EDITS_OF_WHAT_LIES_BELOW = {
    "hide": lambda d: edits.set_visible(d, LOW, False),
    "opacity": lambda d: edits.set_opacity(d, LOW, 0.5),
    "strength": lambda d: edits.set_strength(d, LOW, 0.5),
    "remove blend": lambda d: edits.set_blend(d, LOW, None),
    "blend": lambda d: with_blend(d, LOW),
    "remove": lambda d: edits.remove_layer(d, LOW),
    "raise": lambda d: edits.move_layer(d, LOW, 3),
}


@pytest.mark.parametrize("edit", EDITS_OF_WHAT_LIES_BELOW)
def test_what_changes_below_outdates_only_what_lies_over_it(document, edit):
    assert settled(document, EDITS_OF_WHAT_LIES_BELOW[edit](document)) - {LOW} == {HIGH}


@pytest.mark.parametrize("edit", ["hide", "opacity", "strength", "blend"])
def test_how_a_layer_is_shown_does_not_outdate_its_own_blend(document, edit):
    assert LOW not in settled(document, EDITS_OF_WHAT_LIES_BELOW[edit](document))


def test_a_raised_object_sees_what_it_has_passed(document):
    assert settled(document, edits.move_layer(document, LOW, 2)) == {LOW, HIGH}


EDITS_THAT_NOTHING_IS_MADE_FROM = {
    "rename": lambda d: edits.rename(d, LOW, "Parrot"),
    "recipe": lambda d: edits.set_recipe(d, LOW, Recipe("alpha")),
    "prompt": lambda d: edits.change(d, LOW, lambda x: replace(x, prompt=Prompt("bird"))),
    "add above": lambda d: edits.add_object(d, picture(90, 70, 8), "Cat", Transform())[0],
    "the highest": lambda d: edits.set_opacity(d, FAR, 0.5),
}


@pytest.mark.parametrize("edit", EDITS_THAT_NOTHING_IS_MADE_FROM)
def test_other_edits_outdate_nothing(document, edit):
    assert settled(document, EDITS_THAT_NOTHING_IS_MADE_FROM[edit](document)) == set()


def test_another_background_outdates_all(document):
    assert settled(document, edits.set_background(document, picture(90, 70, 7), "Lake")) == set(PLACES)
    assert settled(document, edits.set_background(document, picture(80, 60, 7), "Pond")) == set(PLACES)


def test_what_is_hidden_below_may_change(document):
    hidden = edits.set_visible(document, LOW, False)
    hidden = with_blend(hidden, HIGH)
    assert settled(hidden, edits.set_opacity(hidden, LOW, 0.3)) == set()


def test_moving_away_and_moving_under_both_outdate(document):
    away = edits.settle(document, moved(document, LOW, -10, 30))
    assert stale(away) == {LOW, HIGH}
    fresh = with_blend(with_blend(away, LOW), HIGH)
    assert settled(fresh, moved(fresh, LOW, 10, -30)) == {LOW, HIGH}


def test_an_outdated_blend_is_kept_but_not_shown_until_it_is_made_again(document):
    outdated = edits.settle(document, moved(document, FAR, 1))
    assert outdated.layer(FAR).blend is not None
    assert outdated.layer(FAR).shown_blend is None
    back = edits.settle(outdated, moved(outdated, FAR, -1))
    assert stale(back) == {FAR}
    assert stale(with_blend(back, FAR)) == set()


def test_the_documents_given_are_left_as_they_are(document):
    after = moved(document, LOW, 1)
    edits.settle(document, after)
    assert stale(document) == stale(after) == set()


steps = st.sampled_from(
    [*EDITS_OF_AN_OBJECT.values(), *EDITS_OF_WHAT_LIES_BELOW.values(), *EDITS_THAT_NOTHING_IS_MADE_FROM.values()]
)


@given(steps)
def test_below_a_blend_that_is_not_outdated_the_picture_is_the_same(document, step):
    after = edits.settle(document, step(document))
    for layer in after.layers:
        if layer.shown_blend and layer.id in PLACES:
            cut = layer.shown_blend.rect.slices
            below = [flatten(work.below(layer.id)).array[cut] for work in (document, after)]
            assert (below[0] == below[1]).all()
