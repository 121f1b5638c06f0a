"""What every test gets: no network, its own data folder, few threads, and a check that no thread is left running."""

import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Iterator

if "PYTEST_XDIST_WORKER" in os.environ:  # the other processors have workers of their own
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "2")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

try:
    from hypothesis import settings
except ImportError:  # the property tests then say so themselves
    settings = None

if settings:
    settings.register_profile("house", derandomize=True, deadline=None, database=None, max_examples=40)
    settings.load_profile("house")

GRACE = 2.0  # seconds that a thread gets to end after its test


def _loopback(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a unix socket
    host = str(address[0])
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("", "localhost")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection beyond this machine fails the test, even where the program would forgive it."""

    def guarded(name: str) -> Callable[..., object]:
        real = getattr(socket.socket, name)

        def call(self: socket.socket, *args: object) -> object:
            if not _loopback(args[-1]):
                pytest.fail(f"the test reached for the network: {args[-1]}")
            return real(self, *args)

        return call

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, guarded(name))


@pytest.fixture(autouse=True)
def own_home(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Models, settings and recovery of a test live in a fresh folder; tests marked `real` use the person's own."""
    if request.node.get_closest_marker("real") is None:
        monkeypatch.setenv("BLENDSTUDIO_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """A test ends the threads that it starts."""
    before = set(threading.enumerate())
    yield
    # Qt's own threads show here as dummies for ever; the window's fixture sees to their end.
    started = [x for x in threading.enumerate() if x not in before and not isinstance(x, threading._DummyThread)]
    for thread in started:
        thread.join(GRACE)
    left = [thread.name for thread in started if thread.is_alive()]
    assert not left, f"the test left threads running: {', '.join(left)}"
