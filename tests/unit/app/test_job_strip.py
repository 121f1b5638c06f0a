import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QProgressBar, QPushButton, QToolButton

from blendstudio.app.job_strip import JobStrip


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Reader:
    """What can be read on a strip."""

    def __init__(self, strip, clock, qtbot):
        self.strip, self.clock, self.qtbot = strip, clock, qtbot
        self.stops = []
        strip.stop_requested.connect(lambda: self.stops.append(True))

    def words(self):
        parts = [*self.strip.findChildren(QLabel), *self.strip.findChildren(QPushButton)]
        return [part.text() for part in parts if part.isVisible() and part.text()]

    def bar(self):
        bar = self.strip.findChild(QProgressBar)
        return bar.value() / bar.maximum() if bar.isVisible() else None

    def button(self, text):
        return next(one for one in self.strip.findChildren(QPushButton) if one.text() == text)

    def timers(self):
        return [timer for timer in self.strip.findChildren(QTimer) if timer.isActive()]


@pytest.fixture
def strip(shown, qtbot):
    clock = Clock()
    return Reader(shown(JobStrip(clock=clock), 900, 34), clock, qtbot)


def test_it_is_quiet_at_first(strip):
    assert strip.words() == ["Ready"]
    assert strip.bar() is None
    assert strip.timers() == []


def test_a_job_shows_its_stage_its_share_and_the_time_left(strip):
    strip.strip.start("Blending parrot")
    assert strip.words() == ["Blending parrot", "0 %", "Stop"]
    strip.clock.now += 9
    strip.strip.report(0.38, "Stage 1: gradient, content, style")
    assert strip.words() == ["Stage 1: gradient, content, style", "38 %", "about 15 s left", "Stop"]
    assert strip.bar() == pytest.approx(0.38)


def test_no_estimate_is_made_too_early(strip):
    strip.strip.start("Blending")
    strip.clock.now += 0.2
    strip.strip.report(0.03, "Looking")
    assert strip.words() == ["Looking", "3 %", "Stop"]
    strip.strip.report(0.05, "Looking")
    assert "about 6 s left" in strip.words()


def test_the_estimate_is_smooth_and_runs_down_by_itself(strip):
    strip.strip.start("Blending")
    strip.clock.now += 10
    strip.strip.report(0.5, "Stage 1")
    assert "about 10 s left" in strip.words()
    strip.clock.now += 1
    strip.strip.report(0.9, "Stage 1")  # a leap does not throw the estimate about
    assert "about 7 s left" in strip.words()
    strip.clock.now += 3
    strip.qtbot.waitUntil(lambda: "about 4 s left" in strip.words())


@pytest.mark.parametrize(
    ("elapsed", "share", "words"),
    [
        (30, 0.5, "about 30 s left"),
        (47, 0.5, "about 45 s left"),
        (200, 0.5, "about 3 min left"),
        (9, 0.99, "almost done"),
    ],
)
def test_the_time_left_in_words(strip, elapsed, share, words):
    strip.strip.start("Blending")
    strip.clock.now += elapsed
    strip.strip.report(share, "Stage 1")
    assert words in strip.words()


def test_stop_says_so_at_once_and_only_once(strip):
    strip.strip.start("Blending")
    strip.strip.report(0.3, "Stage 1")
    button = strip.button("Stop")
    assert "keep the best so far" in button.toolTip()
    strip.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    strip.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert strip.stops == [True]
    strip.strip.report(0.4, "Stage 1")
    assert strip.words() == ["Stopping…", "40 %", "Stopping…"]


def test_done_leaves_a_quiet_line_and_no_timer(strip):
    strip.strip.start("Blending")
    assert len(strip.timers()) == 1
    strip.strip.done("Blended in 24 s")
    assert strip.words() == ["Blended in 24 s"]
    assert strip.timers() == []
    strip.strip.report(0.9, "Stage 2")  # a late report
    assert strip.words() == ["Blended in 24 s"]
    strip.strip.start("Again")
    assert strip.words() == ["Again", "0 %", "Stop"]


def test_a_failure_says_what_happened_and_what_to_do(strip):
    strip.strip.start("Finding")
    strip.strip.failed("Nothing like “zeppelin” was found.", "Draw a box round it.")
    assert strip.words() == ["Nothing like “zeppelin” was found. Draw a box round it."]
    assert strip.timers() == []
    message = next(label for label in strip.strip.findChildren(QLabel) if label.text().startswith("Nothing"))
    assert message.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    strip.qtbot.mouseClick(strip.strip.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert strip.words() == ["Ready"]


def test_the_detail_is_shown_when_asked_for(strip):
    strip.strip.start("Blending")
    strip.strip.failed("The blend failed.", "Try again.", "line one\nline two")
    detail = strip.strip.findChild(QPlainTextEdit)
    assert not detail.isVisible()
    strip.qtbot.mouseClick(strip.button("Details"), Qt.MouseButton.LeftButton)
    assert detail.isVisible()
    assert detail.toPlainText() == "line one\nline two"
    strip.strip.start("Again")
    assert not detail.isVisible()


def test_what_is_no_share_is_taken_as_nothing(strip):
    strip.strip.start("Blending")
    for share, words in ((float("nan"), "0 %"), (-1.0, "0 %"), (7.0, "100 %")):
        strip.strip.report(share, "Stage 1")
        assert words in strip.words()
