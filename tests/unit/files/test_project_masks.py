"""The mask in a project: all knobs and all hand work come back, and a work saved before a knob was there opens."""

import json
import zipfile
from dataclasses import replace

import numpy as np

from blendstudio.core import edits
from blendstudio.core.document import Mask, Refine
from blendstudio.core.geometry import Transform
from blendstudio.core.pixels import from_rgb
from blendstudio.files.project import read_project, write_project


def work(tmp_path):
    """A saved work whose object has every part of a mask."""
    rng = np.random.default_rng(4)
    photo = from_rgb(rng.integers(0, 256, (30, 40, 3), np.uint8))
    document, name = edits.add_object(edits.new_document(photo), photo, "bird", Transform())
    parts = {part: rng.integers(0, 256, (30, 40), np.uint8) for part in ("auto", "add", "subtract")}
    mask = Mask(**parts, refine=replace(Refine(), smooth=2.5, feather=1.5, dilate=7))
    document = edits.set_mask(document, name, mask)
    write_project(document, tmp_path / "work.ora")
    return tmp_path / "work.ora", mask


def test_smooth_and_hand_work_come_back(tmp_path):
    path, mask = work(tmp_path)
    opened = read_project(path)
    again = opened.document.layers[1].mask
    assert opened.notes == ()
    assert again.refine == mask.refine
    assert all((one == other).all() for one, other in zip(again.parts[:3], mask.parts[:3], strict=True))


def test_a_work_without_the_knob_opens_as_it_was(tmp_path):
    path, mask = work(tmp_path)
    older = tmp_path / "older.ora"
    with zipfile.ZipFile(path) as new, zipfile.ZipFile(older, "w") as old:
        for entry in new.infolist():
            data = new.read(entry)
            if entry.filename.endswith("document.json"):
                whole = json.loads(data)
                for record in whole["layers"]:
                    if record["layer"]["mask"]:
                        del record["layer"]["mask"]["refine"]["smooth"]
                data = json.dumps(whole).encode()
            old.writestr(entry, data)
    opened = read_project(older)
    assert opened.notes == ()
    assert opened.document.layers[1].mask.refine == replace(mask.refine, smooth=0.0)
