"""The rules of the house as functions: each takes one source file and yields (line, what is wrong)."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Breach = tuple[int, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

BASE = {"errors", "atomic", "assets", "__version__"}
BELOW = {"api", "engine", "files", "core"}
PARTS = {
    **{"__init__": set(), "errors": set(), "atomic": set(), "assets": set()},
    "core": {"core"},
    "files": {"files", "core"},
    "engine": {"engine", "core"},
    "api": {"api", "engine", "files", "core"},
    "study": BELOW | {"study"},
    "batch": BELOW | {"batch"},
    "app": BELOW | {"app"},
    "flags": BELOW,
    "cli": BELOW | {"cli", "commands", "upkeep", "study", "batch", "app"},
    "upkeep": BELOW | {"commands", "study"},
    "commands": BELOW | {"commands", "flags", "study", "batch", "app"},
    "__main__": {"cli"},
}
CORE = {"numpy", "cv2", "scipy.ndimage", "scipy.sparse"}
FILES = CORE | {"PIL", "tifffile", "psd_tools", "platformdirs"}
PAPER = {"torchvision", "transformers", "groundingdino", "segment_anything"}
ENGINE = {"numpy", "cv2", "scipy", "h5py", "safetensors", "platformdirs", "torch"}
LIBRARIES = {
    "core": CORE,
    "files": FILES,
    "engine": ENGINE,
    "api": {"numpy", "cv2", "torch"},
    "study": FILES | ENGINE | {"skimage", "matplotlib"},
    "batch": FILES | ENGINE | {"skimage", "matplotlib", "dask"},
    "app": {"PySide6", "qimage2ndarray", "fonticon_mdi7", "numpy"},
    "flags": {"numpy"},
    "cli": {"numpy"},
    "commands": {"numpy"},
    "upkeep": set(),
}
LATE = {"study", "batch", "app"}  # what the command line imports only when it is asked for
LIGHT = ("api.py", "engine/methods/", "engine/registry.py", "engine/kinds.py", "engine/job.py", "engine/params.py")
EDGES = {"cli.py", "app/jobs.py", "app/crash.py", "app/main.py", "files/decoder.py"}
PICKLES = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
WRITERS = {"append", "add", "update", "pop", "popitem", "clear", "extend", "insert", "remove", "setdefault", "discard"}
CONTAINERS = {"list", "dict", "set", "bytearray", "defaultdict", "deque", "OrderedDict", "Counter"}
WORDS = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b|coming soon", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """One file: its place below the package, its text and its tree."""

    place: str
    text: str
    tree: ast.Module

    @property
    def part(self) -> str:
        return self.place.split("/")[0].removesuffix(".py")


@dataclass(frozen=True)
class Import:
    """One imported name; `where` is "top", "inside" a function, or "typing" only."""

    line: int
    name: str
    where: str


@cache
def read(package: Path) -> list[Source]:
    """Every Python file below a package, read once."""
    sources = []
    for path in sorted(package.rglob("*.py")):
        text = path.read_text("utf-8")
        sources.append(Source(path.relative_to(package).as_posix(), text, ast.parse(text)))
    return sources


def nested(node: ast.AST, where: str = "top") -> Iterator[tuple[ast.AST, str]]:
    """Every node below `node`, with "top", "inside" or "typing"."""
    for child in ast.iter_child_nodes(node):
        here = where
        if isinstance(child, Function | ast.Lambda):
            here = "inside"
        elif isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            here = "typing"
        yield child, here
        yield from nested(child, here)


def imports(source: Source) -> Iterator[Import]:
    """Every import of a file, also those by `import_module` with a plain text."""
    for node, where in nested(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, where)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}", where)
        elif isinstance(node, ast.Call) and called(node).split(".")[-1] in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                yield Import(node.lineno, str(first.value), where)


def called(node: ast.Call) -> str:
    """The dotted name of what is called, or its last part behind an expression."""
    names, value = [], node.func
    while isinstance(value, ast.Attribute):
        names.append(value.attr)
        value = value.value
    names.append(value.id if isinstance(value, ast.Name) else "")
    return ".".join(reversed(names))


def keywords(node: ast.Call) -> dict[str, object]:
    """The keywords of a call that are plain constants."""
    return {k.arg: k.value.value for k in node.keywords if k.arg and isinstance(k.value, ast.Constant)}


def functions(source: Source) -> list[Function]:
    """Every function and method, nested ones too."""
    return [node for node in ast.walk(source.tree) if isinstance(node, Function)]


def import_table(source: Source) -> Iterator[Breach]:
    """The table of parts and libraries."""
    if source.part not in PARTS:
        yield 1, f"{source.part} is not a part of the house"
        return
    for item in imports(source):
        wrong = _wrong_import(source, item)
        if wrong:
            yield item.line, wrong


def _wrong_import(source: Source, item: Import) -> str:
    top, *rest = item.name.split(".")
    if top == "" or top in sys.stdlib_module_names:
        return "" if top else "imports are absolute"
    if top == "blendstudio":
        return _wrong_part(source, rest[0] if rest else "", item)
    if top in PAPER:
        inside = source.place.startswith(("engine/methods/", "engine/nets/")) and item.where == "inside"
        return "" if inside else f"{top} only inside the functions of paper methods and their nets"
    allowed = LIBRARIES.get(source.part, set())
    if not any(item.name == name or item.name.startswith(f"{name}.") for name in allowed):
        return f"{source.part} may not import {item.name}"
    if top == "torch" and item.where == "top" and source.place.startswith(LIGHT):
        return "torch only inside functions here"
    return ""


def _wrong_part(source: Source, part: str, item: Import) -> str:
    if part not in PARTS[source.part] | BASE:
        return f"{source.part} may not import {part}"
    if source.part in ("cli", "commands", "upkeep") and part in LATE and item.where == "top":
        return f"{part} only inside functions here"
    return ""


def star_imports(source: Source) -> Iterator[Breach]:
    """No `from x import *`."""
    yield from ((item.line, f"star import of {item.name}") for item in imports(source) if item.name.endswith(".*"))


def lengths(source: Source) -> Iterator[Breach]:
    """Files of 350 lines, classes of 200 and functions of 50 at most."""
    lines = len(source.text.splitlines())
    if lines > 350:
        yield 351, f"the file has {lines} lines"
    for node in ast.walk(source.tree):
        most = 50 if isinstance(node, Function) else 200 if isinstance(node, ast.ClassDef) else None
        if most and node.end_lineno - node.lineno + 1 > most:
            yield node.lineno, f"{node.name} has {node.end_lineno - node.lineno + 1} lines"


def complexity(source: Source) -> Iterator[Breach]:
    """McCabe's number is 10 at most, counted as ruff does: one for each branch, loop, handler and inner function."""
    branching = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case, *FUNCTIONS)
    for function in functions(source):
        number = sum(isinstance(node, branching) for node in ast.walk(function))
        if number > 10:
            yield function.lineno, f"{function.name} has a complexity of {number}"


def arguments(source: Source) -> Iterator[Breach]:
    """Everything is annotated, and a function takes six arguments at most."""
    methods = {id(f) for c in ast.walk(source.tree) if isinstance(c, ast.ClassDef) for f in c.body}
    for function in functions(source):
        a = function.args
        named = [*a.posonlyargs, *a.args, *a.kwonlyargs]
        static = any(ast.unparse(d) == "staticmethod" for d in function.decorator_list)
        named = named[1:] if id(function) in methods and not static else named
        if len(named) > 6:
            yield function.lineno, f"{function.name} takes {len(named)} arguments"
        bare = [arg.arg for arg in (*named, a.vararg, a.kwarg) if arg and arg.annotation is None]
        if bare or function.returns is None:
            yield function.lineno, f"{function.name} lacks annotations: {', '.join(bare) or 'return'}"


def docstrings(source: Source) -> Iterator[Breach]:
    """Every public name says what it is; `forward` and Qt's own handlers are explained where they come from."""
    if not ast.get_docstring(source.tree):
        yield 1, "the module has no docstring"
    yield from _undocumented(source.tree, qt=source.part == "app")


def _undocumented(node: ast.Module | ast.ClassDef, *, qt: bool) -> Iterator[Breach]:
    for child in node.body:
        if not isinstance(child, Function | ast.ClassDef) or child.name.startswith("_"):
            continue
        inherited = child.name == "forward" or (qt and re.match(r"[a-z]+[A-Z]", child.name))
        setter = any(ast.unparse(d).endswith(".setter") for d in child.decorator_list)
        if not (inherited or setter or ast.get_docstring(child)):
            yield child.lineno, f"{child.name} has no docstring"
        if isinstance(child, ast.ClassDef):
            yield from _undocumented(child, qt=qt)


def prints(source: Source) -> Iterator[Breach]:
    """One function or class of the command line writes to the terminal, and one of each training script."""
    found = []
    definitions = [node for node in source.tree.body if isinstance(node, Function | ast.ClassDef)]
    owners = {id(n): definition.name for definition in definitions for n in ast.walk(definition)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and called(node) in ("print", "sys.stdout.write", "sys.stderr.write"):
            found.append((owners.get(id(node), ""), node.lineno))
    speaks = source.place == "cli.py" or source.place.startswith("study/train_")
    writer = found[0][0] if found and speaks else ""
    yield from ((line, "print outside the one writer") for owner, line in found if not owner or owner != writer)


def broad_excepts(source: Source) -> Iterator[Breach]:
    """Errors are caught by name; all of them only at the edges, once in each."""
    found = []
    for node in ast.walk(source.tree):
        caught = ""
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "Exception"
        elif isinstance(node, ast.Call) and called(node).endswith("suppress"):
            caught = " ".join(map(ast.unparse, node.args))
        if re.search(r"\b(Base)?Exception\b", caught):
            found.append((node.lineno, "broad except"))
    yield from found[1:] if source.place in EDGES else found


def mutable_state(source: Source) -> Iterator[Breach]:
    """No `global`; containers of a module are constants that nobody writes to. The registry is the one exception."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Global):
            yield node.lineno, f"global {', '.join(node.names)}"
    containers = dict(_containers(source.tree))
    if source.place == "engine/registry.py":
        containers = {name: line for name, line in containers.items() if not name.startswith("_")}
    for name, line in containers.items():
        if not name.isupper() and not name.startswith("__"):
            yield line, f"{name} is mutable and belongs to the module"
    yield from ((line, f"{name} is written to") for name, line in _writes(source.tree) if name in containers)


def _containers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    displays = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        made = isinstance(node.value, ast.Call) and called(node.value).split(".")[-1] in CONTAINERS
        if made or isinstance(node.value, displays):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, node.lineno) for target in targets if isinstance(target, ast.Name))


def _writes(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield ast.unparse(node.value), node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITERS:
            yield ast.unparse(node.func.value), node.lineno


def dangerous(source: Source) -> Iterator[Breach]:
    """Nothing that runs bytes as code, unpacks blindly, or trusts what it should not."""
    for item in imports(source):
        top = item.name.split(".")[0]
        if (top in PICKLES and item.name != "pickle.UnpicklingError") or item.name == "torch.load":
            yield item.line, f"import of {item.name}"
    for node in ast.walk(source.tree):
        wrong = _dangerous_call(source, node) if isinstance(node, ast.Call) else ""
        if wrong:
            yield node.lineno, wrong


def _dangerous_call(source: Source, node: ast.Call) -> str:
    name, given = called(node), keywords(node)
    last = name.split(".")[-1]
    refused = {"weights_only": False, "verify": False, "allow_pickle": True, "shell": True, "trust_remote_code": True}
    for keyword, value in refused.items():
        if given.get(keyword, not value) is value:
            return f"{keyword}={value}"
    if name in ("eval", "exec", "os.system", "os.popen") or last == "extractall":
        return f"{last} is forbidden"
    if last == "terminate" and source.part not in ("files", "batch"):
        return "nothing is terminated; it is asked to stop"
    return "" if name != "torch.load" or _may_load(source, given) else "torch.load"


def _may_load(source: Source, given: dict[str, object]) -> bool:
    training = source.place.startswith("study/train_") and given.get("weights_only") is True
    return training or source.place in ("engine/store.py", "engine/convert.py")


def words(source: Source) -> Iterator[Breach]:
    """Nothing is promised for later."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if WORDS.search(line):
            yield number, line.strip()


def threads(source: Source) -> Iterator[Breach]:
    """Only app/jobs.py names QThread."""
    if source.place != "app/jobs.py":
        names = (n for n in ast.walk(source.tree) if isinstance(n, ast.Name | ast.Attribute | ast.alias))
        found = ((n.lineno, getattr(n, "id", None) or getattr(n, "attr", None) or n.name) for n in names)
        yield from ((line, "QThread outside app/jobs.py") for line, name in found if name == "QThread")


RULES: tuple[Callable[[Source], Iterator[Breach]], ...] = (
    *(import_table, star_imports, lengths, complexity, arguments, docstrings),
    *(prints, broad_excepts, mutable_state, dangerous, words, threads),
)


def breaches(package: Path, rule: Callable[[Source], Iterator[Breach]]) -> list[str]:
    """`file:line: what` for every breach of a rule below a package."""
    return [f"{source.place}:{line}: {what}" for source in read(package) for line, what in rule(source)]
