"""One row walked through a network: what goes into each layer, what is done with it in numbers, and what comes out.

All that is computed comes from the module itself; nothing here changes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from builder.digits import brief
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d, LayerNorm
from builder.layers.output import LogSoftmax, Softmin
from builder.plan import Plan, Step
from builder.probe import passed, probabilities
from builder.spec import INPUT

TERMS = 6  # of a sum that are written out: the first five and the last
SIDES = (61, 41, 21)  # points along an edge of the input plane, the finest that the network affords
PLANE_MACS = 2 * 10**9  # multiply-accumulates that one plane may cost, about 0.2 s on one core
REACH = 3.0  # inputs drawn from a normal distribution are rarely larger


@dataclass(frozen=True)
class Move:
    """A layer on the way: the vector that goes in, and the one that comes out."""

    step: Step
    before: Tensor
    after: Tensor


@dataclass(frozen=True)
class Sum:
    """What a neuron of a Linear layer does: each input times its weight, added up, and the bias added."""

    weights: Tensor
    inputs: Tensor
    bias: float | None
    result: float

    def line(self, digits: int = 3) -> str:
        """`0.390 × 1.20 + 0.480 × (−0.310) + … + 0.310 = 0.660`: the first terms and the last, what lies between as one number."""
        products = [f"{_held(w, digits)} × {_held(x, digits)}" for w, x in self.shown()]
        if self.between:
            products.insert(TERMS - 1, f"… {_held(self.rest, digits)} …")
        bias = [] if self.bias is None else [_held(self.bias, digits)]
        return f"{' + '.join([*products, *bias])} = {brief(self.result, digits)}"

    def shown(self) -> list[tuple[float, float]]:
        """The terms that are written out, as (weight, input)."""
        kept = [*range(TERMS - 1), len(self.inputs) - 1] if self.between else range(len(self.inputs))
        index = torch.tensor(list(kept), dtype=torch.long)
        return list(zip(self.weights[index].tolist(), self.inputs[index].tolist(), strict=True))

    @property
    def between(self) -> int:
        """How many terms are not written out."""
        return max(0, len(self.inputs) - TERMS)

    @property
    def rest(self) -> float:
        """What those come to."""
        return float((self.weights * self.inputs)[TERMS - 1 : -1].sum()) if self.between else 0.0


@dataclass(frozen=True)
class Shares:
    """Softmax in four moves: scores (divided by the temperature), minus the largest, exponentials, their shares of the sum."""

    scores: Tensor
    shifted: Tensor
    exponentials: Tensor
    total: float
    shares: Tensor
    logarithms: bool  # are the logarithms of the shares what the layer gives?
    negated: bool  # does the layer turn the signs of the scores first?

    @property
    def unshifted(self) -> float:
        """exp of the largest score as it stands, in float32: infinite from about 88.7 on."""
        return float(self.scores.max().exp())


def walk(module: nn.Module, plan: Plan, rows: Tensor, row: int) -> list[Move]:
    """Each layer with what row `row` of `rows` (rows, features) is before and after it.

    All rows are sent through together, as everywhere in the app: one alone is rounded differently. An input set by hand
    is a batch of one row.
    """
    values = passed(module, plan, rows, row)
    before = [INPUT, *(step.path for step in plan.steps)]
    return [Move(step, values[path], values[step.path]) for path, step in zip(before, plan.steps, strict=False)]


def neuron_sum(module: nn.Module, move: Move, neuron: int) -> Sum | None:
    """The sum of a neuron of a Linear layer; None for another layer."""
    if not isinstance(move.step.layer, Linear):
        return None
    layer = module.get_submodule(move.step.path)
    weight, bias = layer.get_parameter("weight").detach(), dict(layer.named_parameters()).get("bias")
    shift = None if bias is None else float(bias.detach()[neuron])
    return Sum(weight[neuron], move.before, shift, float(move.after[neuron]))


def in_numbers(module: nn.Module, move: Move, neuron: int) -> str:
    """What happens to one number of a layer that is no sum: `Sigmoid(1.20) = 0.769`."""
    layer = move.step.layer
    before, after = float(move.before[neuron]), brief(float(move.after[neuron]))
    if isinstance(layer, BatchNorm1d | LayerNorm):
        mean, variance, scale, shift = _statistics(module, move, neuron)
        scaled = f" × {_held(scale)}" if scale is not None else ""
        shifted = f" + {_held(shift)}" if shift is not None else ""
        return f"({brief(before)} − {_held(mean)}) / √({brief(variance)} + {layer.eps:g}){scaled}{shifted} = {after}"
    if layer.family == "activation":
        return f"{layer.kind}({brief(before)}) = {after}"
    return f"{brief(before)} → {after}"


def curve(module: nn.Module, move: Move, neuron: int, points: int = 161) -> tuple[Tensor, Tensor] | None:
    """The graph of an activation around the number that `neuron` gets, computed by the layer itself; None for other layers."""
    x = float(move.before[neuron])
    if move.step.layer.family != "activation" or not math.isfinite(x):
        return None
    reach = max(4.0, 1.2 * abs(x))
    xs = torch.linspace(-reach, reach, points)
    layer = module.get_submodule(move.step.path)
    with torch.inference_mode():
        if isinstance(layer, nn.PReLU) and layer.num_parameters > 1:
            return xs, nn.functional.prelu(xs, layer.weight[neuron : neuron + 1])
        return xs, layer(xs[:, None]).flatten()


def shares(move: Move, temperature: float = 1.0) -> Shares | None:
    """How an output layer makes shares of its scores; at temperature 1 they are the layer's own. None for other layers."""
    layer = move.step.layer
    if layer.family != "output":
        return None
    negated = isinstance(layer, Softmin)
    scores = (-move.before if negated else move.before) / temperature
    shifted = scores - scores.max()
    exponentials = shifted.exp()
    made = torch.softmax(scores, dim=-1)
    return Shares(
        scores, shifted, exponentials, float(exponentials.sum()), made, isinstance(layer, LogSoftmax), negated
    )


def plane_side(plan: Plan) -> int | None:
    """How many points along its edge the input plane of this network can have; None if it is too large for any."""
    fits = (side for side in SIDES if plan.lives(side**2) and plan.macs * side**2 <= PLANE_MACS)
    return next(fits, None)


def plane(module: nn.Module, plan: Plan, point: Tensor, across: int, up: int, reach: float, side: int) -> Tensor:
    """The probabilities (side, side, classes) as inputs `across` and `up` run from −reach to reach, the others as in `point`.

    The first row is the top: there `up` is largest. With `across` and `up` the same, all rows are alike.
    """
    ticks = torch.linspace(-reach, reach, side)
    rows = point.repeat(side * side, 1)
    rows[:, up] = ticks.flip(0).repeat_interleave(side)
    rows[:, across] = ticks.repeat(side)
    return probabilities(module, plan, rows).reshape(side, side, -1)


def reach_of(point: Tensor) -> float:
    """How far the plane goes from zero, so that `point` lies on it: 3, or the next whole number beyond."""
    largest = float(point.abs().max()) if len(point) else 0.0
    return max(REACH, float(math.ceil(largest)))


Part = tuple[str, str]  # a piece of text, and whose it is: "data", "parameters" or ""


def shapes(step: Step, rows: int) -> list[Part]:
    """`[5, 3] · [4, 3]ᵀ + [4] → [5, 4]`, piece by piece: what belongs to the data and what to the network."""
    before, after = (str([rows, *shape]) for shape in (step.input_shape, step.output_shape))
    learned = {name: str(list(shape)) for name, shape in step.parameter_shapes.items()}
    transposed = "ᵀ" if isinstance(step.layer, Linear) else ""
    parts: list[Part] = [(before, "data")]
    if "weight" in learned:
        parts += [(" · ", ""), (learned["weight"] + transposed, "parameters")]
    if "bias" in learned:
        parts += [(" + ", ""), (learned["bias"], "parameters")]
    return [*parts, (" → ", ""), (after, "data")]


def _statistics(module: nn.Module, move: Move, neuron: int) -> tuple[float, float, float | None, float | None]:
    """Mean, variance, scale and shift that a normalization uses for `neuron`."""
    layer = module.get_submodule(move.step.path)
    learned = {name: float(values.detach()[neuron]) for name, values in layer.named_parameters()}
    if isinstance(layer, nn.BatchNorm1d):
        kept = dict(layer.named_buffers())
        mean, variance = float(kept["running_mean"][neuron]), float(kept["running_var"][neuron])
    else:
        mean, variance = float(move.before.mean()), float(move.before.var(unbiased=False))
    return mean, variance, learned.get("weight"), learned.get("bias")


def _held(value: float, digits: int = 3) -> str:
    """A number after an operator: a negative one in brackets."""
    text = brief(value, digits)
    return f"({text})" if text.startswith("−") else text
