"""What a script does with the command line: cut out, place, blend, enlarge, stop; and what it finds in the files."""

import json
import os
import subprocess
import sys

import numpy as np
import pictures
import pytest
from PIL import Image, ImageCms

from blendstudio.cli import main
from blendstudio.core.params import knobs
from blendstudio.engine import registry

QUICK = ("--set", "evaluations_1=2", "--set", "evaluations_2=2", "--set", "size=64")
FULL_TURN = ("event", "out", "seconds", "method", "models", "device", "boxes", "score", "margin")


@pytest.fixture
def blend(here, run):
    """Blends bird.png into sea.png unless told otherwise; returns the picture and the result line."""

    def call(*words, source="bird.png", background="sea.png", mask="mask.png", method="copy-paste"):
        given = ("--mask", mask) if mask else ()
        words = ("--source", source, "--background", background, *given, "--method", method, *words)
        code, events, errors = run("blend", *words, "-o", here / "out.png", "--json")
        assert code == 0, errors
        return pictures.load(here / "out.png"), events[-1]

    return call


def moved(inside, by, size=(pictures.HEIGHT, pictures.WIDTH)):
    """The true pixels shifted by whole pixels, cut at the border."""
    result = np.zeros(size, bool)
    y, x = np.nonzero(inside)
    x, y = x + by[0], y + by[1]
    kept = (x >= 0) & (x < size[1]) & (y >= 0) & (y < size[0])
    result[y[kept], x[kept]] = True
    return result


def test_a_word_becomes_a_blended_and_enlarged_object_in_one_command(here, shots, nets):
    out, mask = here / "out.png", here / "mask.png"
    words = ["blend", "--prompt", "bird", "--source", "bird.png", "--background", "sea.png", "--at", "80,50"]
    command = [sys.executable, "-m", "blendstudio", *words, "-o", out, "--mask-out", mask, "--json"]
    command += ["--method", "two-stage", *QUICK]
    home = os.environ | {"BLENDSTUDIO_HOME": str(nets)}
    done = subprocess.run(command, cwd=shots, env=home, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    *steps, result = [json.loads(line) for line in done.stdout.splitlines()]
    assert pictures.rising(steps)
    stages = [step["stage"] for step in steps]
    assert stages.index("Looking for the word") < stages.index("Stage 1: gradient, content, style")
    assert stages.index("Stage 1: gradient, content, style") < stages.index("Stage 2: saturation, content, style")
    assert set(FULL_TURN) <= set(result)
    assert result["event"] == "result"
    assert result["out"] == str(out)
    assert 0 < result["seconds"] < 100
    assert result["method"] == "two-stage"
    assert set(result["models"]) == pictures.NETS
    assert result["device"] in ("cpu", "cuda", "mps")
    assert 0 < result["score"] <= 1
    assert_found_at(result["boxes"][0], pictures.box(pictures.bird()[1]))
    assert_blended(pictures.load(out), pictures.load(mask), result["margin"], (80, 50))


def assert_found_at(found, true):
    assert np.abs(np.subtract(found, true)).max() <= 4


def assert_blended(picture, mask, margin, at):
    background = pictures.sea()
    assert (picture.shape, picture.dtype) == (background.shape, np.uint8)
    assert (mask.shape, mask.dtype) == ((pictures.HEIGHT, pictures.WIDTH), np.uint8)
    assert (mask[pictures.bird()[1]] >= 128).mean() > 0.9
    inside = mask >= 128
    by = [round(goal - middle) for goal, middle in zip(at, pictures.centre(inside), strict=True)]
    placed = moved(mask > 0, by)
    kept = pictures.beyond(placed, margin + 1)  # the object may lie at halves of pixels
    assert kept.any()
    assert (picture[kept] == background[kept]).all()
    assert pictures.centre(pictures.red(picture)) == pytest.approx(at, abs=3)
    assert (picture[moved(pictures.bird()[1], by)] != background[moved(pictures.bird()[1], by)]).any(-1).mean() > 0.9


# what to cut out

POINTED = [
    ("--prompt", "bird"),
    ("--prompt", "a small red bird"),
    ("--box", "26,28,74,60"),
    ("--box", "-5,-5,80,70"),
    ("--point", "50,44"),
    ("--point", "50,44", "--point", "10,80,-"),
    ("--point", "60,44,+", "--point", "110,20,-"),
    ("--box", "26,28,74,60", "--point", "50,44", "--point", "100,80,-"),
]


@pytest.mark.parametrize("words", POINTED, ids=" ".join)
def test_words_boxes_and_points_find_the_bird(here, blend, words):
    picture, result = blend(*words, "--mask-out", here / "mask.png", mask=None)
    mask, true = pictures.load(here / "mask.png") >= 128, pictures.bird()[1]
    assert (mask & true).sum() / (mask | true).sum() > 0.8
    assert result["boxes"]
    assert "u2netp" in result["models"]
    assert (picture[true] != pictures.sea()[true]).any(-1).mean() > 0.8


def test_without_nets_a_box_still_cuts_the_bird_out(here, run, monkeypatch):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(here / "empty"))
    words = ("--image", "bird.png", "--box", "26,28,74,60", "-o", here / "mask.png", "--json")
    code, events, _ = run("mask", *words)
    mask, true = pictures.load(here / "mask.png") >= 128, pictures.bird()[1]
    assert (code, events[-1]["models"], events[-1]["sure"]) == (0, [], False)
    assert (mask & true).sum() / (mask | true).sum() > 0.8


@pytest.mark.parametrize("kind", ["grey", "palette", "alpha", "yellow-purple"])
def test_a_mask_may_come_from_any_program(here, blend, kind):
    true = pictures.bird()[1]
    pictures.two_colours(true, kind).save(here / "drawn.png")
    picture, result = blend("--mask-out", here / "mask.png", mask=here / "drawn.png")
    assert (picture[true] == pictures.bird()[0][true]).all()
    assert (picture[~true] == pictures.sea()[~true]).all()
    assert ((pictures.load(here / "mask.png") == 255) == true).all()
    assert (result["score"], result["boxes"], result["models"]) == (None, [], [])


# where it goes

DIRECTIONS = [
    ((), pictures.EYE),
    (("--scale", "0.5"), (-6.5, -2)),
    (("--scale", "1.5"), (-19.5, -6)),
    (("--rotate", "90"), (4, -13)),
    (("--rotate", "-90"), (-4, 13)),
    (("--rotate", "180"), (13, 4)),
    (("--rotate", "30"), (-13 * 0.866 + 4 * 0.5, -13 * 0.5 - 4 * 0.866)),
    (("--flip", "h"), (13, -4)),
    (("--flip", "v"), (-13, 4)),
    (("--flip", "h", "--rotate", "90", "--scale", "0.8"), (4 * 0.8, 13 * 0.8)),
]


@pytest.mark.parametrize(("words", "eye"), DIRECTIONS, ids=lambda value: " ".join(map(str, value)))
@pytest.mark.parametrize("at", [(70.5, 50.5), (64.0, 40.25)])
def test_the_object_lands_turned_and_scaled_where_it_was_put(blend, words, eye, at):
    picture, _ = blend("--at", "{},{}".format(*at), *words)
    assert pictures.centre(pictures.red(picture)) == pytest.approx(at, abs=1)
    assert pictures.balance(pictures.yellow(picture)) == pytest.approx(np.add(at, eye), abs=1)


def test_the_anchor_may_be_the_picture(blend):
    picture, _ = blend("--at", "60.5,50", "--anchor", "picture", "--scale", "0.5")
    expected = (60.5 + (50.5 - 64) / 2, 50 + (44.5 - 48) / 2)
    assert pictures.centre(pictures.red(picture)) == pytest.approx(expected, abs=1)


def test_an_object_may_hang_over_the_border(blend):
    picture, _ = blend("--at", "-5,48.5")
    x0, y0, x1, y1 = pictures.box(pictures.red(picture))
    assert (x0, x1) == (0, 17) or (x0, x1) == (0, 18)
    assert (y0 + y1) / 2 == pytest.approx(48.5, abs=1)


def test_a_picture_of_the_same_size_keeps_its_place(blend):
    picture, _ = blend()
    photo, inside = pictures.bird()
    assert (picture[inside] == photo[inside]).all()


@pytest.mark.parametrize("scale", [0.5, 2, 3.25])
def test_a_picture_of_another_size_is_fitted(here, blend, scale):
    size = (round(pictures.WIDTH * scale), round(pictures.HEIGHT * scale))
    photo, inside = pictures.bird(
        size, [round(x * scale) for x in pictures.MIDDLE], [x * scale for x in pictures.RADII]
    )
    pictures.save(here / "photo.png", photo)
    pictures.save(here / "mask.png", inside.astype(np.uint8) * 255)
    picture, _ = blend(source=here / "photo.png", mask=here / "mask.png")
    assert picture.shape == pictures.sea().shape
    assert np.abs(np.subtract(pictures.box(pictures.red(picture)), pictures.box(pictures.bird()[1]))).max() <= 1.5


def test_a_tall_background_receives_a_wide_picture_in_its_middle(here, blend):
    pictures.save(here / "tall.png", pictures.sea(width=64, height=200))
    picture, _ = blend(background=here / "tall.png")
    assert picture.shape == (200, 64, 3)
    assert pictures.centre(pictures.red(picture)) == pytest.approx((50.5 / 2, 100 + (44.5 - 48) / 2), abs=1)


# what the file keeps


def test_a_background_of_16_bits_keeps_every_bit(here, blend):
    sea = pictures.sea(np.uint16)
    pictures.save(here / "deep.png", sea)
    picture, _ = blend(background=here / "deep.png", method="poisson")
    kept = pictures.beyond(pictures.bird()[1], 8)
    assert picture.dtype == np.uint16
    assert (picture[kept] == sea[kept]).all()
    assert len(np.unique(sea[kept] % 257)) > 200


def test_the_profile_of_the_background_is_kept(here, blend):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(pictures.sea()).save(here / "tagged.png", icc_profile=profile)
    picture, _ = blend(background=here / "tagged.png", method="alpha")
    with Image.open(here / "out.png") as image:
        assert image.info["icc_profile"] == profile
    kept = pictures.beyond(pictures.bird()[1], 8)
    assert (picture[kept] == pictures.sea()[kept]).all()


def test_a_background_with_holes_keeps_them_except_under_the_object(here, blend):
    true = pictures.bird()[1]
    clear = np.dstack([pictures.sea(), np.full((pictures.HEIGHT, pictures.WIDTH), 90, np.uint8)])
    clear[:, :40, 3] = 0
    pictures.save(here / "clear.png", clear)
    picture, _ = blend(background=here / "clear.png")
    assert picture.shape == clear.shape
    assert (picture[~true] == clear[~true]).all()
    assert (picture[true, 3] == 255).all()


def test_a_jpeg_becomes_a_png_of_the_same_pixels(here, blend):
    (here / "sea.jpg").write_bytes(pictures.jpeg(pictures.sea()))
    picture, _ = blend(background=here / "sea.jpg")
    with Image.open(here / "sea.jpg") as image:
        decoded = np.asarray(image.convert("RGB"))
    kept = pictures.beyond(pictures.bird()[1], 8)
    assert np.abs(picture[kept].astype(int) - decoded[kept]).max() <= 2  # two decoders may round apart


# how it is blended


@pytest.mark.parametrize("entry", registry.entries("blend"), ids=lambda entry: entry.name)
def test_every_method_can_be_called(blend, entry):
    words = QUICK if "evaluations_1" in knobs(entry.params) else ()
    picture, result = blend(*words, method=entry.name)
    kept = pictures.beyond(pictures.bird()[1], result["margin"])
    assert result["method"] == entry.name
    assert picture.shape == pictures.sea().shape
    assert (picture != pictures.sea()).any()
    assert entry.whole_frame or (picture[kept] == pictures.sea()[kept]).all()


@pytest.mark.parametrize("preset", ["paper", "paper-literal"])
def test_a_preset_is_a_start_that_single_knobs_change(blend, preset):
    picture, result = blend("--preset", preset, *QUICK, method="two-stage")
    assert (picture != pictures.sea()).any()
    assert result["models"] == ["vgg16-hed", "pan-x2-own"]


def test_knobs_of_mask_and_margin_are_set_by_name(here, blend):
    picture, result = blend("--set", "dilate=5", "--set", "margin=3", "--mask-out", here / "mask.png")
    grown, true = pictures.load(here / "mask.png") >= 128, pictures.bird()[1]
    assert result["margin"] == 3
    assert np.subtract(pictures.box(grown), pictures.box(true)).tolist() == [-5, -5, 5, 5]
    assert (picture[grown] == pictures.bird()[0][grown]).all()


def test_the_result_may_be_enlarged(blend):
    small, _ = blend()
    picture, result = blend("--set", "enlarge=2")
    assert picture.shape == (2 * pictures.HEIGHT, 2 * pictures.WIDTH, 3)
    assert result["models"] == ["pan-x2-own"]
    assert np.abs(picture[::2, ::2].astype(float) - small).mean() < 4


def test_the_same_seed_gives_the_same_file(here, blend):
    words = ("--set", "start=noise", *QUICK)
    files = []
    for seed in (4, 4, 5):
        blend(*words, "--seed", seed, method="two-stage")
        files.append((here / "out.png").read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_people_get_sentences(here, run, capsys):
    words = ("blend", "--source", "bird.png", "--background", "sea.png", "--mask", "mask.png", "--method", "alpha")
    assert main([*words, "-o", str(here / "out.png")]) == 0
    said = capsys.readouterr()
    assert "out.png  128×96  alpha" in said.out
    assert len(said.out.splitlines()) == 1
    assert "100 %" in said.err
