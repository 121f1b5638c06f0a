"""The nets: any size, widths read from the weights, and the tiny ones see red."""

import numpy as np
import pytest
import tiny
import torch
from safetensors.torch import save_file

from blendstudio.engine.nets import efficientnet_lite, u2net, vgg
from blendstudio.engine.store import Nets, Store

GREY, RED = (128, 128, 128), (200, 40, 40)
BLOB = (slice(64, 160), slice(96, 192))


@pytest.fixture
def nets(tmp_path, monkeypatch):
    monkeypatch.setenv("BLENDSTUDIO_HOME", str(tiny.tiny_home(tmp_path)))
    return Nets(Store.default(), device="cpu")


def red_on_grey(height=224, width=256):
    picture = np.full((height, width, 3), GREY, np.uint8)
    picture[BLOB] = RED
    return picture


def batch(picture, mean, deviation):
    normalised = (picture.astype(np.float32) - mean) / deviation
    return torch.from_numpy(normalised.astype(np.float32).transpose(2, 0, 1)[None])


def imagenet(picture):
    return batch(picture, 255 * np.array(vgg.MEAN), 255 * np.array(vgg.DEVIATION))


def test_the_tiny_saliency_is_high_in_the_red_blob_and_low_outside(nets):
    chance = nets.net("saliency")(imagenet(red_on_grey()))[0, 0].numpy()
    outside = np.ones(chance.shape, bool)
    outside[BLOB] = False
    assert chance[BLOB].min() > 0.8
    assert chance[outside].max() < 0.2


def test_the_tiny_classifier_sees_a_robin_in_red_cells_only(nets):
    logits = nets.net("words").forward_dense(batch(red_on_grey(), 127, 128))
    robin = logits.softmax(1)[0, tiny.ROBIN].numpy()
    assert robin.shape == (7, 8)
    red = np.zeros((7, 8), bool)
    red[2:5, 3:6] = True
    assert robin[red].min() > 0.9
    assert robin[~red].max() < 0.1


def test_the_tiny_upscaler_is_the_bilinear_picture(nets):
    small = torch.rand(1, 3, 9, 14, generator=torch.Generator().manual_seed(0))
    large = torch.nn.functional.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
    assert torch.allclose(nets.net("upscale")(small), large, atol=1e-6)


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (1, 1), (65, 320)])
def test_u2net_takes_any_size(nets, size):
    chance = nets.net("saliency")(torch.zeros(2, 3, *size))
    assert chance.shape == (2, 1, *size)
    assert 0 <= chance.min() <= chance.max() <= 1


def random_u2net():
    random = torch.Generator().manual_seed(2)
    net = u2net.U2Net([(2, 4)] * 6, [(3, 5)] * 5)
    return {key: torch.randn(value.shape, generator=random) * 0.2 for key, value in net.state_dict().items()}


def test_u2net_reads_its_widths_from_the_file(tmp_path):
    save_file(random_u2net(), tmp_path / "net.safetensors")
    net = u2net.load(tmp_path / "net.safetensors")
    assert net.get_submodule("encoder.0.down.0").weight.shape == (2, 4, 3, 3)
    assert net(torch.zeros(1, 3, 20, 30)).shape == (1, 1, 20, 30)


def test_every_u2net_convolution_is_named_once_in_running_order(tmp_path):
    state = random_u2net()
    names = list(u2net.conv_names())
    assert sorted(f"{name}.{part}" for name in names for part in ("weight", "bias")) == sorted(state)
    net, ran = u2net.from_state(state), []
    for name, module in net.named_modules():
        if name in names:
            module.register_forward_hook(lambda *_, name=name: ran.append(name))
    net(torch.zeros(1, 3, 64, 64))
    assert ran == names


@pytest.mark.parametrize("breach", ["missing", "extra", "head", "input"])
def test_weights_of_another_layout_are_refused(breach):
    state = random_u2net()
    if breach == "missing":
        del state["decoder.2.bottom.bias"]
    elif breach == "extra":
        state["decoder.9.inp.bias"] = torch.zeros(1)
    elif breach == "head":
        state["side.3.weight"] = torch.zeros(1, 9, 3, 3)
    else:
        state["decoder.1.inp.weight"] = torch.zeros(5, 7, 3, 3)
    with pytest.raises((KeyError, RuntimeError)):
        u2net.from_state(state)


def random_lite(classes=7):
    random = torch.Generator().manual_seed(3)
    state = {"stem.weight": (4, 3, 3, 3), "head.weight": (9, 6, 1, 1), "classifier.weight": (classes, 9)}
    state |= {"blocks.0.depthwise.weight": (4, 1, 3, 3), "blocks.0.project.weight": (4, 4, 1, 1)}
    for number in range(1, len(efficientnet_lite.STRIDES)):
        kernel = 5 if number % 2 else 3
        state[f"blocks.{number}.expand.weight"] = (12, 4 if number == 1 else 6, 1, 1)
        state[f"blocks.{number}.depthwise.weight"] = (12, 1, kernel, kernel)
        state[f"blocks.{number}.project.weight"] = (6, 12, 1, 1)
    state |= {key.replace("weight", "bias"): shape[:1] for key, shape in state.items()}
    return {key: torch.randn(shape, generator=random) * 0.3 for key, shape in state.items()}


def test_the_classifier_reads_widths_and_classes_from_the_file(tmp_path):
    save_file(random_lite(), tmp_path / "net.safetensors")
    net = efficientnet_lite.load(tmp_path / "net.safetensors")
    x = torch.randn(2, 3, 96, 70, generator=torch.Generator().manual_seed(4))
    dense = net.forward_dense(x)
    assert dense.shape == (2, 7, 3, 3)
    assert torch.allclose(dense.mean((2, 3)), net(x), atol=1e-5)
    assert net(x).std() > 0


@pytest.mark.parametrize("key", ["blocks.3.expand.weight", "head.weight", "blocks.0.depthwise.weight"])
def test_a_classifier_whose_layers_do_not_fit_together_is_refused(key):
    state = random_lite()
    state[key] = state[key].repeat(1, 2, 1, 1)
    with pytest.raises(RuntimeError):
        efficientnet_lite.from_state(state)


def test_a_vgg_whose_layers_do_not_fit_together_is_refused():
    with pytest.raises(RuntimeError):
        vgg.from_state(tiny.features() | {"features.5.weight": torch.zeros(8, 4, 3, 3)})


def test_vgg_gives_the_named_activations():
    net = vgg.from_state(tiny.features())
    x = torch.rand(1, 3, 33, 40, generator=torch.Generator().manual_seed(5))
    found = net(x, ("relu1_2", "relu3_3", "relu2_2"))
    assert {name: tuple(tensor.shape) for name, tensor in found.items()} == {
        "relu1_2": (1, 8, 33, 40),
        "relu2_2": (1, 8, 16, 20),
        "relu3_3": (1, 8, 8, 10),
    }
    state = tiny.features()
    z = (x - torch.tensor(vgg.MEAN).view(1, 3, 1, 1)) / torch.tensor(vgg.DEVIATION).view(1, 3, 1, 1)
    for index in (0, 2):
        z = torch.conv2d(z, state[f"features.{index}.weight"], state[f"features.{index}.bias"], padding=1).relu()
    assert torch.allclose(found["relu1_2"], z, atol=1e-5)


def test_vgg_computes_nothing_beyond_the_deepest_tap():
    net, ran = vgg.from_state(tiny.features()), []
    for name, module in net.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda *_, name=name: ran.append(name))
    net(torch.zeros(1, 3, 16, 16), ("relu2_1", "relu1_1"))
    assert ran == ["blocks.0.0", "blocks.0.1", "blocks.1.0"]


def test_vgg_of_nineteen_layers_is_read_from_its_names():
    indices = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
    state = {f"features.{index}.bias": torch.zeros(2) for index in indices}
    state |= {f"features.{index}.weight": torch.zeros(2, 2 if index else 3, 3, 3) for index in indices}
    net = vgg.from_state(state | {"classifier.0.weight": torch.zeros(1)})
    assert net.names()[-1] == "relu5_4"
    assert len(net.names()) == 16


def test_vgg_names_a_tap_it_does_not_have():
    with pytest.raises(ValueError, match="relu1_3"):
        vgg.from_state(tiny.features())(torch.zeros(1, 3, 8, 8), ("relu1_1", "relu1_3"))
