"""All about one model, beside the list of them: what it is for, its terms, its state, and what can be done."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from blendstudio.app.weights import Row
from blendstudio.engine.manifest import COMMERCIAL, megabytes
from blendstudio.errors import DownloadFailed, ModelDamaged

TO_GET = ("missing", "damaged")
ACTIVE = ("waiting", "busy")
NEXT = {  # what the buttons beside an error can do about it
    DownloadFailed: "Check the network, then get it again, or locate a file that you have.",
    ModelDamaged: "Get it again, or locate another file.",
}


def state_said(row: Row) -> str:
    """A model's state in a word or two."""
    if row.error:
        return "Failed"
    if row.state == "busy":
        return f"{int(100 * row.share)} %"
    if row.state == "missing" and row.share > 0:
        return f"Stopped at {int(100 * row.share)} %"
    words = {"ready": "Here", "missing": "Not here", "damaged": "Damaged", "waiting": "Waiting"}
    return words.get(row.state, "Stopping…")


class ModelCard(QWidget):
    """Shows one model, or the text of a tier. What is wished is emitted; it does nothing itself."""

    get_wished, stop_wished, locate_wished, delete_wished = Signal(), Signal(), Signal(), Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title, self._purpose = _text("title"), _text()
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(14)
        self._facts.setVerticalSpacing(5)
        self._facts.setColumnStretch(1, 1)
        self._values: dict[str, tuple[QLabel, QLabel]] = {}
        for name in ("State", "Size", "Licence", "Commercial use", "Memory at work", "Comes from", "File"):
            pair = _text("dim", wrap=False), _text()
            self._facts.addWidget(pair[0], len(self._values), 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(pair[1], len(self._values), 1)
            pair[0].setText(name)
            self._values[name] = pair
        self._bar = QProgressBar(minimum=0, maximum=1000, textVisible=False)
        self._bar.setAccessibleName("Progress")
        self._stage = _text("dim")
        self._trouble = QFrame()
        self._trouble.setObjectName("trouble")
        self._told = _text()
        self._told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        QVBoxLayout(self._trouble).addWidget(self._told)
        self._get, self._stop = QPushButton("Get…"), QPushButton("Stop")
        self._locate, self._delete = QPushButton("Locate a File…"), QPushButton("Delete…")
        self._get.setProperty("role", "main")
        self._lay_out()

    def show_row(self, row: Row) -> None:
        """A model as it is."""
        entry = row.entry
        self._title.setText(entry.name)
        self._purpose.setText(entry.purpose)
        size = megabytes(entry.fetched) if entry.fetched else "ships with the program"
        memory = [megabytes(1e6 * amount) for amount in entry.memory]
        said = f"about {memory[0]}" if memory else ""
        said += f", {memory[1]} in 16 bits" if len(memory) > 1 else ""
        here = str(row.path) if row.state in ("ready", "damaged") else ""
        texts = (state_said(row), size, entry.licence, _sentence(COMMERCIAL[entry.commercial]), said)
        self._fill((*texts, ", then ".join(entry.hosts), here))
        self._show_work(row)
        again = row.state == "damaged" or (row.state == "missing" and row.share > 0) or row.error is not None
        self._show_buttons(
            get=row.state in TO_GET and bool(entry.fetched),
            stop=row.state in ACTIVE,
            locate=row.state in TO_GET,
            delete=bool(entry.fetched) and (row.state in ("ready", "damaged") or (again and row.share > 0)),
        )
        self._get.setText("Go On…" if again and row.state == "missing" and row.share > 0 else "Get…")

    def show_tier(self, title: str, text: str, lacking: int) -> None:
        """A tier: what it is good for; `lacking` is how many of its models are not here."""
        self._title.setText(title)
        self._purpose.setText(text)
        self._fill(("",) * len(self._values))
        for part in (self._bar, self._stage, self._trouble):
            part.hide()
        self._show_buttons(get=lacking > 0, stop=False, locate=False, delete=False)
        self._get.setText("Get All…")

    def _show_work(self, row: Row) -> None:
        busy = row.state in (*ACTIVE, "stopping")
        self._bar.setVisible(busy)
        self._bar.setValue(round(1000 * row.share))
        self._stage.setVisible(busy)
        self._stage.setText(row.stage or ("Waits for those before it" if row.state == "waiting" else ""))
        self._trouble.setVisible(row.error is not None)
        if row.error:
            self._told.setText(f"{row.error.what} {NEXT.get(type(row.error), row.error.next_step)}")

    def _fill(self, texts: tuple[str, ...]) -> None:
        for (name, value), text in zip(self._values.values(), texts, strict=True):
            value.setText(text)
            for part in (name, value):
                part.setVisible(bool(text))

    def _show_buttons(self, *, get: bool, stop: bool, locate: bool, delete: bool) -> None:
        shown = ((self._get, get), (self._stop, stop), (self._locate, locate), (self._delete, delete))
        for button, visible in shown:
            button.setVisible(visible)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 4, 4, 4)
        column.setSpacing(10)
        for part in (self._title, self._purpose):
            column.addWidget(part)
        column.addLayout(self._facts)
        for part in (self._bar, self._stage, self._trouble):
            column.addWidget(part)
        column.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button, wish in (
            (self._get, self.get_wished),
            (self._stop, self.stop_wished),
            (self._locate, self.locate_wished),
            (self._delete, self.delete_wished),
        ):
            button.clicked.connect(wish)
            button.setAutoDefault(False)  # Enter belongs to the list
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)


def _text(role: str = "", *, wrap: bool = True) -> QLabel:
    label = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=wrap)
    label.setProperty("role", role)
    return label


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
