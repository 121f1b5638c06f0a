"""Downloads from a server that does everything wrong: the file arrives as published, or an error says what happened."""

import io
import json
import os
import pickle
import random
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import tiny
import torch
from bad_server import BadServer
from tiny_onnx import onnx_file, random_u2net

from blendstudio.engine import answer, download
from blendstudio.engine.answer import may_ask, reason
from blendstudio.engine.download import Part
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Store
from blendstudio.errors import Cancelled, DiskFull, DownloadFailed, ModelDamaged

DATA = random.Random(1).randbytes(50_000)
FAULTS = (
    *("drop", "stall", "silent", "hang-up", "garbage", "claims-more", "claims-less", "sends-more", "sends-less"),
    *("ignores-range", "wrong-range", "another-file", "changes", "changes-back", "flip", "busy", "gone", "zipped"),
    *("moved", "to-http", "to-file", "round-and-round"),
)
HOPEFUL = (
    "drop",
    "stall",
    "ignores-range",
    "moved",
    "busy",
    "sends-less",
)  # after these the same server is asked again


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Short waits, small blocks, and no proxies of this machine."""
    monkeypatch.setattr(download, "PAUSE", 0.0)
    monkeypatch.setattr(answer, "STALL", 0.15)
    monkeypatch.setattr(answer, "POLL", 0.01)
    monkeypatch.setattr(answer, "CHUNK", 10_000)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody is there: a loopback address is asked directly


@pytest.fixture
def server():
    with BadServer(DATA).running() as server:
        yield server


@pytest.fixture
def part(tmp_path):
    return Part(tmp_path / ".tiny.part")


def fetched(server, part, progress=None, **values):
    return download.download(server.entry(**values), part, progress or Progress()).read_bytes()


def test_a_file_arrives_with_its_progress(server, part):
    said = []
    assert fetched(server, part, Progress(lambda share, stage: said.append((share, stage)))) == DATA
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert said[-1][1] == "Downloading tiny: 0 of 0 MB"
    assert len(server.asked) == 1
    assert server.asked[0][1]["User-Agent"].startswith("blendstudio/")


@pytest.mark.parametrize("fault", HOPEFUL)
def test_after_a_fault_that_passes_the_file_arrives(server, part, fault):
    server.faults = [fault, fault]
    assert fetched(server, part) == DATA


def test_a_dropped_download_goes_on_where_it_was(server, part):
    server.faults, server.random = ["drop"], random.Random(5)
    fetched(server, part)
    (_, first), (_, second) = server.asked
    assert "Range" not in first
    begun = int(second["Range"].removeprefix("bytes=").rstrip("-"))
    assert 0 < begun <= server.sent[0]
    assert second["If-Range"] == '"first"'
    assert server.sent[1] == len(DATA) - begun  # nothing comes twice


def test_a_stop_is_answered_while_the_server_is_silent_and_the_next_download_goes_on(server, part, monkeypatch):
    monkeypatch.setattr(answer, "STALL", 60.0)
    server.faults, server.random = ["stall"], random.Random(5)
    with pytest.raises(Cancelled):
        fetched(server, part, Progress(cancelled=lambda: server.stalled.is_set() and part.size > 0))
    assert server.left.wait(5)  # the connection is broken off, not left waiting
    came = part.size
    assert 0 < came < len(DATA)
    assert fetched(server, part) == DATA
    assert server.asked[-1][1]["Range"] == f"bytes={came}-"


def test_a_stop_before_the_first_byte_is_answered(server, part, monkeypatch):
    monkeypatch.setattr(answer, "STALL", 60.0)
    server.faults = ["silent"]
    with pytest.raises(Cancelled):
        fetched(server, part, Progress(cancelled=server.stalled.is_set))
    assert server.left.wait(5)


def test_a_file_that_came_whole_is_only_checked(server, part):
    part.path.write_bytes(DATA)
    assert fetched(server, part) == DATA
    assert server.asked == []


@pytest.mark.parametrize("left", [DATA[::-1], DATA + b"more", DATA[:100][::-1]])
def test_what_an_earlier_download_left_wrong_is_fetched_again(server, part, left):
    part.path.write_bytes(left)
    assert fetched(server, part) == DATA


def test_a_weak_tag_is_no_ground_to_go_on(server, part):
    server.tag, server.faults = 'W/"first"', ["drop"]
    assert fetched(server, part) == DATA
    assert "If-Range" not in server.asked[1][1]  # the hash of the whole decides


LASTING = {  # what is always so: error, words of its sentence, questions asked
    "gone": (DownloadFailed, "does not give the file away (status 404)", 1),
    "busy": (DownloadFailed, "is too busy", download.TRIES),
    "stall": (DownloadFailed, "stopped answering", None),
    "silent": (DownloadFailed, "stopped answering", download.TRIES),
    "hang-up": (DownloadFailed, "broke the connection off", download.TRIES),
    "garbage": (DownloadFailed, "broke the connection off", download.TRIES),
    "zipped": (DownloadFailed, "in another form", 1),
    "to-http": (DownloadFailed, "sends us on to an address without encryption", 1),
    "to-file": (DownloadFailed, "does not give the file away (status 302)", 1),
    "round-and-round": (DownloadFailed, "does not give the file away (status 302)", None),
    "claims-more": (ModelDamaged, "not the file that was expected", 1),
    "claims-less": (ModelDamaged, "not the file that was expected", 1),
    "sends-more": (ModelDamaged, "not the file that was expected", download.RESTARTS + 1),
    "another-file": (ModelDamaged, "not the file that was expected", 1),
    "flip": (ModelDamaged, "not the file that was expected", 1),
}


@pytest.mark.parametrize("fault", LASTING)
def test_what_is_always_wrong_is_told_in_a_sentence(server, part, fault):
    kind, words, asked = LASTING[fault]
    server.faults = [fault] * 100
    with pytest.raises(kind) as told:
        fetched(server, part)
    assert words in told.value.what
    assert "blendstudio models import tiny FILE" in told.value.next_step
    assert asked is None or len(server.asked) == asked


def test_the_next_mirror_is_asked_and_goes_on_with_what_came(server, part):
    with BadServer(DATA).running() as other:
        server.faults = ["stall"] + ["silent"] * 100
        assert fetched(server, part, urls=(server.url, other.url)) == DATA
        assert other.asked[0][1]["Range"] == f"bytes={server.sent[0]}-"
        assert "If-Range" not in other.asked[0][1]


def test_when_no_mirror_helps_each_is_named(server, part):
    nobody = "http://127.0.0.1:9/net.pth"
    server.faults = ["flip"]
    with pytest.raises(DownloadFailed, match="cannot be reached") as told:
        fetched(server, part, urls=(server.url, nobody))
    assert told.value.detail.splitlines() == [
        "What 127.0.0.1 sends for tiny is not the file that was expected.",
        "127.0.0.1 cannot be reached.",
    ]


def test_only_encrypted_addresses_are_asked(part):
    entry = BadServer(DATA).entry
    for url in ("http://example.org/net.pth", "ftp://127.0.0.1/net.pth", "file:///etc/hostname"):
        with pytest.raises(DownloadFailed, match="without encryption"):
            download.download(entry(urls=(url,)), part, Progress())
    assert may_ask("https://example.org/a", "https://other.org/b")
    assert not may_ask("http://127.0.0.1/a", "https://example.org/b")
    assert not may_ask("http://127.0.0.1/a", "http://localhost/b")


def test_a_certificate_that_is_not_trusted_is_told():
    assert "certificate" in reason(ssl.SSLCertVerificationError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))


def test_a_disk_that_fills_up_is_told_and_nothing_is_lost(server, part, monkeypatch):
    server.faults = ["drop"]
    real, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) > 3:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        for _ in range(9):
            part.path.unlink(missing_ok=True)
            fetched(server, part)
    monkeypatch.undo()


# Everything at once


@pytest.fixture(scope="module")
def published():
    return onnx_file(random_u2net())


def one_run(seed, published, folder):
    """A person who tries three times against a server with random faults; returns the store and what was raised."""
    with BadServer(published, seed).running() as server:
        dice = server.random
        server.tag = dice.choice(['"first"', 'W/"first"', ""])
        server.faults = [dice.choice(FAULTS) for _ in range(dice.randrange(1, 7))]
        entry = server.entry()
        store, raised = Store(folder / "models", (entry,)), []
        for _ in range(3):
            try:
                store.get(["tiny"], Progress(cancelled=lambda: dice.random() < 0.02))
            except (DownloadFailed, ModelDamaged, Cancelled) as error:
                raised.append(error)
            kept = (store.folder / "tiny.safetensors").exists()
            assert kept == (store.verify(Progress())[0].state == "ready")
            if kept:
                break
        return store, raised


def runs(seeds, published, folder, monkeypatch):
    monkeypatch.setattr(answer, "STALL", 0.05)
    ended = {"ready": 0, "missing": 0}
    reference = Store(folder / "reference" / "models", (BadServer(published).entry(),))
    (folder / "net.onnx").write_bytes(published)
    reference.import_file("tiny", folder / "net.onnx", Progress())
    for seed in seeds:
        store, raised = one_run(seed, published, folder / str(seed))
        state = store.status()[0].state
        ended[state] += 1
        if state == "ready":
            assert store.path("tiny").read_bytes() == reference.path("tiny").read_bytes(), seed
            assert store.arrived("tiny") == 0, seed
        else:
            assert len(raised) == 3, seed
        left = {path.suffix for path in store.folder.iterdir()} - {".lock", ".part", ".json", ".safetensors"}
        assert not left, seed
    return ended


def test_random_faults_end_in_the_published_file_or_in_the_right_error(published, tmp_path, monkeypatch):
    ended = runs(range(25), published, tmp_path, monkeypatch)
    assert min(ended.values()) > 0  # both ends were seen


@pytest.mark.slow
def test_two_hundred_random_runs(published, tmp_path, monkeypatch):
    runs(range(1000, 1200), published, tmp_path, monkeypatch)


class Canary:
    """Unpickled carelessly, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def saved(content):
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def hostile_files(canary):
    """Name -> bytes of a file that is meant to do harm."""
    many = {f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(100_000)}
    crowd = json.dumps(many).encode()
    weights = saved(tiny.features())
    indices = torch.tensor([[9_000_000]])
    return {
        "a pickle that runs code": pickle.dumps({"a": Canary(canary)}),
        "a checkpoint that runs code": saved({"a": Canary(canary)}),
        "cut short": weights[: len(weights) // 2],
        "sparse, beyond its size": saved(
            {"a": torch.sparse_coo_tensor(indices, torch.ones(1), (3,), check_invariants=False)}
        ),
        "a crowded header": len(crowd).to_bytes(8, "little") + crowd,
        "a header without end": (1 << 62).to_bytes(8, "little") + b"{}",
        "nothing but zeros": bytes(5000),
    }


@pytest.mark.parametrize("name", hostile_files(Path()))
def test_a_hostile_file_of_the_right_hash_is_refused_in_a_sentence(tmp_path, name):
    canary = tmp_path / "canary"
    with BadServer(hostile_files(canary)[name]).running() as server:
        store = Store(tmp_path / "models", (server.entry(net="sam", convert="checkpoint"),))
        with pytest.raises(ModelDamaged) as told:
            store.get(["tiny"], Progress())
    assert told.value.what.startswith("The file for tiny does not hold that model")
    assert not canary.exists()
    assert [path.name for path in store.folder.iterdir()] == [".tiny.lock"]


def test_two_who_want_one_model_cause_one_transfer(published, tmp_path):
    with BadServer(published).running() as server:
        stores = [Store(tmp_path / "models", (server.entry(),)) for _ in range(2)]
        threads = [threading.Thread(target=store.get, args=(["tiny"], Progress())) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [store.status()[0].state for store in stores] == ["ready", "ready"]
        assert len(server.asked) == 1


def test_a_deleted_model_is_gone_with_all_that_came_of_it(published, tmp_path):
    with BadServer(published).running() as server:
        store = Store(tmp_path / "models", (server.entry(),))
        store.get(["tiny"], Progress())
        net = store.net("tiny")
        store.delete("tiny", Progress())
        assert store.status()[0].state == "missing"
        server.faults = ["drop"] + ["gone"] * 9
        with suppress(DownloadFailed):
            store.get(["tiny"], Progress())
        assert store.arrived("tiny") > 0
        store.delete("tiny", Progress())
        assert [path.name for path in store.folder.iterdir()] == [".tiny.lock"]
        server.faults = []
        store.get(["tiny"], Progress())
        assert store.net("tiny") is not net
