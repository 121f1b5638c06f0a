"""The mask beside its photo: how it is shown, and how the found part is refined."""

import pictures
import pytest
from PySide6.QtCore import QPoint, Qt

GREY = (104, 16)  # beside the bird
ON_BIRD = (50, 50)
EDGE = 50 + pictures.RADII[0]  # the bird's right end, in its middle row


@pytest.fixture
def found(at_work):
    """Somebody who looks at the photo of a bird found by its word."""
    at_work.ask_for("bird")
    at_work.key(Qt.Key.Key_Q)
    return at_work


def width(person):
    """How wide the bird is in the whole picture, in pixels."""
    person.key(Qt.Key.Key_Return)
    x0, _, x1, _ = pictures.box(pictures.red(person.picture()))
    return (x1 - x0) / person.canvas.view.zoom


def slide(person, title, *shares, let_go=True):
    """Drags a knob's handle over places 0..1 of its slider."""
    slider = person.slider(title)
    points = [QPoint(round(8 + share * (slider.width() - 16)), slider.height() // 2) for share in shares]
    person.drag_widget(slider, points, let_go=let_go)


def test_f_opens_the_photo_when_the_whole_work_is_shown(cut_out):
    cut_out.key(Qt.Key.Key_F)
    assert cut_out.reads("Done")
    assert cut_out.window.mask_panel.views.currentText() == "On black"


def test_the_backslash_hides_the_overlay_and_brings_it_back(found):
    veiled = found.picture()
    found.key(Qt.Key.Key_Backslash)
    red, green, blue = found.colour(*GREY)
    assert red == green == blue
    found.key(Qt.Key.Key_Backslash)
    assert (found.picture() == veiled).all()


def test_the_apostrophe_shows_the_photo_as_long_as_it_is_held(found):
    veiled = found.picture()
    found.hold(Qt.Key.Key_Apostrophe)
    red, green, blue = found.colour(*GREY)
    assert red == green == blue
    found.let_key_go(Qt.Key.Key_Apostrophe)
    assert (found.picture() == veiled).all()


def test_q_goes_to_the_photo_and_back(cut_out):
    work = cut_out.picture()
    cut_out.key(Qt.Key.Key_Q)
    assert cut_out.reads("128 × 96")
    assert cut_out.window.actions_["cut-out"].isChecked()
    cut_out.key(Qt.Key.Key_Q)
    assert cut_out.reads("192 × 144")
    assert (cut_out.picture() == work).all()
    cut_out.double_click(82, 68)
    cut_out.rest()
    assert cut_out.reads("128 × 96")
    cut_out.press("Done")
    assert cut_out.reads("192 × 144")


def test_a_knob_shows_its_effect_while_it_is_dragged_and_is_one_step(found):
    before = tuple(found.colour(EDGE - 3, 44))
    steps = len(found.steps())
    slide(found, "Erode", 0.02, 0.2, 0.3, 0.5, let_go=False)
    shown = tuple(found.colour(EDGE - 3, 44))
    assert shown != before  # the veil lies there already
    assert len(found.steps()) == steps + 1
    slide(found, "Erode", 0.5, 0.55)
    found.rest()
    assert found.steps()[-1] == "Refine mask"
    found.undo()
    assert tuple(found.colour(EDGE - 3, 44)) == before


def test_two_drags_are_two_steps(found):
    slide(found, "Dilate", 0.02, 0.2, 0.3)
    found.rest()
    slide(found, "Dilate", 0.3, 0.4, 0.6)
    found.rest()
    assert found.steps()[-2:] == ["Refine mask", "Refine mask"]


def test_eroding_makes_the_bird_smaller_and_dilating_larger(cut_out):
    whole = width(cut_out)
    cut_out.type("6", cut_out.knob("Erode"))
    assert whole - width(cut_out) == pytest.approx(2 * 6, abs=2.5)  # the tips of the ellipse go sooner
    cut_out.type("6", cut_out.knob("Dilate"))
    assert width(cut_out) == pytest.approx(whole, abs=2.5)
    cut_out.undo()
    cut_out.undo()
    assert width(cut_out) == whole


def test_refining_leaves_alone_what_the_hand_painted(found):
    found.key(Qt.Key.Key_B)
    found.click(*GREY)
    found.rest()
    painted = tuple(found.colour(*GREY))
    found.type("40", found.knob("Erode"))
    assert tuple(found.colour(*GREY)) == painted
    assert tuple(found.colour(*ON_BIRD)) != pictures.RED  # while the found part is eroded away


def test_the_thumbnails_show_the_parts(found):
    def bright(name):
        return (found.picture(found.window.mask_panel.thumbs[name]) > 128).mean()

    assert bright("Found") > 0.03
    assert bright("Added") == bright("Removed") == 0
    found.key(Qt.Key.Key_B)
    found.click(*GREY)
    found.click(*ON_BIRD, keys=Qt.KeyboardModifier.AltModifier)
    found.rest()
    assert bright("Added") > 0.03
    assert bright("Removed") > 0.03


def test_a_mask_from_a_file_cuts_out_the_bird(at_work, photos):
    at_work.menu("load-mask")
    at_work.choose_file(photos / "mask.png")
    assert at_work.steps()[-1] == "Mask from a file"
    assert width(at_work) == pytest.approx(2 * pictures.RADII[0] + 1, abs=0.7)
    assert at_work.colour(150, 110)[2] > 60 + at_work.colour(150, 110)[0]


def test_a_mask_of_another_size_is_refused_and_says_why(at_work, photos):
    before = at_work.picture()
    at_work.drop(photos / "sea.png", zone="mask")
    assert at_work.reads("The mask is 192×144, but its picture is 128×96.", at_work.window.strip)
    assert at_work.reads("Give a mask of the picture's own size.", at_work.window.strip)
    assert (at_work.picture() == before).all()
    assert at_work.steps()[-1] == "Place object"
