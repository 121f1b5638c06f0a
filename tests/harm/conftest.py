"""The window of the flows, for those who mean it harm."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "flow"))
from flow.conftest import one_core
from flow.window.conftest import at_work, person, photos, tiny_nets, window

__all__ = ["at_work", "one_core", "person", "photos", "tiny_nets", "window"]
