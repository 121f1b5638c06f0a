"""Whatever is wrong with a command: one sentence says it, the next says what to do, and a script gets a code."""

import json
import os
import re

import numpy as np
import pictures
import pytest
import tiny

from blendstudio.cli import main

GIVEN = {"--source": "bird.png", "--background": "sea.png", "--method": "alpha"}
MASK, BIRD = ("--mask", "mask.png"), ("--prompt", "bird")
JARGON = re.compile(r"Traceback|\w+(Error|Exception)\b|errno|NoneType|blendstudio/\w+/|\.py\b", re.IGNORECASE)
WHAT = re.compile(r"[^\n]{15,}[.…]$")
NEXT = re.compile(r"[A-Z][a-z]+ [^\n]*\.$")  # begins with a verb


@pytest.fixture(scope="module")
def wrong(shots):
    """The folder with pictures that cannot be used, beside those that can."""
    photo = pictures.bird()[0]
    (shots / "letter.png").write_text("Dear Sir,\n")
    (shots / "empty.png").write_bytes(b"")
    (shots / "cut.jpg").write_bytes(pictures.jpeg(photo)[:1500])
    (shots / "huge.png").write_bytes(pictures.claimed(30_000, 30_000))
    (shots / "folder.png").mkdir()
    pictures.save(shots / "black.png", np.zeros(photo.shape[:2], np.uint8))
    pictures.save(shots / "other.png", np.full((50, 60), 255, np.uint8))
    pictures.save(shots / "grey.png", np.full(photo.shape, 128, np.uint8))
    return shots


@pytest.fixture
def refused(wrong, here, capsys):
    """Runs a wrong command as a person and as a script; returns the script's error line."""

    def call(*words):
        before = sorted(wrong.iterdir()), sorted(here.iterdir())
        code = main(list(words))
        said = capsys.readouterr()
        assert said.out == "" or words[:2] == ("models", "get")  # which tells size and licence first
        assert main([words[0], "--json", *words[1:]]) == code
        event = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (event["event"], event["code"]) == ("error", code)
        assert f"{event['what']} {event['next']}" == said.err.splitlines()[-1]
        assert not JARGON.search(said.err)
        assert len(event["what"]) < 120
        assert WHAT.match(event["what"])
        assert NEXT.match(event["next"])
        assert before == (sorted(wrong.iterdir()), sorted(here.iterdir()))
        return event

    return call


def blend(*words, out="out.png", **changed):
    given = GIVEN | {f"--{name}": value for name, value in changed.items()}
    given |= {"-o": out}
    return ("blend", *words, *(part for pair in given.items() if pair[1] for part in pair))


FILES = [
    (blend(*MASK, source="none.png"), "none.png cannot be read: no such file"),
    (blend(*MASK, background="none.png"), "none.png cannot be read: no such file"),
    (blend("--mask", "none.png"), "none.png cannot be read: no such file"),
    (blend(*MASK, source="folder.png"), "folder.png is a folder"),
    (blend(*MASK, source="letter.png"), "letter.png is not a picture"),
    (blend(*MASK, background="letter.png"), "letter.png is not a picture"),
    (blend(*MASK, source="empty.png"), "empty.png is empty"),
    (blend(*MASK, source="cut.jpg"), "cut.jpg is damaged or cut short"),
    (blend(*MASK, source="huge.png"), "huge.png is over 30,000 pixels a side or 200 megapixels"),
    (blend("--mask", "other.png"), "mask is 60×50, but its picture is 128×96"),
    (blend(*MASK, out="none/out.png"), "out.png cannot be written: no such file"),
    (blend(*MASK, out="folder.png"), "folder.png cannot be written: it is a folder"),
    (blend(*MASK, "--mask-out", "none/mask.png"), "mask.png cannot be written"),
    (("mask", "--image", "bird.png", *BIRD, "-o", "none/mask.png"), "mask.png cannot be written"),
    (("mask", "--image", "bird.png", *BIRD, "-o", "new.png", "--candidates", "sea.png"), "sea.png cannot be written"),
    (("mask", "--image", "none.png", *BIRD, "-o", "new.png"), "none.png cannot be read"),
    (("study", "masks", "--data", "folder.png", "-o", "new"), "There is no dataset.json in folder.png"),
    (("models", "import", "u2netp", "none.onnx"), "none.onnx cannot be read"),
]
USAGE = [
    (blend("--prompt", ""), "Nothing says what to cut out"),
    (blend("--prompt", "  \t "), "Nothing says what to cut out"),
    (blend(), "Nothing says what to cut out"),
    (blend("--prompt", "bird " * 300), "prompt is too long"),
    (blend(*MASK, *BIRD), "a mask and a prompt"),
    (blend(*MASK, "--box", "1,2,30,40"), "a mask and a prompt"),
    (blend("--box", "500,500,600,600"), "box lies outside the picture"),
    (blend("--box", "60,60,20,20"), "box lies outside the picture or is empty"),
    (blend("--box", "1,2,3"), "“1,2,3” is not what --box takes"),
    (blend("--box", "left"), "“left” is not what --box takes"),
    (blend("--box", "nan,0,10,10"), "not what --box takes"),
    (blend("--box", "0,0,inf,10"), "not what --box takes"),
    (blend("--box", "7" * 200), "not what --box takes"),
    (blend("--point", "500,10"), "point lies outside the picture"),
    (blend("--point", "-3,10"), "point lies outside the picture"),
    (blend("--point", "5"), "“5” is not what --point takes"),
    (blend("--point", "5,5,+,-"), "not what --point takes"),
    (blend("--point", "50,44,-"), "No point lies on the object"),
    (blend(*MASK, "--at", "here"), "“here” is not what --at takes"),
    (blend(*MASK, "--at", "5,5,5"), "not what --at takes"),
    (blend(*MASK, "--scale", "0"), "scale cannot be 0"),
    (blend(*MASK, "--scale", "-1"), "scale cannot be -1"),
    (blend(*MASK, "--scale", "nan"), "scale cannot be nan"),
    (blend(*MASK, "--scale", "inf"), "scale cannot be inf"),
    (blend(*MASK, "--scale", "big"), "--scale: invalid float value: 'big'"),
    (blend(*MASK, "--rotate", "nan"), "angle cannot be nan"),
    (blend(*MASK, "--flip", "x"), "--flip: invalid choice: 'x'"),
    (blend(*MASK, "--seed", "-1"), "seed cannot be -1"),
    (blend(*MASK, "--seed", "x"), "--seed: invalid int value"),
    (blend(*MASK, method="magic"), "no method named “magic”"),
    (blend(*MASK, "--preset", "sunny"), "no preset named “sunny”"),
    (blend(*MASK, "--preset", "paper"), "no preset named “paper”"),  # which belongs to another method
    (blend(*MASK, "--set", "glow=1"), "no knob named “glow”"),
    (blend(*MASK, "--set", "margin"), "“margin” does not set a knob"),
    (blend(*MASK, "--set", "=3"), "no knob named “”"),
    (blend(*MASK, "--set", "margin=0"), "“margin” cannot be “0”"),
    (blend(*MASK, "--set", "margin=9999"), "“margin” cannot be “9999”"),
    (blend(*MASK, "--set", "margin=wide"), "“margin” cannot be “wide”"),
    (blend(*MASK, "--set", "margin=2.5"), "“margin” cannot be “2.5”"),
    (blend(*MASK, "--set", "feather=nan"), "“feather” cannot be “nan”"),
    (blend(*MASK, "--set", "kernel=star"), "“kernel” cannot be “star”"),
    (blend(*MASK, "--set", "colours=perhaps"), "“colours” cannot be “perhaps”"),
    (blend(*MASK, "--set", "g" * 300 + "=1"), "no knob named “ggg"),
    (blend(*MASK, "--set", "start=x", method="two-stage"), "“start” cannot be “x”"),
    (blend(*MASK, "--mask-out", "out.png"), "A result has the name of another file"),
    (blend(*MASK, out="bird.png"), "A result has the name of another file"),
    (blend(*MASK, out="new.jpg"), "cannot be called “.jpg”"),
    (blend(*MASK, source=None), "required: --source"),
    (blend(*MASK, out=None), "required: -o"),
    (blend(*MASK, "--frame"), "unrecognized arguments: --frame"),
    (blend(*MASK, "--models", "best"), "--models: invalid choice: 'best'"),
    (("mask", "--image", "bird.png", "-o", "new.png"), "prompt is empty"),
    (("models", "import", "magic", "bird.png"), "no model named “magic”"),
    (("models", "get", "magic"), "no model named “magic”"),
    (("models", "get", "magic"), "no model named “magic”"),
    (blend(*BIRD, "--box", "1,2,30,40"), "a word and a box or points"),
    (("mask", "--image", "bird.png", *BIRD, "--point", "5,5", "-o", "new.png"), "a word and a box or points"),
    (blend(*MASK, "--rotate", "400"), "angle cannot be 400"),
    (("models",), "required: verb"),
    (("study", "dreams", "--data", ".", "-o", "new"), "invalid choice: 'dreams'"),
]
ENGINE = [
    (blend("--prompt", "qwertz"), "“qwertz” is not a word"),
    (blend(*BIRD, source="grey.png"), "No bird was found"),
    (blend("--mask", "black.png"), "mask is empty"),
    (blend(*MASK, "--at", "5000,5000"), "No part of the object lies on the background"),
    (blend(*MASK, "--at", "-500,40"), "No part of the object lies on the background"),
    (blend(*MASK, "--scale", "0.001", "--at", "20,20"), "No part of the object lies on the background"),
    (blend(*MASK, "--set", "erode=60"), "mask is empty"),
]
TABLE = [(code, *row) for code, rows in ((3, FILES), (2, USAGE), (5, ENGINE)) for row in rows]


def named(value):
    return " ".join(value)[:60] if isinstance(value, tuple) else None


@pytest.mark.parametrize(("code", "words", "sentence"), TABLE, ids=named)
def test_wrong_input_is_explained(refused, code, words, sentence):
    event = refused(*words)
    assert sentence in event["what"]
    assert event["code"] == code


def test_an_unknown_verb_is_explained(capsys):
    assert main(["paint"]) == 2
    assert "'paint'" in capsys.readouterr().err
    assert main(["paint", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["code"] == 2


# models

ROLES = [
    (BIRD, "alpha", "efficientnet-lite0"),
    (BIRD, "two-stage", "vgg16-hed"),
    (MASK, "two-stage", "vgg16-hed"),
]


@pytest.mark.parametrize(("words", "method", "model"), ROLES)
def test_missing_weights_are_named_with_the_way_to_get_them(refused, here, monkeypatch, words, method, model):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(here / "nothing"))
    event = refused(*blend(*words, method=method))
    assert (event["code"], f"weights of {model} are not on this machine" in event["what"]) == (4, True)
    assert "blendstudio models get starter" in event["next"]
    assert ("--box" if model == "efficientnet-lite0" else "--method poisson") in event["next"]  # what still works


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:-1] + b"?"], ids=["cut", "changed"])
def test_damaged_weights_are_not_used(refused, here, monkeypatch, damage):
    path = tiny.tiny_home(here) / "models" / "vgg16-hed.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(here))
    event = refused(*blend(*MASK, method="two-stage"))
    assert (event["code"], "vgg16-hed" in event["what"]) == (4, True)
    assert "blendstudio models get vgg16-hed" in event["next"]


def test_a_wrong_file_is_not_imported(refused):
    event = refused("models", "import", "u2netp", "bird.png")
    assert event["code"] == 4
    assert "file for u2netp is not the one that was expected" in event["what"]


def test_without_a_network_models_cannot_be_fetched(refused, here, monkeypatch):
    (here / "models").mkdir()
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(here))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    event = refused("models", "get", "u2netp")
    assert event["code"] == 4
    assert event["what"] == "The package index cannot be reached."
    assert "blendstudio models import u2netp FILE" in event["next"]


def test_an_unforeseen_fault_is_told_in_one_sentence(here, monkeypatch, capsys):
    def broken(*_):
        raise RuntimeError("the first line\nthe second line " + "x" * 500)

    monkeypatch.setattr("blendstudio.api.open_picture", broken)
    assert main(["mask", "--image", "bird.png", "--prompt", "bird", "-o", str(here / "new.png"), "--json"]) == 5
    said = capsys.readouterr()
    assert "the first line the second line" in json.loads(said.out)["what"]
    assert len(said.err.splitlines()) == 1
    assert len(said.err) < 250
