import torch

from blendstudio.engine.lbfgs import Descent


def valley(place):
    """Rosenbrock's function in every pair of numbers."""
    x, y = place.flatten()[::2], place.flatten()[1::2]
    return ((1 - x) ** 2 + 5 * (y - x * x) ** 2).sum()


def start():
    return (torch.rand(1, 3, 4, 6, generator=torch.Generator().manual_seed(3)) * 2 - 1).requires_grad_()


def test_it_takes_the_steps_of_pytorchs_own():
    ours, theirs = start(), start()
    descent = Descent(rate=0.5, pairs=4)
    solver = torch.optim.LBFGS([theirs], lr=0.5, max_iter=1, history_size=4)

    def closure():
        theirs.grad = None
        loss = valley(theirs)
        loss.backward()
        return loss

    for _ in range(15):
        solver.step(closure)
        ours.grad = None
        valley(ours).backward()
        descent.step(ours, ours.grad)
        assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    assert not torch.allclose(ours, start(), atol=0.1)


def test_it_reaches_the_bottom_of_a_bowl():
    place = torch.full((2, 3), 7.0, requires_grad=True)
    descent = Descent(rate=1.0, pairs=10)
    for _ in range(20):
        place.grad = None
        ((place - 1) ** 2 * torch.tensor([1.0, 3.0, 9.0])).sum().backward()
        descent.step(place, place.grad)
    assert torch.allclose(place, torch.ones(2, 3), atol=1e-3)


def test_where_it_is_flat_nothing_moves():
    place = torch.ones(3)
    Descent(rate=1.0, pairs=4).step(place, torch.zeros(3))
    assert torch.equal(place, torch.ones(3))
