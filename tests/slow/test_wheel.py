"""What is installed from a wheel, far from the source tree, has its resources and works."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with nothing but the installed wheel; its libraries are those of the test's own environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, ROOT], check=True, capture_output=True)
    wheel = next(folder.glob("blendstudio-*.whl"))
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True, capture_output=True)
    return folder / "site"


def run(installed, *arguments):
    environment = os.environ | {"PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "blendstudio", *arguments]
    return subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True, check=False)


def test_the_shipped_weights_are_found(installed):
    rows = [json.loads(line) for line in run(installed, "models", "list", "--json").stdout.splitlines()]
    own = next(row for row in rows if row["id"] == "pan-x2-own")
    assert own["state"] == "ready"
    assert Path(own["path"]).is_relative_to(installed)


def test_presets_samples_and_words_are_found(installed, tmp_path):
    samples = installed / "blendstudio" / "resources" / "samples"
    result = run(
        installed,
        *("blend", "--source", samples / "coffee.jpg", "--background", samples / "rocket.jpg"),
        *("--box", "75,10,490,398", "--at", "440,110", "--scale", "0.35", "--method", "poisson"),
        *("-o", tmp_path / "out.png"),
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    code = "from blendstudio.engine.words import look_up_all; print(look_up_all('cups')[0].word)"
    command = [sys.executable, "-c", code]
    words = subprocess.run(command, cwd=installed, capture_output=True, text=True, check=True)
    assert words.stdout == "cup\n"
