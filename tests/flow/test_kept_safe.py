"""What a person has is never lost, and what is promised about colour and transparency holds."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from blendstudio import api
from blendstudio.core import edits
from blendstudio.core.compose import flatten
from blendstudio.core.document import AS_GIVEN, Mask
from blendstudio.core.geometry import Placement, Rect, Transform
from blendstudio.core.pixels import Pixels, from_rgb
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import SegmentTask
from blendstudio.engine.registry import find
from blendstudio.files.images import read_image, write_png

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "files"))
import making


def flat(colour, size=(40, 50), profile=None):
    return from_rgb(np.full((*size, 3), colour, np.uint8), profile)


def middle(size=(40, 50)):
    mask = np.zeros(size, np.uint8)
    mask[10:30, 12:36] = 255
    return api.Found(Mask(auto=mask, refine=AS_GIVEN))


@pytest.mark.parametrize("profile", [None, making.wide_profile()], ids=["sRGB", "wide"])
def test_a_flat_object_becomes_the_flat_background_in_any_profile(profile):
    """Poisson has nothing of a flat object to keep, so not one level of it may stay."""
    document = api.compose(
        flat((180, 110, 100), profile=profile), flat((110, 150, 120), profile=profile), middle(), Placement()
    )
    outcome = api.blend(document, "object-1", api.Settings("poisson"), api.nets("starter", "cpu"))
    assert np.abs(outcome.picture.array[..., :3].astype(int) - (110, 150, 120)).max() <= 1


def test_candidates_never_replace_the_photo(tmp_path):
    photo = tmp_path / "1.png"
    random = np.random.default_rng(0)
    write_png(from_rgb(random.integers(0, 255, (60, 80, 3), np.uint8)), photo)
    before = photo.read_bytes()
    command = ["mask", "--image", photo, "--box", "10,10,60,50", "-o", tmp_path / "m.png", "--candidates", tmp_path]
    done = subprocess.run([sys.executable, "-m", "blendstudio", *command], capture_output=True, text=True, check=False)
    assert photo.read_bytes() == before
    assert done.returncode == 2
    assert "Choose another name" in done.stderr


def test_a_point_far_from_the_box_is_no_crash():
    rgb = np.full((200, 300, 3), 90, np.uint8)
    rgb[150:175, 150:175] = (200, 30, 30)
    points = ((api.Point(5, 5), False), (api.Point(160, 160), True))
    entry = find("segment", "grabcut")
    found = entry.call(SegmentTask(rgb, Rect(150, 150, 175, 175), points), entry.params(), None, Progress())
    assert found[0].mask.shape == (200, 300)


@pytest.mark.parametrize(
    ("behind", "cover", "colour", "alpha"),
    [(0, 0.5, 255, 128), (128, 0.5, 170, 192), (255, 0.5, 128, 255)],
    ids=["nothing behind", "half behind", "opaque behind"],
)
def test_white_over_black_keeps_its_colour_on_a_transparent_background(behind, cover, colour, alpha):
    background = np.zeros((4, 4, 4), np.uint8)
    background[..., 3] = behind
    document, layer_id = edits.add_object(
        edits.new_document(Pixels(background)), flat(255, (4, 4)), "Object", Transform()
    )
    mask = np.full((4, 4), round(cover * 255), np.uint8)
    document = edits.set_mask(document, layer_id, Mask(auto=mask, refine=AS_GIVEN))
    assert np.abs(flatten(document).array[2, 2].astype(int) - (colour, colour, colour, alpha)).max() <= 1


def test_a_blend_is_stale_when_the_one_below_changes_and_not_for_its_own_opacity():
    models = api.nets("starter", "cpu")
    document = api.compose(flat((180, 110, 100)), flat((110, 150, 120)), middle(), Placement())
    document = api.blend(document, "object-1", api.Settings("alpha"), models).document
    document, upper = edits.add_object(document, flat((9, 9, 200)), "Object", Transform())
    document = edits.set_mask(document, upper, middle().mask)
    document = api.blend(document, upper, api.Settings("alpha"), models).document
    assert not document.layer(upper).blend.stale
    faint = edits.settle(document, edits.set_opacity(document, upper, 0.5))
    assert not faint.layer(upper).blend.stale
    remade = api.blend(document, "object-1", api.Settings("poisson"), models).document
    changed = edits.settle(document, remade)
    assert not changed.layer("object-1").blend.stale
    assert changed.layer(upper).blend.stale


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_output_is_told_without_a_traceback():
    command = [sys.executable, "-m", "blendstudio", "mask", "--json"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "required" in done.stderr


def test_a_box_of_nothing_writes_no_black_mask(tmp_path):
    photo, out = tmp_path / "photo.png", tmp_path / "out.png"
    random = np.random.default_rng(1)
    write_png(from_rgb(random.integers(0, 255, (60, 80, 3), np.uint8)), photo)
    command = ["mask", "--image", photo, "--box", "10,10,12,12", "-o", out]
    done = subprocess.run([sys.executable, "-m", "blendstudio", *command], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        assert read_image(out).array.max() >= 128
    else:
        assert done.returncode == 5
        assert not out.exists()
