"""GP-GAN without its generator: what it does to a seam and what it leaves."""

import numpy as np
from rival_tasks import noise, task

from blendstudio.core.compose import paste
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.methods.gp_gan import GpGan, gp_gan

SIZE = (120, 150)


def blend(one, beta=1.0):
    return gp_gan(one, GpGan(beta), None, Progress())


def test_its_title_says_that_it_has_no_generator():
    assert "no generator" in registry.find("blend", "gp-gan").title


def test_identical_pictures_stay_nearly_as_they_are():
    picture = noise(1, *SIZE, grain=8)
    assert np.abs(blend(task(picture, picture)) - picture).max() < 0.03  # fitting the blur sharpens a little


def test_the_seams_step_is_softer_than_the_pastes_and_the_colours_inside_stay():
    one = task(np.full((*SIZE, 3), 0.8, np.float32), np.full((*SIZE, 3), 0.2, np.float32))
    result = blend(one)
    assert np.abs(np.diff(result[60, :, 0])).max() < 0.5 * 0.6
    assert np.abs(result[60, 75] - 0.8).max() < 0.05
    assert np.array_equal(result[~one.zone], one.background[~one.zone])


def test_a_larger_beta_keeps_more_of_the_pastes_colours_along_the_seam():
    one = task(np.full((*SIZE, 3), 0.8, np.float32), np.full((*SIZE, 3), 0.2, np.float32))
    pasted = paste(one.background, one.source, one.alpha)
    far = [np.abs(blend(one, beta) - pasted)[one.mask].mean() for beta in (0.01, 1.0, 100.0)]
    assert far[0] > 1.5 * far[1] > 1.5**2 * far[2]
