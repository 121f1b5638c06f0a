"""The mask of the selected object: its parts, how the found part is refined, and how it is shown."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from blendstudio.app.images import grey
from blendstudio.app.knob_form import KnobForm
from blendstudio.app.mask_look import MaskLook
from blendstudio.app.mask_views import MASK_VIEWS, ORIGIN
from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.app.strokes import Strokes
from blendstudio.core.document import Mask, Refine
from blendstudio.core.params import Value, build, values
from blendstudio.core.types import U8

PARTS = ("Found", "Added", "Removed", "Result")
THUMB = QSize(62, 46)


class MaskPanel(QWidget):
    """Shows the three parts and the result, and turns the knobs of Refine."""

    def __init__(self, session: Session, shapes: Shapes, strokes: Strokes, look: MaskLook) -> None:
        super().__init__()
        self._session, self._strokes, self._look = session, strokes, look
        self._shown: tuple[object, ...] = ()
        self.thumbs = {name: QLabel() for name in PARTS}
        self.form = KnobForm(Refine)
        self.form.changed.connect(self._refine)
        self.form.settled.connect(self._settle)
        self.views = QComboBox()
        for name, title in MASK_VIEWS.items():
            self.views.addItem(title, name)
        self.views.insertSeparator(self.views.count())
        self.views.addItem("Origin", ORIGIN)
        self.views.setToolTip("How the mask lies over the photo (F for the next, Shift+F for the origin)")
        self.views.currentIndexChanged.connect(self._choose_view)
        look.changed.connect(self._show_view)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setObjectName("dim")
        self.buttons, self.notes = QHBoxLayout(), QVBoxLayout()
        self._lay_out()
        shapes.ready.connect(self.refresh)
        session.follow(self.refresh)

    def add_button(self, button: QToolButton) -> None:
        """Puts a button below the thumbnails."""
        self.buttons.addWidget(button)

    def refresh(self) -> None:
        """Shows the selected object's mask."""
        layer = self._session.subject
        mask = layer.mask if layer else None
        self.setEnabled(layer is not None)
        self.form.setEnabled(mask is not None and mask.auto is not None)
        self.form.set_values(values(mask.refine if mask else Refine()))
        note = _front_note(mask) if self._session.fronting else _note(mask)
        self.note.setText(note if layer else "Select an object to see its mask.")
        self.note.setVisible(bool(self.note.text()))
        alpha = self._strokes.alpha()
        shown = (mask, id(alpha))
        if shown != self._shown:
            self._shown = shown
            parts = (mask.auto, mask.add, mask.subtract) if mask else (None, None, None)
            for name, part in zip(PARTS, (*parts, alpha), strict=True):
                self.thumbs[name].setPixmap(_thumb(part))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(4)
        for column, (name, label) in enumerate(self.thumbs.items()):
            label.setFixedSize(THUMB)
            label.setObjectName("thumb")
            title = QLabel(name)
            title.setObjectName("dim")
            grid.addWidget(label, 0, column, Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(title, 1, column, Qt.AlignmentFlag.AlignCenter)
        view = QHBoxLayout()
        view.addWidget(QLabel("Show mask as"))
        view.addWidget(self.views, 1)
        self.buttons.setSpacing(2)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(grid)
        column.addLayout(self.buttons)
        column.addWidget(self.note)
        column.addLayout(self.notes)
        column.addLayout(view)
        column.addWidget(self.form)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _refine(self, turned: dict[str, Value]) -> None:
        refine = build(Refine, turned)
        self._session.edit("Refine mask", lambda x: replace(x, mask=replace(x.mask or Mask(), refine=refine)), "refine")

    def _settle(self, _: dict[str, Value]) -> None:
        self._session.seal()

    def _choose_view(self) -> None:
        self._look.choose(self.views.currentData())

    def _show_view(self) -> None:
        self.views.setCurrentIndex(self.views.findData(self._look.view))


def _note(mask: Mask | None) -> str:
    if mask is None:
        return "All of the photo shows. Type what to cut out, draw a box, or paint with the brush."
    if mask.auto is None:
        return "Painted by hand. The knobs below shape what a word, a box or clicks find."
    return ""


def _front_note(mask: Mask | None) -> str:
    if mask is None:
        return "What stands in front of the objects? Type it, draw a box round it, or paint it with the brush."
    return "What is marked lies in front of the objects and keeps every pixel."


def _thumb(part: U8 | None) -> QPixmap:
    """A small picture of a mask, black where there is none."""
    if part is None:
        empty = QPixmap(THUMB)
        empty.fill(Qt.GlobalColor.black)
        return empty
    step = max(1, part.shape[0] // (2 * THUMB.height()), part.shape[1] // (2 * THUMB.width()))
    small = np.ascontiguousarray(part[::step, ::step])
    picture = QPixmap.fromImage(grey(small))
    return picture.scaled(THUMB, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
