"""How a long piece of work reports, shows previews, and is stopped."""

from collections.abc import Callable
from typing import Any

from blendstudio.core.geometry import IntRect
from blendstudio.errors import Cancelled

Report = Callable[[float, str], None]
Preview = Callable[[Any, IntRect | None], None]


class Progress:
    """Handed to every engine function. Shares run from 0 to 1 and never fall; `check` raises Cancelled after a Stop.

    A method that has a usable result when the stop comes catches Cancelled and returns that result; `stopped` then
    tells its caller that the work ended early.
    """

    def __init__(
        self,
        report: Report | None = None,
        preview: Preview | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._report = report
        self._preview = preview
        self._cancelled = cancelled
        self._share = 0.0

    @property
    def stopped(self) -> bool:
        """Whether a stop was asked for."""
        return self._cancelled is not None and self._cancelled()

    def check(self) -> None:
        """Raises Cancelled when a stop was asked for."""
        if self.stopped:
            raise Cancelled

    def __call__(self, share: float, stage: str = "") -> None:
        """Reports the done share, 0..1, and what is being done; raises Cancelled after a stop."""
        self._share = max(self._share, min(1.0, share))
        if self._report:
            self._report(self._share, stage)
        self.check()

    def show(self, picture: Any, rect: IntRect | None = None) -> None:
        """Offers an intermediate picture of what is worked on, or of `rect` of the document. Never steers the work.

        H×W×3 in 0..1, or what a listener on the way has made of that.
        """
        if self._preview:
            self._preview(picture, rect)

    def showing(self, preview: Preview) -> "Progress":
        """The same progress with previews that go to `preview`, if anybody looks at all."""
        return Progress(self, preview if self._preview else None, self._cancelled)

    def noting(self, note: Callable[[], None]) -> "Progress":
        """The same progress with a `note` taken at every report."""

        def report(share: float, stage: str) -> None:
            note()
            self(share, stage)

        return Progress(report, self._preview, self._cancelled)

    def part(self, start: float, end: float, stage: str = "") -> "Progress":
        """A progress whose 0..1 is start..end of this one; `stage` stands in for empty stages."""

        def report(share: float, inner: str) -> None:
            self._share = max(self._share, start + (end - start) * share)
            if self._report:
                self._report(self._share, inner or stage)

        return Progress(report, self._preview, self._cancelled)
