import itertools
import json

import numpy as np
import pytest
from pictures_of_pairs import pair
from tiny import tiny_home

from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.store import Nets, Store
from blendstudio.errors import UsageError
from blendstudio.study import claims, contenders, saturation, table2, table3, tally
from blendstudio.study.tally import Row


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tiny_home(tmp_path / "home")))
    return Nets(Store.default(), "starter", "cpu")


@pytest.fixture
def no_models(tmp_path):
    return Nets(Store(tmp_path / "empty", ()), "starter", "cpu")


def rows(label, values, metric="psnr"):
    return [Row(f"pair {number}", 0, label, {metric: value}) for number, value in enumerate(values)]


# tally


def test_a_difference_is_taken_pair_by_pair():
    both = rows("a", [10.0, 20.0, 30.0]) + rows("b", [9.0, 19.0, 29.0])
    found = tally.difference(both, "a", "b", "psnr")
    assert found == (1, 1, 1)
    assert not found.nil
    assert tally.difference(both[:3] + both[4:], "a", "b", "psnr").mean == 1  # a result that is missing counts nowhere


def test_a_difference_that_goes_both_ways_is_nil():
    both = rows("a", [1.0, -1.0, 1.2, -1.1]) + rows("b", [0.0] * 4)
    assert tally.difference(both, "a", "b", "psnr").nil


def test_a_spread_has_digits_that_mean_something():
    assert tally.spread([20.0, 22.0]) == "21.00 ± 1.41"
    assert tally.spread([0.5]) == "0.500 ± 0.000"
    assert tally.spread([900.0, 901.0]) == "900 ± 1"


# the paper


def test_table_2_claims_thirty_orders_and_its_best_rows_are_ours():
    found = claims.claims()
    assert len(found) == 30
    for metric in ("psnr", "ssim"):
        assert [one.worse for one in found if one.metric == metric and "Ours" in one[1:]] == [
            name for name in claims.TABLE_2 if name != "Ours"
        ]
    assert claims.Claim("mse", "Poisson Blending", "Ours") in found


def test_a_claim_is_judged_by_the_rows():
    better = [20.0, 21.0, 22.0]
    both = rows("poisson", better) + rows("copy-paste", [x - 1 for x in better])
    for one in both:
        one.values.update(ssim=0.5, mse=one.values["psnr"])
    verdicts = {line["the paper says"]: line for line in claims.judged(both) if line["verdict"] != "not run"}
    assert len(verdicts) == 3
    by_metric = {text.split(":")[0]: line["verdict"] for text, line in verdicts.items()}
    assert by_metric == {"PSNR": "holds", "SSIM": "does not hold, within chance", "MSE": "does not hold"}


def test_what_was_not_run_is_said():
    lines = claims.judged(rows("poisson", [1.0]))
    assert {line["verdict"] for line in lines} == {"not run"}
    assert any("gp-gan" in line["difference"] for line in lines)
    assert len(lines) == 30 + 12  # “Ours” stands for two methods here


def test_the_papers_cells_that_cannot_be_are_named():
    said = claims.impossible()
    assert "Copy and Paste" in said[0]
    assert "18.75" in said[0]
    assert sum("picture" in line for line in said) == 7
    assert said[-1].startswith("5 of the 12 cells")


# contenders


def test_every_method_and_preset_is_a_contender(models):
    here, missing = contenders.contenders(models)
    assert missing == []
    assert {one.method for one in here} == {entry.name for entry in registry.entries("blend")}
    assert "two-stage paper" in {one.label for one in here}


def test_without_weights_some_are_named_as_absent(no_models):
    here, missing = contenders.contenders(no_models)
    assert {"copy-paste", "poisson"} <= {one.label for one in here}
    assert "two-stage paper" in missing
    assert "two-stage paper" in contenders.absent(missing)


def test_a_method_that_does_not_exist_is_refused(models):
    with pytest.raises(UsageError, match="magic"):
        contenders.contenders(models, ("magic",))


def test_what_is_cut_short_says_so(models):
    ((short,), _) = contenders.contenders(models, ("two-stage paper",), 3)
    assert short.values == {"evaluations_1": 3, "evaluations_2": 3}
    assert short.note == "cut short: 3 of 60, 3 of 40 evaluations"
    ((whole,), _) = contenders.contenders(models, ("two-stage paper",), 0)
    assert (whole.values, whole.note) == ({}, "")


# table 2


def test_the_metrics_of_rows_that_are_no_blends(models):
    one = pair()
    chosen, _ = contenders.contenders(models, ("copy-paste", "poisson"))
    made = {one.row.label: one for one in table2.measured(one, chosen, models, Progress())}
    alone, half, paste = (made[name].row.values for name in (table2.ALONE, table2.HALF, "copy-paste"))
    assert (alone["psnr"], alone["ssim"], alone["mse"], alone["changed"]) == (45, 1, 0, 0)
    assert half["psnr"] == pytest.approx(paste["psnr"] + 20 * np.log10(2), abs=0.1)
    assert half["opacity"] == pytest.approx(0.5, abs=0.05)
    assert paste["opacity"] == pytest.approx(1, abs=0.05)
    assert paste["mask"] == pytest.approx(100 * one.mask.mean())
    assert paste["changed"] == 0
    assert claims.identity([each.row for each in made.values()])


def test_a_wrong_number_fails_the_self_test():
    good = Row("a", 0, "x", {"psnr": 20.0, "mse": 650.25})
    assert claims.identity([good])
    assert not claims.identity([good, Row("a", 1, "x", {"psnr": 20.5, "mse": 650.25})])


# table 3


def test_eight_arms_differ_by_their_parts_alone():
    arms = table3.arms()
    assert len({one.label for one in arms}) == 8
    assert arms[0].label == "−PAN −saturation loss −erosion-dilation"
    assert arms[0].values == {"pan": "off", "saturation": 0, "erode": 0, "dilate": 0}
    assert arms[-1].values == {"erode": 1, "dilate": 1}


def test_an_effect_is_the_difference_that_a_part_makes():
    found = []
    for (number, on), place in itertools.product(enumerate(table3.switches()), range(4)):
        values = {"psnr": 10 * on[0] + place, "ssim": (-1) ** place * on[1], "mse": number}
        found.append(Row(f"pair {place}", 0, table3.label_of(on), values))
    pan = table3.effect(found, "PAN", "psnr")
    assert (pan.mean, pan.low, pan.high) == (10, 10, 10)
    assert table3.effect(found, "saturation loss", "psnr").nil
    assert table3.effect(found, "saturation loss", "ssim").nil
    assert table3.effect(found, "erosion-dilation", "mse").mean == 1


# saturation


def test_the_steps_of_the_algorithm_are_shown(models):
    one = pair()
    chosen = contenders.limited(contenders.Contender("two-stage paper", "two-stage", "paper"), 5)
    names = [step.name for step in saturation.steps(one, chosen, models, Progress())]
    assert names == ["paste", "stage 1", "stage 1 and PAN", "stage 2"]
    first, _, last = saturation.refinements(one)
    assert first.picture.shape == last.picture.shape == one.background.shape


def test_the_curves_are_drawn(tmp_path):
    one = pair()
    shown = {"background": one.background, "paste": one.source, "blend": one.source}
    figure = saturation.seam_plot(shown, one)
    assert len(figure.axes) == 8
    assert all(len(axes.lines) >= 3 for axes in figure.axes)
    figure.savefig(tmp_path / "plot.png")


def test_rows_are_kept_for_programs(tmp_path, models, monkeypatch):
    from blendstudio.study import pairs
    from blendstudio.study.asked import Asked

    monkeypatch.setattr(pairs, "make", lambda plan, seed, side: pair(plan.name, seed, side))
    asked = Asked(None, tmp_path, pairs=2, seeds=2, side=64, methods=("copy-paste", "poisson"))
    said = table2.run(asked, models, Progress())
    kept = json.loads((tmp_path / "table2.json").read_text())
    assert len(kept["rows"]) == 2 * 2 * 4
    assert {line["method"] for line in kept["table2"]} == {table2.ALONE, table2.HALF, "copy-paste", "poisson"}
    assert any("2 pairs, 4 settings" in line for line in said)
    assert any("passed" in line for line in said)
    assert len(json.loads((tmp_path / "pictures.json").read_text())) == 2 * 2  # the blends of seed 0
