"""The set-up scripts: they refuse at once and clearly, start at once when all is there, and do without weights."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DEBIAN = pytest.mark.skipif(shutil.which("apt-get") is None, reason="asks the system for apt-get's sources")
PYTHONS = ("python3", "python3.11", "python3.12", "python3.13")

pytestmark = pytest.mark.skipif(shutil.which("sh") is None, reason="the scripts are for a POSIX shell")


@pytest.fixture
def house(tmp_path):
    """A copy of what the scripts read, in a folder with a space, and a folder of stand-ins for programs."""
    copy = tmp_path / "my house"
    shutil.copytree(ROOT / "packaging", copy / "packaging")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, copy / name)
    (tmp_path / "bin").mkdir()
    return copy


def stand_in(house: Path, name: str, script: str) -> None:
    program = house.parent / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def run(house: Path, script: str, *arguments: str, screen: str = "") -> subprocess.CompletedProcess[str]:
    path = f"{house.parent / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
    return subprocess.run(
        ["sh", str(house / "packaging" / script), *arguments],
        cwd="/",
        env={"PATH": path, "HOME": str(house.parent), "DISPLAY": screen},
        capture_output=True,
        text=True,
        check=False,
    )


def ready(house: Path, python: str) -> Path:
    """An environment that passes for a finished one, whose Python is `python`; returns the list of its calls."""
    calls = house.parent / "calls"
    program = house / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "$*" >>"{calls}"\n{python}\n')
    program.chmod(0o755)
    stamp = f'root="{house}"; . "$root/packaging/setup.sh"; wanted >"$stamp"'
    subprocess.run(["sh", "-c", stamp], check=True)
    return calls


def test_too_small_a_disk_is_refused_with_the_amount(house):
    stand_in(house, "df", "echo head; echo 'disk 9999999 1 512000 1% /'")
    done = run(house, "run.sh")
    assert done.returncode == 1
    assert "Room wanted now: 9000 MB; free here: 500 MB." in done.stdout
    assert "Free 8500 MB and start again." in done.stderr
    assert not (house / ".venv").exists()


@DEBIAN
@pytest.mark.parametrize(
    ("sudo", "line"),
    [
        (True, "sudo apt-get update && sudo apt-get install -y --no-install-recommends python3 python3-venv libgl1 "),
        (False, "su -c 'apt-get update && apt-get install -y --no-install-recommends python3 python3-venv libgl1 "),
    ],
)
def test_without_rights_the_one_line_to_type_is_told(house, sudo, line):
    stand_in(house, "df", "echo head; echo 'disk 9999999 1 99999999 1% /'")
    stand_in(house, "id", "echo 1000")
    for name in PYTHONS:
        stand_in(house, name, "exit 127")
    stand_in(house, "python3", "exit 127")
    stand_in(house, "grep", "exit 0")  # the system has sources of packages
    if sudo:
        stand_in(house, "sudo", "exit 1")
    elif shutil.which("sudo", path="/usr/bin:/bin"):
        pytest.skip("this system has sudo")
    done = run(house, "test.sh")
    assert done.returncode == 1
    assert f"    {line}" in done.stderr
    assert len([words for words in done.stderr.splitlines() if "apt-get" in words]) == 1


def test_a_ready_environment_is_used_as_it_is(house):
    calls = ready(house, "exit 0")
    done = run(house, "test.sh", "-k", "two words")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert calls.read_text() == "-m pytest -k two words\n"


def test_other_requirements_make_the_environment_stale(house):
    ready(house, "exit 0")
    with (house / "constraints.txt").open("a") as file:
        file.write("six==1.16.0\n")
    stand_in(house, "df", "echo head; echo 'disk 9999999 1 1024 1% /'")
    done = run(house, "test.sh")
    assert "There is not enough room" in done.stderr


def test_the_sample_is_blended_by_its_word_and_the_picture_told(house):
    calls = ready(house, 'case "$1" in -) echo "the picture" ;; esac')
    done = run(house, "run.sh")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("the picture\n")
    fetched, blended, _ = calls.read_text().splitlines()
    assert fetched == "-m blendstudio models get starter"
    assert " --prompt " in blended
    assert str(house / "out") in blended


def test_with_a_screen_the_window_opens_with_the_named_files(house):
    calls = ready(house, "exit 0")
    done = run(house, "run.sh", "sea.jpg", "a bird.jpg", screen=":7")
    assert (done.returncode, done.stderr) == (0, "")
    assert calls.read_text().splitlines() == ["-m blendstudio sea.jpg a bird.jpg"]


def test_without_weights_the_sample_is_cut_out_by_its_box(house):
    calls = ready(house, 'case "$*" in *" get "*) exit 4 ;; esac')
    stand_in(house, "sleep", "exit 0")
    done = run(house, "run.sh")
    assert done.returncode == 0, done.stderr
    assert "The starter weights cannot be had now" in done.stdout
    *tries, blended, _ = calls.read_text().splitlines()
    assert len(tries) == 3
    assert " --box " in blended
    assert " --method poisson" in blended


def test_a_blend_that_fails_fails_the_run(house):
    ready(house, 'case "$*" in *" blend "*) exit 5 ;; esac')
    assert run(house, "run.sh").returncode == 5


def test_the_pins_name_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {_name(line) for line in wanted} - {"blendstudio"}
    pinned = {_name(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")}
    assert names <= pinned


def _name(requirement: str) -> str:
    for mark in "[<>=; ":
        requirement = requirement.split(mark, maxsplit=1)[0]
    return requirement.lower().replace("_", "-")
