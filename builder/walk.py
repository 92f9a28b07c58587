"""One row walked through a network: what goes into each layer, what is done with it in numbers, and what comes out.

All that is computed comes from the module itself; nothing here changes it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from builder.digits import brief, entered, figures
from builder.flow import flow
from builder.layers.activations import PReLU, RReLU, Softplus
from builder.layers.convolution import Conv1d, Conv2d, Conv3d
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d, BatchNorm2d, LayerNorm, normalized_shape
from builder.layers.output import LogSoftmax, Softmin
from builder.layers.regularization import AlphaDropout, Dropout, Dropout1d, Dropout2d
from builder.layers.shape import Flatten, Identity, Unflatten
from builder.options import options_of
from builder.plan import Plan, Step
from builder.probe import probabilities

DIGITS = range(3, 10)  # of the numbers in a sum; nine name any float32
OVERFLOW = math.log(torch.finfo(torch.float32).max)  # the exponential of anything larger is infinite in float32
TERMS = 6  # of a sum that are written out: the first five and the last
SIDES = (61, 41, 21)  # points along an edge of the input plane, the finest that the network affords
PLANE_MACS = 2 * 10**9  # multiply-accumulates that one plane may cost, about 0.2 s on one core
UNCHANGED = (
    Identity,
    Flatten,
    Unflatten,
    Dropout,
    Dropout1d,
    Dropout2d,
    AlphaDropout,
)  # each number stays, in its place
REACH = 3.0  # inputs drawn from a normal distribution are rarely larger


@dataclass(frozen=True)
class Move:
    """A layer on the way, or a copy of it: what goes in of one row, and what comes out, in the layer's own shapes.

    `path` is the name of its module. A number of either is meant by its place when all are laid out in one line.
    """

    path: str
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

    def line(self) -> str:
        """`0.390 × 1.20 + 0.480 × (−0.310) + … + 0.310 = 0.660`: the first terms and the last, what lies between as one number.

        It has as few digits as it takes for what is written at the left to come to what is written at the right; where
        torch's own rounding in float32 is in the way, ≈ says so.
        """
        said = brief(self.result)
        enough = (digits for digits in DIGITS if brief(self._written(digits)) == said)
        digits = next(enough, None)
        return f"{self._left(digits or DIGITS[0])} {'=' if digits else '≈'} {said}"

    def _left(self, digits: int) -> str:
        products = [f"{_held(w, digits)} × {_held(x, digits)}" for w, x in self.shown()]
        if self.between:
            products.insert(TERMS - 1, f"… {_held(self.rest, digits)} …")
        bias = [] if self.bias is None else [_held(self.bias, digits)]
        return " + ".join([*products, *bias])

    def _written(self, digits: int) -> float:
        """What the left side comes to as it is written, with so many digits."""
        total = sum(_rounded(w, digits) * _rounded(x, digits) for w, x in self.shown())
        return total + _rounded(self.rest, digits) + _rounded(self.bias or 0.0, digits)

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
        return float((self.weights.double() * self.inputs)[TERMS - 1 : -1].sum()) if self.between else 0.0


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

    @property
    def finite(self) -> bool:
        """Are there any shares? An infinite score leaves none: ∞ − ∞ is not a number."""
        return bool(self.shares.isfinite().all())

    def line(self, index: int) -> str:
        """`exp(1.20 − 2.00) / 1.45 = 0.310`, or for a logarithm `1.20 − 2.00 − log(1.45) = −1.17`."""
        score, largest, total = brief(float(self.scores[index])), _held(float(self.scores.max())), brief(self.total)
        if self.logarithms:
            made = float(torch.log_softmax(self.scores, dim=-1)[index])
            return f"{score} − {largest} − log({total}) = {brief(made)}"
        return f"exp({score} − {largest}) / {total} = {brief(float(self.shares[index]))}"


def walk(module: nn.Module, plan: Plan, rows: Tensor, row: int) -> list[Move]:
    """Each layer with what row `row` of `rows` (rows, …) is before and after it.

    All rows are sent through together, as everywhere in the app: one alone is rounded differently. An input set by hand
    is a batch of one row.
    """
    with torch.inference_mode():
        _, places = flow(module, plan, rows)
    return [Move(place.path, place.step, place.before[row].clone(), place.after[row].clone()) for place in places]


def neuron_sum(module: nn.Module, move: Move, neuron: int) -> Sum | None:
    """The sum behind a number of a Linear layer or a convolution; None for another layer."""
    if not isinstance(move.step.layer, Linear | Conv1d | Conv2d | Conv3d):
        return None
    layer = module.get_submodule(move.path)
    weight, bias = layer.get_parameter("weight").detach(), dict(layer.named_parameters()).get("bias")
    place = _place(move.after, neuron)
    if isinstance(move.step.layer, Linear):
        which, inputs = place[-1], move.before.reshape(-1, move.before.shape[-1])[neuron // len(weight)]
    else:
        which, inputs = place[0], _window(move.step.layer, move.before, place).flatten()
    shift = None if bias is None else float(bias.detach()[which])
    return Sum(weight[which].flatten(), inputs, shift, float(move.after.flatten()[neuron]))


def _place(values: Tensor, index: int) -> tuple[int, ...]:
    """Where a number is that stands at `index` in one line."""
    return tuple(int(part) for part in torch.unravel_index(torch.tensor(index), values.shape))


def _window(conv: Conv1d | Conv2d | Conv3d, x: Tensor, place: tuple[int, ...]) -> Tensor:
    """What the filter `place[0]` looks at for the output at `place`: (channels of its group, window …), zeros outside."""
    before, behind = conv.padding, conv.padding
    if conv.same:
        before, behind = (conv.reach - 1) // 2, conv.reach - 1 - (conv.reach - 1) // 2
    padded = torch.nn.functional.pad(x, [before, behind] * conv.axes)
    channels = len(x) // conv.groups
    first = place[0] // (conv.out_channels // conv.groups) * channels
    ends = (slice(at * conv.stride, at * conv.stride + conv.reach, conv.dilation) for at in place[1:])
    return padded[(slice(first, first + channels), *ends)]


def in_numbers(module: nn.Module, move: Move, neuron: int) -> str:
    """What happens to one number of a layer that is no sum: `1 / (1 + exp(−1.20)) = 0.769`; empty where it is not one number's doing."""
    layer = move.step.layer
    if move.before.numel() != move.after.numel():
        return ""
    before, after = float(move.before.flatten()[neuron]), brief(float(move.after.flatten()[neuron]))
    if isinstance(layer, BatchNorm1d | BatchNorm2d | LayerNorm):
        mean, variance, scale, shift = _statistics(module, move, neuron)
        scaled = f" × {_held(scale)}" if scale is not None else ""
        shifted = f" + {_held(shift)}" if shift is not None else ""
        return f"({brief(before)} − {_held(mean)}) / √({brief(variance)} + {layer.eps:g}){scaled}{shifted} = {after}"
    if layer.family == "activation":
        made = _put_in(module, move, neuron)
        return made if made.endswith(f": {after}") else f"{made} = {after}"
    return f"{brief(before)} → {after}" if isinstance(layer, UNCHANGED) else ""


def _put_in(module: nn.Module, move: Move, neuron: int) -> str:
    """The formula of an activation with numbers in place of its letters; of one in pieces, the piece that holds: `−1.20 ≤ 0: 0`."""
    layer, x = move.step.layer, float(move.before.flatten()[neuron])
    letters: dict[str, float] = {
        option.name: torch.tensor(getattr(layer, option.name)).item()
        for option in options_of(type(layer))
        if type(option.default) is float
    } | {"x": x}
    if isinstance(layer, PReLU):
        slopes = module.get_submodule(move.path).get_parameter("weight").detach()
        letters["a"] = float(slopes[_place(move.after, neuron)[0] % len(slopes)])
    elif isinstance(layer, RReLU):
        letters["a"] = (layer.lower + layer.upper) / 2
    elif isinstance(layer, Softplus) and letters["beta"] * x > letters["threshold"]:
        return brief(x)  # torch does not compute what would overflow
    formula = layer.formula.partition(", a ~")[0]
    formula = _piece(formula, letters) if ": " in formula else formula.rpartition(" = ")[2]
    return _LETTER.sub(lambda found: _in_place(formula, found, letters), formula)


def _piece(formula: str, letters: Mapping[str, float]) -> str:
    """Of `x > 0: this; x ≤ 0: that` the one that holds."""
    first, second = (piece.split(": ") for piece in formula.split("; "))
    left, right = first[0].split(" > ")
    value = abs(letters["x"]) if left == "|x|" else letters["x"]
    return ": ".join(first if value > letters.get(right, 0.0) else second)


_LETTER = re.compile(r"[a-z_]+(?![a-z_(])")


def _in_place(formula: str, found: re.Match[str], letters: Mapping[str, float]) -> str:
    """The number for a letter of `formula`; in brackets when it is negative and an operator stands before it."""
    if found[0] not in letters:
        return found[0]
    value, behind = letters[found[0]], formula[: found.start()].rstrip()[-1:]
    text = brief(value) if found[0] == "x" else entered(value)
    return f"({text})" if text.startswith("−") and behind and behind in "−+·/" else text


def curve(module: nn.Module, move: Move, neuron: int, points: int = 161) -> tuple[Tensor, Tensor] | None:
    """The graph of an activation around the number that `neuron` gets, computed by the layer itself; None for other layers."""
    x = float(move.before.flatten()[neuron]) if move.before.numel() == move.after.numel() else math.nan
    if move.step.layer.family != "activation" or not math.isfinite(x):
        return None
    reach = max(4.0, 1.2 * abs(x))
    xs = torch.linspace(-reach, reach, points)
    layer = module.get_submodule(move.path)
    with torch.inference_mode():
        if isinstance(layer, nn.PReLU) and layer.num_parameters > 1:
            channel = _place(move.after, neuron)[0]
            return xs, nn.functional.prelu(xs, layer.weight[channel : channel + 1])
        return xs, layer(xs[:, None]).flatten()


def shares(move: Move, temperature: float = 1.0) -> Shares | None:
    """How an output layer makes shares of its scores; at temperature 1 they are the layer's own. None for other layers."""
    layer = move.step.layer
    if layer.family != "output" or move.after.ndim > 1:
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
    if set(learned) - {"weight", "bias"}:
        return [(before, "data"), (" → ", ""), (after, "data")]
    parts: list[Part] = [(before, "data")]
    if "weight" in learned:
        parts += [(" · ", ""), (learned["weight"] + transposed, "parameters")]
    if "bias" in learned:
        parts += [(" + ", ""), (learned["bias"], "parameters")]
    return [*parts, (" → ", ""), (after, "data")]


def _statistics(module: nn.Module, move: Move, neuron: int) -> tuple[float, float, float | None, float | None]:
    """Mean, variance, scale and shift that a normalization uses for `neuron`."""
    layer, place = module.get_submodule(move.path), _place(move.after, neuron)
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        kept, at = dict(layer.named_buffers()), place[:1]
        mean, variance = float(kept["running_mean"][at]), float(kept["running_var"][at])
    else:
        over = normalized_shape(tuple(move.before.shape))
        at = place[-len(over) :]
        numbers = move.before[place[: -len(over)]]
        mean, variance = float(numbers.mean()), float(numbers.var(unbiased=False))
    learned = {name: float(values.detach()[at]) for name, values in layer.named_parameters()}
    return mean, variance, learned.get("weight"), learned.get("bias")


def _rounded(value: float, digits: int) -> float:
    """The number that `figures` writes."""
    return float(f"{value:.{digits - 1}e}")


def _held(value: float, digits: int = 3) -> str:
    """A number after an operator: a negative one in brackets."""
    text = figures(value, digits)
    return f"({text})" if text.startswith("−") else text
