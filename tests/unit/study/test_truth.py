import json
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from tiny import tiny_home

from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import Cancelled, UsageError
from blendstudio.study import mismatch, truth, truth_cases, ways
from blendstudio.study.asked import Asked
from blendstudio.study.cases import read_cases
from blendstudio.study.contenders import Blended
from blendstudio.study.mismatch import HIDDEN, listed
from blendstudio.study.truth_cases import LOOSE, VARIANTS, Subject, grown, puzzle, puzzles, spread, subjects
from blendstudio.study.truth_figures import gain, kinds, main_way, pastes, seam_agreement, self_test, table, worst
from blendstudio.study.truth_report import Shown, beside
from blendstudio.study.ways import EXTRA, PASTE, Clone, choose

SIDE = 64


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(mismatch, "SIDE", SIDE)


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tiny_home(tmp_path / "home")))
    return Nets(Store.default(), "starter", "cpu")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return Nets(Store(tmp_path_factory.mktemp("bare"), Store.default().manifest), "starter", "cpu")


def photo_and_mask(centre=(30, 34), radius=14):
    rng = np.random.default_rng(0)
    photo = cv2.GaussianBlur(rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8), (0, 0), 1.5)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(mask, centre, radius, 1, -1)
    photo[mask > 0] = photo[mask > 0] // 2 + np.array((90, 60, 20), np.uint8)
    return photo, mask > 0


@pytest.fixture(scope="module")
def subject():
    return Subject("photo", 0, "ball", *photo_and_mask())


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data" / "masks"
    folder.mkdir(parents=True)
    listing = []
    for name, centre in (("one", (30, 34)), ("two", (34, 30))):
        photo, mask = photo_and_mask(centre)
        cv2.imwrite(str(folder / f"{name}.png"), photo[..., ::-1])
        cv2.imwrite(str(folder / f"{name}_mask.png"), mask.astype(np.uint8) * 255)
        listing.append({"id": name, "image": f"{name}.png", "objects": [{"word": "ball", "mask": f"{name}_mask.png"}]})
    (folder / "dataset.json").write_text(json.dumps(listing))
    return tmp_path / "data"


@pytest.fixture
def brief(monkeypatch):
    """Three mismatches in place of seventeen."""
    few = [listed()[1], listed()[8], listed()[-1]]
    monkeypatch.setattr(truth_cases, "listed", lambda: few)


@dataclass(frozen=True)
class Planted:
    """A way whose worth is known: the right answer, or its negative."""

    label: str
    good: bool

    def blend(self, puzzle, models, progress):
        right = puzzle.subject.truth
        return Blended(right if self.good else np.where(puzzle.subject.mask[..., None], 255 - right, right), 0.25)


def pasted(models):
    return choose(models, (PASTE,), slow=False).ways[0]


@pytest.fixture(scope="module")
def rows(subject, bare):
    task = truth.Task(subject, (pasted(bare), Planted("bad", False), Planted("right", True)), "starter", "cpu")
    return truth.measured(task, bare, Progress())


def other(subject, where):
    """The same subject with noise for its truth at some places."""
    noise = np.random.default_rng(7).integers(0, 256, subject.truth.shape, np.uint8)
    return replace(subject, truth=np.where(where[..., None], noise, subject.truth))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_background_knows_nothing_of_the_truth(subject, variant):
    one = next(puzzles(subject, variant))
    unseen = grown(one.given, HIDDEN - 1)
    blind = next(puzzles(other(subject, unseen), variant))
    np.testing.assert_array_equal(one.background, blind.background)
    assert (one.background[subject.mask] != subject.truth[subject.mask]).any(-1).mean() > 0.9
    far = ~grown(one.given, HIDDEN + 2)
    np.testing.assert_array_equal(one.background[far], subject.truth[far])


def test_a_cut_out_brings_nothing_of_its_surroundings(subject):
    for one, blind in zip(puzzles(subject, "cut-out"), puzzles(other(subject, ~subject.mask), "cut-out"), strict=True):
        np.testing.assert_array_equal(one.source, blind.source)
        np.testing.assert_array_equal(one.given, subject.mask)
    colours = {tuple(colour) for colour in subject.truth[subject.mask]}
    assert {tuple(colour) for colour in spread(subject.truth, subject.mask).reshape(-1, 3)} == colours


def test_the_context_is_the_whole_photo_changed_alike(subject):
    bright = puzzle(subject, "context", *listed()[1][:2])
    assert (bright.source.mean((0, 1)) > subject.truth.mean((0, 1)) + 20).all()
    np.testing.assert_array_equal(bright.given, subject.mask)
    unchanged = puzzle(subject, "context", *listed()[-1][:2])
    np.testing.assert_array_equal(unchanged.source, subject.truth)


def test_a_loose_mask_reaches_eight_pixels_farther(subject):
    one = next(puzzles(subject, "loose"))
    distance = cv2.distanceTransform((~subject.mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    assert one.given[distance <= LOOSE - 1].all()
    assert not one.given[distance > LOOSE + 1].any()


def test_every_variant_has_all_mismatches_and_a_control(subject):
    for variant in VARIANTS:
        found = list(puzzles(subject, variant))
        assert len({one.mismatch for one in found}) == 17
        assert found[-1].mismatch.kind == "none"


def test_an_unchanged_object_comes_back_as_it_was(rows):
    fine = [row for row in rows if row.way == PASTE and row.kind == "none"]
    assert [row.fg_psnr for row in fine] == [45] * 3
    assert all(row.fg_psnr < 40 for row in rows if row.way == PASTE and row.kind == "bright")


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_bad_way_comes_last_and_the_right_answer_first(rows, variant):
    lines = table(rows, variant)
    assert [line["way"] for line in lines] == ["right", PASTE, "bad"]
    right, plain, bad = lines
    assert (right["fg PSNR"], right["fMSE"], right["fSSIM"]) == (45, 0, 1)
    assert (plain["gain"], plain["× paste"]) == (0, 1)
    assert bad["gain"] < -3
    assert right["≥ −1 dB"] == "100.0 %"
    assert float(bad["≥ −3 dB"].split()[0]) < 50
    assert right["seam seen"] < bad["seam seen"]
    assert (right["cases"], right["unchanged"], right["seconds"]) == (16, 45, 0.25)


def test_the_gain_by_kind_is_that_of_its_rows(rows):
    lines = kinds(rows, "context")
    assert len(lines) == 16
    plain = pastes(rows)
    few = [row for row in rows if row[3:7] == ("context", "dull", listed()[8].strength, "right")]
    assert next(line for line in lines if line["mismatch"] == "dull, mild")["right"] == gain(few[0], plain)


def test_the_worst_case_of_each_object_is_picked(rows):
    found = worst(rows, "bad", 5)
    assert len(found) == 1
    plain = pastes(rows)
    assert gain(found[0], plain) == min(gain(row, plain) for row in rows if row.way == "bad")
    assert main_way(rows) == "right"


def test_figures_that_contradict_each_other_fail_the_self_test(rows):
    assert self_test(rows)
    assert not self_test([*rows, rows[0]._replace(fg_psnr=rows[0].fg_psnr + 2)])


def test_a_seam_is_seen_the_more_the_more_wrong_it_is(rows):
    assert seam_agreement(rows, ("bad", "right")) > 0.5
    assert seam_agreement(rows, ("right",)) == 0  # all are alike
    assert seam_agreement([row._replace(seam_seen=-row.seam_seen) for row in rows], ("bad", "right")) < -0.5


def test_pictures_stand_side_by_side(rows, subject):
    shown = beside(Shown(rows[0], subject, subject.truth, 255 - subject.truth))
    one = (shown.shape[1] - 12) // 3
    np.testing.assert_array_equal(shown[:, :one], shown[:, one + 6 : 2 * one + 6])
    np.testing.assert_array_equal(shown[:, :one], 255 - shown[:, -one:])


def test_the_study_measures_the_programs_own_methods(brief, data, models, tmp_path):
    out = tmp_path / "out"
    names = ("poisson", "poisson +5", "harmonise", "cv2.seamlessClone")
    lines = truth.run(Asked(data, out, photos=1, methods=names), models, Progress())
    listing = json.loads((out / "truth.json").read_text("utf-8"))
    assert {line["way"] for line in listing["cut-out"]} == {PASTE, *names}
    assert len(listing["rows"]) == 3 * 3 * 5
    assert "1 objects in 1 photos." in lines
    assert any(line.startswith("Self-test") and line.endswith("passed.") for line in lines)
    page = (out / "report.html").read_text("utf-8")
    assert all(what in page for what in ("painted over first", "poisson +5", "dull, mild"))
    assert len(list(out.glob("*.png"))) == 1


def test_what_cannot_run_is_named(brief, data, bare, tmp_path):
    lines = truth.run(Asked(data, tmp_path / "out", methods=("alpha", "harmonise")), bare, Progress())
    assert "harmonise: its weights are not here." in lines
    assert any(line.startswith("alpha ") for line in lines)


def test_a_slow_way_runs_on_few_objects_unless_it_is_named(brief, data, bare, tmp_path, monkeypatch):
    monkeypatch.setattr(ways, "PATIENCE", 0.0)
    monkeypatch.setattr(truth, "EVERY", 2)
    monkeypatch.setattr(truth, "choose", lambda *_, **__: ways.Chosen((pasted(bare), Planted("slow", True)), {}))
    for named, cases in (((), 2), (("slow",), 4)):
        out = tmp_path / f"out{cases}"
        lines = truth.run(Asked(data, out, methods=named), bare, Progress())
        listing = json.loads((out / "truth.json").read_text("utf-8"))
        assert {line["way"]: line["cases"] for line in listing["loose"]} == {PASTE: 4, "slow": cases}
        assert any(line.startswith("slow: only each 2th object") for line in lines) == (not named)


def test_a_way_that_there_is_not_is_refused(bare):
    with pytest.raises(UsageError) as caught:
        choose(bare, ("magic",), slow=False)
    assert "cv2.seamlessClone" in caught.value.next_step


def test_the_clone_leaves_the_mask_alone_and_takes_one_at_the_border(subject, bare):
    mask = np.zeros((SIDE, SIDE), bool)
    mask[:30, :40] = True
    one = next(puzzles(replace(subject, mask=mask), "cut-out"))
    kept = one.given.copy()
    made = Clone().blend(one, bare, Progress()).picture
    np.testing.assert_array_equal(one.given, kept)
    assert (made[:28, :38] != one.background[:28, :38]).any()
    rim = replace(one, given=np.zeros_like(mask))
    np.testing.assert_array_equal(EXTRA[1].blend(rim, bare, Progress()).picture, rim.background)


def test_the_study_can_be_stopped(data, bare, tmp_path):
    asked = Asked(data, tmp_path / "out", methods=("alpha",))
    with pytest.raises(Cancelled):
        truth.run(asked, bare, Progress(cancelled=lambda: True))
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_processes_measure_what_one_does(brief, data, models):
    chosen = choose(models, ("alpha", "harmonise"), slow=False)
    tasks = [truth.Task(one, chosen.ways, "starter", "cpu") for one in subjects(read_cases(data))]
    here = truth.measure(tasks, models, Progress())
    apart = truth._in_processes(tasks, 2, Progress())
    assert [row._replace(seconds=0) for row in apart] == [row._replace(seconds=0) for row in here]
    with pytest.raises(Cancelled):
        truth._in_processes(tasks, 2, Progress(cancelled=lambda: True))
