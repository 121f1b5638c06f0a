"""Archives made to do harm: each refused with the right error, and nothing written anywhere."""

import os
import struct
import zipfile
import zlib

import numpy as np
import pytest
import works

from blendstudio.errors import CannotRead, ProjectDamaged, TooLarge
from blendstudio.files import archive, arrays
from blendstudio.files.project import read_project, write_project

STACK = '<image w="4" h="4"><stack><layer src="data/a.png"/></stack></image>'
CENTRAL = b"PK\1\2"
BYTES, END = 12, 22  # where the record at the end tells the directory's length, then its place; its own length


def png(height=4, width=4):
    return works.png_bytes(np.full((height, width, 4), 90, np.uint8))


def sound(path, *more, method=zipfile.ZIP_STORED, **changes):
    """A small OpenRaster file with other content for its entries, and with (name, data) more."""
    found = {"mimetype": "image/openraster", "stack.xml": STACK, "data/a.png": png()} | changes
    with zipfile.ZipFile(path, "w", method) as file:
        for entry in [*found.items(), *more]:
            file.writestr(*entry)
    return path


def patched(path, change):
    """The file after `change` of its bytes, a bytearray."""
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)


def record(data, name):
    """Where the directory's record of an entry begins."""
    (place,) = struct.unpack_from("<I", data, len(data) - END + BYTES + 4)
    while data[place + 46 : place + 46 + len(name)] != name:
        place = data.index(CENTRAL, place + 4)
    return place


def test_the_file_that_the_attacks_start_from_is_sound(tmp_path):
    assert read_project(sound(tmp_path / "sound.ora")).document.size == (4, 4)


NAMES = [
    *("/etc/passwd", "../evil", "data/../../evil", "data/./x", "./x", "..", "data/..", "data//x", "//host/x"),
    *("..\\evil", "a\\b", "C:evil", "c:/evil", "\\\\host\\evil"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere(name, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    sound(folder / "evil.ora", (name, "evil"))
    refused(folder / "evil.ora", ProjectDamaged)
    assert list(tmp_path.iterdir()) == [folder]


def refused(path, kind):
    """Reading raises that error, told in words, and leaves no file behind."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(kind) as error:
        read_project(path)
    assert error.value.next_step
    assert str(path.parent) not in error.value.what
    assert sorted(path.parent.iterdir()) == before


def null(path):
    sound(path, ("data/x_y", "evil"))
    patched(path, lambda data: data.__setitem__(slice(None), data.replace(b"data/x_y", b"data/x\0y")))


def twice(path):
    with pytest.warns(UserWarning, match="Duplicate"):
        sound(path, ("stack.xml", STACK))


def link(path):
    entry = zipfile.ZipInfo("data/b.png")
    entry.external_attr = 0o120777 << 16
    sound(path, (entry, "/etc/passwd"))


def flagged(bit):
    def make(path):
        sound(path)

        def change(data):
            for place in (0, record(data, b"mimetype") + 2):
                flags = struct.unpack_from("<H", data, place + 6)[0]
                struct.pack_into("<H", data, place + 6, flags | bit)

        patched(path, change)

    return make


def packed(method):
    return lambda path: sound(path, method=method)


def at_one_place(path):
    """Two names for the same bytes, as bombs of overlapping entries have."""
    sound(path, ("data/b.png", png()))

    def change(data):
        first, second = record(data, b"data/a.png"), record(data, b"data/b.png")
        data[second + 42 : second + 46] = data[first + 42 : first + 46]

    patched(path, change)


def lengthened(entry):
    """An entry that claims bytes of the next one, or of the directory."""

    def make(path):
        sound(path)

        def change(data):
            place = record(data, entry)
            for field in (20, 24):
                struct.pack_into("<I", data, place + field, struct.unpack_from("<I", data, place + field)[0] + 60)

        patched(path, change)

    return make


def nested(path):
    """One deflated entry inside another's bytes, by a quoted header."""
    inner = path.with_name("inner")
    sound(inner)
    content = inner.read_bytes()
    inner.unlink()
    sound(path, ("data/b.png", content))

    def change(data):
        place = record(data, b"data/a.png")
        inside = data.index(content) + content.index(b"PK\3\4", content.index(b"stack.xml"))
        struct.pack_into("<I", data, place + 42, inside)

    patched(path, change)


def bomb(name):
    def make(path):
        sound(path, method=zipfile.ZIP_DEFLATED, **{name: bytes(20 << 20)})

    return make


def promises(name, size):
    """A deflated entry that unpacks to more, or less, than it promises."""

    def make(path):
        sound(path, method=zipfile.ZIP_DEFLATED)

        def change(data):
            struct.pack_into("<I", data, record(data, name) + 24, size)

        patched(path, change)

    return make


def wrong_sum(path):
    sound(path)
    patched(path, lambda data: data.__setitem__(data.index(b"<stack>") + 1, ord("S")))


def crowd(path):
    sound(path, *((f"data/{number}", "") for number in range(archive.ENTRIES)))


def heavy(path):
    """More than 4 GiB in all, by what the entries promise."""
    sound(path, *((f"data/{number}.png", bytes(9 << 20)) for number in range(3)), method=zipfile.ZIP_DEFLATED)

    def change(data):
        for number in range(3):
            place = record(data, f"data/{number}.png".encode())
            struct.pack_into("<I", data, place + 24, 2_000_000_000)

    patched(path, change)


def long_directory(path):
    sound(path)

    def change(data):
        directory = record(data, b"mimetype")
        data[directory:directory] = bytes(archive.DIRECTORY_BYTES)
        struct.pack_into("<I", data, len(data) - END + BYTES, len(data) - END - directory)

    patched(path, change)


def lost_directory(path):
    sound(path)
    patched(path, lambda data: struct.pack_into("<I", data, len(data) - END + BYTES + 4, 2**31))


def cut(path):
    sound(path)
    path.write_bytes(path.read_bytes()[:-30])


def stack(text):
    return lambda path: sound(path, **{"stack.xml": text})


def deep(count):
    return f'<image w="4" h="4">{"<stack>" * count}<layer src="data/a.png"/>{"</stack>" * count}</image>'


ENTITY = '<!DOCTYPE image [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE image SYSTEM "file:///etc/passwd">'
LAYER = '<layer src="data/a.png"/>'
ATTACKS = {
    "a name with a null": (null, ProjectDamaged),
    "two of one name": (twice, ProjectDamaged),
    "a link": (link, ProjectDamaged),
    "encrypted": (flagged(0x1), ProjectDamaged),
    "strongly encrypted": (flagged(0x40), ProjectDamaged),
    "hidden headers": (flagged(0x2000), ProjectDamaged),
    "bzip2": (packed(zipfile.ZIP_BZIP2), ProjectDamaged),
    "lzma": (packed(zipfile.ZIP_LZMA), ProjectDamaged),
    "two at one place": (at_one_place, ProjectDamaged),
    "into the next": (lengthened(b"stack.xml"), ProjectDamaged),
    "into the directory": (lengthened(b"data/a.png"), ProjectDamaged),
    "one in another": (nested, ProjectDamaged),
    "a bomb of a stack": (bomb("stack.xml"), TooLarge),
    "a bomb of a picture": (bomb("data/a.png"), TooLarge),
    "a bomb of something else": (bomb("data/readme"), TooLarge),
    "more than promised": (promises(b"stack.xml", 20), ProjectDamaged),
    "less than promised": (promises(b"stack.xml", 2000), ProjectDamaged),
    "a wrong sum": (wrong_sum, ProjectDamaged),
    "a crowd": (crowd, TooLarge),
    "heavy": (heavy, TooLarge),
    "a long directory": (long_directory, ProjectDamaged),
    "a lost directory": (lost_directory, ProjectDamaged),
    "cut": (cut, ProjectDamaged),
    "nothing": (lambda path: path.write_bytes(b""), ProjectDamaged),
    "a head alone": (lambda path: path.write_bytes(b"PK\5\6" + bytes(18)), ProjectDamaged),
    "no stack": (lambda path: works.rewrite(sound(path), {"stack.xml": None}), ProjectDamaged),
    "entities": (stack(ENTITY + STACK), ProjectDamaged),
    "a foreign entity": (stack(FILE + STACK), ProjectDamaged),
    "entities in UTF-16": (stack((ENTITY + STACK).encode("utf-16")), ProjectDamaged),
    "a long stack": (stack(STACK + f"<!--{'x' * archive.TEXT_BYTES}-->"), TooLarge),
    "a deep stack": (stack(deep(9)), ProjectDamaged),
    "a very deep stack": (stack(deep(200_000)), ProjectDamaged),
    "many layers": (stack(STACK.replace(LAYER, LAYER * 1025)), ProjectDamaged),
    "no layers": (stack(STACK.replace(LAYER, "")), ProjectDamaged),
    "no XML": (stack("stack"), ProjectDamaged),
    "an open end": (stack(STACK[:-1]), ProjectDamaged),
    "no size": (stack(STACK.replace('w="4"', "")), ProjectDamaged),
    "no width": (stack(STACK.replace('w="4"', 'w="0"')), ProjectDamaged),
    "a huge size": (stack(STACK.replace('w="4" h="4"', 'w="30000" h="30000"')), ProjectDamaged),
    "a size that is no number": (stack(STACK.replace('w="4"', 'w="nan"')), ProjectDamaged),
    "a far layer": (stack(STACK.replace("<layer", '<layer x="100001"')), ProjectDamaged),
    "an endless layer": (stack(STACK.replace("<layer", '<layer y="-inf"')), ProjectDamaged),
    "a picture of another size": (
        lambda path: sound(path, **{"data/a.png": works.claimed(png(), 40_000, 10)}),
        TooLarge,
    ),
    "a long sidecar": (lambda path: sound(path, ("blendstudio/document.json", " " * (5 << 20))), TooLarge),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(attack, tmp_path):
    make, kind = ATTACKS[attack]
    make(tmp_path / "evil.ora")
    refused(tmp_path / "evil.ora", kind)


def test_pictures_that_swell_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "DECODED_BYTES", 1 << 20)
    layers = "".join(f'<layer src="data/{number}.png"/>' for number in range(9))
    more = [(f"data/{number}.png", png(200, 200)) for number in range(9)]
    refused(sound(tmp_path / "evil.ora", *more, **{"stack.xml": STACK.replace(LAYER, layers)}), TooLarge)


def test_floats_that_swell_are_not_unpacked(tmp_path):
    """A blend may hold as many numbers as the document has, and not one more."""
    document = works.work(works.blended_seed(), opaque=True)
    write_project(document, tmp_path / "work.ora")
    found = works.entries(tmp_path / "work.ora")
    name = next(name for name in found if name.startswith("blendstudio/floats/"))
    opened = read_project(works.rewrite(tmp_path / "work.ora", {name: zlib.compress(bytes(50 << 20))}))
    assert "has lost its blend" in opened.notes[0]


@pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.ora")
    refused(tmp_path / "pipe.ora", CannotRead)
