"""A blind vote: two pictures side by side, nothing said about who made them. 1, 2 or 0 answers, Esc ends."""

import sys
from collections.abc import Callable, Sequence
from math import floor
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from blendstudio.app import theme
from blendstudio.app.images import Pyramid, pyramid
from blendstudio.files.images import read_image

Shown = tuple[Path, Path]
FIRST, SECOND, NEITHER = 1, 2, 0
KEYS = {Qt.Key.Key_1: FIRST, Qt.Key.Key_2: SECOND, Qt.Key.Key_0: NEITHER}
GAP = 12  # px between the pictures
QUESTION = "Which picture looks more natural?"
LARGEST = 2.0  # times: a seam is judged on the picture's own pixels


class Pane(QWidget):
    """Shows one picture, as large as it fits, at most LARGEST times."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._picture: Pyramid | None = None

    def show_file(self, path: Path) -> None:
        """Another picture. Raises FileError."""
        self._picture = pyramid(read_image(path))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(560, 560)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            return
        size = self._picture.levels[0].size()
        scale = min(LARGEST, self.width() / size.width(), self.height() / size.height())
        scale = floor(scale) if scale > 1 else scale  # whole pixels stay sharp
        wide, high = size.width() * scale, size.height() * scale
        place = QRectF((self.width() - wide) / 2, (self.height() - high) / 2, wide, high)
        self._picture.draw(QPainter(self), place)


class VoteWindow(QWidget):
    """Asks one question after the other; `answered` gets the question's number and 1, 2 or 0."""

    def __init__(self, questions: Sequence[Shown], answered: Callable[[int, int], None]) -> None:
        super().__init__()
        self.setWindowTitle(QUESTION)
        self._questions, self._answered = questions, answered
        self.number = 0
        self._panes = Pane(), Pane()
        self._count = QLabel()
        self._count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        pictures, answers = QHBoxLayout(), QHBoxLayout()
        pictures.setSpacing(GAP)
        for pane in self._panes:
            pictures.addWidget(pane)
        answers.addWidget(self._count)
        answers.addStretch()
        for text, chosen in (("&1  Left", FIRST), ("&0  No difference", NEITHER), ("&2  Right", SECOND)):
            answers.addWidget(self._button(text, lambda _=False, chosen=chosen: self.answer(chosen)))
        answers.addStretch()
        answers.addWidget(self._button("End", self.close))
        layout = QVBoxLayout(self)
        layout.addLayout(pictures, 1)
        layout.addLayout(answers)
        self._ask()

    def answer(self, chosen: int) -> None:
        """Takes an answer and asks the next question, or ends."""
        self._answered(self.number, chosen)
        self.number += 1
        if self.number == len(self._questions):
            self.close()
        else:
            self._ask()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return  # a key that is held answers one question
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif (chosen := KEYS.get(Qt.Key(event.key()))) is not None:
            self.answer(chosen)
        else:
            super().keyPressEvent(event)

    def _ask(self) -> None:
        for pane, path in zip(self._panes, self._questions[self.number], strict=True):
            pane.show_file(path)
        self._count.setText(f"{self.number + 1} of {len(self._questions)}   {QUESTION}")

    def _button(self, text: str, call: Callable[..., object]) -> QPushButton:
        button = QPushButton(text)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # so that Space or Enter answers nothing by accident
        button.clicked.connect(call)
        return button


def run(questions: Sequence[Shown], answered: Callable[[int, int], None]) -> None:
    """Asks until all is answered or the person has had enough."""
    app = QApplication(sys.argv[:1])
    theme.apply(app)
    window = VoteWindow(questions, answered)
    window.resize(1200, 700)
    window.show()
    app.exec()
