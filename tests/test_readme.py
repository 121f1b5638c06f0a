"""The README tells the truth: its commands run, its example of a new method works, its tables list what there is."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from blendstudio import errors
from blendstudio.cli import build_parser, main
from blendstudio.engine import registry

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SAMPLES = ROOT / "resources" / "samples"
TINY = ("evaluations=2",)  # of the studio blend


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def column(heading: str) -> list[str]:
    """First column of the table whose head begins with `heading`, without code marks."""
    table = README.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [line.split("|")[1].strip(" `") for line in table.splitlines()[2:]]


LINES = [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines()]
COMMANDS = [shlex.split(line)[1:] for line in LINES if line.startswith("blendstudio ")]


def works_without_weights(words: list[str]) -> bool:
    if words[0] in ("blend", "mask"):
        return "--box" in words or ("--mask" in words and "--method" in words)
    return words in (["models", "list"], ["models", "path"], ["doctor"]) or words[0] in ("export", "run")


PLAIN = [words for words in COMMANDS if works_without_weights(words)]
WEIGHTED = [words for words in COMMANDS if not works_without_weights(words) and words[0] not in ("study", "bench")]
spoken = pytest.mark.parametrize


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """What the README's commands find: the sample photos, `out/`, and the masks that earlier commands made there."""
    shutil.copytree(SAMPLES, tmp_path / "resources" / "samples")
    cup = Image.new("L", size_of(SAMPLES / "coffee.jpg"))
    ImageDraw.Draw(cup).ellipse((80, 20, 480, 380), fill=255)
    (tmp_path / "out").mkdir()
    cup.save(tmp_path / "out" / "cup.png")
    rocket = Image.new("L", size_of(SAMPLES / "rocket.jpg"))
    ImageDraw.Draw(rocket).rectangle((308, 125, 334, 405), fill=255)
    rocket.save(tmp_path / "out" / "rocket.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def after(flag: str, words: list[str]) -> Path:
    return Path(words[words.index(flag) + 1])


def test_the_readme_shows_commands_of_every_verb():
    assert {words[0] for words in COMMANDS} == {
        *("blend", "mask", "models", "study", "doctor"),
        *("export", "run", "bench"),
    }
    assert len(PLAIN) >= 5
    assert len(WEIGHTED) >= 3


@spoken("words", COMMANDS, ids=" ".join)
def test_the_command_is_understood(words):
    assert build_parser().parse_args(words).call


@spoken("words", PLAIN, ids=" ".join)
def test_the_command_works_without_weights(words, folder):
    if words[0] in ("export", "run"):
        assert main(next(line for line in PLAIN if "--project" in line)) == 0
    assert main(words) == 0
    if words[0] in ("export", "run"):
        assert after("-o", words).read_bytes() == (folder / "out" / "work.png").read_bytes()
    elif "-o" in words:
        made, given = after("-o", words), after("--background" if words[0] == "blend" else "--image", words)
        assert size_of(made) == size_of(given)
        assert len(np.unique(pixels(made))) > 1
        assert (pixels(made) != pixels(given)).any()


@pytest.mark.real
@spoken("words", WEIGHTED, ids=" ".join)
def test_the_command_works_with_the_starter_weights(words, folder):
    tiny = (
        [word for knob in TINY for word in ("--set", knob)] if words[0] == "blend" and "--method" not in words else []
    )
    assert main([*words, *tiny]) == 0
    if "-o" in words:
        assert after("-o", words).stat().st_size > 0


def test_the_example_of_a_new_method_is_a_method(folder):
    (example,) = blocks("python")
    methods = folder / "methods"
    methods.mkdir()
    (methods / "tint.py").write_text(example, "utf-8")
    command = "blend --source resources/samples/coffee.jpg --background resources/samples/rocket.jpg --mask out/cup.png"
    command += " --at 320,210 --anchor picture --scale 1 --method tint --set amount=1 -o out/tint.png"
    script = (
        "import sys, blendstudio.engine.methods as m; m.__path__.append('methods');"
        "from blendstudio.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", script, *command.split()], capture_output=True, text=True, check=False, env=environment
    )
    assert run.returncode == 0, run.stderr
    made, beneath = pixels(Path("out/tint.png")), pixels(Path("resources/samples/rocket.jpg"))
    disc = np.hypot(*np.mgrid[-210:217, -320:320]) < 120  # well inside the cup
    np.testing.assert_allclose(made[disc].mean(axis=0), beneath[disc].mean(axis=0), atol=30)
    assert abs(made[disc].astype(int) - beneath[disc]).mean() > 10  # it is still the cup


def test_the_table_of_methods_lists_the_blends_there_are():
    assert sorted(column("method")) == [entry.name for entry in registry.entries("blend")]


def test_the_table_of_exit_statuses_is_the_programs():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")]
    assert sorted(int(status) for status in column("status")) == sorted({kind.code for kind in kinds})


def test_links_lead_somewhere():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_folders_that_the_readme_names_are_there():
    tree = README.split("## How it is built", 1)[1].split("```")[1]
    names = re.findall(r"^(\w+)/ ", tree, re.MULTILINE) + re.findall(r"^  (\w+)/ ", tree, re.MULTILINE)
    assert len(names) >= 7
    assert [name for name in names if not (ROOT / name).is_dir() and not (ROOT / "blendstudio" / name).is_dir()] == []


def test_every_shipped_file_has_its_licence_told():
    told = (ROOT / "docs" / "third-party.md").read_text("utf-8")
    assert [photo.name for photo in SAMPLES.iterdir() if f"samples/{photo.name}`" not in told] == []
    ids = tomllib.loads((ROOT / "resources" / "models.toml").read_text("utf-8"))
    assert [name for name in ids if f"| `{name}` |" not in told] == []
