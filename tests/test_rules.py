"""The rules of the house, checked on every file of the program, and on planted breaches of each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import house_rules as rules
import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "blendstudio"
TOP = {
    *("pyproject.toml", "README.md", ".ci", "LICENSE", "CHANGELOG.md", "docs", "constraints.txt", ".gitignore"),
    *("resources", "packaging", "tests", "blendstudio"),
}
HEAVY = ("torch", "PySide6")
PAPER = tuple(sorted(rules.PAPER))


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule):
    found = rules.breaches(PACKAGE, rule)
    assert not found, "\n" + "\n".join(found)


def test_the_walker_sees_the_program():
    places = {source.place for source in rules.read(PACKAGE)}
    assert {"errors.py", "core/masking.py", "engine/registry.py", "engine/nets/pan.py"} <= places


@pytest.mark.skipif(not (shutil.which("git") and (ROOT / ".git").exists()), reason="not a git checkout")
def test_nothing_else_lies_at_the_top():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    assert {name.split("/")[0] for name in listed.split("\0") if name} <= TOP


LONG_FUNCTION = "def f() -> None:\n" + "    x = 1\n" * 50
LONG_CLASS = "class A:\n" + "    x = 1\n" * 200
BRANCHES = "def f(x: int) -> None:\n" + "    if x:\n        pass\n" * 10
MIXED = "def f(x: int) -> None:\n    def g() -> None: ...\n    while x:\n        try:\n            pass\n"
MIXED += "        except KeyError:\n            pass\n" * 4 + "    for y in ():\n        if y:\n            pass\n" * 2
TYPING = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
PLANTED = [
    ("import_table", "core/a.py", "import torch", 1),
    ("import_table", "core/a.py", "import scipy.optimize", 1),
    ("import_table", "core/a.py", "from scipy import signal", 1),
    ("import_table", "core/a.py", "x = 1\nfrom blendstudio.engine.job import Progress", 2),
    ("import_table", "core/a.py", "def f() -> None:\n    import PIL", 2),
    ("import_table", "core/a.py", TYPING + "import PySide6", 3),
    ("import_table", "core/a.py", "from . import b", 1),
    ("import_table", "files/a.py", "import blendstudio.engine", 1),
    ("import_table", "engine/a.py", "from blendstudio.files import images", 1),
    ("import_table", "engine/a.py", "from PIL import Image", 1),
    ("import_table", "engine/a.py", "from blendstudio import api", 1),
    ("import_table", "engine/a.py", "def f() -> None:\n    import torchvision", 2),
    ("import_table", "engine/a.py", "import importlib\nimportlib.import_module('PySide6.QtCore')", 2),
    ("import_table", "engine/methods/a.py", "import torch", 1),
    ("import_table", "engine/methods/a.py", "class A:\n    from torch import nn", 2),
    ("import_table", "engine/methods/a.py", "from segment_anything import build_sam", 1),
    ("import_table", "engine/nets/a.py", "import torchvision", 1),
    ("import_table", "engine/registry.py", "try:\n    import torch\nexcept ImportError:\n    pass", 2),
    ("import_table", "errors.py", "import numpy", 1),
    ("import_table", "atomic.py", "from blendstudio.core import types", 1),
    ("import_table", "api.py", "from blendstudio.app import window", 1),
    ("import_table", "study/a.py", "import PySide6.QtGui", 1),
    ("import_table", "cli.py", "from blendstudio import app", 1),
    ("import_table", "helpers/a.py", "x = 1", 1),
    ("star_imports", "core/a.py", "from numpy import *", 1),
    ("lengths", "core/a.py", "x = 1\n" * 351, 351),
    ("lengths", "core/a.py", LONG_FUNCTION, 1),
    ("lengths", "core/a.py", LONG_CLASS, 1),
    ("complexity", "core/a.py", BRANCHES, 1),
    ("complexity", "core/a.py", MIXED, 1),
    ("arguments", "core/a.py", "def f(x) -> None: ...", 1),
    ("arguments", "core/a.py", "def f(x: int): ...", 1),
    ("arguments", "core/a.py", "def f(*x, **y: int) -> None: ...", 1),
    ("arguments", "core/a.py", "class A:\n    def f(self, *, x) -> None: ...", 2),
    ("arguments", "core/a.py", "def f(a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> None: ...", 1),
    ("docstrings", "core/a.py", "x = 1", 1),
    ("docstrings", "core/a.py", '"""Doc."""\ndef f() -> None: ...', 2),
    ("docstrings", "core/a.py", '"""Doc."""\nclass A:\n    """Doc."""\n    def f(self) -> None: ...', 4),
    ("prints", "core/a.py", "print(1)", 1),
    ("prints", "cli.py", "def a() -> None:\n    print(1)\ndef b() -> None:\n    print(2)", 4),
    ("prints", "files/a.py", "import sys\nsys.stdout.write('x')", 2),
    ("prints", "study/table.py", "def a() -> None:\n    print(1)", 2),
    ("broad_excepts", "core/a.py", "try:\n    pass\nexcept:\n    pass", 3),
    ("broad_excepts", "core/a.py", "try:\n    pass\nexcept (OSError, Exception):\n    pass", 3),
    ("broad_excepts", "core/a.py", "try:\n    pass\nexcept BaseException:\n    pass", 3),
    ("broad_excepts", "core/a.py", "from contextlib import suppress\nwith suppress(Exception):\n    pass", 2),
    ("broad_excepts", "cli.py", "try:\n    pass\nexcept Exception:\n    pass\n" * 2, 7),
    ("mutable_state", "core/a.py", "def f() -> None:\n    global x", 2),
    ("mutable_state", "core/a.py", "seen = []", 1),
    ("mutable_state", "core/a.py", "_seen: dict[str, int] = dict()", 1),
    ("mutable_state", "core/a.py", "SEEN = {}\ndef f() -> None:\n    SEEN['a'] = 1", 3),
    ("mutable_state", "core/a.py", "SEEN = set()\ndef f() -> None:\n    SEEN.add(1)", 3),
    ("mutable_state", "engine/registry.py", "seen = {}", 1),
    ("dangerous", "core/a.py", "import pickle", 1),
    ("dangerous", "engine/a.py", "import torch\ntorch.load('x')", 2),
    ("dangerous", "engine/a.py", "from torch import load", 1),
    ("dangerous", "engine/store.py", "import torch\ntorch.load('x', weights_only=False)", 2),
    ("dangerous", "study/train_a.py", "import torch\ntorch.load('x')", 2),
    ("dangerous", "core/a.py", "import numpy as np\nnp.load('x', allow_pickle=True)", 2),
    ("dangerous", "core/a.py", "eval('1')", 1),
    ("dangerous", "core/a.py", "exec('1')", 1),
    ("dangerous", "core/a.py", "import subprocess\nsubprocess.run('x', shell=True)", 2),
    ("dangerous", "files/a.py", "import zipfile\nzipfile.ZipFile('x').extractall('y')", 2),
    ("dangerous", "files/a.py", "get('x', verify=False)", 1),
    ("dangerous", "app/a.py", "thread.terminate()", 1),
    ("words", "core/a.py", "x = 1  # TODO: later", 1),
    ("words", "core/a.py", "\n# FIXME", 2),
    ("words", "core/a.py", "raise NotImplementedError", 1),
    ("words", "core/a.py", "x = 'Coming soon'", 1),
    ("threads", "app/window.py", "from PySide6.QtCore import QThread", 1),
    ("threads", "app/window.py", "from PySide6 import QtCore\nclass A(QtCore.QThread): ...", 2),
]
FINE = [
    ("import_table", "core/a.py", "import math\nfrom scipy import ndimage\nimport scipy.sparse.linalg"),
    ("import_table", "core/a.py", "from blendstudio import __version__\nfrom blendstudio.errors import UsageError"),
    ("import_table", "engine/methods/a.py", TYPING + "import torch"),
    ("import_table", "engine/methods/a.py", "def f() -> None:\n    import torch\n    import segment_anything"),
    ("import_table", "engine/nets/a.py", "import torch\ndef f() -> None:\n    import torchvision"),
    ("import_table", "app/a.py", "from PySide6.QtCore import Qt\nfrom blendstudio import api"),
    ("import_table", "cli.py", "from blendstudio import api\ndef f() -> None:\n    from blendstudio.app import main"),
    ("lengths", "core/a.py", "x = 1\n" * 350),
    ("complexity", "core/a.py", BRANCHES.removesuffix("    if x:\n        pass\n")),
    ("arguments", "core/a.py", "class A:\n    @staticmethod\n    def f(x: int) -> None: ..."),
    ("arguments", "core/a.py", "class A:\n    def g(self, *, x: int) -> None: ..."),
    ("docstrings", "engine/nets/a.py", '"""D."""\nclass A:\n    """D."""\n    def forward(self) -> None: ...'),
    ("docstrings", "core/a.py", '"""D."""\ndef _f() -> None: ...'),
    ("prints", "cli.py", "class A:\n    def a(self) -> None:\n        print(1)\n        print(2)"),
    ("prints", "study/train_a.py", "def main() -> None:\n    print(1)"),
    ("broad_excepts", "app/jobs.py", "try:\n    pass\nexcept Exception:\n    pass"),
    ("mutable_state", "engine/registry.py", "_seen = {}\ndef f() -> None:\n    _seen['a'] = 1"),
    ("mutable_state", "core/a.py", "KINDS = {'a': 1}\ndef f() -> None:\n    own = {}\n    own['a'] = KINDS['a']"),
    ("dangerous", "study/train_a.py", "import torch\ntorch.load('x', weights_only=True)"),
    ("dangerous", "engine/a.py", "net.eval()"),
    ("words", "core/a.py", "x = (KeyError, NotImplementedError)"),
    ("threads", "app/jobs.py", "from PySide6.QtCore import QThread"),
]


def plant(folder: Path, place: str, text: str) -> None:
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_text(text, "utf-8")


@pytest.mark.parametrize(("name", "place", "text", "line"), PLANTED)
def test_a_planted_breach_is_named_by_file_and_line(tmp_path, name, place, text, line):
    plant(tmp_path, place, text)
    (found,) = rules.breaches(tmp_path, getattr(rules, name))
    assert found.startswith(f"{place}:{line}: ")


@pytest.mark.parametrize(("name", "place", "text"), FINE)
def test_what_is_allowed_is_not_named(tmp_path, name, place, text):
    plant(tmp_path, place, text)
    assert rules.breaches(tmp_path, getattr(rules, name)) == []


def test_every_rule_has_a_planted_breach():
    assert {rule.__name__ for rule in rules.RULES} == {name for name, *_ in PLANTED}


def run_python(code: str, unwanted: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Runs code in a fresh interpreter; its exit status is 77 when an unwanted module was loaded by then."""
    check = f"""
import atexit, os, sys
def look():
    loaded = [name for name in {unwanted!r} if name in sys.modules]
    if loaded:
        sys.stderr.write("loaded: " + ", ".join(loaded)); sys.stderr.flush(); os._exit(77)
atexit.register(look)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", check + code]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=100, check=False)


def test_the_check_of_loaded_modules_works():
    assert run_python("import json", ("json",)).returncode == 77
    assert run_python("import json", ("torch",)).returncode == 0


def test_help_starts_without_torch_and_without_qt():
    code = "sys.argv = ['blendstudio', '--help']\nimport runpy\nrunpy.run_module('blendstudio', run_name='__main__')"
    done = run_python(code, HEAVY)
    assert done.returncode == 0, done.stderr
    for command in ("blend", "mask", "study", "models", "doctor"):
        assert command in done.stdout


def test_the_registry_of_methods_loads_without_torch():
    code = "from blendstudio.engine import registry\nfor kind in registry.KINDS: registry.entries(kind)"
    done = run_python(code, (*HEAVY, *PAPER))
    assert done.returncode == 0, done.stderr


def test_no_module_of_the_engine_loads_the_papers_libraries():
    code = """
import importlib, pkgutil
import blendstudio.engine, blendstudio.files
for package in (blendstudio.engine, blendstudio.files):
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(info.name)
"""
    done = run_python(code, ("PySide6", *PAPER))
    assert done.returncode == 0, done.stderr
