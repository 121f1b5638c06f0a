"""The list of models: what is told before anything is fetched, and getting, stopping, locating, deleting."""

import dataclasses
import hashlib
import random
import shutil

import pytest
import tiny
import torch
from bad_server import BadServer
from chooser import YES, Chooser
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from tiny_paper import VGG19

from blendstudio.engine import answer, download, store
from blendstudio.engine.manifest import shipped

CANCEL = QMessageBox.StandardButton.Cancel


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(download, "PAUSE", 0.0)
    monkeypatch.setattr(answer, "POLL", 0.01)
    monkeypatch.setattr(answer, "CHUNK", 10_000)


@pytest.fixture
def server(tmp_path):
    """Has the file of VGG19, a small one."""
    torch.save(tiny.features(indices=VGG19), tmp_path / "vgg19.pth")
    with BadServer((tmp_path / "vgg19.pth").read_bytes()).running() as server:
        server.random = random.Random(5)
        yield server


@pytest.fixture
def tiny_nets(tmp_path, monkeypatch, server):
    """A home of this test's own, and a manifest whose VGG19 is the small one; nobody has the others."""
    vgg = {"urls": (server.url,), "bytes": len(server.data), "sha256": hashlib.sha256(server.data).hexdigest()}
    here = {"vgg19": vgg}
    nowhere = {"urls": ("http://127.0.0.1:9/net.pth",)}
    known = [dataclasses.replace(entry, **here.get(entry.id, nowhere if entry.urls else {})) for entry in shipped()]
    monkeypatch.setattr(store, "shipped", lambda: tuple(known))
    return tiny.tiny_home(tmp_path / "home")


@pytest.fixture
def chooser(window):
    return Chooser(window)


def test_every_model_is_listed_with_its_state_terms_and_purpose(chooser):
    assert chooser.state("U²-Net, small") == "Here"
    assert chooser.state("VGG19") == "Not here"
    assert chooser.says("The starter nets are here")
    for entry in shipped():
        chooser.choose(entry.name)
        assert chooser.says(entry.purpose)
        assert chooser.says(entry.licence)
    chooser.choose("VGG19")
    assert chooser.says("Not settled by the licence")
    chooser.choose("PAN ×2, our own")
    assert chooser.says("ships with the program")
    for button in ("Get…", "Delete…"):
        with pytest.raises(AssertionError):
            chooser.button(button, chooser.dialog)
    chooser.rest()


def test_nothing_is_fetched_without_a_yes_that_tells_size_and_licence(chooser, server):
    chooser.choose("VGG19")
    chooser.press("Get…", chooser.dialog)
    asked = chooser.asked()
    assert "Get VGG19?" in asked
    assert "kB from 127.0.0.1" in asked
    assert "BSD-3-Clause" in asked
    assert "commercial use not settled" in asked
    chooser.answer(CANCEL)
    assert server.asked == []
    assert chooser.state("VGG19") == "Not here"


def test_a_model_comes_and_can_be_deleted(chooser, server):
    chooser.get("VGG19")
    chooser.wait(lambda: chooser.state("VGG19") == "Here")
    assert len(server.asked) == 1
    chooser.press("Delete…", chooser.dialog)
    assert "Delete VGG19?" in chooser.asked()
    chooser.answer(CANCEL)
    assert chooser.state("VGG19") == "Here"
    QTest.keyClick(chooser.dialog.list, Qt.Key.Key_Delete)
    chooser.answer(YES)
    chooser.wait(lambda: chooser.state("VGG19") == "Not here")


def test_a_download_is_stopped_and_gone_on_with(chooser, server):
    server.faults = ["stall"]
    chooser.get("VGG19")
    chooser.wait(lambda: server.stalled.is_set() and chooser.state("VGG19").endswith("%"))
    assert chooser.says("Downloading vgg19")
    assert chooser.reads("Downloading vgg19", chooser.window.strip)
    chooser.press("Stop", chooser.dialog)
    chooser.wait(lambda: chooser.state("VGG19").startswith("Stopped at"))
    assert server.left.wait(5)  # at once, not when the server says something
    chooser.press("Go On…", chooser.dialog)
    chooser.answer(YES)
    chooser.wait(lambda: chooser.state("VGG19") == "Here")
    assert "Range" in server.asked[-1][1]


def test_what_fails_says_what_to_do_and_the_next_in_the_queue_comes(chooser):
    chooser.get("SAM ViT-B")
    chooser.get("VGG19")
    chooser.wait(lambda: chooser.state("VGG19") == "Here")
    assert chooser.state("SAM ViT-B") == "Failed"
    chooser.choose("SAM ViT-B")
    assert chooser.says("127.0.0.1 cannot be reached. Check the network, then get it again, or locate a file")
    assert chooser.button("Locate a File…", chooser.dialog).isEnabled()


def test_a_waiting_model_is_stopped_before_it_began_and_may_be_wanted_again(chooser, server):
    server.faults = ["stall"]
    chooser.get("VGG19")
    chooser.get("SAM ViT-L")
    assert chooser.state("SAM ViT-L") == "Waiting"
    assert chooser.says("1 waiting")
    chooser.press("Stop", chooser.dialog)
    assert chooser.state("SAM ViT-L") == "Not here"
    chooser.get("SAM ViT-L")
    assert chooser.state("SAM ViT-L") == "Waiting"
    chooser.press("Stop All", chooser.dialog)
    chooser.wait(lambda: chooser.state("VGG19").startswith("Stopped at"))
    assert chooser.state("SAM ViT-L") == "Not here"


def test_a_tier_is_got_as_a_whole(chooser):
    chooser.choose("Paper")
    chooser.press("Get All…", chooser.dialog)
    asked = chooser.asked()
    assert "VGG19: " in asked
    assert "SAM ViT-B: 375 MB" in asked
    assert "SAM ViT-H" not in asked
    assert "In all" in asked
    assert "free on the disk" in asked
    chooser.answer(CANCEL)


def test_a_file_that_one_has_is_taken_and_a_wrong_one_refused(chooser, server, tmp_path):
    (tmp_path / "other.pth").write_bytes(b"something else")
    for name, state in (("other.pth", "Failed"), ("vgg19.pth", "Here")):
        chooser.locate("VGG19", tmp_path / name)
        assert chooser.state("VGG19") == state
        assert chooser.says("is not the one that was expected") == (state == "Failed")
    assert server.asked == []


def test_damage_is_found_and_mended(chooser, server):
    chooser.get("VGG19")
    chooser.wait(lambda: chooser.state("VGG19") == "Here")
    path = chooser.desk.weights.folder / "vgg19.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    chooser.press("Check All Files", chooser.dialog)
    chooser.wait(lambda: chooser.state("VGG19") == "Damaged")
    assert chooser.says("1 of 7 models are damaged: get them again.")
    chooser.get("VGG19")
    chooser.wait(lambda: chooser.state("VGG19") == "Here")
    chooser.press("Check All Files", chooser.dialog)
    chooser.wait(lambda: chooser.says("All 7 are intact."))


def test_without_the_starter_nets_it_is_said_what_works(chooser):
    for name in ("u2netp", "vgg16-hed", "efficientnet-lite0"):
        (chooser.desk.weights.folder / f"{name}.json").unlink()
    chooser.dialog.close()
    chooser.menu("models")
    assert chooser.says("Without the starter nets (76 MB) box and brush cut out")
    assert chooser.state("Starter") == ""
    assert chooser.state("U²-Net, small") == "Not here"


def test_a_full_disk_is_told_before_anything_comes(chooser, server, monkeypatch):
    usage = shutil.disk_usage(chooser.desk.weights.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    chooser.get("VGG19")
    chooser.wait(lambda: chooser.state("VGG19") == "Failed")
    assert chooser.says("1 MB are left")
    assert server.asked == []


def test_everything_can_be_done_with_the_keys(chooser, server):
    names = chooser.dialog.list
    names.setFocus()
    while names.currentItem().text(0) != "VGG19":
        QTest.keyClick(names, Qt.Key.Key_Down)
    QTest.keyClick(names, Qt.Key.Key_Return)
    assert "Get VGG19?" in chooser.asked()
    chooser.answer(YES)
    chooser.wait(lambda: chooser.state("VGG19") == "Here")
    reached = []
    for _ in range(12):
        QTest.keyClick(chooser.dialog.focusWidget(), Qt.Key.Key_Tab)
        reached.append(getattr(chooser.dialog.focusWidget(), "text", str)())
    assert {"Delete…", "Check All Files", "Open Folder", "Close"} <= set(reached)
    while getattr(chooser.dialog.focusWidget(), "text", str)() != "Close":
        QTest.keyClick(chooser.dialog.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClick(chooser.dialog.focusWidget(), Qt.Key.Key_Space)
    assert not chooser.dialog.isVisible()


def test_a_fetch_does_not_hide_the_work(chooser, server, photos):
    server.faults = ["stall"]
    chooser.get("VGG19")
    chooser.wait(server.stalled.is_set)
    chooser.dialog.close()
    strip = chooser.window.strip
    assert chooser.reads("vgg19", strip) or chooser.reads("VGG19", strip)
    chooser.drop(photos / "sea.png")
    assert chooser.layers() == ["sea"]
    chooser.wait(lambda: chooser.reads("VGG19", strip) or chooser.reads("vgg19", strip))  # it is still there
    chooser.press("Stop", strip)
    chooser.wait(lambda: not chooser.desk.runner.jobs)
