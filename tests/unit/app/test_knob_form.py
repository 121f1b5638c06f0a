from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QScrollArea, QVBoxLayout, QWidget

from blendstudio.app.knob_form import ROW, KnobForm
from blendstudio.app.knob_number import KnobNumber
from blendstudio.app.knob_scale import KnobScale, read, written
from blendstudio.app.knob_slider import REST_MS, KnobSlider
from blendstudio.core.document import Refine
from blendstudio.core.params import Knob, choice, knob, knobs, switch
from blendstudio.engine.methods.two_stage import TwoStage
from blendstudio.engine.pipeline import Common
from blendstudio.errors import UsageError


@dataclass(frozen=True)
class Paint:
    size: int = knob(12, 1, 500, "Size", "How wide the stroke is.")
    flow: float = knob(0.5, 0.0, 1.0, "Flow", "How much paint there is.")
    weight: float = knob(1e4, 0, 1e7, "Weight", "How heavy it is.")
    tip: str = choice("round", ("round", "flat", "soft-edge"), "Tip", "What the brush looks like.")
    wet: bool = switch(False, "Wet", "Whether it mixes.")


@dataclass(frozen=True)
class Canvas:
    grain: int = knob(3, 0, 10, "Grain", "How rough it is.")


DEFAULTS = {"size": 12, "flow": 0.5, "weight": 1e4, "tip": "round", "wet": False, "grain": 3}


class Hand:
    """What a person does to a form, and what the form said."""

    def __init__(self, form, qtbot):
        self.form, self.qtbot = form, qtbot
        self.changed, self.settled = [], []
        form.changed.connect(self.changed.append)
        form.settled.connect(self.settled.append)

    def find(self, kind, title):
        return next(one for one in self.form.findChildren(kind) if one.accessibleName() == title)

    def title(self, text):
        return next(one for one in self.form.findChildren(QLabel) if one.text() == text)

    def point(self, slider, place):
        return QPoint(round(7.5 + place * (slider.width() - 15)), slider.height() // 2)

    def rest(self, slider):
        self.qtbot.mouseMove(slider, QPoint(slider.width() // 2, 3))
        self.qtbot.mouseMove(slider, QPoint(slider.width() // 2, 5))
        self.qtbot.wait(REST_MS + 60)


@pytest.fixture
def hand(shown, qtbot):
    return Hand(shown(KnobForm(Paint, Canvas), 300, 200), qtbot)


def wheel(widget, notches, held=Qt.KeyboardModifier.NoModifier):
    at = QPointF(widget.rect().center())
    turn = QWheelEvent(
        at,
        QPointF(widget.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, turn)
    return turn.isAccepted()


def test_it_begins_with_the_defaults_and_low_rows(hand):
    assert hand.form.values() == hand.form.defaults() == DEFAULTS
    assert [type(value) for value in hand.form.values().values()] == [int, float, float, str, bool, int]
    assert hand.form.sizeHint().height() <= 6 * ROW
    assert hand.find(KnobNumber, "Weight").text() == "10k"
    assert hand.title("Flow").toolTip().startswith("How much paint there is.")
    assert (hand.changed, hand.settled) == ([], [])


def test_dragging_tells_every_change_and_settles_once(hand):
    slider = hand.find(KnobSlider, "Flow")
    hand.qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=hand.point(slider, 0.5))
    for place in (0.6, 0.7, 0.8):
        hand.qtbot.mouseMove(slider, hand.point(slider, place))
    assert [round(one["flow"], 1) for one in hand.changed] == [0.6, 0.7, 0.8]
    assert hand.settled == []
    hand.qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=hand.point(slider, 0.8))
    assert hand.settled == [hand.form.values()]


def test_a_press_beside_the_handle_goes_there(hand):
    slider = hand.find(KnobSlider, "Flow")
    hand.qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=hand.point(slider, 1.0))
    assert hand.form.values()["flow"] == 1.0


def test_whole_numbers_stay_whole(hand):
    slider = hand.find(KnobSlider, "Size")
    hand.qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=hand.point(slider, 0.7))
    assert isinstance(hand.form.values()["size"], int)
    assert str(hand.form.values()["size"]) == hand.find(KnobNumber, "Size").text()


@pytest.mark.parametrize(
    ("typed", "value"), [("2.5M", 2.5e6), ("300 k", 3e5), ("1e3", 1e3), ("0,5", 0.5), ("9e9", 1e7)]
)
def test_a_typed_number_is_taken_at_enter(hand, typed, value):
    box = hand.find(KnobNumber, "Weight")
    box.selectAll()
    hand.qtbot.keyClicks(box, typed)
    assert hand.changed == []
    hand.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert hand.form.values()["weight"] == value
    assert hand.settled == [hand.form.values()]


def test_escape_gives_up_what_was_typed(hand):
    box = hand.find(KnobNumber, "Size")
    box.selectAll()
    hand.qtbot.keyClicks(box, "99")
    hand.qtbot.keyClick(box, Qt.Key.Key_Escape)
    hand.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert hand.form.values() == DEFAULTS
    assert hand.settled == []


def test_the_wheel_changes_a_slider_that_the_pointer_rests_on_and_a_pause_ends_it(hand):
    slider = hand.find(KnobSlider, "Flow")
    hand.rest(slider)
    with hand.qtbot.waitSignal(hand.form.settled):
        assert wheel(slider, 1)
        assert wheel(slider, 1)
        assert hand.settled == []
    assert [one["flow"] for one in hand.changed] == [0.52, 0.54]
    assert len(hand.settled) == 1


def test_shift_makes_the_wheel_fine_and_ctrl_coarse(hand):
    slider = hand.find(KnobSlider, "Weight")
    hand.rest(slider)
    steps = []
    for held in (
        Qt.KeyboardModifier.ShiftModifier,
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.ControlModifier,
    ):
        hand.form.set_values(DEFAULTS)
        wheel(slider, 1, held)
        steps.append(hand.form.values()["weight"] - 1e4)
    assert 0 < steps[0] < steps[1] < steps[2]


def test_one_notch_always_moves_a_whole_number(hand):
    slider = hand.find(KnobSlider, "Grain")
    hand.rest(slider)
    wheel(slider, 1)
    assert hand.form.values()["grain"] == 4
    wheel(slider, -1, Qt.KeyboardModifier.ShiftModifier)
    assert hand.form.values()["grain"] == 3


def test_a_panel_scrolls_past_sliders_and_choices(shown, qtbot):
    area, inside = QScrollArea(), QWidget()
    form = KnobForm(TwoStage)
    column = QVBoxLayout(inside)
    column.addWidget(form)
    area.setWidget(inside)
    area.setWidgetResizable(True)
    shown(area, 320, 140)
    before = form.values()
    hand = Hand(form, qtbot)
    for part in (
        hand.title("Gradient"),
        hand.find(KnobSlider, "Style"),
        hand.find(QComboBox, "Start"),
        hand.find(KnobNumber, "Box"),
    ):
        was = area.verticalScrollBar().value()
        assert not wheel(part, -1)  # Qt then asks the parents, as long as nobody takes it
        assert wheel(area.viewport(), -1)
        assert area.verticalScrollBar().value() > was
    assert form.values() == before


def test_the_keyboard_moves_a_slider(hand):
    slider = hand.find(KnobSlider, "Grain")
    for key, value in ((Qt.Key.Key_Right, 4), (Qt.Key.Key_Left, 3), (Qt.Key.Key_End, 10), (Qt.Key.Key_Home, 0)):
        hand.qtbot.keyClick(slider, key)
        assert hand.form.values()["grain"] == value
    hand.qtbot.waitUntil(lambda: len(hand.settled) == 1)


def test_up_in_the_box_steps(hand):
    box = hand.find(KnobNumber, "Grain")
    hand.qtbot.keyClick(box, Qt.Key.Key_Up)
    assert hand.form.values()["grain"] == 4
    assert box.text() == "4"


def test_a_double_click_on_the_title_resets(hand):
    hand.form.set_values({"size": 40, "tip": "flat", "wet": True})
    for title, name in (("Size", "size"), ("Tip", "tip"), ("Wet", "wet")):
        hand.qtbot.mouseDClick(hand.title(title), Qt.MouseButton.LeftButton)
        assert hand.settled[-1][name] == DEFAULTS[name]
    assert hand.form.values() == DEFAULTS


def test_a_knob_that_differs_is_marked(hand):
    title = hand.title("Size")
    plain = title.grab().toImage()
    hand.form.set_values({"size": 40})
    assert title.grab().toImage() != plain
    hand.form.set_values({"size": 12})
    assert title.grab().toImage() == plain


def test_a_choice_and_a_switch_settle_at_once(hand):
    choice, switch = hand.find(QComboBox, "Tip"), hand.find(QCheckBox, "Wet")
    assert [choice.itemText(n) for n in range(3)] == ["Round", "Flat", "Soft edge"]
    hand.qtbot.keyClick(choice, Qt.Key.Key_End)
    assert hand.settled[-1]["tip"] == "soft-edge"
    hand.qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(6, switch.height() // 2))
    assert hand.settled[-1]["wet"] is True
    assert len(hand.changed) == len(hand.settled) == 2


def test_values_are_shown_without_a_signal_and_kept_exactly(hand):
    hand.form.set_values({"flow": 0.123456789012, "weight": 123456.789, "unknown": 1, "wet": "on"})
    values = hand.form.values()
    assert (values["flow"], values["weight"], values["wet"]) == (0.123456789012, 123456.789, True)
    assert hand.find(KnobNumber, "Weight").text() == "123.5k"
    box = hand.find(KnobNumber, "Weight")
    box.setFocus()
    hand.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert hand.form.values() == values
    assert (hand.changed, hand.settled) == ([], [])


def test_a_value_out_of_range_is_refused_whole(hand):
    with pytest.raises(UsageError):
        hand.form.set_values({"flow": 0.1, "grain": 11})
    assert hand.form.values() == DEFAULTS


def test_reset_is_one_change(hand):
    hand.form.set_values({"size": 40, "wet": True})
    hand.form.reset()
    assert hand.changed == hand.settled == [DEFAULTS]


@pytest.mark.parametrize("params", [Refine, Common, TwoStage], ids=lambda one: one.__name__)
def test_every_number_of_the_program_can_be_reached(params):
    for name, (number, default) in knobs(params).items():
        if isinstance(default, bool) or number.choices:
            continue
        scale = KnobScale.of(number, default)
        assert (scale.value(0), scale.value(1)) == (number.low, number.high), name
        assert scale.value(scale.place(default)) == pytest.approx(default, rel=0.01), name
        values = [scale.value(n / 1000) for n in range(1001)]
        assert values == sorted(values), name
        assert scale.place(default) > 0.1 or default - number.low <= 0.1 * (number.high - number.low), name


def test_small_values_get_room_on_a_wide_scale():
    wide = KnobScale.of(Knob("", "", 0, 1e7), 1e4)
    assert 0.15 < wide.place(1e4) < 0.5
    even = KnobScale.of(Knob("", "", 0, 64), 1)
    assert even.place(32) == 0.5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.005, "0.005"),
        (60.0, "60"),
        (3000.0, "3000"),
        (1e4, "10k"),
        (2.55e6, "2.55M"),
        (1e9, "1G"),
        (512.5, "512.5"),
    ],
)
def test_numbers_are_short_and_read_back(value, text):
    assert written(value) == text
    assert read(text) == value
