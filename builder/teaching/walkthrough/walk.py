"""A row on its way through a network: the stops that it makes, and all that can be said of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.network.step import Step
from builder.runtime.probe import probabilities
from builder.runtime.trace import Activation, trace_row
from builder.teaching.walkthrough.activations import curve
from builder.teaching.walkthrough.formulas import in_numbers
from builder.teaching.walkthrough.steps import Move, in_moves
from builder.teaching.walkthrough.sums import Sum, neuron_sum


@dataclass(frozen=True)
class Stop:
    """One layer, or one copy of it, or a merge: `path` is its module's, `layer` the one in the spec."""

    path: str
    layer: str
    merges: bool

    @property
    def is_named(self) -> bool:
        """Must it be called by its module's name, since the layer's would lead to another stop?"""
        return self.merges or self.path != self.layer


@dataclass(frozen=True)
class Walk:
    """All `stops`, and of the one at `place` what goes in and comes out of the row (tensors of their own), and how the number
    `neuron` comes about: as a sum, in a line, in several moves, or on a curve.

    `chances` are the network's probabilities for the row, (classes,).
    """

    stops: tuple[Stop, ...]
    place: int
    neuron: int
    inputs: tuple[Tensor, ...]
    output: Tensor
    chances: Tensor
    added: Sum | None
    line: str
    moves: tuple[Move, ...]
    curve: tuple[Tensor, Tensor] | None

    def activation(self, plan: Plan) -> Activation:
        """What the stop's layer makes of its input."""
        stop = self.stops[self.place]
        return Activation(stop.path, _step(plan, stop.layer), self.inputs, self.output)


def walk(module: nn.Module, plan: Plan, rows: Tensor, row: int, layer: str, copy: str, neuron: int) -> Walk | None:
    """Row `row` of `rows` on its way, stopped at `layer`, at its copy `copy` if it has that; None if no layer does anything.

    A `neuron` that is not there is the first.
    """
    activations = trace_row(module, plan, rows, row)
    if not activations:
        return None
    stops = tuple(Stop(each.path, each.step.path, each.merges) for each in activations)
    place = place_of(stops, layer, copy)
    here = activations[place]
    neuron = neuron if 0 <= neuron < here.output.numel() else 0
    added = neuron_sum(module, here, neuron)
    return Walk(
        stops,
        place,
        neuron,
        here.inputs,
        here.output,
        probabilities(module, plan, rows)[row].clone(),
        added,
        "" if added else in_numbers(module, here, neuron),
        in_moves(module, here, neuron),
        curve(module, here, neuron),
    )


def place_of(stops: Sequence[Stop], layer: str, copy: str) -> int:
    """Where one stands who looks at `layer`: at its copy `copy` if it has that, or the first; of a block at its first layer."""
    if layer == INPUT:
        return 0
    own = [place for place, stop in enumerate(stops) if stop.layer == layer]
    chosen = next((place for place in own if stops[place].path == copy), None)
    if chosen is not None:
        return chosen
    inside = (place for place, stop in enumerate(stops) if stop.layer.startswith(f"{layer}."))
    return next(inside, own[0] if own else 0)


def _step(plan: Plan, path: str) -> Step:
    step = plan.step(path)
    assert step is not None, path
    return step
