"""Where an object runs out of its own photo it fades, instead of ending in a straight cut."""

import numpy as np
import pytest

from blendstudio.core import edits
from blendstudio.core.compose import flatten
from blendstudio.core.document import AS_GIVEN, Mask
from blendstudio.core.geometry import Transform
from blendstudio.core.pixels import from_rgb
from blendstudio.engine import pipeline, registry
from blendstudio.engine.job import Progress


def pasted(dy: float, fade: int) -> np.ndarray:
    """A black object that fills the lower half of a 40×40 photo, on white, moved down by dy; H×W of red."""
    document = edits.new_document(from_rgb(np.full((80, 40, 3), 255, np.uint8)))
    document, layer_id = edits.add_object(
        document, from_rgb(np.zeros((40, 40, 3), np.uint8)), "Object", Transform.moved(0, dy)
    )
    mask = np.zeros((40, 40), np.uint8)
    mask[20:, 10:30] = 255
    document = edits.set_mask(document, layer_id, Mask(auto=mask, refine=AS_GIVEN))
    entry = registry.find("blend", "alpha")
    order = pipeline.Order(layer_id, entry, entry.params(), pipeline.Common(fade=fade))
    made = pipeline.blend(document, order, None, Progress(), pipeline.Colours())
    return flatten(edits.set_blend(document, layer_id, made)).array[..., 0]


def test_the_cut_fades_inside_the_document():
    column = pasted(10, 6)[:, 20].astype(int)
    assert column[35] == 0
    ramp = column[43:50]
    assert (np.diff(ramp) >= 0).all()
    assert ramp[-1] == 255
    assert len(set(ramp.tolist())) > 4


def test_no_fade_keeps_the_cut():
    column = pasted(10, 0)[:, 20]
    assert column[49] == 0
    assert column[50] == 255


@pytest.mark.parametrize("dy", [40, 50])
def test_a_cut_on_the_documents_own_border_stays(dy):
    assert pasted(dy, 6)[-1, 20] == 0
