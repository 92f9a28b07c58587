"""How signal and gradient fare through time, in a recurrent layer: step by step of the sequence. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from builder.layers import modules
from builder.layers.recurrent import GRU, LSTM, RNN
from builder.runtime.trace import Activation

RECURRENT = (RNN, LSTM, GRU)


@dataclass(frozen=True)
class Recurrence:
    """A recurrent layer, or one copy of it, with a number for each step of the sequence; of two directions, that from the start.

    `forward` is the standard deviation of the state, `backward` the length of a row's gradient of the last state times a
    vector from N(0, 1), with respect to what enters at that step (root mean square of the rows): how much of it the last
    state still depends on (Bengio et al. 1994, “Learning long-term dependencies with gradient descent is difficult”).
    """

    path: str
    layer_path: str
    forward: tuple[float, ...]
    backward: tuple[float, ...]


def recurs(activations: Sequence[Activation]) -> bool:
    """Is there a recurrent layer among them?"""
    return any(isinstance(each.step.layer, RECURRENT) for each in activations)


def recurrences(module: nn.Module, activations: Sequence[Activation]) -> Iterator[Recurrence]:
    """Those of all recurrent layers; the graph of `activations`, which were made by `module` with gradients, is kept."""
    for each in activations:
        layer = each.step.layer
        if not isinstance(layer, RECURRENT):
            continue
        states = (_states(module.get_submodule(each.path), each) if layer.last else each.output)[..., : layer.state]
        last = (each.output if layer.last else each.output[:, -1])[:, : layer.state]
        (back,) = torch.autograd.grad(last, [each.input], torch.randn(last.shape), retain_graph=True)
        spread = states.detach().double().transpose(0, 1).flatten(1).std(dim=1, correction=0)
        lengths = back.double().square().sum(dim=2).mean(dim=0).sqrt()
        yield Recurrence(each.path, each.step.path, tuple(spread.tolist()), tuple(lengths.tolist()))


@torch.no_grad()
def _states(layer: nn.Module, each: Activation) -> Tensor:
    """The states of all steps of a layer that gives the last one alone."""
    assert isinstance(layer, modules.OutputOnly)
    return super(modules.OutputOnly, layer).forward(each.input)[0]  # type: ignore[no-any-return]
