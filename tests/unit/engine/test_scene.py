"""The harmoniser sees the surroundings that lie beyond the blend's own window, wherever the object is."""

import numpy as np
import pytest
import tiny

from blendstudio.core import edits
from blendstudio.core.document import AS_GIVEN, Mask
from blendstudio.core.geometry import Transform
from blendstudio.core.pixels import from_rgb
from blendstudio.engine import pipeline, registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import BlendTask
from blendstudio.engine.manifest import shipped
from blendstudio.engine.store import Nets, Store


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """Models that hold an object darker than its surroundings for darkened."""
    home = tiny.tiny_home(tmp_path_factory.mktemp("home"))
    return Nets(Store(home / "models", shipped()), "starter", "cpu")


def grey(width, height, value, kind=np.uint8):
    return from_rgb(np.full((height, width, 3), value, kind))


def placed(background, x, y):
    """A dark square of 40×40 that fills its photo, at x, y; the document and the layer's id."""
    document = edits.new_document(background)
    document, layer_id = edits.add_object(document, grey(40, 40, 60), "Object", Transform.moved(x, y))
    mask = Mask(auto=np.full((40, 40), 255, np.uint8), refine=AS_GIVEN)
    return edits.set_mask(document, layer_id, mask), layer_id


def blended(document, layer_id, nets):
    entry = registry.find("blend", "harmonise")
    order = pipeline.Order(layer_id, entry, entry.params(), pipeline.Common(fade=0))
    return pipeline.blend(document, order, nets, Progress(), pipeline.Colours())


@pytest.mark.parametrize(("x", "y"), [(100, 80), (0, 0), (-25, 130), (270, 175), (100.4, 80.7)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_dark_object_is_lit_wherever_it_lies(nets, x, y, kind):
    value = 160 if kind is np.uint8 else 160 * 257
    made = blended(*placed(grey(300, 200, value, kind), x, y), nets)
    assert made.contributions[0].values[made.alpha > 0.99].mean() > 0.1


def test_an_object_like_its_surroundings_is_left_alone(nets):
    made = blended(*placed(grey(300, 200, 60), 100, 80), nets)
    assert not made.contributions[0].values.any()


def test_what_lies_beyond_the_window_counts(nets):
    """Next to the object it is as dark as itself; further away it is bright."""
    rgb = np.full((200, 300, 3), 230, np.uint8)
    rgb[70:130, 90:150] = 60
    made = blended(*placed(from_rgb(rgb), 100, 80), nets)
    assert made.contributions[0].values[made.alpha > 0.99].mean() > 0.1
    window = np.full((46, 46, 3), 60 / 255, np.float32)
    solid = np.ones((46, 46), bool)
    alone = BlendTask(window, window, solid, solid.astype(np.float32), solid)
    entry = registry.find("blend", "harmonise")
    assert np.allclose(entry.call(alone, entry.params(), nets, Progress()), window)
