"""Any document comes back from a project bit for bit, and other programs see the same picture."""

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import works
from hypothesis import given, settings
from hypothesis import strategies as st

from blendstudio.core.compose import flatten
from blendstudio.files.images import encode_png
from blendstudio.files.project import read_project, write_project

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "files"))
import making

PROFILES = (None, making.wide_profile(), b"not a profile", b"")
DOCUMENTS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32),
        "kind": st.sampled_from([np.uint8, np.uint8, np.uint16]),
        "profile": st.sampled_from(PROFILES),
        "opaque": st.booleans(),
        "objects": st.integers(0, 4),
    }
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("project") / "Лебедь.ora"


@settings(max_examples=30)
@given(wanted=DOCUMENTS)
def test_a_document_comes_back_bit_for_bit(wanted, path):
    document = works.work(**wanted)
    write_project(document, path)
    opened = read_project(path)
    assert opened.notes == ()
    works.assert_same(document, opened.document)
    shown = flatten(document)
    works.assert_same(shown, flatten(opened.document))
    with zipfile.ZipFile(path) as archive:
        assert archive.read("mergedimage.png") == encode_png(shown)
        assert archive.namelist()[0] == "mimetype"


def unlike(document, path):
    """The share of pixels that another program shows differently."""
    write_project(document, path)
    shown = flatten(document)
    return works.far_apart(works.composed(path), shown.array.astype(float) / shown.top)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from([np.uint8, np.uint16]), objects=st.integers(1, 4))
def test_other_programs_see_the_same_picture(seed, kind, objects, path):
    assert unlike(works.work(seed, kind=kind, opaque=True, objects=objects), path) == 0


def test_other_programs_see_the_same_picture_where_the_background_lets_something_through(path):
    """There a blend can ask for colours that a plain layer shows only with a little more cover."""
    shares = [unlike(works.work(seed, objects=1 + seed % 4), path) for seed in range(30)]
    assert np.mean(shares) < 0.001
