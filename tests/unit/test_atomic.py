"""A saved file is whole: through kills, full disks and strange targets."""

import errno
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blendstudio.atomic import append_bytes, replacing, write_bytes
from blendstudio.errors import CannotWrite, DiskFull

ROOT = Path(__file__).parents[2]
OLD, NEW = b"old" * 1000, b"new" * 2000

# argv: the file to write and the call during which the process is killed
KILLED_AT = """
import os, signal, sys
from pathlib import Path
from blendstudio.atomic import replacing
target, moment = sys.argv[1:]
real = {name: getattr(os, name) for name in ("fsync", "replace")}
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def wrapped(name):
    def call(*arguments):
        if moment == f"before {name}": die()
        real[name](*arguments)
        if moment == f"after {name}": die()
    return call
os.fsync, os.replace = wrapped("fsync"), wrapped("replace")
with replacing(Path(target)) as file:
    file.write(b"new" * 1000); file.flush()
    if moment == "in the write": die()
    file.write(b"new" * 1000)
"""
FOREVER = """
import itertools, sys
from pathlib import Path
from blendstudio.atomic import write_bytes
for number in itertools.count():
    write_bytes(Path(sys.argv[1]), (b"old" * 1000, b"new" * 2000)[number % 2])
    if number == 2: sys.stdout.write("going\\n"); sys.stdout.flush()
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=env, text=True, stdout=subprocess.PIPE)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "work.png"
    path.write_bytes(OLD)
    return path


@pytest.mark.parametrize(
    ("moment", "survivor"),
    [("in the write", OLD), ("before fsync", OLD), ("before replace", OLD), ("after replace", NEW)],
)
def test_a_kill_leaves_the_old_file_or_the_new_one(target, moment, survivor):
    with start(KILLED_AT, str(target), moment) as process:
        process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert target.read_bytes() == survivor


def test_kills_at_any_moment_leave_a_whole_file(target):
    chance = random.Random(1)
    for _ in range(4):
        with start(FOREVER, str(target)) as process:
            assert process.stdout.readline() == "going\n"
            time.sleep(chance.uniform(0, 0.05))
            process.kill()
        assert target.read_bytes() in (OLD, NEW)


def test_the_bytes_reach_the_disk_before_the_name_does(target, monkeypatch):
    happened = []
    fsync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        state = os.fstat(descriptor)
        happened.append("folder synced" if stat.S_ISDIR(state.st_mode) else f"{state.st_size} bytes synced")
        fsync(descriptor)

    def replaced(source: Path, final: Path) -> None:
        happened.append(f"renamed to {final.name}")
        replace(source, final)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    write_bytes(target, NEW)
    assert happened == [f"{len(NEW)} bytes synced", "renamed to work.png", "folder synced"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_called_by_its_name(target, monkeypatch, call, number):
    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(DiskFull, match=r"no room left on the disk for work\.png"):
        write_bytes(target, NEW)
    assert target.read_bytes() == OLD
    assert names(target.parent) == ["work.png"]


def test_a_file_beyond_the_limit_of_the_system_leaves_the_old_one(target):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(DiskFull):
            write_bytes(target, bytes(1 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert target.read_bytes() == OLD
    assert names(target.parent) == ["work.png"]


def test_a_failure_in_the_block_leaves_the_old_file_and_keeps_its_name(target):
    with pytest.raises(ZeroDivisionError), replacing(target) as file:
        file.write(NEW)
        raise ZeroDivisionError
    assert target.read_bytes() == OLD
    assert names(target.parent) == ["work.png"]


def test_a_folder_is_not_a_file_to_write(tmp_path):
    (tmp_path / "album").mkdir()
    with pytest.raises(CannotWrite, match="it is a folder"):
        write_bytes(tmp_path / "album", NEW)
    assert names(tmp_path / "album") == []
    assert names(tmp_path) == ["album"]


def test_a_missing_folder_is_reported(tmp_path):
    with pytest.raises(CannotWrite, match="no such file or directory") as caught:
        write_bytes(tmp_path / "gone" / "work.png", NEW)
    assert caught.value.next_step.startswith("Choose a folder")
    assert not (tmp_path / "gone").exists()


def test_a_pipe_or_device_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CannotWrite, match="not an ordinary file"):
        write_bytes(tmp_path / "pipe", NEW)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_link_is_followed_and_stays_a_link(tmp_path, target):
    link = tmp_path / "shelf" / "link.png"
    link.parent.mkdir()
    link.symlink_to(target)
    write_bytes(link, NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW
    assert names(link.parent) == ["link.png"]


def test_the_mode_of_the_old_file_is_kept(target):
    target.chmod(0o640)
    write_bytes(target, NEW)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_that_the_person_asks_of_new_files(tmp_path):
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "new.png", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.png").stat().st_mode) == 0o640


def test_a_read_only_file_is_left_alone(target, monkeypatch):
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and real(path, mode))  # root may do anything
    with pytest.raises(CannotWrite, match="read-only"):
        write_bytes(target, NEW)
    assert target.read_bytes() == OLD


def test_the_longest_name_that_the_disk_takes_can_be_written(tmp_path):
    name = "鳥" * 83 + ".png"  # 253 bytes of the 255 that a name may have
    write_bytes(tmp_path / name, NEW)
    assert (tmp_path / name).read_bytes() == NEW


def test_a_folder_that_cannot_be_synced_is_no_failure(target, monkeypatch):
    fsync = os.fsync

    def files_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):  # as on some network disks
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", files_only)
    write_bytes(target, NEW)
    assert target.read_bytes() == NEW


def test_what_is_added_stands_at_the_end(target, tmp_path):
    for path, before in ((target, OLD), (tmp_path / "fresh", b"")):
        append_bytes(path, b"one")
        append_bytes(path, b"two")
        assert path.read_bytes() == before + b"onetwo"


def test_nothing_is_added_to_a_folder_or_below_a_file(target, tmp_path):
    for path in (tmp_path, target / "below"):
        with pytest.raises(CannotWrite):
            append_bytes(path, NEW)
    assert target.read_bytes() == OLD
