"""The layers of the work, topmost first: show, name, order, fade, copy and delete them."""

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSlider,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from blendstudio.app import theme
from blendstudio.app.placing import Placing
from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.app.theme import Colour
from blendstudio.core.document import Document, Layer
from blendstudio.engine import registry

ID, VISIBLE, STATE = (Qt.ItemDataRole.UserRole + n for n in range(3))
THUMB = QSize(44, 34)
EYE = 30  # px of a row's left end that show and hide
ROW = 44

Index = QModelIndex | QPersistentModelIndex


class _Row(QStyledItemDelegate):
    """Draws an eye, a thumbnail, a name and a state; a click on the eye shows or hides."""

    toggled = Signal(str, bool)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        if state & QStyle.StateFlag.State_Selected:
            active = state & QStyle.StateFlag.State_Active
            painter.fillRect(rect, QColor(Colour.PICKED if active else Colour.PICKED_QUIET))
        visible = index.data(VISIBLE)
        theme.icon("eye" if visible else "eye-off").paint(painter, QRect(rect.x() + 6, rect.y() + 13, 18, 18))
        thumb: QIcon = index.data(Qt.ItemDataRole.DecorationRole)
        if thumb:
            thumb.paint(painter, QRect(rect.topLeft(), THUMB).translated(EYE + 2, (ROW - THUMB.height()) // 2))
        left = EYE + THUMB.width() + 12
        words = rect.adjusted(left, 4, -6, -4)
        painter.setPen(QColor(Colour.TEXT if visible else Colour.FAINT))
        said = index.data(STATE)
        align = Qt.AlignmentFlag.AlignTop if said else Qt.AlignmentFlag.AlignVCenter
        name = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, align, name)
        if said:
            painter.setPen(QColor(Colour.DIM))
            painter.drawText(words, Qt.AlignmentFlag.AlignBottom, said)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, ROW)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect  # type: ignore[attr-defined]
        editor.setGeometry(rect.adjusted(EYE + THUMB.width() + 8, 8, -4, -8))

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        rect: QRect = option.rect  # type: ignore[attr-defined]
        if isinstance(event, QMouseEvent) and event.position().x() - rect.x() < EYE:
            if event.type() == QEvent.Type.MouseButtonRelease:
                self.toggled.emit(index.data(ID), not index.data(VISIBLE))
            return True
        return super().editorEvent(event, model, option, index)


class LayersPanel(QWidget):
    """The stack of layers, and the opacity of the selected one."""

    def __init__(self, session: Session, shapes: Shapes, placing: Placing) -> None:
        super().__init__()
        self._session, self._shapes, self._placing = session, shapes, placing
        self._filling = False
        self.list = QListWidget()
        self.list.setObjectName("layers")
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        delegate = _Row(self.list)
        delegate.toggled.connect(placing.show)
        self.list.setItemDelegate(delegate)
        self.list.currentItemChanged.connect(self._select)
        self.list.itemChanged.connect(self._renamed)
        self.list.model().rowsMoved.connect(self._moved)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setToolTip("Opacity of the selected object")
        self.opacity.valueChanged.connect(self._fade)
        self.percent = QLabel("100 %")
        self.percent.setMinimumWidth(44)
        self.note = QLabel("Drop a photo, or paste one, to begin.")
        self.note.setWordWrap(True)
        self.note.setObjectName("dim")
        self.buttons = QHBoxLayout()
        self._lay_out()
        shapes.ready.connect(self.refresh)
        session.follow(self.refresh)

    def add_button(self, button: QToolButton) -> None:
        """Puts a button below the list."""
        self.buttons.addWidget(button)

    def _lay_out(self) -> None:
        fade = QHBoxLayout()
        fade.addWidget(QLabel("Opacity"))
        fade.addWidget(self.opacity, 1)
        fade.addWidget(self.percent)
        self.buttons.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(fade)
        column.addWidget(self.list, 1)
        column.addWidget(self.note)
        column.addLayout(self.buttons)

    def refresh(self) -> None:
        """Shows the document's present state."""
        document = self._session.document
        self._filling = True
        rows = list(reversed(document.layers)) if document else []
        while self.list.count() > len(rows):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(rows):
            self.list.addItem(QListWidgetItem())
        for number, layer in enumerate(rows):
            item = self.list.item(number)
            if document:
                self._fill(item, document, layer)
            if layer is self._session.layer:
                self.list.setCurrentItem(item)
        layer = self._session.object
        self.opacity.setEnabled(layer is not None)
        self.opacity.setValue(round(100 * layer.opacity) if layer else 100)
        self.percent.setText(f"{self.opacity.value()} %")
        self.note.setVisible(not rows)
        self._filling = False

    def _fill(self, item: QListWidgetItem, document: Document, layer: Layer) -> None:
        fixed = layer is document.background
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
        item.setFlags(flags if fixed else flags | Qt.ItemFlag.ItemIsDragEnabled)
        shape = self._shapes.of(layer)
        for role, value in (
            (Qt.ItemDataRole.DisplayRole, layer.name),
            (ID, layer.id),
            (VISIBLE, layer.visible),
            (STATE, _state(layer, fixed=fixed)),
        ):
            if item.data(role) != value:
                item.setData(role, value)
        if shape and item.data(ID + 10) is not shape:
            smallest = min(shape.plain.picture.levels, key=lambda level: abs(level.width() - 2 * THUMB.width()))
            item.setIcon(QIcon(QPixmap.fromImage(smallest)))
            item.setData(ID + 10, shape)

    def _select(self, item: QListWidgetItem | None) -> None:
        if item and not self._filling:
            self._session.select(item.data(ID))

    def _renamed(self, item: QListWidgetItem) -> None:
        if not self._filling and item.data(ID):
            self._placing.rename(item.data(ID), item.text())
            self.refresh()

    def _moved(self) -> None:
        if self._filling or not self._session.document:
            return
        order = [self.list.item(row).data(ID) for row in reversed(range(self.list.count()))]
        before = [layer.id for layer in self._session.document.layers]
        moved = self._session.layer
        if moved and order != before:
            self._placing.move_to(moved.id, max(1, order.index(moved.id)))
        self.refresh()

    def _fade(self, percent: int) -> None:
        self.percent.setText(f"{percent} %")
        if not self._filling:
            self._placing.set_opacity(percent / 100)


def _state(layer: Layer, *, fixed: bool) -> str:
    if fixed:
        return "Background, partly in front" if layer.mask else "Background"
    if layer.blend and layer.blend.stale:
        return "Blend out of date"
    if layer.blend:
        return f"Blended · {registry.find('blend', layer.blend.recipe.method).title}"
    return "Cut out" if layer.mask else "Whole photo"
