"""The optimiser keeps its best, stops when asked, and survives losses that run away."""

import numpy as np
import pytest
import torch

from blendstudio.engine.job import Progress
from blendstudio.engine.optimise import minimise
from blendstudio.errors import Cancelled, Diverged

START = torch.full((1, 3, 4, 4), 100.0)
GOAL = torch.linspace(0, 255, 48).reshape(1, 3, 4, 4)


def far(picture: torch.Tensor) -> torch.Tensor:
    return ((picture - GOAL) ** 2).mean()


def test_it_finds_the_minimum() -> None:
    found = minimise(START, far, 30, Progress(), "Solving")
    assert (found - GOAL).abs().max() < 0.5


def test_progress_rises_and_names_its_stage() -> None:
    seen: list[tuple[float, str]] = []
    minimise(START, far, 10, Progress(lambda share, stage: seen.append((share, stage))), "Stage 1")
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert {stage for _, stage in seen} == {"Stage 1"}


def test_previews_are_pictures() -> None:
    shown: list[np.ndarray] = []
    minimise(START, far, 12, Progress(preview=lambda picture, _: shown.append(picture)), "Solving")
    assert len(shown) == 2
    assert shown[0].shape == (4, 4, 3)
    assert shown[0].max() <= 1


def test_a_stop_keeps_the_best_so_far() -> None:
    asked: list[int] = []

    def loss(picture: torch.Tensor) -> torch.Tensor:
        asked.append(1)
        return far(picture)

    found = minimise(START, loss, 1000, Progress(cancelled=lambda: len(asked) >= 6), "Solving")
    assert len(asked) == 6
    assert far(found) < far(START)


def test_a_stop_before_the_first_step_is_a_cancel() -> None:
    with pytest.raises(Cancelled):
        minimise(START, far, 10, Progress(cancelled=lambda: True), "Solving")


def test_nan_after_some_steps_leaves_a_finite_picture() -> None:
    asked: list[int] = []

    def loss(picture: torch.Tensor) -> torch.Tensor:
        asked.append(1)
        return far(picture) * (float("nan") if len(asked) % 4 == 0 else 1.0)

    found = minimise(START, loss, 20, Progress(), "Solving")
    assert torch.isfinite(found).all()
    assert far(found) <= far(START)


def test_nan_gradients_leave_the_start() -> None:
    def loss(picture: torch.Tensor) -> torch.Tensor:
        return (picture - START).abs().sqrt().sum()  # slope infinite at the start

    assert torch.equal(minimise(START, loss, 8, Progress(), "Solving"), START)


def test_a_loss_that_is_never_finite_is_an_error() -> None:
    with pytest.raises(Diverged, match="ran away"):
        minimise(START, lambda picture: picture.sum() * float("nan"), 5, Progress(), "Solving")


def test_a_loss_below_zero_is_fine() -> None:
    found = minimise(START, lambda picture: far(picture) - 1e6, 30, Progress(), "Solving")
    assert (found - GOAL).abs().max() < 0.5


def test_the_same_start_gives_the_same_bytes() -> None:
    first, second = (minimise(START, far, 15, Progress(), "Solving") for _ in range(2))
    assert torch.equal(first, second)
