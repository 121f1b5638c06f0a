"""What acts on the command line share: tiny nets, small pictures, and a call that reads what was said."""

import json
import os

import numpy as np
import pictures
import pytest
import tiny

from blendstudio.cli import main


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    return tiny.tiny_home(tmp_path_factory.mktemp("nets"))


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shots")
    photo, inside = pictures.bird()
    pictures.save(folder / "bird.png", photo)
    pictures.save(folder / "sea.png", pictures.sea())
    pictures.save(folder / "mask.png", inside.astype(np.uint8) * 255)
    return folder


@pytest.fixture
def one_core():
    """One processor, and so one thread: tiny nets are faster on one, above all when the machine is busy."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(cores)[os.getpid() % len(cores)]})
    yield
    os.sched_setaffinity(0, cores)


@pytest.fixture
def here(shots, nets, one_core, tmp_path, monkeypatch):
    """Pictures and nets are there, results go to a folder of their own; returns that folder."""
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(nets))
    monkeypatch.chdir(shots)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Runs a command; returns its exit status, the JSON lines of stdout and what stderr says."""

    def call(*words):
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err

    return call
