"""Edits of a prompt: its points and boxes, each by its place in the list."""

from dataclasses import replace

from blendstudio.core.document import Prompt
from blendstudio.core.geometry import Point, Rect


def with_point(prompt: Prompt, at: Point, wanted: bool) -> Prompt:
    """With one more point."""
    return replace(prompt, points=(*prompt.points, (at, wanted)))


def point_moved(prompt: Prompt, index: int, at: Point) -> Prompt:
    """With a point somewhere else."""
    points = list(prompt.points)
    points[index] = (at, points[index][1])
    return replace(prompt, points=tuple(points))


def without_point(prompt: Prompt, index: int) -> Prompt:
    """With a point less."""
    return replace(prompt, points=prompt.points[:index] + prompt.points[index + 1 :])


def with_box(prompt: Prompt, box: Rect) -> Prompt:
    """With one more box."""
    return replace(prompt, boxes=(*prompt.boxes, box))


def of_box(prompt: Prompt, box: Rect) -> Prompt:
    """With that box alone, in place of words and other boxes; points within it stay."""
    kept = [x for x in prompt.points if box.x0 <= x[0].x <= box.x1 and box.y0 <= x[0].y <= box.y1]
    return Prompt("", (box,), tuple(kept))


def box_changed(prompt: Prompt, index: int, box: Rect) -> Prompt:
    """With another box in the place of one."""
    boxes = list(prompt.boxes)
    boxes[index] = box
    return replace(prompt, boxes=tuple(boxes))


def without_box(prompt: Prompt, index: int) -> Prompt:
    """With a box less."""
    return replace(prompt, boxes=prompt.boxes[:index] + prompt.boxes[index + 1 :])


def names_something(prompt: Prompt) -> bool:
    """Whether it says what is meant, and not only what is not."""
    return bool(prompt.text.strip() or prompt.boxes or any(wanted for _, wanted in prompt.points))


def goes_on_from(prompt: Prompt, earlier: Prompt) -> bool:
    """Whether it is the earlier one with one more point."""
    return bool(prompt.points) and replace(prompt, points=prompt.points[:-1]) == earlier and not earlier.empty
