"""The whole of the paper in one command: text, Grounding DINO, SAM, VGG19, PAN; the authors' packages, tiny nets."""

import os
import signal

import numpy as np
import pictures
import pytest
import tiny_paper

from blendstudio.cli import Console

NETS = ["vgg19", "pan-x2-own", "grounding-dino-swint", "bert-words", "sam-vit-b"]
WORDS = ("--prompt", "bird", "--source", "bird.png", "--background", "sea.png", "--models", "paper")
MASK = ("mask", "--image", "bird.png", "--models", "paper")
QUICK = ("--method", "two-stage", "--set", "size=64", "--set", "evaluations_1=2", "--set", "evaluations_2=2")


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    return tiny_paper.paper_home(tmp_path_factory.mktemp("nets"))


def test_a_word_becomes_a_blended_object_by_the_papers_nets(here, run):
    mask = here / "mask.png"
    code, events, errors = run(
        "blend", *WORDS, *QUICK, "--set", "enlarge=2", "--mask-out", mask, "-o", here / "out.png", "--json"
    )
    assert code == 0, errors
    *steps, result = events
    assert pictures.rising(steps)
    stages = list(dict.fromkeys(step["stage"] for step in steps))
    wanted = ["Looking for bird", "Looking at the picture", "Masking", "Stage 1: gradient, content, style"]
    wanted += ["Stage 2: saturation, content, style", "Enlarging"]
    assert [stage for stage in stages if stage in wanted] == wanted
    assert sorted(result["models"]) == sorted(NETS)
    assert len(result["labels"]) == len(result["scores"]) == len(result["boxes"]) > 0
    assert result["score"] == result["scores"][0] == max(result["scores"])
    made = pictures.load(here / "out.png")
    assert made.shape == (2 * pictures.HEIGHT, 2 * pictures.WIDTH, 3)
    assert len(np.unique(pictures.load(mask))) > 1


@pytest.mark.parametrize("stage", ["Looking for bird", "Looking at the picture", "Stage 1: gradient, content, style"])
def test_the_papers_nets_can_be_stopped_while_they_look(here, run, monkeypatch, stage):
    report, heard = Console.report, []

    def stopped(self, share, now):
        heard.append(now)
        if now == stage and heard.count(stage) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        report(self, share, now)

    monkeypatch.setattr(Console, "report", stopped)
    home = os.environ["BLENDSTUDIO_HOME"]
    for kept in (here.parent / home / "embeddings").glob("*"):
        kept.unlink()
    code, events, _ = run("blend", *WORDS, *QUICK, "-o", here / "out.png", "--json")
    assert (code, events[-1]["what"]) == (130, "Stopped.")
    assert heard[-1] in (stage, "Writing")  # a blend that is stopped has something, which is not written
    assert not (here / "out.png").exists()


def test_a_box_and_points_go_to_sam(here, run):
    box = ("--box", "20,20,80,70", "--point", "50,44", "--point", "5,5,-")
    code, events, errors = run(*MASK, *box, "-o", here / "m.png", "--candidates", here / "all", "--json")
    assert code == 0, errors
    assert events[-1]["models"] == ["sam-vit-b"]
    assert len(list((here / "all").iterdir())) == len(events[-1]["boxes"]) > 1


def test_the_recipe_names_vgg19(here, run):
    words = ("--mask", "mask.png", "--source", "bird.png", "--background", "sea.png", "--preset", "paper")
    for tier, net in (("paper", "vgg19"), ("starter", "vgg16-hed")):
        code, events, errors = run("blend", *words, *QUICK, "--models", tier, "-o", here / "out.png", "--json")
        assert code == 0, errors
        assert events[-1]["models"][0] == net


def test_missing_paper_weights_are_named_with_the_way_to_get_them(here, run, monkeypatch, tmp_path):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tmp_path))
    code, events, _ = run(*MASK, "--prompt", "bird", "-o", here / "m.png", "--json")
    assert code == 4
    assert "grounding-dino-swint" in events[-1]["what"]
    assert "blendstudio models get paper" in events[-1]["next"]


@pytest.mark.parametrize(("text", "code"), [("left", 2), ("🐦", 5), (", ,", 2)])
def test_words_that_lead_nowhere_end_in_a_sentence(here, run, text, code):
    told, events, _ = run(*MASK, "--prompt", text, "-o", here / "m.png", "--json")
    assert told == code
    assert events[-1]["event"] == "error"
