"""PAN's published weights run here as published; BLENDSTUDIO_PUBLISHED names a folder with `pan` and `set5` in it."""

import os
from pathlib import Path

import pytest
import torch

from blendstudio.engine.nets import pan
from blendstudio.study.super_resolution import measure

FOLDER = Path(os.environ.get("BLENDSTUDIO_PUBLISHED", "absent"))
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="BLENDSTUDIO_PUBLISHED names no folder"),
]


def test_the_published_weights_reach_their_published_figure():
    state = torch.load(FOLDER / "pan" / "PANx2_DF2K.pth", map_location="cpu", weights_only=True)
    net = pan.from_state(state, scale=2)
    assert sum(p.numel() for p in net.parameters()) == 261403
    assert measure(net, FOLDER / "set5") == pytest.approx(38.0, abs=0.1)  # table 3 of the paper: 38.00 dB
