"""Masks alone, models, the doctor, help, and what Ctrl+C leaves behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pictures
import pytest
import tiny

from blendstudio import __version__, cli
from blendstudio.cli import main
from blendstudio.engine.store import Store
from blendstudio.study import mismatch, truth_cases


def test_a_mask_alone_and_its_candidates(here, run):
    words = ("--image", "bird.png", "--box", "20,20,80,70", "-o", here / "mask.png", "--candidates", here / "all")
    code, events, _ = run("mask", *words, "--json")
    mask = pictures.load(here / "mask.png")
    assert code == 0
    assert pictures.rising(events[:-1])
    assert (mask.shape, mask.dtype) == ((pictures.HEIGHT, pictures.WIDTH), np.uint8)
    names = sorted(file.name for file in (here / "all").iterdir())
    assert names == [f"{number}.png" for number in range(1, len(events[-1]["boxes"]) + 1)]


@pytest.fixture
def known(here):
    """A folder with one photo whose mask is known."""
    listed = [{"id": "one", "image": "bird.png", "objects": [{"word": "bird", "mask": "mask.png"}]}]
    (here / "data").mkdir()
    for name in ("bird.png", "mask.png"):
        shutil.copy(name, here / "data")
    (here / "data" / "dataset.json").write_text(json.dumps(listed))
    return here


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_study_says_its_figures(known, capsys, flags):
    words = ("study", "masks", "--data", str(known / "data"), "-o", str(known / "report"))
    assert cli.main([*words, *flags]) == 0
    said = capsys.readouterr().out.splitlines()
    if flags:
        events = [json.loads(line) for line in said]
        assert events[-1] == {"event": "result", "out": str(known / "report")}
        said = [event["text"] for event in events if event["event"] == "line"]
    assert any(line.startswith("text") for line in said)
    assert any(line.startswith("box") for line in said)
    assert (known / "report" / "report.html").is_file()


def test_the_truth_study_ranks_the_methods_that_are_named(known, run, monkeypatch):
    monkeypatch.setattr(mismatch, "SIDE", 64)
    monkeypatch.setattr(truth_cases, "listed", lambda: [mismatch.listed()[1], mismatch.listed()[-1]])
    words = ("study", "truth", "--data", known / "data", "-o", known / "report", "--photos", 1, "--methods", "alpha")
    code, events, _ = run(*words, "--json")
    assert code == 0
    assert pictures.rising([event for event in events if event["event"] == "progress"])
    ranked = [event["text"].split()[0] for event in events if event["event"] == "line"]
    assert ranked.count("alpha") == ranked.count("copy-paste") == 3
    assert "harmonise" not in ranked
    assert (known / "report" / "report.html").is_file()


@pytest.mark.parametrize(
    ("flags", "what"),
    [(("--methods", "magic"), "no method called “magic”"), (("--photos", "-2"), "“-2” is not a whole number")],
)
def test_a_truth_study_of_nonsense_is_refused(known, run, flags, what):
    code, events, _ = run("study", "truth", "--data", known / "data", "-o", known / "report", *flags, "--json")
    assert (code, events[-1]["event"]) == (2, "error")
    assert what in events[-1]["what"]
    assert not (known / "report").exists()


def test_models_are_listed_and_verified(here, nets, run):
    for words in (("models", "--json", "list"), ("models", "list", "--json"), ("models", "verify", "--json")):
        code, events, _ = run(*words)
        assert code == 0
        assert {event["id"] for event in events if event.get("state") == "ready"} >= pictures.NETS
    assert run("models", "--json", "path")[1][0]["out"] == str(nets / "models")


def test_a_damaged_model_is_found(here, run, monkeypatch):
    path = tiny.tiny_home(here / "home") / "models" / "u2netp.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(here / "home"))
    code, events, errors = run("models", "verify", "--json")
    assert code == 4
    assert [event["id"] for event in events if event.get("state") == "damaged"] == ["u2netp"]
    assert "u2netp" in errors


def test_the_doctor_knows_libraries_weights_and_device(here, run):
    code, events, _ = run("doctor", "--json")
    states = {event["name"]: event["state"] for event in events}
    assert code == 0
    assert states["blendstudio"] == __version__
    assert states["u2netp"] == "ready"
    assert states["device"] in ("cpu", "cuda", "mps")
    assert int(states["threads"]) >= 1
    assert states["computing on cpu"].startswith("right")
    assert states["blend: poisson"].startswith("works")
    assert states["find by a word"].startswith(("nothing found", "not done", "works"))


def test_the_doctor_says_what_cannot_be_tried(run, monkeypatch, tmp_path):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tmp_path))
    code, events, _ = run("doctor", "--json")
    states = {event["name"]: event["state"] for event in events}
    assert code == 0
    assert states["u2netp"] == "missing"
    assert states["blend: two-stage"] == "not tried: The weights of vgg16-hed are not on this machine."
    assert states["cut out by a box"].startswith("works")


def test_the_doctor_names_what_fails_and_ends_as_a_failure(here, run, monkeypatch):
    monkeypatch.setattr("blendstudio.engine.methods.poisson.solve", lambda *_, **__: 1 / 0)
    code, events, errors = run("doctor", "--json")
    states = {event["name"]: event["state"] for event in events if event["event"] == "check"}
    assert code == 5
    assert states["blend: poisson"].startswith("failed: ")
    assert states["blend: alpha"].startswith("works")
    assert "This does not work here: blend: poisson." in errors


def test_a_model_is_deleted_and_what_ships_is_not(here, run, monkeypatch):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tiny.tiny_home(here / "home")))
    assert run("models", "delete", "u2netp", "vgg16-hed", "--json")[0] == 0
    states = {event["id"]: event["state"] for event in run("models", "list", "--json")[1]}
    assert (states["u2netp"], states["vgg16-hed"], states["efficientnet-lite0"]) == ("missing", "missing", "ready")
    assert run("models", "delete", "pan-x2-own", "--json")[0] == 0  # the tiny one that stood before the one that ships
    code, _, errors = run("models", "delete", "pan-x2-own", "--json")
    assert code == 2
    assert "ships with the program" in errors


def test_to_get_a_model_says_its_size_and_licence_first(here, run, monkeypatch, tmp_path):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tmp_path))
    monkeypatch.setattr(Store, "get", lambda *_: None)
    _, events, _ = run("models", "get", "paper", "--json")
    said = {event["id"]: event for event in events if event["event"] == "fetch"}
    assert {"sam-vit-b", "vgg19"} <= said.keys()
    assert "sam-vit-h" not in said  # the tier is whole without it
    assert said["sam-vit-b"]["bytes"] == 375042383
    assert said["sam-vit-b"]["licence"] == "Apache-2.0"
    assert said["vgg19"]["commercial"] == "ask"


@pytest.mark.parametrize("word", ["bend", "blend.txt", "7"])
def test_a_word_that_is_neither_a_verb_nor_a_picture_is_refused(word, capsys):
    assert main([word]) == 2
    assert "cannot be understood" in capsys.readouterr().err


@pytest.mark.parametrize(("flag", "shown"), [("--version", __version__), ("--help", "verbs")])
def test_version_and_help(capsys, flag, shown):
    with pytest.raises(SystemExit) as left:
        main([flag])
    assert left.value.code == 0
    assert shown in capsys.readouterr().out


def test_signals_are_afterwards_as_before(here, run):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    run("mask", "--image", "bird.png", "--box", "20,20,80,70", "-o", here / "mask.png", "--json")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


# stopping

GIVEN = ("blend", "--source", "bird.png", "--background", "sea.png", "--mask", "mask.png")
ENDLESS = ("--method", "two-stage", "--set", "evaluations_1=2000", "--set", "evaluations_2=2000")


@pytest.mark.skipif(os.name != "posix", reason="signals of Unix")
def test_ctrl_c_leaves_no_file(here, shots, nets):
    command = [sys.executable, "-m", "blendstudio", *GIVEN, "-o", here / "out.png", "--json", *ENDLESS]
    home = os.environ | {"BLENDSTUDIO_HOME": str(nets)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=shots, env=home, text=True, **pipes) as process:
        while "Stage 1" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "Stopped.\n"
    assert json.loads(said.splitlines()[-1]) == {"event": "error", "code": 130, "what": "Stopped.", "next": ""}
    assert list(here.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals of Unix")
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_at_any_stage_leaves_no_file(here, monkeypatch, capsys, sign, times):
    report = cli.Console.report

    def stop_me(console, share, stage):
        report(console, share, stage)
        if stage.startswith("Stage 1"):
            for _ in range(times):
                os.kill(os.getpid(), sign)

    monkeypatch.setattr(cli.Console, "report", stop_me)
    assert cli.main([*GIVEN, "-o", str(here / "out.png"), *ENDLESS]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "Stopped."
    assert list(here.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
def test_a_reader_that_leaves_is_no_fault(nets):
    home = os.environ | {"BLENDSTUDIO_HOME": str(nets)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-m", "blendstudio", "models", "list"], env=home, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_output_that_finds_no_room_is_told(nets):
    home = os.environ | {"BLENDSTUDIO_HOME": str(nets)}
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "blendstudio", "models", "list"]
        done = subprocess.run(command, env=home, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("There is no room left on the disk for the output.")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("coding", ["ascii", "cp1252", "utf-8:strict"])
def test_any_terminal_can_show_any_name(coding):
    words = ["models", "import", "лебедь\udcff", "nothing", "--json"]
    command = [sys.executable, "-X", "utf8", "-m", "blendstudio", *words]
    home = os.environ | {"PYTHONIOENCODING": coding}
    done = subprocess.run(command, env=home, capture_output=True, check=False)
    assert done.returncode == 2
    assert "“лебедь\udcff”" in json.loads(done.stdout)["what"]
    assert b"Traceback" not in done.stderr


def test_without_a_screen_the_window_is_refused_in_a_sentence(monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    assert "There is no screen for a window." in capsys.readouterr().err
