"""What a net made of a picture is kept, in memory and on disk, and neither a full disk nor a damaged file matters."""

import threading

import pytest
import torch

from blendstudio.engine.embeddings import Embeddings, key_of
from blendstudio.engine.job import Progress
from blendstudio.errors import Cancelled

NUMBER = torch.ones(1, 2, 4, 4)  # 128 bytes


def asked(embeddings, key, value=NUMBER):
    """The tensor, and whether it had to be made."""
    made = []
    found = embeddings.get(key, lambda: made.append(1) or value, Progress())
    return found, bool(made)


def test_it_is_made_once_and_found_again_after_a_restart(tmp_path):
    first = Embeddings(tmp_path / "new")
    assert [asked(first, "a")[1] for _ in range(2)] == [True, False]
    found, made = asked(Embeddings(tmp_path / "new"), "a")
    assert not made
    assert torch.equal(found, NUMBER)


def test_memory_keeps_what_was_used_last(tmp_path):
    (tmp_path / "no folder").write_text("")
    kept = Embeddings(tmp_path / "no folder", in_memory=300)
    for key in ("a", "b", "a", "c"):
        asked(kept, key)
    assert {key: asked(kept, key)[1] for key in ("a", "c")} == {"a": False, "c": False}
    assert asked(kept, "b")[1]


def test_the_disk_keeps_what_was_used_last(tmp_path):
    size = len(b"".join(file.read_bytes() for file in written(tmp_path / "one", "a")))
    kept = Embeddings(tmp_path / "two", on_disk=2 * size)
    for key in "abc":
        asked(kept, key)
    assert sorted(file.stem for file in (tmp_path / "two").iterdir()) == ["b", "c"]


def written(folder, key):
    asked(Embeddings(folder), key)
    return list(folder.iterdir())


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\xff" * 40])
def test_a_damaged_file_is_made_anew(tmp_path, content):
    (file,) = written(tmp_path, "a")
    file.write_bytes(content)
    found, made = asked(Embeddings(tmp_path), "a")
    assert made
    assert torch.equal(found, NUMBER)
    assert not asked(Embeddings(tmp_path), "a")[1]


def test_numbers_that_are_not_finite_are_made_anew(tmp_path):
    asked(Embeddings(tmp_path), "a", NUMBER / 0)
    assert asked(Embeddings(tmp_path), "a")[1]


def test_the_key_tells_content_shape_net_and_precision():
    rgb = torch.arange(24, dtype=torch.uint8).reshape(2, 4, 3).numpy()
    keys = {key_of(rgb, "net"), key_of(rgb, "other"), key_of(rgb.reshape(4, 2, 3), "net"), key_of(rgb + 1, "net")}
    assert len(keys) == 4
    assert key_of(rgb.copy(), "net") == key_of(rgb, "net")


def test_two_that_ask_at_once_make_it_once(tmp_path):
    kept, begun, go, made = Embeddings(tmp_path), threading.Event(), threading.Event(), []

    def slow():
        made.append(1)
        begun.set()
        assert go.wait(20)
        return NUMBER

    one = threading.Thread(target=lambda: kept.get("a", slow, Progress()))
    one.start()
    assert begun.wait(20)
    with pytest.raises(Cancelled):  # who waits may be stopped
        kept.get("a", slow, Progress(cancelled=lambda: True))
    two = threading.Thread(target=lambda: kept.get("a", slow, Progress()))
    two.start()
    go.set()
    one.join()
    two.join()
    assert made == [1]
