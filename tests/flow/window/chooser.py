"""A person with the list of models open: clicks lines, reads states, says yes."""

from person import Person
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QTreeWidgetItemIterator

YES = QMessageBox.StandardButton.Yes


class Chooser(Person):
    """A person with the list of models open."""

    def __init__(self, window):
        super().__init__(window)
        self.menu("models")
        self.dialog = window.paperwork.models

    def rest(self):
        """Waits for all but what is being fetched, as one does."""
        for _ in range(3):
            self.wait(lambda: all(job.lane == "models" for job in self.desk.runner.jobs))
            QApplication.processEvents()

    def choose(self, title):
        """Clicks a line."""
        item = self._line(title)
        self.dialog.list.scrollToItem(item)
        place = self.dialog.list.visualItemRect(item).center()
        QTest.mouseClick(self.dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def state(self, title):
        """What the line says."""
        return self._line(title).text(1)

    def says(self, words):
        """Whether the dialog shows these words."""
        return any(words in one.text() for one in self.dialog.findChildren(QLabel) if one.isVisible())

    def asked(self):
        """The question on the screen."""
        self.wait(self._boxes)
        return f"{self._boxes()[0].text()} {self._boxes()[0].informativeText()}"

    def get(self, title):
        """Gets a model and says yes."""
        self.choose(title)
        self.press("Get…", self.dialog)
        self.answer(YES)

    def locate(self, title, path):
        """Shows the program a model's file, and waits until it is taken or refused."""
        self.choose(title)
        self.press("Locate a File…", self.dialog)
        self.choose_file(path)
        self.wait(lambda: self.state(title) in ("Here", "Failed"))

    def _boxes(self):
        return [one for one in self.window.findChildren(QMessageBox) if one.isVisible()]

    def _line(self, title):
        lines = QTreeWidgetItemIterator(self.dialog.list)
        while lines.value():
            if lines.value().text(0) == title:
                return lines.value()
            lines += 1
        raise AssertionError(f"there is no line “{title}”")
