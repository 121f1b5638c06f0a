"""Every failure has its exit status, its sentence and its next step."""

import ast
from pathlib import Path

import pytest

from blendstudio import errors
from blendstudio.errors import Cancelled, StudioError

PACKAGE = Path(errors.__file__).parent
NO_VERBS = ("The ", "A ", "You ", "It ", "This ", "There ")
BRANCHES = {errors.UsageError: 2, errors.FileError: 3, errors.ModelError: 4, errors.EngineError: 5}


def below(branch: type[StudioError]) -> list[type[StudioError]]:
    return [branch, *(deeper for child in branch.__subclasses__() for deeper in below(child))]


EVERY = [(kind, code) for branch, code in BRANCHES.items() for kind in below(branch)]


@pytest.mark.parametrize(("kind", "code"), EVERY, ids=lambda value: getattr(value, "__name__", value))
def test_the_exit_status_is_that_of_the_branch(kind, code):
    assert kind.code == code
    assert kind.__doc__.endswith(".")
    assert kind("What happened.", "Do this.", detail="more").code == code


def test_every_error_belongs_to_a_branch():
    assert set(below(StudioError)) - {StudioError} == {kind for kind, _ in EVERY}


def test_an_error_tells_what_happened_and_what_to_do():
    error = errors.DiskFull("There is no room.", "Free some space.", detail="errno 28")
    assert (str(error), error.what, error.next_step, error.detail) == (
        "There is no room.",
        "There is no room.",
        "Free some space.",
        "errno 28",
    )


def test_a_stop_is_no_error():
    assert not issubclass(Cancelled, StudioError)
    assert Cancelled.code == 130


def texts() -> list[tuple[str, str, str]]:
    """(place, what, next step) of every error that is made with both sentences in place; a blank for each value."""
    names = {kind.__name__ for kind in below(StudioError)}
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
            if made and len(node.args) == 2 and all(isinstance(a, ast.Constant | ast.JoinedStr) for a in node.args):
                place = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                found.append((place, spoken(node.args[0]), spoken(node.args[1])))
    return found


def spoken(text: ast.Constant | ast.JoinedStr) -> str:
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "_" for part in parts)


def test_errors_speak_in_short_full_sentences():
    wrong = []
    for place, what, next_step in texts():
        if len(what) >= 120 or not what.endswith(".") or what[0].islower():
            wrong.append(f"{place}: {what}")
        if not next_step.endswith((".", "_")) or not next_step[0].isupper() or next_step.startswith(NO_VERBS):
            wrong.append(f"{place}: {next_step}")
    assert len(texts()) > 10
    assert not wrong, "\n" + "\n".join(wrong)
