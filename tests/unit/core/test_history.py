"""Undo and redo, by example."""

from dataclasses import replace

import numpy as np

from blendstudio.core.document import Blend, Contribution, Document, Layer, Mask, Recipe
from blendstudio.core.geometry import IntRect
from blendstudio.core.history import LEAST, History, arrays
from blendstudio.core.pixels import from_rgb

BACKGROUND = Layer("background", "Sea", from_rgb(np.zeros((10, 10, 3), np.uint8)))  # 400 bytes
OBJECT = Layer("object-1", "Bird", from_rgb(np.zeros((5, 5, 3), np.uint8)))  # 100 bytes


def with_stroke(document: Document) -> Document:
    *rest, last = document.layers
    return Document((*rest, replace(last, mask=Mask(add=np.zeros((5, 5), np.uint8)))))  # 25 bytes more


START = Document((BACKGROUND, OBJECT))


def test_undo_and_redo_walk_along_the_line_and_stop_at_its_ends():
    history = History(START)
    first, second = with_stroke(START), with_stroke(START)
    history.push("Paint", first)
    history.push("Paint", second)
    assert history.undo() is first
    assert history.undo() is START
    assert history.undo() is START
    assert history.redo() is first
    assert history.redo() is second
    assert history.redo() is second
    assert history.go(-5) is START
    assert history.labels == ("Open", "Paint", "Paint")
    assert history.position == 0


def test_a_new_edit_forgets_what_was_undone():
    history = History(START)
    history.push("Paint", with_stroke(START))
    history.undo()
    moved = with_stroke(START)
    history.push("Move", moved)
    assert history.labels == ("Open", "Move")
    assert history.redo() is moved


def test_one_drag_is_one_step():
    history = History(START)
    for _ in range(30):
        dragged = with_stroke(START)
        history.push("Move", dragged, key="move object-1")
    history.push("Paint", with_stroke(START))
    assert history.labels == ("Open", "Move", "Paint")
    assert history.undo() is dragged


def test_a_drag_after_another_edit_is_a_step_of_its_own():
    history = History(START)
    for key in ("move", "scale", "move"):
        history.push(key, with_stroke(START), key=key)
    assert history.labels == ("Open", "move", "scale", "move")


def test_shared_pictures_are_counted_once():
    history = History(START)
    assert history.bytes() == 500
    document = START
    for _ in range(10):
        document = Document((document.layers[0], replace(document.layers[1], opacity=0.5)))
        history.push("Opacity", document)
    assert history.bytes() == 500
    history.push("Paint", with_stroke(document))
    assert history.bytes() == 525


def test_every_array_of_a_layer_is_counted():
    part = Contribution("seam", np.zeros((2, 2, 3), np.float32))
    blend = Blend(IntRect(0, 0, 2, 2), np.zeros((2, 2), np.float32), (part,), Recipe("x"), "", 0)
    mask = Mask(*(np.zeros((5, 5), np.uint8) for _ in range(3)))
    assert sum(a.nbytes for a in arrays(replace(OBJECT, mask=mask, blend=blend))) == 100 + 3 * 25 + 16 + 48


def test_the_oldest_steps_go_when_the_budget_is_spent_but_never_the_last_few():
    history = History(START, budget=1200)
    for _ in range(LEAST * 3):
        last = with_stroke(START)
        history.push("Paint", last)
    assert history.document is last
    assert history.bytes() <= 1200
    assert len(history.labels) == 28  # 500 bytes and 28 strokes of 25
    poor = History(START, budget=1)
    for _ in range(LEAST * 3):
        poor.push("Paint", with_stroke(START))
    assert len(poor.labels) == LEAST
    assert poor.position == LEAST - 1


def test_a_growing_drag_keeps_to_the_budget_too():
    history = History(START, budget=1200)
    for _ in range(27):
        history.push("Paint", with_stroke(START))
    big = Layer("object-2", "Cat", from_rgb(np.zeros((5, 5, 3), np.uint8)))
    history.push("Paint", with_stroke(START), key="paste")
    history.push("Paste", Document((*START.layers, big)), key="paste")
    assert history.bytes() <= 1200
    assert history.document.layers[-1] is big
