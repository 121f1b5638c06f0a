"""Published weights into a net that was built to fit them, and what is wrong with them in words a person can read."""

from collections.abc import Collection
from typing import TypeVar

from torch import Tensor, nn

Net = TypeVar("Net", bound=nn.Module)


class WrongWeights(ValueError):
    """Weights that are not the net's; the message goes on from “The file for … does not hold that model: ”."""


class Weights(dict[str, Tensor]):
    """Name -> tensor. A name that is not there raises WrongWeights."""

    def __missing__(self, name: str) -> Tensor:
        raise WrongWeights(f"it lacks “{name}”")

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor."""
        return tuple(self[name].shape)

    def count(self, prefix: str) -> int:
        """How many numbered parts, from 0 on, have names that begin with `prefix`."""
        numbers = {name.removeprefix(prefix).split(".")[0] for name in self if name.startswith(prefix)}
        return len([number for number in numbers if number.isdecimal()])


def fill(net: Net, state: dict[str, Tensor], spare: Collection[str] = ()) -> Net:
    """The net with these weights, which it holds without a copy; tensors called as in `spare` are left out.

    Raises WrongWeights for a missing, foreign or misshapen tensor, before any of them is taken.
    """
    wanted = net.state_dict()
    for name, tensor in wanted.items():
        if name not in state:
            raise WrongWeights(f"it lacks “{name}”")
        if state[name].shape != tensor.shape:
            raise WrongWeights(f"“{name}” is {_said(state[name])} and not {_said(tensor)}")
    foreign = sorted(state.keys() - wanted.keys() - set(spare))
    if foreign:
        raise WrongWeights(f"it holds “{foreign[0]}”, which that model does not have")
    net.load_state_dict({name: state[name] for name in wanted}, assign=True)
    return net.eval()


def _said(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "a single number"
