"""The published loop: its losses against plain transcriptions, its steps against PyTorch's own L-BFGS, its quirks."""

import numpy as np
import pytest
import tiny
import torch
from torch.nn import functional as F

from blendstudio.engine import published
from blendstudio.engine.job import Progress
from blendstudio.engine.nets import vgg
from blendstudio.errors import Cancelled, Diverged

SIDE = 32
TAPS = (1, 3, 6, 9)  # the convolutions, counted from 0, behind which the published net is tapped
POOLED = (2, 4, 7, 10)  # those before which it halves the picture


@pytest.fixture(scope="module")
def state():
    return tiny.features()


@pytest.fixture(scope="module")
def net(state):
    return vgg.from_state(state).requires_grad_(False)


@pytest.fixture(scope="module")
def canvas():
    rng = np.random.default_rng(2)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[6:24, 5:23] = True
    mask[6:10, 5:9] = False
    return published.Canvas.of(*rng.random((2, SIDE, SIDE, 3), np.float32), mask, SIDE, torch.device("cpu"))


def picture(seed=3):
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)) * 255


def layers(x, state):
    """The published net: convolutions fed with 0..255 less the mean shift, on weights for torchvision's input."""
    shift, mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in (published.SHIFT, vgg.MEAN, vgg.DEVIATION))
    x = ((x - shift) * deviation + mean - mean) / deviation
    taps = []
    for number, index in enumerate(tiny.VGG16[:10]):
        x = F.max_pool2d(x, 2) if number in POOLED else x
        x = F.relu(F.conv2d(x, state[f"features.{index}.weight"], state[f"features.{index}.bias"], padding=1))
        if number in TAPS:
            taps.append(published.LIKE_PUBLISHED * x)
    return taps


def gram(y):
    _, channels, height, width = y.shape
    flat = y.reshape(channels, height * width)
    return flat @ flat.T / (channels * height * width)


def style(x, target, state):
    pairs = zip(layers(x, state), layers(target, state), strict=True)
    return sum(((gram(a) - gram(b)) ** 2).mean() for a, b in pairs) / 4


def laplacian(x):
    """Zero beyond the border, in plain numpy."""
    x = np.pad(x.numpy().astype(float), ((0, 0), (0, 0), (1, 1), (1, 1)))
    middle = 4 * x[..., 1:-1, 1:-1]
    return middle - x[..., :-2, 1:-1] - x[..., 2:, 1:-1] - x[..., 1:-1, :-2] - x[..., 1:-1, 2:]


def test_pass_1_is_the_published_sum(canvas, net, state):
    x, mask = picture(), canvas.mask
    blend = x * mask + canvas.target * (1 - mask)
    inside = mask.numpy() > 0
    wanted = np.where(inside, laplacian(canvas.source), laplacian(canvas.target))
    gradient = ((laplacian(blend) - wanted) ** 2).mean()
    rows, columns = slice(6, 24), slice(5, 23)  # the object's box
    own, other = (layers((y * mask)[..., rows, columns], state)[1] for y in (blend, canvas.source))
    content = ((own - other) ** 2).mean()
    variation = np.abs(np.diff(blend.numpy(), axis=2)).sum() + np.abs(np.diff(blend.numpy(), axis=3)).sum()
    total = 1e4 * gradient + 1e4 * float(style(x, canvas.target, state)) + float(content) + 1e-6 * variation
    assert float(published.first_pass(canvas, net)(x)) == pytest.approx(total, rel=1e-4)


def test_pass_1_looks_at_the_style_of_the_free_canvas(canvas, net):
    loss = published.first_pass(canvas, net)
    x = picture()
    beyond = x + 40 * (1 - canvas.mask)
    assert torch.equal(canvas.composite(x), canvas.composite(beyond))
    assert float(loss(x)) != pytest.approx(float(loss(beyond)), rel=1e-3)


def test_pass_2_is_style_alone_and_moves_every_pixel(canvas, net, state):
    x = picture()
    value, gradient = published.evaluation(2, x, canvas, net)
    assert value == pytest.approx(1e7 * float(style(x, canvas.target, state)), rel=1e-4)
    assert (gradient.abs().amax(1) > 0).float().mean() > 0.99


@pytest.mark.parametrize("number", [1, 2])
def test_an_evaluation_at_the_published_price_has_the_loops_gradient(canvas, net, number):
    loss_of = (published.first_pass, published.second_pass)[number - 1](canvas, net)
    x = picture().requires_grad_()
    loss = loss_of(x)
    value, gradient = published.evaluation(number, x, canvas, net)
    assert value == pytest.approx(float(loss.detach()), rel=1e-5)
    assert torch.allclose(gradient, torch.autograd.grad(loss, x)[0], rtol=1e-3, atol=1e-3 * float(gradient.abs().max()))


def test_the_descent_is_pytorchs_lbfgs_as_published(canvas, net):
    start = published.begin(canvas, "noise", 1).double()
    target = canvas.target.double()
    stiff = torch.logspace(-3, 0, target.numel(), dtype=torch.float64).view_as(target)

    def loss_of(x):
        return (stiff * (x - target) ** 2).sum() + ((x - target) ** 4).mean() / 1e4

    theirs = start.clone().requires_grad_()
    solver = torch.optim.LBFGS([theirs])
    run = [0]
    while run[0] <= 20:  # the published loop: 40 evaluations for 20 wanted

        def closure():
            solver.zero_grad()
            loss = loss_of(theirs)
            loss.backward()
            run[0] += 1
            return loss

        solver.step(closure)
    ours = published.descend(start, loss_of, run[0], Progress(), lambda x: x)
    assert run[0] == 40
    assert torch.allclose(ours, theirs.detach(), atol=1e-3)


def test_it_begins_at_noise_of_one_level_by_the_seed_or_at_the_paste(canvas):
    noise, again, other = (published.begin(canvas, "noise", seed) for seed in (1, 1, 2))
    assert torch.equal(noise, again)
    assert not torch.equal(noise, other)
    assert float(noise.std()) == pytest.approx(1, abs=0.05)
    assert torch.equal(published.begin(canvas, "paste", 0), canvas.composite(canvas.source))


def test_a_pass_ends_in_eight_bits():
    values = torch.tensor([-3.0, 0.99, 17.5, 254.999, 400.0])
    assert published.in_eight_bits(values).tolist() == [0, 0, 17, 254, 255]


def test_a_stop_keeps_the_picture_so_far_and_a_runaway_is_told(canvas):
    target = canvas.target
    heard = []
    stopping = Progress(lambda share, _: heard.append(share), cancelled=lambda: len(heard) > 3)
    start = published.begin(canvas, "noise", 1)
    found = published.descend(start, lambda x: ((x - target) ** 2).sum(), 50, stopping, lambda x: x)
    assert (found - target).abs().mean() < (start - target).abs().mean()
    with pytest.raises(Cancelled):
        published.descend(start, lambda x: x.sum(), 50, Progress(cancelled=lambda: True), lambda x: x)
    with pytest.raises(Diverged):
        published.descend(start, lambda x: (x * torch.inf).sum(), 50, Progress(), lambda x: x)
