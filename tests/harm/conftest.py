"""The window of the flows, for those who mean it harm."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "flow"))
from flow.conftest import *  # noqa: F403 - fixtures lean on each other: all of them, whatever they are called
from flow.window.conftest import *  # noqa: F403
