"""The starter nets give what the published files give, measured on a photo with the published runtimes.

Needs the starter weights, the package index, and for two of the tests onnxruntime and timm.
"""

import hashlib

import cv2
import numpy as np
import pytest
import torch
from skimage import data as photos

from blendstudio.engine import convert, fetch
from blendstudio.engine.job import Progress
from blendstudio.engine.nets import vgg
from blendstudio.engine.store import Nets, Store

pytestmark = pytest.mark.real
CLOSE = 1e-4
VGG16_TAPS = ("relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu3_3")
VGG16_TAPS += ("relu4_1", "relu4_2", "relu4_3", "relu5_1", "relu5_2", "relu5_3")


@pytest.fixture(scope="module")
def store():
    return Store.default()


@pytest.fixture(scope="module")
def member(store, tmp_path_factory):
    """A function id -> the published file of a model, fetched as `models get` fetches it."""

    def fetched(id):
        folder = tmp_path_factory.mktemp(id)
        return fetch.fetch_member(store.entry(id), folder, Progress())

    return fetched


def photo(size):
    return cv2.resize(photos.astronaut(), (size, size), interpolation=cv2.INTER_AREA).astype(np.float32)


def batch(picture):
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32))


def imagenet(size):
    return batch((photo(size) / 255 - vgg.MEAN) / vgg.DEVIATION)


def test_the_starter_models_are_here_and_intact(store):
    states = {status.entry.id: status.state for status in store.verify(Progress()) if status.entry.tier == "starter"}
    assert set(states.values()) == {"ready"}, states


def test_u2netp_is_what_onnxruntime_computes(store, member):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(member("u2netp")), providers=["CPUExecutionProvider"])
    x = imagenet(320)
    (expected,) = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: x.numpy()})
    ours = store.net("u2netp")(x).numpy()
    assert expected.max() > 0.9
    assert np.abs(ours - expected).max() <= CLOSE


def test_u2netp_finds_the_astronaut_at_any_size(store):
    for size in (224, 333):
        chance = store.net("u2netp")(imagenet(size))[0, 0]
        assert chance[size // 3, size // 2 - size // 20] > 0.9
        assert chance[size // 20, size // 20] < 0.1


def test_efficientnet_lite_is_what_timm_computes(store, member):
    timm = pytest.importorskip("timm")
    published = torch.load(member("efficientnet-lite0"), weights_only=True, map_location="cpu")
    theirs = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    places = theirs.state_dict()
    assert [value.shape for value in places.values()] == [value.shape for value in published.values()]
    theirs.load_state_dict(dict(zip(places, published.values(), strict=True)))
    ours = store.net("efficientnet-lite0")
    x = batch((photo(224) - 127) / 128)
    with torch.inference_mode():
        expected = theirs(x)
        assert (ours(x) - expected).abs().max() <= CLOSE
        assert (ours.forward_dense(x).mean((2, 3)) - expected).abs().max() <= CLOSE


def test_every_vgg_layer_speaks_about_as_loud_as_the_next(store):
    found = store.net("vgg16-hed")(batch(photo(256) / 255), VGG16_TAPS)
    means = {name: round(float(tensor.mean()), 3) for name, tensor in found.items()}
    assert list(means) == list(VGG16_TAPS)
    assert all(0.5 < mean < 2 for mean in means.values()), means


def test_the_vgg_is_the_published_one_but_for_a_factor_per_layer(store, member):
    entry = store.entry("vgg16-hed")
    arrays = convert.hed_vgg(member("vgg16-hed"))
    plain = vgg.from_state({key: torch.from_numpy(value).float() for key, value in arrays.items()})
    x = batch(photo(256) / 255)
    with torch.inference_mode():
        expected, ours = plain(x, VGG16_TAPS), store.net("vgg16-hed")(x, VGG16_TAPS)
    for name, mean in zip(VGG16_TAPS, entry.means, strict=True):
        apart = (ours[name] * mean - expected[name]).abs().max()
        assert apart <= CLOSE * expected[name].max(), name


@pytest.mark.parametrize("id", ["u2netp", "efficientnet-lite0", "vgg16-hed"])
def test_converting_again_gives_the_same_bytes(store, member, id):
    again = convert.convert(store.entry(id), member(id))
    assert hashlib.sha256(again).hexdigest() == store.digest(id)


def test_a_job_names_the_nets_that_it_used(store):
    nets = Nets(store, "starter", "cpu")
    for role in ("saliency", "features"):
        nets.net(role)
    assert nets.used == (("u2netp", store.digest("u2netp")), ("vgg16-hed", store.digest("vgg16-hed")))
