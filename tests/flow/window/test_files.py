"""Files in and out: drops, pastes, samples, recent files, works, exports, and all that can go wrong with them."""

import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pictures
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPushButton

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "files"))
import making

START = "Drop a background here"
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
BUTTON = QMessageBox.StandardButton
RED = np.array(pictures.RED)


def is_red(colour):
    return np.abs(colour.astype(int) - RED).max() < 12


def is_sea(colour):
    return int(colour[2]) > 2 * int(colour[0])


def is_grey(colour):
    return np.ptp(colour.astype(int)) < 25 and 90 < colour.mean() < 165


def see_through(width=40, height=30):
    """A picture as other programs hand it over: red on its left half, nothing on its right."""
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    for x in range(width // 2):
        for y in range(height):
            image.setPixelColor(x, y, "#d72828")
    return image


# --- the start page ---


def test_the_start_page_stays_until_there_is_a_picture_and_comes_back_with_new(person, photos):
    assert person.reads(START)
    assert person.reads("Works offline")
    assert not person.canvas.isVisible()
    person.drop(photos / "sea.png")
    assert not person.reads(START)
    assert is_sea(person.colour(100, 70))
    person.key(Qt.Key.Key_N, CONTROL)
    assert "Untitled" in person.asked()
    person.answer(BUTTON.Discard)
    assert person.reads(START)
    assert person.window.windowTitle() == "blendstudio"


def test_a_sample_card_opens_a_work_with_its_word_proposed(person):
    cards = [x for x in person.window.start.findChildren(QPushButton) if x.objectName() == "sampleCard"]
    astronaut = next(card for card in cards if person.reads("Astronaut at the launch pad", card))
    QTest.mouseClick(astronaut, Qt.MouseButton.LeftButton)
    person.rest()
    assert person.layers() == ["Astronaut", "Background"]
    line = person.window.prompt.findChild(QLineEdit)
    assert line.text() == "person"
    assert person.window.focusWidget() is line
    assert not person.reads(START)


def test_files_that_were_open_are_offered_again_and_one_that_is_gone_is_told(person, photos, tmp_path):
    gone = tmp_path / "fish & <b>chips.png"
    pictures.save(gone, pictures.sea())
    for file in (gone, photos / "sea.png"):
        person.drop(file)
        person.menu("new")
        person.answer(BUTTON.Discard)
    gone.unlink()
    button = person.button("fish && <b>chips.png")  # a lone & would be swallowed
    assert person.tip(button) == str(gone)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    person.rest()
    assert person.reads("fish & <b>chips.png cannot be read")
    assert person.reads(START)
    person.press("sea.png")
    person.rest()
    assert person.layers() == ["sea"]


# --- drops ---


def test_an_object_before_its_background_waits_and_then_lands(person, photos):
    person.drop(photos / "bird.png", zone="object")
    assert person.reads("“bird” waits. Now drop the background that it goes into.")
    assert person.layers() == []
    person.drop(photos / "sea.png")
    assert person.layers() == ["bird", "sea"]
    assert pictures.red(person.picture()).any()


def test_zones_say_what_a_drop_will_do_and_do_it(at_work, photos):
    person = at_work
    quiet = person.picture(person.window.area)
    person.drag_in(photos / "mask.png")
    assert person.zones() == {
        "Background": "goes below everything",
        "Object": "to put into the picture",
        "Mask": "for “bird”",
    }
    spots = [person.zone_place(zone).toPoint() for zone in ("background", "object", "mask")]
    zones = person.picture(person.window.area)
    assert all(zones[spot.y() - 80, spot.x()].mean() < quiet[spot.y() - 80, spot.x()].mean() for spot in spots)
    person.drag_out()
    assert person.zones() == {}
    assert (person.picture(person.window.area) == quiet).all()
    person.drop(photos / "mask.png", zone="mask")
    assert person.steps()[-1] == "Mask from a file"
    assert is_sea(person.colour(150, 110))  # the grey of the photo is gone
    assert pictures.red(person.picture()).any()
    person.drop(photos / "two.png", zone="object")
    assert person.layers() == ["two", "bird", "sea"]
    person.undo()
    person.undo()
    assert is_grey(person.colour(150, 110))


def test_a_mask_needs_an_object_and_its_size(at_work, photos, tmp_path):
    person = at_work
    person.drop(pictures.save(tmp_path / "small.png", np.full((10, 10), 255, np.uint8)), zone="mask")
    assert person.reads("The mask is 10×10, but its picture is 128×96.")
    person.drop(pictures.save(tmp_path / "black.png", np.zeros((96, 128), np.uint8)), zone="mask")
    assert person.reads("The mask is empty.")
    assert person.steps() == ["Open", "Place object"]
    assert is_grey(person.colour(150, 110))
    person.click_row("sea")
    person.drag_in(photos / "mask.png")
    assert list(person.zones()) == ["Background", "Object"]
    person.drag_out()


BROKEN = (
    ("broken.png", pictures.claimed(90, 60)[:60], "broken.png is damaged or cut short."),
    ("letter.txt", b"Dear bird,", "letter.txt is not a picture in a format that is read here."),
    ("empty.jpg", b"", "empty.jpg is empty."),
    ("folder.png", None, "folder.png is a folder."),
)


def test_what_cannot_be_opened_is_told_and_the_work_stays(at_work, tmp_path):
    person, before = at_work, at_work.picture()
    for name, content, sentence in BROKEN:
        file = tmp_path / name
        file.mkdir() if content is None else file.write_bytes(content)
        person.drop(file, zone="object")
        assert person.reads(sentence)
        assert (person.picture() == before).all()
    assert person.layers() == ["bird", "sea"]
    assert person.steps() == ["Open", "Place object"]
    assert "*" in person.window.windowTitle()


def test_a_work_that_is_none_is_told_and_the_open_one_stays(at_work, tmp_path):
    person, before = at_work, at_work.picture()
    (tmp_path / "work.ora").write_bytes(b"no work")
    person.drag_in(tmp_path / "work.ora")
    assert person.zones() == {"Open": "this work"}
    person.drop(tmp_path / "work.ora")
    person.answer(BUTTON.Discard)
    assert person.reads("work.ora is not a project, or is damaged.")
    assert person.layers() == ["bird", "sea"]
    assert (person.picture() == before).all()
    assert "*" in person.window.windowTitle()


def test_several_photos_at_once_are_a_background_and_objects(person, photos):
    person.drop(photos / "sea.png", photos / "bird.png", photos / "two.png")
    assert person.layers() == ["two", "bird", "sea"]
    assert person.steps() == ["Open", "Place object", "Place object"]
    person.undo()
    assert person.layers() == ["bird", "sea"]


def test_an_object_lands_under_the_pointer_at_its_own_size(at_work, photos):
    person = at_work
    person.drop(photos / "two.png", zone="object", at=(150, 40))
    x, y, scale, angle = person.numbers()
    assert (x, y, angle) == (150, 40, 0)
    assert scale == 100
    red = pictures.red(person.picture())
    bird = person.on_canvas(150 - 64 + 50, 40 - 48 + 44)
    assert red[bird.y(), bird.x()]


# --- pictures without a file ---


def test_a_picture_dragged_from_another_program_keeps_its_transparency(person, photos):
    person.drop(photos / "sea.png")
    person.drop(zone="object", image=see_through(), at=(150, 100))
    assert person.layers() == ["Dropped", "sea"]
    assert is_red(person.colour(135, 104))
    assert is_sea(person.colour(160, 104))


def test_pasting_adds_an_object_or_a_background(person, photos):
    clipboard = QApplication.clipboard()
    clipboard.setText("no picture")
    person.press("Paste (Ctrl+V)")
    assert person.layers() == []
    assert person.reads("There is no picture on the clipboard.")
    clipboard.setImage(see_through(192, 144))
    person.press("Paste (Ctrl+V)")
    person.rest()
    assert person.layers() == ["Pasted"]
    clipboard.setImage(see_through())
    person.key(Qt.Key.Key_V, CONTROL)
    person.rest()
    assert person.layers() == ["Pasted", "Pasted"]
    assert person.steps() == ["Open", "Place object"]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photos / "sea.png"))])
    clipboard.setMimeData(mime)
    person.key(Qt.Key.Key_V, CONTROL | SHIFT)
    person.rest()
    assert person.layers() == ["Pasted", "sea"]
    assert is_red(person.colour(80, 64))
    assert is_sea(person.colour(115, 64))  # through the half that is not there
    person.undo()
    assert person.layers() == ["Pasted", "Pasted"]


def test_a_copied_cut_out_can_be_pasted_in_place_of_the_photo(at_work, photos):
    person = at_work
    person.drop(photos / "mask.png", zone="mask")
    person.key(Qt.Key.Key_C, CONTROL)
    person.key(Qt.Key.Key_Delete)
    person.rest()
    assert not pictures.red(person.picture()).any()
    person.key(Qt.Key.Key_V, CONTROL)
    person.rest()
    assert person.layers() == ["Pasted", "sea"]
    red = pictures.red(person.picture())
    x0, y0, x1, y1 = pictures.box(red)
    assert np.allclose(np.array((x1 - x0, y1 - y0)) / person.canvas.view.zoom, (44, 28), atol=2)
    corner = person.on_canvas(96 - 20, 72 - 12)  # inside its frame, beside the ellipse
    assert is_sea(person.picture()[corner.y(), corner.x()])


# --- another background ---


def test_another_background_leaves_the_objects_where_they_are(at_work, tmp_path):
    person = at_work
    before = pictures.box(pictures.red(person.picture()))
    other = np.full((144, 192, 3), (20, 120, 20), np.uint8)
    person.drop(pictures.save(tmp_path / "meadow.png", other), zone="background")
    assert person.layers() == ["bird", "meadow"]
    assert pictures.box(pictures.red(person.picture())) == before
    assert np.abs(person.colour(5, 5).astype(int) - (20, 120, 20)).max() <= 2
    person.undo()
    assert person.layers() == ["bird", "sea"]
    assert is_sea(person.colour(5, 5))


def test_a_deep_background_in_its_own_profile_looks_right_and_is_exported_as_it_is(at_work, tmp_path):
    person = at_work
    bird = person.colour(82, 68)
    samples = np.full((144, 192, 3), (12000, 40000, 20001), np.uint16)
    profile = making.wide_profile()
    file = tmp_path / "wide.png"
    file.write_bytes(making.png(samples, 2, making.chunk(b"iCCP", b"wide\0\0" + making.zlib.compress(profile))))
    person.drop(file, zone="background")
    assert np.abs(person.colour(82, 68).astype(int) - bird).max() <= 2
    seen = making.adobe_to_srgb(np.array([[12000, 40000, 20001]]) / 65535)[0] * 255
    assert np.abs(person.colour(5, 5) - seen).max() <= 2
    person.key(Qt.Key.Key_E, CONTROL | SHIFT)
    person.choose_file(tmp_path / "out.png")
    assert person.reads("Exported out.png")
    out = pictures.load(tmp_path / "out.png")
    assert out.dtype == np.uint16
    assert (out[0, 0] == (12000, 40000, 20001)).all()
    with Image.open(tmp_path / "out.png") as image:
        assert image.info["icc_profile"] == profile


# --- works ---


def test_a_work_is_saved_saved_under_another_name_and_opened(at_work, photos, tmp_path):
    person, title = at_work, at_work.window.windowTitle
    assert title() == "Untitled* – blendstudio"
    person.key(Qt.Key.Key_S, CONTROL)
    person.choose_file(tmp_path / "one.ora")
    assert title() == "one – blendstudio"
    assert person.reads("Saved.")
    person.button("Show in folder")
    person.key(Qt.Key.Key_Right)
    assert title() == "one* – blendstudio"
    person.undo()
    assert title() == "one – blendstudio"  # it is as it was saved
    person.redo()
    first = (tmp_path / "one.ora").read_bytes()
    person.key(Qt.Key.Key_S, CONTROL | SHIFT)
    person.choose_file(tmp_path / "two.ora")
    assert title() == "two – blendstudio"
    assert (tmp_path / "one.ora").read_bytes() == first
    person.key(Qt.Key.Key_Delete)
    person.key(Qt.Key.Key_S, CONTROL)
    person.rest()
    assert title() == "two – blendstudio"
    person.key(Qt.Key.Key_O, CONTROL)
    person.choose_file(tmp_path / "one.ora")
    assert title() == "one – blendstudio"
    assert person.layers() == ["bird", "sea"]
    person.drop(tmp_path / "two.ora")
    assert person.layers() == ["sea"]
    assert person.steps() == ["Open"]
    person.key(Qt.Key.Key_S, CONTROL | SHIFT)
    person.choose_file(tmp_path / "work.png")
    assert title() == "work.png – blendstudio"
    assert not (tmp_path / "work.png").exists()
    kept = (tmp_path / "work.png.ora").read_bytes()
    person.menu("new")
    person.drop(tmp_path / "one.ora")
    person.key(Qt.Key.Key_S, CONTROL | SHIFT)
    person.choose_file(tmp_path / "work.png")
    assert person.reads("There is a file work.png.ora already.")
    assert (tmp_path / "work.png.ora").read_bytes() == kept


def test_unsaved_changes_are_asked_about_before_another_work_is_opened(at_work, tmp_path):
    person = at_work
    person.key(Qt.Key.Key_S, CONTROL)
    person.choose_file(tmp_path / "kept.ora")
    person.key(Qt.Key.Key_Delete)
    person.drop(tmp_path / "kept.ora")
    assert person.asked() == "Save the changes to “kept”?"
    person.answer(BUTTON.Cancel)
    assert person.layers() == ["sea"]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "kept.ora"))])
    QApplication.clipboard().setMimeData(mime)
    person.key(Qt.Key.Key_V, CONTROL)
    person.answer(BUTTON.Cancel)
    assert person.layers() == ["sea"]
    renamed = tmp_path / "kept.zip"
    renamed.write_bytes((tmp_path / "kept.ora").read_bytes())
    person.drop(renamed, zone="object")
    assert person.asked() == "Save the changes to “kept”?"
    person.answer(BUTTON.Cancel)
    assert person.layers() == ["sea"]
    person.drop(tmp_path / "kept.ora")
    person.answer(BUTTON.Discard)
    assert person.layers() == ["bird", "sea"]
    person.rename("bird", "robin")
    person.menu("new")
    person.answer(BUTTON.Save)
    assert person.reads(START)
    person.press("kept.ora")
    person.rest()
    assert person.layers() == ["robin", "sea"]
    person.menu("new")
    assert person.asked() == ""
    assert person.reads(START)


def test_saving_and_closing_an_untitled_work_can_still_be_called_off(at_work, tmp_path):
    person = at_work
    person.window.close()
    person.answer(BUTTON.Save)
    person.cancel_file()
    assert person.window.isVisible()
    assert person.layers() == ["bird", "sea"]
    person.window.close()
    person.answer(BUTTON.Save)
    person.choose_file(tmp_path / "last.ora")
    assert not person.window.isVisible()
    assert zipfile.is_zipfile(tmp_path / "last.ora")


@pytest.mark.parametrize("harm", ["folder gone", "folder in the way", "read-only"])
def test_a_save_that_fails_is_told_and_the_work_stays_unsaved(at_work, tmp_path, monkeypatch, harm):
    person, folder = at_work, tmp_path / "shelf"
    folder.mkdir()
    work = folder / "work.ora"
    person.key(Qt.Key.Key_S, CONTROL)
    person.choose_file(work)
    good = work.read_bytes()
    person.key(Qt.Key.Key_Delete)
    if harm == "folder gone":
        work.unlink()
        folder.rmdir()
    elif harm == "folder in the way":
        work.unlink()
        work.mkdir()
    else:
        monkeypatch.setattr(os, "replace", _refuse)
    person.window.close()
    person.answer(BUTTON.Save)
    assert person.window.isVisible()
    assert person.reads("work.ora cannot be written")
    assert person.window.windowTitle() == "work* – blendstudio"
    if harm == "read-only":
        assert work.read_bytes() == good
        assert [file.name for file in folder.iterdir()] == ["work.ora"]
        monkeypatch.undo()
    elsewhere = tmp_path / "elsewhere.ora"
    person.key(Qt.Key.Key_S, CONTROL | SHIFT)
    person.choose_file(elsewhere)
    assert person.window.windowTitle() == "elsewhere – blendstudio"
    assert zipfile.is_zipfile(elsewhere)


def _refuse(*_, **__):
    raise PermissionError(13, "Permission denied")


# --- exports ---


def test_the_picture_is_exported_again_and_under_a_name_without_ending(at_work, tmp_path):
    person = at_work
    person.key(Qt.Key.Key_E, CONTROL)  # nothing to do again yet: it asks where
    person.choose_file(tmp_path / "out")
    assert person.reads("Exported out.png")
    first = pictures.load(tmp_path / "out.png")
    assert first.shape[:2] == (144, 192)
    assert is_red(first[68, 82])
    person.key(Qt.Key.Key_Delete)
    person.key(Qt.Key.Key_E, CONTROL)
    person.rest()
    second = pictures.load(tmp_path / "out.png")
    assert is_sea(second[68, 82])
    assert (second[:10] == first[:10]).all()
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["out.png"]


def test_an_export_that_is_no_png_is_refused_in_a_sentence(at_work, tmp_path):
    person = at_work
    person.key(Qt.Key.Key_E, CONTROL | SHIFT)
    person.choose_file(tmp_path / "out.jpg")
    assert person.reads("The result is a PNG and cannot be called “.jpg”.")
    assert not (tmp_path / "out.jpg").exists()
    person.key(Qt.Key.Key_E, CONTROL | SHIFT)
    person.cancel_file()
    assert not list(tmp_path.glob("*.png"))


def test_a_mask_is_exported_and_loaded_again(at_work, photos, tmp_path):
    person = at_work
    person.drop(photos / "mask.png", zone="mask")
    person.menu("export-mask")
    person.choose_file(tmp_path / "mask.png")
    assert person.reads("Exported the mask as mask.png.")
    given = pictures.load(photos / "mask.png")
    made = pictures.load(tmp_path / "mask.png")
    assert made.dtype == np.uint8
    assert (made == given).all()
    person.menu("clear-mask")
    person.rest()
    assert is_grey(person.colour(150, 110))
    person.menu("load-mask")
    person.choose_file(tmp_path / "mask.png")
    assert is_sea(person.colour(150, 110))
