import cv2
import numpy as np
import pictures_of_pairs as drawn
import pytest

from blendstudio.core.compose import flatten
from blendstudio.errors import CannotRead, UsageError
from blendstudio.study import pairs

SIDE = 96


def test_twenty_pairs_and_more_ship_and_no_object_meets_its_own_photo():
    plans = pairs.plans(None)
    assert len(plans) >= 20
    assert len({plan.name for plan in plans}) == len(plans)
    assert all(plan.background.is_file() for plan in plans)
    assert [plan.name for plan in plans if plan.subject.photo == plan.background.name] == []


def test_the_first_pairs_show_different_objects():
    names = [plan.subject.name for plan in pairs.plans(None, 7)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("plan", pairs.plans(None, 7), ids=lambda plan: plan.name)
def test_a_pair_is_an_object_on_a_square_background(plan):
    pair = pairs.make(plan, 0, SIDE)
    assert pair.background.shape == pair.source.shape == (SIDE, SIDE, 3)
    assert 0.02 < pair.mask.mean() < 0.5
    np.testing.assert_array_equal(flatten(pair.document).rgb8()[~pair.mask & _far(pair)], _clear(pair))


def _far(pair):
    """Beyond the soft edge."""
    return cv2.dilate(pair.mask.astype(np.uint8), np.ones((15, 15), np.uint8)) == 0


def _clear(pair):
    return pair.background[~pair.mask & _far(pair)]


def test_a_seed_makes_the_same_pair_again_and_another_a_different_one():
    plan = pairs.plans(None)[0]
    first, again, other = (pairs.make(plan, seed, SIDE) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.mask, again.mask)
    np.testing.assert_array_equal(first.background, again.background)
    assert (first.mask != other.mask).any()
    assert (first.background != other.background).any()


@pytest.mark.parametrize("seed", range(4))
def test_an_object_that_its_photo_cuts_is_cut_by_the_background_too(seed):
    plan = next(plan for plan in pairs.plans(None) if plan.subject.name == "helmet")  # cut right and below
    mask = pairs.make(plan, seed, SIDE).mask
    assert mask[-1].any()
    assert mask[:, 0].any() != mask[:, -1].any()


def test_triples_lie_where_they_were_published_and_come_first(tmp_path):
    drawn.triple(tmp_path, "1")
    plan = pairs.plans(tmp_path)[0]
    assert plan.name == "triple 1"
    assert pairs.seeds_of(plan, 3) == range(1)
    pair = pairs.make(plan, 0, 512)
    rows, columns = np.nonzero(pair.mask)
    # A disc in the middle of the source, which is 300 px wide and centred at row 200, column 235.
    assert (rows.mean(), columns.mean()) == (pytest.approx(199.5, abs=1.5), pytest.approx(234.5, abs=1.5))
    assert pair.mask.sum() == pytest.approx(np.pi * (300 * drawn.RADIUS / drawn.TRIPLE) ** 2, rel=0.05)


def test_what_others_published_for_a_triple_comes_along(tmp_path):
    drawn.triple(tmp_path, "7")  # of unknown place
    cv2.imwrite(str(tmp_path / "triples" / "7_dib_second_pass.png"), drawn.slope(512, 3)[..., ::-1])
    pair = pairs.make(pairs.plans(tmp_path)[0], 0, 512)
    assert list(pair.published) == ["dib, published second pass"]
    np.testing.assert_array_equal(pair.published["dib, published second pass"], drawn.slope(512, 3))
    assert pair.mask[256, 256]


def test_a_tiny_side_is_refused():
    with pytest.raises(UsageError, match="8 pixels"):
        pairs.make(pairs.plans(None)[0], 0, 8)


def test_photos_of_a_folder_become_backgrounds(tmp_path):
    drawn.photo(tmp_path / "photos" / "lake.png")
    plans = pairs.plans(tmp_path)
    assert plans[0].name.endswith("on lake")
    assert len(plans) == 1 + len(pairs.plans(None))
    assert pairs.seeds_of(plans[0], 3) == range(3)


def test_a_folder_without_either_is_refused(tmp_path):
    with pytest.raises(CannotRead, match="neither triples nor photos"):
        pairs.plans(tmp_path)
