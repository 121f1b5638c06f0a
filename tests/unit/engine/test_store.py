"""The folder of models: nothing damaged is loaded, nothing is fetched twice, and results name what they used."""

import dataclasses
import os
import signal
import subprocess
import sys

import pytest
import tiny
import torch
from safetensors.torch import load, save
from tiny_onnx import onnx_file, random_u2net

from blendstudio.engine import loaded, records, store
from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import ModelEntry, parse, select, shipped
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import Cancelled, CannotRead, DownloadFailed, ModelDamaged, ModelMissing, UsageError

MEMBER = "tiny_weights/net.onnx"


@pytest.fixture
def wheel(tmp_path):
    (tmp_path / "wheels").mkdir()
    return tiny.tiny_wheel(tmp_path / "wheels", "tiny-weights", {MEMBER: onnx_file(random_u2net())})


@pytest.fixture
def models(tmp_path, wheel):
    """An empty store that knows one model, which the tiny wheel carries."""
    return Store(tmp_path / "home" / "models", (tiny.wheel_entry(wheel, MEMBER),))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tiny.tiny_home(tmp_path / "tiny")))
    return Store.default()


def states(models):
    return [status.state for status in models.status()], [status.state for status in models.verify(Progress())]


def from_folder(folder):
    return ["--no-index", "--find-links", str(folder)]


def flip_a_bit(path, place=-1):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_a_model_is_fetched_converted_and_kept(models, wheel):
    assert states(models) == (["missing"], ["missing"])
    models.get(["starter"], Progress(), from_folder(wheel.parent))
    assert states(models) == (["ready"], ["ready"])
    assert models.net("tiny")(torch.zeros(1, 3, 16, 16)).shape == (1, 1, 16, 16)
    assert torch.equal(load(models.path("tiny").read_bytes())["out.bias"], random_u2net()["out.bias"])
    assert [path.name for path in models.folder.parent.iterdir()] == ["models"]
    kept = sorted(path.name for path in models.folder.iterdir())
    assert kept == [".tiny.lock", "tiny.json", "tiny.safetensors"]


def test_what_is_here_is_not_fetched_again(models, wheel, tmp_path):
    models.import_file("tiny", wheel, Progress())
    models.get(["tiny"], Progress(), from_folder(tmp_path))
    assert states(models) == (["ready"], ["ready"])


def test_a_damaged_model_is_fetched_again(models, wheel):
    models.import_file("tiny", wheel, Progress())
    flip_a_bit(models.path("tiny"))
    models.get(["tiny"], Progress(), from_folder(wheel.parent))
    assert states(models) == (["ready"], ["ready"])


def test_a_failed_fetch_leaves_no_model(models, tmp_path):
    with pytest.raises(DownloadFailed):
        models.get(["tiny"], Progress(), from_folder(tmp_path))
    assert states(models) == (["missing"], ["missing"])
    assert [path.name for path in models.folder.parent.iterdir()] == ["models"]


def test_an_unknown_name_is_told(models):
    for ask in (lambda: models.get(["nonsense"], Progress()), lambda: models.digest("nonsense")):
        with pytest.raises(UsageError, match="nonsense") as caught:
            ask()
        assert "tiny" in caught.value.next_step


@pytest.mark.parametrize("kind", ["wheel", "member"])
def test_a_file_chosen_by_hand_is_taken(models, wheel, tmp_path, kind):
    chosen = wheel
    if kind == "member":
        chosen = tmp_path / "my download.onnx"
        chosen.write_bytes(onnx_file(random_u2net()))
    models.import_file("tiny", chosen, Progress())
    assert states(models) == (["ready"], ["ready"])
    assert chosen.exists()


@pytest.mark.parametrize("content", [b"", b"another file", onnx_file(random_u2net())[::-1]])
def test_a_wrong_file_chosen_by_hand_is_refused(models, tmp_path, content):
    (tmp_path / "other.onnx").write_bytes(content)
    with pytest.raises(ModelDamaged):
        models.import_file("tiny", tmp_path / "other.onnx", Progress())
    assert states(models) == (["missing"], ["missing"])


def test_a_file_that_is_not_there_is_told(models, tmp_path):
    with pytest.raises(CannotRead, match=r"other\.onnx"):
        models.import_file("tiny", tmp_path / "other.onnx", Progress())


def test_an_own_model_may_be_replaced_by_hand_but_not_by_rubbish(home, tmp_path):
    mine, rubbish = tmp_path / "mine.safetensors", tmp_path / "rubbish"
    state = tiny.upscale()
    state["conv_last.bias"] += 0.25
    mine.write_bytes(save(state))
    home.import_file("pan-x2-own", mine, Progress())
    assert torch.allclose(home.net("pan-x2-own")(torch.zeros(1, 3, 4, 4)), torch.tensor(0.25))
    rubbish.write_bytes(b"rubbish")
    with pytest.raises(ModelDamaged):
        home.import_file("pan-x2-own", rubbish, Progress())


@pytest.mark.parametrize("place", [0, 9, 100, -1])
def test_verify_finds_a_flipped_bit_wherever_it_is(home, place):
    path = home.path("u2netp")
    before = path.stat()
    flip_a_bit(path, place)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    found = {status.entry.id: status.state for status in home.verify(Progress()) if status.entry.tier != "paper"}
    assert found.pop("u2netp") == "damaged"
    assert set(found.values()) == {"ready"}


def test_a_file_that_changed_is_not_loaded(home):
    flip_a_bit(home.path("u2netp"))
    os.utime(home.path("u2netp"), ns=(1, 1))
    with pytest.raises(ModelDamaged, match="u2netp") as caught:
        home.net("u2netp")
    assert "models get u2netp" in caught.value.next_step


def test_a_file_that_was_only_copied_is_hashed_once_more(home, monkeypatch):
    digest = home.digest("u2netp")
    os.utime(home.path("u2netp"), ns=(1, 1))
    assert home.digest("u2netp") == digest
    monkeypatch.setattr(records, "sha256_of", lambda path: pytest.fail("hashed without need"))
    assert Store.default().digest("u2netp") == digest


@pytest.mark.parametrize("text", ["", "{}", "[]", "\x00", '{"size": 1}', '{"nonsense": 1}'])
def test_a_file_without_a_sound_record_counts_as_missing(home, text):
    (home.folder / "u2netp.json").write_text(text)
    assert not home.has("u2netp")
    with pytest.raises(ModelMissing):
        home.net("u2netp")


def test_weights_made_from_another_source_count_as_missing(home):
    newer = tuple(dataclasses.replace(entry, sha256="0" * 64) for entry in shipped() if entry.package)
    assert not any(Store(home.folder, newer).has(entry.id) for entry in newer)


def test_a_sound_file_of_another_net_is_refused(home):
    home.keep("u2netp", save({"a": torch.zeros(1)}))
    with pytest.raises(ModelDamaged):
        home.net("u2netp")


def test_a_net_is_ready_to_run_and_not_to_train(home):
    net = home.net("vgg16-hed")
    assert not net.training
    assert not any(parameter.requires_grad for parameter in net.parameters())
    assert home.net("vgg16-hed") is net


def test_new_weights_are_noticed(home):
    before = home.net("vgg16-hed")
    home.keep("vgg16-hed", save(tiny.features(width=4)))
    assert home.net("vgg16-hed") is not before


def test_the_nets_that_were_idle_longest_go_when_the_budget_is_full(home):
    sizes = {id: loaded.size(home.net(id)) for id in ("u2netp", "vgg16-hed", "efficientnet-lite0")}
    home.loaded.budget = sum(sizes.values()) - 1
    first = home.net("u2netp")
    second = home.net("vgg16-hed")
    assert home.net("u2netp") is first
    home.net("efficientnet-lite0")
    assert home.net("u2netp") is first
    assert home.net("vgg16-hed") is not second


def hold_lock(models):
    """Another program that has the lock of the tiny model until its input ends."""
    models.folder.mkdir(parents=True)
    code = """
import sys
from pathlib import Path
from blendstudio.engine.job import Progress
from blendstudio.engine.locks import held
with held(Path(sys.argv[1]), Progress(), ""):
    sys.stdout.write("held\\n"); sys.stdout.flush(); sys.stdin.read()
"""
    command = [sys.executable, "-c", code, str(models.folder / ".tiny.lock")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert other.stdout.readline() == "held\n"
    return other


def test_the_second_of_two_programs_waits_and_fetches_nothing(models, tmp_path):
    stages = []

    def report(share, stage):
        stages.append(stage)
        if stage.startswith("Waiting") and other.poll() is None:
            models.keep("tiny", save(random_u2net()))
            other.communicate()

    with hold_lock(models) as other:
        models.get(["tiny"], Progress(report), from_folder(tmp_path))
    assert "Waiting for another program to get tiny" in stages
    assert states(models) == (["ready"], ["ready"])


@pytest.mark.skipif(os.name != "posix", reason="kills a process the posix way")
def test_a_lock_left_by_a_dead_program_blocks_nobody(models, wheel):
    with hold_lock(models) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
    models.import_file("tiny", wheel, Progress())
    assert states(models) == (["ready"], ["ready"])


def test_nets_are_handed_out_by_role_and_remembered_in_order(home):
    nets = Nets(home, device="cpu")
    assert nets.used == ()
    for role in ("words", "saliency", "words"):
        nets.net(role)
    assert [id for id, _ in nets.used] == ["efficientnet-lite0", "u2netp"]
    assert [sha256 for _, sha256 in nets.used] == [home.digest("efficientnet-lite0"), home.digest("u2netp")]
    assert nets.tier == "starter"
    assert str(nets.device) == "cpu"
    assert nets.has("upscale")
    assert not nets.has("nonsense")


def test_missing_weights_are_told_with_the_way_to_get_them(tmp_path):
    nets = Nets(Store(tmp_path / "empty", shipped()), device="cpu")
    assert not nets.has("saliency")
    with pytest.raises(ModelMissing, match="not on this machine") as caught:
        nets.net("saliency")
    assert "blendstudio models get starter" in caught.value.next_step
    with pytest.raises(ModelMissing, match="tier “starter” serves “nonsense”"):
        nets.net("nonsense")


def test_an_own_model_that_is_gone_is_told(tmp_path):
    gone = ModelEntry("own", "upscale", "own", "pan", "", "", file="weights/gone.safetensors")
    models = Store(tmp_path, (gone,))
    for ask in (lambda: Nets(models, device="cpu").net("upscale"), lambda: models.get(["own"], Progress())):
        with pytest.raises(ModelMissing, match="ship with the program"):
            ask()


TWO_TIERS = """
[small]
role = "features"
tier = "starter"
net = "vgg"
purpose = ""
licence = ""
package = "small==1"
[large]
role = "features"
tier = "paper"
net = "vgg"
purpose = ""
licence = ""
package = "large==1"
[mask]
role = "masks"
tier = "paper"
net = "vgg"
purpose = ""
licence = ""
package = "mask==1"
"""


def test_auto_is_the_papers_tier_only_when_all_of_it_is_here(tmp_path):
    models = Store(tmp_path, parse(TWO_TIERS))
    weights = save(tiny.features())
    used = []
    for id in ("small", "large", "mask"):
        models.keep(id, weights)
        nets = Nets(models, "auto", "cpu")
        if nets.has("features"):
            nets.net("features")
        used.append((nets.tier, [id for id, _ in nets.used]))
    assert used == [("starter", ["small"]), ("starter", ["small"]), ("paper", ["large"])]
    assert Nets(models, "starter", "cpu").has("features")
    assert not Nets(models, "starter", "cpu").has("masks")


def test_a_role_that_the_tier_lacks_is_served_by_our_own(home):
    nets = Nets(home, "paper", "cpu")
    assert nets.named("upscale")[0] == "pan-x2-own"
    home.keep("pan-x2", save(tiny.upscale()))
    assert nets.named("upscale")[0] == "pan-x2"
    assert Nets(home, "starter", "cpu").named("upscale")[0] == "pan-x2-own"


def test_a_tier_of_another_name_is_told(home):
    with pytest.raises(UsageError, match="nonsense"):
        Nets(home, "nonsense")


def test_the_shipped_manifest_serves_every_role_of_the_starter_tier():
    manifest = shipped()
    assert {entry.role for entry in manifest} >= {"saliency", "words", "features", "upscale", "harmoniser", "painting"}
    own = ["pan-x2-own", "harmoniser-own", "painting-own"]
    assert [entry.id for entry in select(manifest, ["own", "u2netp"])] == ["u2netp", *own]
    for entry in manifest:
        assert (entry.member == "") == (entry.package == ""), entry.id
        assert (entry.bytes == 0) == (entry.tier == "own"), entry.id


def test_the_folder_is_below_the_home_that_was_set_or_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tmp_path))
    assert store.default_folder() == tmp_path / "models"
    monkeypatch.delenv("BLENDSTUDIO_HOME")
    assert store.default_folder().parts[-2:] == ("blendstudio", "models")


def test_a_stop_while_waiting_is_answered(models):
    with hold_lock(models) as other, pytest.raises(Cancelled):
        models.get(["tiny"], Progress(cancelled=lambda: True))
    assert other.returncode == 0
