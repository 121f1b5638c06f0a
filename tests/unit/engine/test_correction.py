import pytest
import torch

from blendstudio.engine.correction import cautious, changed, undone


def pixels(*rgb):
    return torch.tensor([rgb])


def taken_back(seen, change):
    return cautious(seen, undone(seen, torch.tensor([change])))


def test_a_change_without_clipping_is_taken_back_wholly():
    truth, change = pixels([0.3, 0.4, 0.5], [0.6, 0.5, 0.4]), (0.5, 0.1, -0.1, 0.2, -0.3)
    seen = changed(truth, torch.tensor([change]))
    assert (taken_back(seen, change) - truth).abs().max() < 0.01


def test_a_sample_at_the_border_comes_back_half_way():
    darker = (1.0, 0.0, 0.0, 0.0, 0.0)  # one stop up was made; taking it back darkens
    white, grey = pixels([1.0, 1.0, 1.0]), pixels([0.9, 0.9, 0.9])
    whole = undone(white, torch.tensor([darker]))
    assert taken_back(white, darker)[0, 0, 0] == pytest.approx(float((1 + whole[0, 0, 0]) / 2), abs=1e-4)
    assert taken_back(grey, darker)[0, 0, 0] == pytest.approx(float(undone(grey, torch.tensor([darker]))[0, 0, 0]))


def test_a_channel_at_zero_follows_a_loss_of_saturation_half_way():
    vivid = (0.0, 0.0, 0.0, 0.0, 1.0)
    red = pixels([0.8, 0.3, 0.0])
    whole = undone(red, torch.tensor([vivid]))
    assert float(taken_back(red, vivid)[0, 0, 2]) == pytest.approx(float(whole[0, 0, 2]) / 2, abs=1e-4)
    assert taken_back(red, vivid)[0, 0, 0] == whole[0, 0, 0]
