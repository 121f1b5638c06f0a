"""Which way the mask in hand is shown: one of the views, or where it comes from."""

from PySide6.QtCore import QObject, Signal

from blendstudio.app.mask_views import MASK_VIEWS, ORIGIN
from blendstudio.app.session import Session


class MaskLook(QObject):
    """The view by its name in MASK_VIEWS, or ORIGIN. `changed` follows another one."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.view = self._last = next(iter(MASK_VIEWS))

    def choose(self, view: str) -> None:
        """Shows the mask another way."""
        if view != self.view:
            self._last = self.view if self.view != ORIGIN else self._last
            self.view = view
            self.changed.emit()

    def next(self) -> None:
        """The next view, with the photo in sight; after the origin the first."""
        names = list(MASK_VIEWS)
        self._session.cut(True)
        self.choose(names[(names.index(self.view) + 1) % len(names)] if self.view in names else names[0])

    def toggle_origin(self) -> None:
        """Where the mask comes from, with the photo in sight; or the view before that."""
        self._session.cut(True)
        self.choose(self._last if self.origin else ORIGIN)

    @property
    def origin(self) -> bool:
        """Whether it shows where the mask comes from."""
        return self.view == ORIGIN
