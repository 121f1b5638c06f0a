"""The one way to the files that ship with the program: icons, presets, the model manifest, samples, weights."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def asset(name: str) -> Traversable:
    """A file or folder of `resources/`, from an installed wheel or from a source tree."""
    installed = files("blendstudio") / "resources"
    if installed.is_dir():
        return installed / name
    return Path(__file__).parent.parent / "resources" / name
