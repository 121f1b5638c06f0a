"""Damaged projects and full disks: a typed error or a sound document, never a crash, and the old file is untouched."""

import os
import random
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import works

from blendstudio.core.compose import flatten
from blendstudio.errors import CannotRead, ProjectDamaged, ProjectTooNew, TooLarge
from blendstudio.files.project import read_project, write_project

MUTANTS, ALL = 150, 5000
TYPED = (CannotRead, ProjectDamaged, ProjectTooNew, TooLarge)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """Projects as they are saved, and with everything deflated by another program: their bytes, and their entries."""
    found = []
    for number in range(3):
        path = tmp_path_factory.mktemp("seeds") / "work.ora"
        write_project(works.work(number, kind=(np.uint8, np.uint16)[number % 2], objects=1 + number), path)
        found.append((path.read_bytes(), works.entries(path)))
    return found


def scrambled(data, dice):
    """Bytes with flipped bits, cut, with a part left out, repeated, or overwritten by extremes."""
    data, way = bytearray(data), dice.randrange(5)
    start = dice.randrange(len(data))
    part = data[start : start + dice.randrange(1, 200)]
    if way == 0:
        for _ in range(dice.randrange(1, 20)):
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    elif way == 1:
        del data[start:]
    elif way == 2:
        data[start : start + len(part)] = b""
    elif way == 3:
        data[start:start] = part * dice.randrange(1, 4)
    else:
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.choice((0, 1, 127, 128, 255))
    return bytes(data)


def mutant(seed, path, dice):
    """A damaged project at `path`: damaged as a file, or in one entry with its checksum made anew."""
    data, found = seed
    if dice.random() < 0.4:
        path.write_bytes(scrambled(data, dice))
        return
    texts = [name for name in found if name.endswith((".xml", ".json"))]
    name = dice.choice(texts if dice.random() < 0.6 else list(found))
    path.write_bytes(data)
    works.rewrite(path, {name: None if dice.random() < 0.1 else scrambled(found[name], dice)})


def outcome(path):
    try:
        opened = read_project(path)
    except TYPED as error:
        assert error.next_step
        return "refused"
    assert flatten(opened.document).size == opened.document.size
    assert all(note.endswith(".") for note in opened.notes)
    return "noted" if opened.notes else "read"


def run(seeds, path, numbers):
    outcomes = {"read": 0, "noted": 0, "refused": 0}
    for number in numbers:
        dice = random.Random(number)
        mutant(seeds[number % len(seeds)], path, dice)
        outcomes[outcome(path)] += 1
    return outcomes


def test_a_damaged_project_is_a_document_or_a_typed_error(seeds, tmp_path):
    outcomes = run(seeds, tmp_path / "work.ora", range(MUTANTS))
    assert min(outcomes.values()) > MUTANTS // 20
    assert [file.name for file in tmp_path.iterdir()] == ["work.ora"]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_thousands_of_damaged_projects(seeds, tmp_path):
    assert min(run(seeds, tmp_path / "work.ora", range(MUTANTS, ALL)).values()) > ALL // 20


FULL = """
    import resource, signal, sys
    from pathlib import Path
    import works
    from blendstudio.errors import DiskFull
    from blendstudio.files.project import write_project
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    path, document, full = Path(sys.argv[1]), works.work(3, objects=3), 0
    write_project(document, path.with_name("whole"))
    whole = path.with_name("whole").stat().st_size
    path.with_name("whole").unlink()
    for size in range(0, whole, whole // 19):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        try:
            write_project(document, path)
        except DiskFull:
            full += 1
    sys.exit(full)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of Unix")
def test_a_disk_that_is_full_at_any_byte_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "work.ora"
    write_project(works.work(3, objects=1), path)
    before = path.read_bytes()
    there = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(FULL), path], env=there, check=False)
    assert done.returncode == 20
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
