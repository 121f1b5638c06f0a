"""Progress never falls, nests, and stops work."""

import numpy as np
import pytest

from blendstudio.engine.job import Progress
from blendstudio.errors import Cancelled


class Listener:
    """Keeps what is reported; says Stop once `stop` is true."""

    def __init__(self) -> None:
        self.reports: list[tuple[float, str]] = []
        self.pictures: list[np.ndarray] = []
        self.stop = False
        self.progress = Progress(
            lambda *said: self.reports.append(said), lambda *seen: self.pictures.append(seen[0]), lambda: self.stop
        )


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_shares_never_fall_and_never_pass_one(listener):
    for share in (0.2, 0.1, 0.5, 7.0, 0.9, -1.0):
        listener.progress(share, "blend")
    assert listener.reports == [(share, "blend") for share in (0.2, 0.2, 0.5, 1.0, 1.0, 1.0)]


def test_a_part_runs_within_its_share_under_its_own_or_the_given_name(listener):
    part = listener.progress.part(0.5, 0.9, "upscale")
    part(0.0)
    part(0.5, "tile 2")
    part(1.0)
    assert [stage for _, stage in listener.reports] == ["upscale", "tile 2", "upscale"]
    assert [share for share, _ in listener.reports] == pytest.approx([0.5, 0.7, 0.9])


def test_parts_of_parts_add_up_and_the_whole_does_not_fall_after_them(listener):
    listener.progress.part(0.5, 1.0).part(0.5, 1.0)(0.5)
    listener.progress(0.1)
    assert [share for share, _ in listener.reports] == pytest.approx([0.875, 0.875])


def test_a_stop_ends_work_at_the_next_report_or_check_also_in_parts(listener):
    part = listener.progress.part(0.0, 0.5)
    part.check()
    assert not part.stopped
    listener.stop = True
    for stopping in (part.check, listener.progress.check, lambda: part(0.3), lambda: listener.progress(0.4)):
        with pytest.raises(Cancelled):
            stopping()
    assert part.stopped
    assert listener.progress.stopped


def test_previews_reach_the_listener_also_from_parts(listener):
    picture = np.zeros((2, 2, 3), np.float32)
    listener.progress.show(picture)
    listener.progress.part(0.0, 0.5).show(picture)
    assert [shown is picture for shown in listener.pictures] == [True, True]


def test_work_without_a_listener_runs_silently():
    progress = Progress()
    progress(0.5, "blend")
    progress.part(0.5, 1.0)(1.0)
    progress.show(np.zeros((1, 1, 3), np.float32))
    progress.check()
    assert progress.stopped is False


def test_a_note_is_taken_at_every_report_and_a_stop_still_stops(listener):
    notes = []
    noting = listener.progress.noting(lambda: notes.append(1))
    noting.part(0.0, 0.5)(0.5, "blend")
    noting.show(np.zeros((1, 1, 3)))
    assert (len(notes), listener.reports, len(listener.pictures)) == (1, [(0.25, "blend")], 1)
    listener.stop = True
    with pytest.raises(Cancelled):
        noting(0.6, "blend")
