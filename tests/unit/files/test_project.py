"""A project as a file: what is in it, what is shared, what is told on the way, and what a failed save leaves."""

import errno
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import works
from PIL import Image

from blendstudio.core import edits
from blendstudio.core.compose import flatten
from blendstudio.core.document import Mask
from blendstudio.core.geometry import IntRect, Transform
from blendstudio.core.patches import patch
from blendstudio.core.pixels import Pixels
from blendstudio.errors import Cancelled, CannotRead, CannotWrite, DiskFull, ProjectDamaged, ProjectTooNew
from blendstudio.files import project
from blendstudio.files.images import write_png
from blendstudio.files.project import is_project, read_project, write_project

BLENDED = works.blended_seed()


@pytest.fixture
def document():
    return works.work(BLENDED, opaque=True)


@pytest.fixture
def path(tmp_path, document):
    write_project(document, tmp_path / "work.ora")
    return tmp_path / "work.ora"


def changed_json(path, change):
    whole = json.loads(works.entries(path)["blendstudio/document.json"])
    change(whole)
    return works.rewrite(path, {"blendstudio/document.json": json.dumps(whole)})


def test_it_is_an_openraster_file(path, document):
    data, found = path.read_bytes(), works.entries(path)
    assert (data[30:38], data[38:54]) == (b"mimetype", b"image/openraster")
    assert next(iter(found)) == "mimetype"
    thumbnail = Image.open(io.BytesIO(found["Thumbnails/thumbnail.png"]))
    assert thumbnail.size == document.size
    assert all(name.isascii() for name in found)


def test_a_thumbnail_has_256_pixels_at_most(tmp_path):
    write_project(edits.new_document(Pixels(np.full((100, 900, 4), 65535, np.uint16))), tmp_path / "wide.ora")
    thumbnail = Image.open(io.BytesIO(works.entries(tmp_path / "wide.ora")["Thumbnails/thumbnail.png"]))
    assert (thumbnail.size, thumbnail.mode) == ((256, 28), "RGB")


def test_the_same_work_is_the_same_file(path, document, tmp_path):
    write_project(document, tmp_path / "again.ora")
    assert (tmp_path / "again.ora").read_bytes() == path.read_bytes()


def test_what_layers_share_is_stored_once_and_shared_again(tmp_path):
    random = np.random.default_rng(0)
    photo, mask = works.picture(random, (30, 20)), works.blob(random, (30, 20))
    document = edits.new_document(photo)
    for _ in range(2):
        document, layer_id = edits.add_object(document, photo, "Bird", Transform.moved(5, 5))
        document = edits.set_mask(document, layer_id, Mask(mask, add=mask.copy()))
    write_project(document, tmp_path / "work.ora")
    names = list(works.entries(tmp_path / "work.ora"))
    assert sum(name.startswith("blendstudio/masks/") for name in names) == 1
    assert not any(name.startswith("blendstudio/pixels/") for name in names)  # data/000.png is that photo
    layers = read_project(tmp_path / "work.ora").document.layers
    assert layers[0].pixels is layers[1].pixels is layers[2].pixels
    assert layers[1].mask.auto is layers[1].mask.add is layers[2].mask.auto


def test_the_share_rises_to_the_end(path, document):
    for call in (lambda check: write_project(document, path, check), lambda check: read_project(path, check)):
        shares = []
        call(shares.append)
        assert shares == sorted(shares)
        assert len(shares) > 3
        assert shares[-1] == 1.0


def stop_at(number):
    calls = []

    def check(share):
        calls.append(share)
        if len(calls) == number:
            raise Cancelled

    return check


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_stopped_save_leaves_the_old_file_alone(path, number):
    before = path.read_bytes()
    with pytest.raises(Cancelled):
        write_project(works.work(5, objects=3), path, stop_at(number))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_stopped_reading_is_stopped(path):
    with pytest.raises(Cancelled):
        read_project(path, stop_at(2))


@pytest.mark.parametrize("place", ["add", "encode_png", "write_records"])
def test_a_full_disk_leaves_the_old_file_alone(path, place, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = path.read_bytes()
    monkeypatch.setattr(project, place, full)
    with pytest.raises(DiskFull, match="no room"):
        write_project(works.work(5), path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_disk_that_returns_other_bytes_is_noticed(path, document, monkeypatch):
    def forgetful(archive, name, data):
        where = archive.fp.tell()
        real_add(archive, name, data)
        if name == "mergedimage.png":
            end = archive.fp.tell()
            archive.fp.seek(where + 100)
            archive.fp.write(b"?")
            archive.fp.seek(end)

    real_add, before = project.add, path.read_bytes()
    monkeypatch.setattr(project, "add", forgetful)
    with pytest.raises(CannotWrite, match="could not be read back"):
        write_project(document, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_project_is_known_by_its_bytes(path, tmp_path):
    picture = tmp_path / "picture.ora"
    write_png(Pixels(np.zeros((4, 4, 4), np.uint8)), picture)
    other = path.rename(tmp_path / "work.txt")
    with zipfile.ZipFile(tmp_path / "other.ora", "w") as archive:
        archive.writestr("stack.xml", "image/openraster")
    assert is_project(other)
    for wrong in (picture, tmp_path, tmp_path / "none.ora", tmp_path / "other.ora", tmp_path / "a\0b"):
        assert not is_project(wrong)


def test_what_cannot_be_read_is_told(tmp_path):
    for wrong in (tmp_path, tmp_path / "none.ora", tmp_path / "a\0b", tmp_path / ("x" * 300)):
        with pytest.raises(CannotRead):
            read_project(wrong)
    write_png(Pixels(np.zeros((4, 4, 4), np.uint8)), tmp_path / "picture.ora")
    with pytest.raises(ProjectDamaged, match=r"^picture\.ora is not a project, or is damaged\.$"):
        read_project(tmp_path / "picture.ora")


def test_a_newer_project_is_refused(path):
    changed_json(path, lambda whole: whole.update(format=2))
    with pytest.raises(ProjectTooNew) as error:
        read_project(path)
    assert error.value.next_step.startswith("Update blendstudio")


def test_keys_of_another_version_are_no_damage(path, document):
    def change(whole):
        whole["more"] = whole["layers"][1]["layer"]["more"] = [1]
        del whole["layers"][1]["layer"]["opacity"]

    opened = read_project(changed_json(path, change))
    kept = edits.set_opacity(document, "object-1", 1.0)
    works.assert_same(kept.layer("object-1").blend, opened.document.layer("object-1").blend)


def test_numbers_of_numpy_are_numbers(tmp_path, document):
    bird = document.layer("object-1")
    odd = replace(bird, blend=replace(bird.blend, margin=np.int64(8), rect=IntRect(*map(np.int64, bird.blend.rect))))
    write_project(edits.change(document, "object-1", lambda _: odd), tmp_path / "odd.ora")
    works.assert_same(document, read_project(tmp_path / "odd.ora").document)


DAMAGE = {
    "no JSON": b"{",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "no text": b"\xff\xfe",
    "no format": b'{"layers": []}',
    "a format in words": b'{"format": "1", "layers": []}',
    "no layers": b'{"format": 1}',
    "a number too long": b'{"format": 1, "layers": ' + b"9" * 9000 + b"}",
    "no number": b'{"format": 1, "layers": [{"picture": {"src": "a", "sha256": "b", "x": NaN, "y": 0}}]}',
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_sidecar_costs_masks_and_blends_but_no_picture(path, document, damage):
    opened = read_project(works.rewrite(path, {"blendstudio/document.json": DAMAGE[damage]}))
    assert opened.notes == ("The masks and blends are damaged: the layers are as other programs show them.",)
    assert [layer.mask or layer.blend for layer in opened.document.layers] == [None] * 3
    assert works.far_apart(shares(opened.document), shares(document)) == 0


def shares(document):
    shown = flatten(document)
    return shown.array.astype(float) / shown.top


FAULTS = {
    "opacity": lambda layer: layer.update(opacity=1.5),
    "opacity word": lambda layer: layer.update(opacity="1"),
    "visible": lambda layer: layer.update(visible=1),
    "name": lambda layer: layer.update(name=None),
    "short matrix": lambda layer: layer["transform"]["rows"].pop(),
    "flat matrix": lambda layer: layer["transform"].update(rows=[0.0] * 9),
    "huge matrix": lambda layer: layer["transform"].update(rows=[1e300] * 9),
    "horizon": lambda layer: layer["transform"].update(rows=[1, 0, 0, 0, 1, 0, -1, 0, 1]),
    "refine": lambda layer: layer["mask"]["refine"].update(erode=65),
    "mask size": lambda layer: layer["mask"].update(auto={"file": "Thumbnails/thumbnail.png"}),
    "mask missing": lambda layer: layer["mask"].update(auto={"file": "blendstudio/masks/none.png"}),
    "mask a list": lambda layer: layer["mask"].update(auto={"file": []}),
    "pixels missing": lambda layer: layer["pixels"].update(file="none"),
    "profile missing": lambda layer: layer["pixels"].update(profile="none"),
    "id twice": lambda layer: layer.update(id="background"),
    "prompt": lambda layer: layer["prompt"].update(boxes=[[1, 2, 3]]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_layer_is_its_picture_and_the_others_are_whole(path, document, fault):
    changed_json(path, lambda whole: FAULTS[fault](whole["layers"][1]["layer"]))
    opened = read_project(path)
    assert "has lost its mask and blend" in opened.notes[0]
    assert opened.document.layers[1].mask is None
    works.assert_same(document.background, opened.document.background)
    works.assert_same(document.layers[2].mask, opened.document.layers[2].mask)
    assert works.far_apart(shares(opened.document), shares(document)) == 0


BLENDS = {
    "beyond": lambda blend: blend.update(rect=[0, 0, 5000, 5000]),
    "inside out": lambda blend: blend.update(rect=[9, 9, 3, 3]),
    "broken rect": lambda blend: blend.update(rect=[0.5, 0, 3, 3]),
    "size": lambda blend: blend["alpha"].update(shape=[1, 1]),
    "huge": lambda blend: blend["alpha"].update(shape=[100_000, 100_000]),
    "below zero": lambda blend: blend["alpha"].update(shape=[-1, -1]),
    "one dimension": lambda blend: blend["alpha"].update(shape=[9]),
    "words": lambda blend: blend["alpha"].update(shape="9"),
    "no floats": lambda blend: blend["alpha"].update(file="stack.xml"),
    "no parts": lambda blend: blend.update(contributions=[]),
    "strength": lambda blend: blend.update(strength=1e9),
    "recipe": lambda blend: blend["recipe"].update(knobs=[["a", None]]),
    "no method": lambda blend: blend["recipe"].pop("method"),
}


@pytest.mark.parametrize("fault", BLENDS)
def test_a_damaged_blend_costs_the_blend_alone(path, document, fault):
    changed_json(path, lambda whole: BLENDS[fault](whole["layers"][1]["layer"]["blend"]))
    opened = read_project(path)
    assert len(opened.notes) == 1
    assert "has lost its blend" in opened.notes[0]
    kept = edits.set_blend(document, "object-1", None)
    works.assert_same(kept, opened.document)


def test_a_patch_shows_a_hidden_layer_and_one_that_is_nowhere_is_a_clear_pixel(document):
    bird = document.layer("object-1")
    seen, place = patch(edits.set_visible(document, "object-1", True), "object-1")
    hidden, where = patch(edits.set_visible(document, "object-1", False), "object-1")
    works.assert_same((seen, place), (hidden, where))
    faint, _ = patch(edits.set_opacity(edits.set_visible(document, "object-1", True), "object-1", 0.0), "object-1")
    assert faint.array[..., 3].max() == seen.array[..., 3].max()
    away = replace(bird, blend=None, transform=Transform.moved(1e5, 0))
    gone, corner = patch(edits.change(document, "object-1", lambda _: away), "object-1")
    assert (gone.array.tolist(), corner) == ([[[0, 0, 0, 0]]], IntRect(0, 0, 1, 1))


def test_a_patch_keeps_an_objects_colours_for_other_grounds():
    """Where nothing was changed, a patch is the object's own picture."""
    random = np.random.default_rng(4)
    document = edits.new_document(works.picture(random, (40, 40), opaque=True))
    bird = works.picture(random, (20, 10), opaque=True)
    document, layer_id = edits.add_object(document, bird, "Bird", Transform.moved(7, 9))
    pixels, place = patch(document, layer_id)
    assert place == IntRect(7, 9, 27, 19)
    assert np.array_equal(pixels.array, bird.array)
