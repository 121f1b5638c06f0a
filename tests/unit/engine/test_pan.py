"""PAN keeps the layout of its published checkpoints and loads nets of any width."""

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from blendstudio.engine.nets import pan
from blendstudio.engine.nets.pan import Pan

BLOCK = (
    *("conv1_a.weight", "conv1_b.weight", "k1.0.weight"),
    *("PAConv.k2.weight", "PAConv.k2.bias", "PAConv.k3.weight", "PAConv.k4.weight", "conv3.weight"),
)


def both(*names: str) -> list[str]:
    return [f"{name}.{part}" for name in names for part in ("weight", "bias")]


def tiny(scale: int = 2) -> Pan:
    torch.manual_seed(0)
    return Pan(scale, features=6, upsampled=4, half=3, blocks=2).eval()


@pytest.mark.parametrize(
    ("scale", "parameters", "steps"),
    [(2, 261403, ["upconv1", "att1.conv", "HRconv1"]),
     (4, 272419, ["upconv1", "att1.conv", "HRconv1", "upconv2", "att2.conv", "HRconv2"])],
)  # fmt: skip
def test_names_and_size_are_those_of_the_published_nets(scale, parameters, steps):
    net = Pan(scale)
    blocks = [f"SCPA_trunk.{number}.{name}" for number in range(16) for name in BLOCK]
    assert sorted(net.state_dict()) == sorted([*both("conv_first", "trunk_conv", *steps, "conv_last"), *blocks])
    assert sum(p.numel() for p in net.parameters()) == parameters


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_picture_is_enlarged_by_the_scale(scale):
    with torch.inference_mode():
        assert tiny(scale)(torch.rand(2, 3, 5, 9)).shape == (2, 3, 5 * scale, 9 * scale)


@pytest.mark.parametrize("scale", [2, 4])
def test_a_net_of_any_width_is_read_from_the_shapes_of_its_weights(scale):
    net, picture = tiny(scale), torch.rand(1, 3, 6, 7)
    again = pan.from_state(net.state_dict(), scale)
    assert not again.training
    with torch.inference_mode():
        assert torch.equal(again(picture), net(picture))


def test_weights_come_back_from_a_file(tmp_path):
    net, picture = tiny(), torch.rand(1, 3, 6, 7)
    save_file(net.state_dict(), tmp_path / "pan.safetensors")
    with torch.inference_mode():
        assert torch.equal(pan.load(tmp_path / "pan.safetensors")(picture), net(picture))


def test_a_missing_or_misshapen_weight_is_refused():
    state = tiny().state_dict()
    without = {name: value for name, value in state.items() if name != "trunk_conv.bias"}
    with pytest.raises(RuntimeError, match=r"trunk_conv\.bias"):
        pan.from_state(without, 2)
    with pytest.raises(RuntimeError, match=r"HRconv1\.weight"):
        pan.from_state(state | {"HRconv1.weight": torch.zeros(1)}, 2)


def test_without_its_last_layer_it_is_bilinear_enlargement():
    net, picture = tiny(), torch.rand(1, 3, 8, 8)
    torch.nn.init.zeros_(net.conv_last.weight)
    torch.nn.init.zeros_(net.conv_last.bias)
    expected = F.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)
    with torch.inference_mode():
        assert torch.equal(net(picture), expected)


def test_a_gate_lets_through_between_nothing_and_all():
    gate, x = pan.PixelGate(3), torch.rand(1, 3, 4, 4)
    with torch.inference_mode():
        passed = gate(x)
    assert (passed > 0).all()
    assert (passed < x).all()
