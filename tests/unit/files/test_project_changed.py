"""A project that another program has saved: what it changed is taken as it is seen, the rest stays as it was."""

import re

import numpy as np
import pytest
import works

from blendstudio.core import edits
from blendstudio.core.compose import flatten
from blendstudio.core.geometry import Transform
from blendstudio.errors import ProjectDamaged, TooLarge
from blendstudio.files.project import read_project, write_project

BIRD, TOP = "data/001.png", "data/002.png"
ARRANGED = "Another program renamed, moved, showed, hid or reordered layers."


@pytest.fixture
def document():
    """A background, a blended object called Bird, and another on top; both seen."""
    document = works.work(works.blended_seed(), opaque=True)
    for layer in document.layers[1:]:
        document = edits.set_opacity(edits.set_visible(document, layer.id, True), layer.id, 1.0)
    document = edits.rename(document, "background", "Ground")
    return edits.rename(edits.rename(document, "object-1", "Bird"), "object-2", "Top")


@pytest.fixture
def path(tmp_path, document):
    write_project(document, tmp_path / "work.ora")
    return tmp_path / "work.ora"


def stack_changed(path, change):
    """The file after `change`, from text to text, of stack.xml; `path` for an unchanged rest."""
    text = works.entries(path)["stack.xml"].decode()
    changed = change(text)
    assert changed != text
    return works.rewrite(path, {"stack.xml": changed})


def element(text, src):
    return re.search(rf'\s*<layer [^>]*src="{src}"[^>]*/>', text).group()


def set_of(src, **changes):
    """A change of one layer's attributes."""

    def change(text):
        old = new = element(text, src)
        for name, value in changes.items():
            new = re.sub(rf'{name}="[^"]*"', f'{name}="{value}"', new)
        return text.replace(old, new)

    return change


def painted(path, src):
    """Another program paints a picture over; returns the new samples."""
    old = works.png(works.entries(path)[src])
    new = np.rint((1 - old) * 255).astype(np.uint8)
    new[..., 3] = 200
    works.rewrite(path, {src: works.png_bytes(new)})
    return new


def shares(document):
    shown = flatten(document)
    return shown.array.astype(float) / shown.top


def test_nothing_changed_is_nothing_changed(path, document):
    opened = read_project(works.rewrite(path, {}))  # deflated anew, other times
    assert opened.notes == ()
    works.assert_same(document, opened.document)


def test_a_layer_that_was_painted_on_is_its_picture(path, document):
    samples = painted(path, TOP)
    opened = read_project(path)
    top = opened.document.layer("object-2")
    assert opened.notes == ("“Top” was changed by another program, and has no mask and blend any more.",)
    assert (top.mask, top.blend, top.name) == (None, None, "Top")
    assert np.array_equal(top.pixels.array, samples)
    works.assert_same(document.layers[:2], opened.document.layers[:2])
    assert works.far_apart(shares(opened.document), works.composed(path)) == 0


def test_a_background_that_was_painted_on_outdates_the_blend_on_it(path, document):
    samples = painted(path, "data/000.png")
    opened = read_project(path)
    assert np.array_equal(opened.document.background.pixels.array, samples)
    assert opened.document.layer("object-1").blend.stale
    assert opened.notes[1] == "The blend of “Bird” is out of date: another program changed what lies below it."
    works.assert_same(document.layer("object-1").mask, opened.document.layer("object-1").mask)


def test_what_is_arranged_elsewhere_stays_arranged(path, document):
    change = set_of(TOP, name="Sun", opacity="0.250", visibility="hidden")
    opened = read_project(stack_changed(path, change))
    top = opened.document.layer("object-2")
    assert (top.name, top.opacity, top.visible) == ("Sun", 0.25, False)
    assert opened.notes == (ARRANGED,)
    works.assert_same(document.layer("object-2").mask, top.mask)
    works.assert_same(document.layers[:2], opened.document.layers[:2])


def test_a_layer_that_was_moved_keeps_its_mask_and_has_an_old_blend(path, document):
    x, y = (int(re.search(rf'{axis}="(\d+)"', element(works.entries(path)["stack.xml"].decode(), BIRD)).group(1))
            for axis in "xy")  # fmt: skip
    opened = read_project(stack_changed(path, set_of(BIRD, x=x + 3, y=y - 40)))
    bird, was = opened.document.layer("object-1"), document.layer("object-1")
    works.assert_same(was.transform.then(Transform.moved(3, -40)), bird.transform)
    works.assert_same(was.mask, bird.mask)
    assert bird.blend.stale
    assert opened.notes[0] == ARRANGED


def test_other_orders_are_kept(path, document):
    def swap(text):
        bird, top = element(text, BIRD), element(text, TOP)
        return text.replace(bird, "@@").replace(top, bird).replace("@@", top)

    opened = read_project(stack_changed(path, swap))
    assert [layer.id for layer in opened.document.layers] == ["background", "object-2", "object-1"]
    assert opened.notes[0] == ARRANGED


def test_a_removed_layer_is_gone(path, document):
    opened = read_project(stack_changed(path, lambda text: text.replace(element(text, TOP), "")))
    assert opened.notes == ("“Top” was removed by another program.",)
    works.assert_same(edits.remove_layer(document, "object-2"), opened.document)


def test_a_new_layer_is_added(path, document):
    samples = np.full((5, 6, 4), 120, np.uint8)
    works.rewrite(path, {"data/new.png": works.png_bytes(samples)})
    new = '<stack><layer src="data/new.png" name="Note" x="-2" y="4" opacity="0.5"/>'
    opened = read_project(stack_changed(path, lambda text: text.replace("<stack>", new)))
    note = opened.document.layers[-1]
    assert opened.notes == ("“Note” was added by another program.",)
    assert (note.name, note.opacity, note.mask) == ("Note", 0.5, None)
    assert note.id not in {layer.id for layer in document.layers}
    assert np.array_equal(note.pixels.array, samples)
    assert note.transform == Transform.moved(-2, 4)
    works.assert_same(document.layers, opened.document.layers[:-1])


def test_a_new_layer_takes_the_depth_of_the_work(tmp_path):
    deep = works.work(1, kind=np.uint16, opaque=True)
    write_project(deep, tmp_path / "deep.ora")
    works.rewrite(tmp_path / "deep.ora", {"data/new.png": works.png_bytes(np.full((5, 6, 4), 120, np.uint8))})
    new = '<stack><layer src="data/new.png" name="Note"/>'
    opened = read_project(stack_changed(tmp_path / "deep.ora", lambda text: text.replace("<stack>", new)))
    assert opened.document.layers[-1].pixels.array[0, 0].tolist() == [120 * 257] * 4
    works.assert_same(deep.layers, opened.document.layers[:-1])


def test_renumbered_pictures_are_known_by_their_content(path, document):
    found = works.entries(path)
    text = found["stack.xml"].decode().replace(BIRD, "data/7.png").replace(TOP, BIRD).replace("data/7.png", TOP)
    opened = read_project(works.rewrite(path, {BIRD: found[TOP], TOP: found[BIRD], "stack.xml": text}))
    assert opened.notes == ()
    works.assert_same(document, opened.document)


def test_a_removed_background_leaves_a_clear_canvas(path, document):
    opened = read_project(stack_changed(path, lambda text: text.replace(element(text, "data/000.png"), "")))
    assert opened.document.size == document.size
    assert not opened.document.background.pixels.array.any()
    assert len({layer.id for layer in opened.document.layers}) == 3
    assert opened.notes[0] == "“Ground” was removed by another program."


def test_a_background_made_faint_lies_on_a_clear_canvas(path):
    opened = read_project(stack_changed(path, set_of("data/000.png", opacity="0.5")))
    assert [layer.name for layer in opened.document.layers] == ["Background", "Ground", "Bird", "Top"]
    assert opened.document.layers[1].opacity == 0.5


def test_damage_to_what_others_see_costs_nothing(path, document):
    """The saved layer has its own pixels."""
    data = bytearray(path.read_bytes())
    data[data.index(works.entries(path)[TOP]) + 60] ^= 1
    path.write_bytes(data)
    opened = read_project(path)
    assert opened.notes == ()
    works.assert_same(document, opened.document)


# without the sidecar


def plain(path):
    return works.rewrite(path, {name: None for name in works.entries(path) if name.startswith("blendstudio/")})


def test_without_the_sidecar_it_is_a_picture_in_layers(path, document):
    opened = read_project(plain(path))
    assert opened.notes == ("The layers have no masks and blends: another program saved this file.",)
    assert [layer.name for layer in opened.document.layers] == ["Ground", "Bird", "Top"]
    assert opened.document.background.id == "background"
    works.assert_same(document.background.pixels, opened.document.background.pixels)
    assert works.far_apart(shares(opened.document), shares(document)) == 0


def foreign(path, stack, **pictures):
    """An OpenRaster file of another program."""
    found = {f"data/{name}.png": works.png_bytes(samples) for name, samples in pictures.items()}
    changes = dict.fromkeys(works.entries(path)) | {"mimetype": "image/openraster", "stack.xml": stack} | found
    return works.rewrite(path, changes)


def filled(colour, size=(10, 12)):
    return np.broadcast_to(np.array(colour, np.uint8), (*size, 4)).copy()


RED, BLUE = (200, 30, 30, 255), (20, 30, 220, 255)


def test_groups_and_unknown_modes_are_undone_and_told(path):
    stack = """<image w="12" h="10"><stack name="root">
        <stack opacity="0.5" x="3"><stack visibility="hidden"><layer src="data/a.png" name="A" x="1.0"/></stack>
        <layer src="data/b.png" name="B" opacity="0.5" composite-op="svg:multiply"/></stack>
        <layer src="data/c.png" name="C"/><!-- lowest --></stack></image>"""
    opened = read_project(foreign(path, stack, a=filled(RED), b=filled(BLUE), c=filled(RED)))
    c, b, a = opened.document.layers
    assert [layer.name for layer in (a, b, c)] == ["A", "B", "C"]
    assert ((a.visible, a.opacity), (b.visible, b.opacity)) == ((False, 0.5), (True, 0.25))
    assert opened.notes[1:] == (
        "The groups were undone: every layer stands by itself.",
        "“B” had the mode “svg:multiply”; here it simply lies over what is below.",
    )


@pytest.mark.parametrize(
    ("attributes", "canvas"),
    [
        ('x="0" y="0"', False),
        ('x="-2" y="-1"', False),
        ('x="1" y="0"', True),
        ('x="-9" y="0"', True),
        ('opacity="0.9"', True),
        ('visibility="hidden"', True),
        ('composite-op="svg:multiply"', True),
    ],
)
def test_the_lowest_layer_is_the_background_where_it_fills_the_canvas(path, attributes, canvas):
    stack = f'<image w="12" h="10"><stack><layer src="data/a.png" {attributes}/></stack></image>'
    samples = np.random.default_rng(0).integers(0, 256, (12, 15, 4), np.uint8)
    opened = read_project(foreign(path, stack, a=samples))
    assert opened.document.size == (12, 10)
    assert len(opened.document.layers) == 1 + canvas
    assert opened.document.background.pixels.array.any() != canvas
    if not canvas:
        x = 2 if "-2" in attributes else 0
        y = x // 2
        assert np.array_equal(opened.document.background.pixels.array, samples[y : y + 10, x : x + 12])


def test_objects_take_the_depth_of_the_background(path):
    deep = np.full((10, 12, 4), 65535, np.uint16)
    stack = '<image w="12" h="10"><stack><layer src="data/a.png"/><layer src="data/b.png"/></stack></image>'
    opened = read_project(foreign(path, stack, a=filled(RED), b=deep))
    assert {layer.pixels.array.dtype for layer in opened.document.layers} == {np.dtype(np.uint16)}
    assert opened.document.layers[1].pixels.array[0, 0, 0] == 200 * 257


def test_a_layer_without_a_picture_is_left_out(path):
    stack = '<image w="12" h="10"><stack><layer src="data/t.svg" name="Text"/><layer src="data/a.png"/></stack></image>'
    opened = read_project(foreign(path, stack, a=filled(RED)))
    assert len(opened.document.layers) == 1
    assert opened.notes[1] == "“Text” is left out: its picture cannot be read."


def test_without_any_picture_it_is_damaged(path):
    stack = '<image w="12" h="10"><stack><layer src="data/t.svg" name="Text"/></stack></image>'
    with pytest.raises(ProjectDamaged):
        read_project(foreign(path, stack))


def test_a_picture_beyond_the_limits_is_told(path):
    stack = '<image w="12" h="10"><stack><layer src="data/a.png"/></stack></image>'
    foreign(path, stack, a=filled(RED))
    head = works.entries(path)["data/a.png"]
    works.rewrite(path, {"data/a.png": works.claimed(head, 40_000, 40_000)})
    with pytest.raises(TooLarge):
        read_project(path)


def test_a_foreign_file_saved_here_comes_back_as_it_is(path, tmp_path):
    opened = read_project(plain(path))
    write_project(opened.document, tmp_path / "ours.ora")
    again = read_project(tmp_path / "ours.ora")
    assert again.notes == ()
    works.assert_same(opened.document, again.document)
