import cv2
import numpy as np
import pytest
import torch
from scipy import ndimage
from tiny import features

from blendstudio.engine.job import Progress
from blendstudio.engine.nets.vgg import from_state
from blendstudio.engine.paint import KEPT, Piece, amounts, brushwork, palette, softened


def noise(seed, size=64, sigma=1.0):
    plane = ndimage.gaussian_filter(np.random.default_rng(seed).random((size, size, 3)), (sigma, sigma, 0))
    return ((plane - plane.mean()) / plane.std() * 0.1 + 0.5).clip(0, 1).astype(np.float32)


def square(size=64):
    mask = np.zeros((size, size), bool)
    mask[16:48, 16:48] = True
    return mask


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return from_state(features())


def chroma(picture):
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    return np.hypot(lab[..., 1], lab[..., 2]).mean()


def test_a_vivid_object_becomes_calmer_on_a_dull_target_but_stays_itself():
    vivid = np.clip(noise(1) + np.array([0.4, -0.3, -0.3]), 0, 1).astype(np.float32)
    dull = noise(2)
    found = palette(vivid, dull, square(), 1.0)
    assert chroma(found) < chroma(vivid)
    contrast = (vivid - dull)[square()]
    kept = ((found - dull)[square()] * contrast).sum() / (contrast**2).sum()
    assert kept >= KEPT - 0.02


def test_a_dull_object_is_not_made_more_vivid():
    dull = np.full((64, 64, 3), 0.4, np.float32)
    vivid = np.clip(noise(2) + np.array([0.0, 0.3, -0.3]), 0, 1).astype(np.float32)
    assert np.percentile(palette(dull, vivid, square(), 1.0).std(-1), 99) < 0.1


def test_no_palette_no_change():
    assert palette(noise(1), noise(2), square(), 0.0) is not None
    assert (palette(noise(1), noise(2), square(), 0.0) == noise(1)).all()


def test_brushwork_is_the_fine_detail_and_not_the_edges():
    canvas = noise(3, 128) * 0.2 + 0.4
    canvas[:, 64:] += 0.4  # an edge
    texture = brushwork(canvas.astype(np.float32))
    assert texture.shape == (128, 128, 2)
    turned = texture[::-1, ::-1]
    calm = np.abs(turned[:, 20:44]).max()
    assert np.abs(turned[:, 60:68]).max() < 2 * calm


def test_a_flat_target_has_no_brushwork():
    assert np.abs(brushwork(np.full((32, 32, 3), 0.5, np.float32))).max() < 1e-4


def test_more_texture_is_asked_for_where_the_target_has_more(net):
    mask = square().astype(np.float32)
    flat = np.full((64, 64, 3), 0.5, np.float32)
    rough, calm = noise(4, sigma=0.8), flat + 0.02 * (noise(4, sigma=0.8) - 0.5)
    found = [
        Piece(flat, target, brushwork(target), mask).painted(
            amounts(Piece(flat, target, brushwork(target), mask), net, 8, Progress())
        )
        for target in (rough, calm.astype(np.float32))
    ]
    assert found[0][square()].std() > 4 * found[1][square()].std()


def test_texture_lies_on_the_object_alone(net):
    target, mask = noise(5), square().astype(np.float32)
    piece = Piece(target, target, brushwork(target), mask)
    result = piece.painted(np.ones((2, 3, 3), np.float32))
    assert (result[~square()] == target[~square()]).all()
    assert (result[square()] != target[square()]).any()


def test_without_evaluations_half_of_the_texture_is_taken(net):
    piece = Piece(noise(6), noise(7), brushwork(noise(7)), square().astype(np.float32))
    assert (amounts(piece, net, 0, Progress()) == 0.5).all()


def test_a_hard_edge_is_softened_inwards():
    mask = square()
    soft = softened(mask.astype(np.float32), mask, 0.8)
    assert not soft[~mask].any()
    assert 0 < soft[16, 32] < 0.7
    assert soft[32, 32] == 1
