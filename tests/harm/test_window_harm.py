"""What the monkey found, one by one: late work, hands that hold while other things happen, and pictures that shrink."""

from dataclasses import replace

import pictures
import works
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from blendstudio.core import edits
from blendstudio.core.pixels import from_rgb
from blendstudio.files.project import read_project, write_project

BIRD, BESIDE = (82, 68), (150, 50)  # of the bird's middle on the sea, and a place within its photo


def let_go(person, at):
    person._move(person.canvas, person.on_canvas(*at), Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(person.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, person.on_canvas(*at))
    person.rest()


def test_without_a_clipboard_paste_says_so(person, monkeypatch):
    monkeypatch.setattr(type(QGuiApplication.clipboard()), "mimeData", lambda _: None)
    person.menu("paste")
    assert person.reads("no picture on the clipboard")


def test_an_object_for_a_work_that_is_gone_is_fitted_to_the_next(at_work):
    desk = at_work.desk
    desk.filing.take(from_rgb(pictures.bird()[0]), "late", "object")
    desk.session.close()
    desk.filing.take(from_rgb(pictures.sea("uint16")), "deep", "background")
    at_work.rest()
    assert at_work.layers() == ["late", "deep"]
    assert {str(layer.pixels.array.dtype) for layer in desk.session.document.layers} == {"uint16"}


def test_an_object_that_comes_with_a_background_is_fitted_to_it(at_work):
    filing, session = at_work.desk.filing, at_work.desk.session
    filing.take(from_rgb(pictures.sea("uint16")), "deep", "background")
    session.edit("Another photo", lambda x: replace(x, pixels=from_rgb(pictures.bird()[0])))
    at_work.rest()
    assert at_work.steps()[-2:] == ["Another photo", "Background"]
    assert {str(layer.pixels.array.dtype) for layer in session.document.layers} == {"uint16"}


def test_a_mask_for_an_object_that_is_gone_is_dropped(at_work):
    desk = at_work.desk
    desk.filing.take(from_rgb(pictures.bird()[0]), "mask", "mask")
    desk.session.close()
    for zone in ("background", "object"):
        desk.filing.take(from_rgb(pictures.sea()), zone, zone)
    at_work.rest()
    assert at_work.layers() == ["object", "background"]
    assert desk.session.document.layers[1].mask is None


def test_a_blend_for_a_work_that_is_gone_is_dropped(at_work):
    desk = at_work.desk
    desk.blending.run()
    desk.session.close()
    for zone in ("background", "object"):
        desk.filing.take(from_rgb(pictures.sea()), zone, zone)
    at_work.rest()
    assert at_work.layers() == ["object", "background"]
    assert desk.session.document.layers[1].blend is None


def test_a_blend_is_out_of_date_when_a_hidden_background_shrinks(tmp_path):
    document = works.work(works.blended_seed(), opaque=True)
    hidden = edits.set_visible(document, document.background.id, False)
    small = edits.set_background(hidden, from_rgb(pictures.sea(width=8, height=8)), "small")
    after = edits.settle(hidden, small)
    assert all(layer.blend.stale for layer in after.layers if layer.blend)
    write_project(after, tmp_path / "small.ora")
    works.assert_same(after, read_project(tmp_path / "small.ora").document)


def test_a_press_on_another_object_drags_that_one(at_work, photos):
    at_work.drop(photos / "two.png", zone="object")
    session = at_work.desk.session
    for _ in range(5):
        at_work.menu("nudge-right-10")
    first = session.document.layers[1]
    at_work.drag((36, 100), (36, 90), (36, 80))
    at_work.rest()
    assert session.layer.name == "bird"
    assert session.layer.transform.rows[5] == first.transform.rows[5] - 20


def test_a_drag_that_is_given_up_takes_back_nothing_else(at_work):
    session = at_work.desk.session
    at_work.drag(BIRD, (100, 80), let_go=False)
    at_work.menu("hide")
    at_work.key(Qt.Key.Key_Escape)
    let_go(at_work, BIRD)
    assert at_work.steps()[:4] == ["Open", "Place object", "Move", "Hide"]
    assert not session.layer.visible
    assert session.layer.transform == session.history._steps[1].document.layers[1].transform


def test_a_held_drag_does_not_move_another_object(at_work, photos):
    at_work.drop(photos / "two.png", zone="object")
    session = at_work.desk.session
    at_work.drag(BIRD, (90, 70), let_go=False)
    rows = at_work.window.layers_panel.list
    rows.setCurrentRow(1)
    bird = session.layer
    let_go(at_work, (120, 90))
    assert session.layer is bird


def test_a_stroke_stays_on_its_own_object(at_work, photos):
    """A stroke is under way, the other object is chosen by keys, and the pointer paints on."""
    at_work.drop(photos / "two.png", zone="object")
    session = at_work.desk.session
    session._selected = session.document.layers[1].id
    at_work.key(Qt.Key.Key_B)
    at_work.drag(BIRD, (90, 70), let_go=False)
    at_work.window.layers_panel.list.setCurrentRow(0)
    let_go(at_work, (60, 60))
    assert all(layer.mask is None for layer in session.document.layers)
    assert not at_work.desk.strokes.painting


def test_a_stroke_does_not_undo_what_came_meanwhile(at_work):
    at_work.ask_for("bird")
    at_work.key(Qt.Key.Key_B)
    at_work.drag((100, 20), (110, 24), let_go=False)
    at_work.menu("invert")
    mask = at_work.desk.session.layer.mask
    let_go(at_work, (116, 30))
    assert at_work.desk.session.layer.mask is mask


def test_two_presses_without_a_release_are_two_strokes(at_work):
    at_work.key(Qt.Key.Key_B)
    at_work.drag((40, 40), (50, 40), let_go=False)
    at_work.drag((60, 60), (70, 60))
    at_work.rest()
    assert at_work.steps() == ["Open", "Place object", "Brush", "Brush"]
