"""Widgets in the look of the program, and shown."""

import pytest
from PySide6.QtWidgets import QApplication

from blendstudio.app import theme


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    if qapp.palette().window().color().name() != theme.Colour.PANEL:
        theme.apply(qapp)


@pytest.fixture
def shown(qtbot):
    """Shows a widget at a size."""

    def show(widget, width, height):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return show
