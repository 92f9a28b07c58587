"""One row walked through a network: what goes into each layer, what is done with it in numbers, and what comes out.

All that is computed comes from the module itself; nothing here changes it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor, nn

from builder.core.numerals import brief, entered, figures
from builder.core.options import options_of
from builder.layers import Layer
from builder.layers.activations import PReLU, RReLU, Softplus
from builder.layers.attention import GLU
from builder.layers.blocks import Block, Branches, Merge
from builder.layers.convolution import Conv1d, Conv2d, Conv3d
from builder.layers.embedding import ClassToken, Embedding, LearnedPositions, SegmentEmbedding
from builder.layers.linear import Linear, TiedLinear
from builder.layers.normalization import LayerScale
from builder.layers.output import LogSoftmax, Softmin
from builder.layers.pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AvgPool1d,
    AvgPool2d,
    MaxPool1d,
    MaxPool2d,
    SequencePool,
)
from builder.layers.shape import Flatten, Unflatten
from builder.network.plan import Plan
from builder.network.step import Step, copies
from builder.runtime.probe import probabilities
from builder.runtime.trace import Place, flow, merged

DIGITS = range(3, 10)  # of the numbers in a sum; nine name any float32
OVERFLOW = math.log(torch.finfo(torch.float32).max)  # the exponential of anything larger is infinite in float32
LISTED = 9  # numbers of a window that are written out
NAMED = 4  # parameters of a layer that are listed with their shapes
TERMS = 6  # of a sum that are written out: the first five and the last
SIDES = (61, 41, 21)  # points along an edge of the input plane, the finest that the network affords
PLANE_MACS = 2 * 10**9  # multiply-accumulates that one plane may cost, about 0.2 s on one core
REACH = 3.0  # inputs drawn from a normal distribution are rarely larger


@dataclass(frozen=True)
class Move:
    """A layer on the way, or one of its copies in a repeat: what goes in and what comes out, in their own shapes.

    `path` is the name of its module. Where branches come together, `joined` is what they give, in order; `before` the first.
    """

    path: str
    step: Step
    before: Tensor
    after: Tensor
    joined: tuple[Tensor, ...] = ()

    def at(self, index: int) -> tuple[int, ...]:
        """Where the number with the flat index `index` stands in what comes out."""
        return place_in(self.after.shape, index)


def place_in(shape: Sequence[int], index: int) -> tuple[int, ...]:
    """The flat `index` along each axis of `shape`."""
    found: list[int] = []
    for size in reversed(shape):
        index, here = divmod(index, size)
        found.append(here)
    return tuple(found[::-1])


@dataclass(frozen=True)
class Sum:
    """What a neuron of a Linear layer or a pixel of a convolution is: each input times its weight, added up, and the bias.

    `window` is the shape in which a convolution looks at its inputs, (channels, …), and `places` says where in the layer's
    input each of them stands; None is the padding.
    """

    weights: Tensor
    inputs: Tensor
    bias: float | None
    result: float
    window: tuple[int, ...] = ()
    places: Sequence[tuple[int, ...] | None] = ()

    def name(self, n: int) -> str:
        """`x3`, or `x[1, 2, 3]`, counted from 1."""
        if not self.places:
            return f"x{n + 1}"
        place = self.places[n]
        return "0" if place is None else f"x{[at + 1 for at in place]}"

    def names(self) -> list[str]:
        """Those of the terms that are written out."""
        return [self.name(n) for n in self.kept()]

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
        index = torch.tensor(self.kept(), dtype=torch.long)
        return list(zip(self.weights[index].tolist(), self.inputs[index].tolist(), strict=True))

    def kept(self) -> list[int]:
        count = len(self.inputs)
        return [*range(TERMS - 1), count - 1] if self.between else list(range(count))

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


@torch.inference_mode()
def walk(module: nn.Module, plan: Plan, rows: Tensor, row: int) -> list[Move]:
    """Each layer, every copy of a repeat and every merge, with what row `row` of `rows` (rows, …) is before and after it.

    All rows are sent through together, as everywhere in the app: one alone is rounded differently. An input set by hand
    is a batch of one row.
    """
    _, places = flow(module, plan, rows)
    moves: list[Move] = []
    _along(plan.parts, "", rows[row].clone(), _Told(iter(places), row), moves)
    return moves


@dataclass(frozen=True)
class _Told:
    """What the layers gave, one after the other, to be told again for one row."""

    places: Iterator[Place]
    row: int


def _along(steps: Sequence[Step], prefix: str, x: Tensor, told: _Told, moves: list[Move]) -> Tensor:
    for step in steps:
        x = _past(step, prefix, x, told, moves)
    return x


def _past(step: Step, prefix: str, x: Tensor, told: _Told, moves: list[Move]) -> Tensor:
    """What leaves `step`, in the very order of `flow`, which has calculated it."""
    path = prefix + step.layer.name
    if not isinstance(step.layer, Block):
        after = next(told.places).after[told.row].clone()
        moves.append(Move(path, step, x, after))
        return after
    parts = {part.layer.name: part for part in step.parts}
    for number in copies(step):

        def each(layer: Layer, x: Tensor, inside: str = f"{path}.{number}") -> Tensor:
            return _past(parts[layer.name], inside, x, told, moves)

        def merge(how: Merge, tensors: Sequence[Tensor]) -> Tensor:
            made = merged(how, [tensor[None] for tensor in tensors])[0]
            moves.append(Move(path, step, tensors[0], made, tuple(tensors)))
            return made

        x = step.layer.through(x, each, merge)
    return x


def neuron_sum(module: nn.Module, move: Move, index: int) -> Sum | None:
    """The sum that makes the number `index` of a Linear layer or a convolution; None for another layer."""
    if move.joined:
        return None
    if not isinstance(move.step.layer, Linear | TiedLinear | Conv1d | Conv2d | Conv3d):
        return None
    layer = module.get_submodule(move.path)
    weight, bias = layer.get_parameter("weight").detach(), dict(layer.named_parameters()).get("bias")
    at = move.at(index)
    if isinstance(move.step.layer, Linear | TiedLinear):
        shift = None if bias is None else float(bias.detach()[at[-1]])
        return Sum(weight[at[-1]], move.before[at[:-1]], shift, float(move.after[at]))
    shift = None if bias is None else float(bias.detach()[at[0]])
    return _pixel(weight[at[0]], move, at, shift)


def _pixel(kernel: Tensor, move: Move, at: tuple[int, ...], bias: float | None) -> Sum:
    """One number of a convolution: the window of its input, zeros of the padding among it, times the kernel."""
    layer = move.step.layer
    assert isinstance(layer, Conv1d | Conv2d | Conv3d)
    # torch puts what “same” can't share out evenly behind
    left = layer.dilation * (layer.kernel_size - 1) // 2 if layer.same else layer.padding
    first = at[0] // (layer.out_channels // layer.groups) * kernel.shape[0]
    along = [
        [position * layer.stride - left + n * layer.dilation for n in range(layer.kernel_size)] for position in at[1:]
    ]
    every = product(range(first, first + kernel.shape[0]), *along)
    sizes = move.before.shape
    places = [place if all(0 <= n < size for n, size in zip(place, sizes, strict=True)) else None for place in every]
    inputs = torch.stack([move.before[place] if place else move.before.new_zeros(()) for place in places])
    return Sum(kernel.flatten(), inputs, bias, float(move.after[at]), tuple(kernel.shape), places)


def in_numbers(module: nn.Module, move: Move, index: int) -> str:
    """What makes the number `index` of a layer that is no sum: `1 / (1 + exp(−1.20)) = 0.769`; empty where no line can say it."""
    at, layer = move.at(index), move.step.layer
    after = float(move.after[at])
    if move.joined:
        return _joining(move, at)
    if isinstance(layer, _POOLING):
        return _pooling(move, at)
    if layer.family == "embedding" or isinstance(layer, LayerScale):
        return _looked_up(module, move, at)
    if isinstance(layer, GLU):
        return _gated(move, at)
    if layer.family == "normalization":
        return _normalizing(module, move, at)
    if layer.family == "activation":
        made = _put_in(module, move, at)
        return made if made.endswith(f": {brief(after)}") else f"{made} = {brief(after)}"
    if isinstance(layer, Flatten | Unflatten) or layer.family == "regularization" or layer.kind == "Identity":
        return f"{brief(float(move.before.flatten()[index]))} → {brief(after)}"  # these keep the order
    return ""


def _joining(move: Move, at: tuple[int, ...]) -> str:
    """What branches give, added or multiplied; of a concatenation, which of them the number is from."""
    layer, after = move.step.layer, float(move.after[at])
    if not isinstance(layer, Branches) or layer.merge != "concatenate":
        sign = "×" if isinstance(layer, Branches) and layer.merge == "product" else "+"
        return equation(sign, [float(tensor[at]) for tensor in move.joined], after)
    axis, n = layer.dim - 1, at[layer.dim - 1]
    for number, tensor in enumerate(move.joined, 1):
        if n < tensor.shape[axis]:
            place = [*at[:axis], n, *at[axis + 1 :]]
            return f"f{number}{[one + 1 for one in place]} = {brief(after)}"
        n -= tensor.shape[axis]
    return ""


def equation(sign: str, values: Sequence[float], result: float) -> str:
    """`0.310 + (−0.120) = 0.190`, with as many digits as it takes for both sides to agree as they are written."""

    def made(digits: int) -> float:
        rounded = [_rounded(value, digits) for value in values]
        return sum(rounded) if sign == "+" else math.prod(rounded)

    enough = next((digits for digits in DIGITS if brief(made(digits)) == brief(result)), None)
    digits = enough or DIGITS[0]
    left = [figures(values[0], digits), *(_held(value, digits) for value in values[1:])]
    return f"{f' {sign} '.join(left)} {'=' if enough else '≈'} {brief(result)}"


_POOLING = (
    MaxPool1d, MaxPool2d, AvgPool1d, AvgPool2d, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveMaxPool1d, AdaptiveMaxPool2d,
    SequencePool,
)  # fmt: skip


def _pooling(move: Move, at: tuple[int, ...]) -> str:
    """`max(0.310, −0.120, 0.400, 0) = 0.400`: the numbers of the window, the first of many."""
    layer, after = move.step.layer, brief(float(move.after[at]))
    if isinstance(layer, SequencePool) and layer.take != "mean":
        step = 1 if layer.take == "first" else len(move.before)
        return f"x[{step}, {at[0] + 1}] = {after}"
    values, divisor = pooled(move, at)
    word = "max" if isinstance(layer, MaxPool1d | MaxPool2d | AdaptiveMaxPool1d | AdaptiveMaxPool2d) else "mean"
    listed = [brief(value) for value in values[:LISTED]] + ["…"] * (len(values) > LISTED)
    if word == "mean" and divisor != len(values):
        return f"({' + '.join(listed)}) / {divisor} = {after}"
    return f"{word}({', '.join(listed)}) = {after}"


def pooled(move: Move, at: tuple[int, ...]) -> tuple[list[float], int]:
    """The numbers in the window of a pooling, those of a padding left out, and by how many a mean divides their sum."""
    layer, x = move.step.layer, move.before
    if isinstance(layer, SequencePool):
        return x[:, at[0]].tolist(), len(x)
    ranges: list[list[int]] = []
    divisor = 1
    for n, size, made in zip(at[1:], x.shape[1:], move.after.shape[1:], strict=True):
        if isinstance(layer, MaxPool1d | MaxPool2d | AvgPool1d | AvgPool2d):
            start = n * (layer.stride or layer.kernel_size) - layer.padding
            apart = layer.dilation if isinstance(layer, MaxPool1d | MaxPool2d) else 1
            window = [start + k * apart for k in range(layer.kernel_size)]
            inside = [k for k in window if 0 <= k < size]
            padded = sum(k < size + layer.padding for k in window)
        else:
            inside = list(range(n * size // made, -(-(n + 1) * size // made)))
            padded = len(inside)
        ranges.append(inside)
        divisor *= padded if getattr(layer, "count_include_pad", False) else len(inside)
    channel = x[at[0]]
    return [float(channel[place]) for place in product(*ranges)], divisor


def _looked_up(module: nn.Module, move: Move, at: tuple[int, ...]) -> str:
    """What a table of vectors has for this place."""
    layer, table, after = (
        move.step.layer,
        module.get_submodule(move.path).get_parameter("weight").detach(),
        float(move.after[at]),
    )
    feature = at[-1]
    match layer:
        case Embedding():
            word = int(move.before[at[0]])
            return f"E[{word}, {feature + 1}] = {brief(after)}"
        case ClassToken():
            source = f"c[{feature + 1}]" if at[0] == 0 else f"x[{at[0]}, {feature + 1}]"
            return f"{source} = {brief(after)}"
        case LearnedPositions() | SegmentEmbedding():
            row = at[0] if isinstance(layer, LearnedPositions) else 0
            return equation("+", [float(move.before[at]), float(table[row, feature])], after)
        case LayerScale():
            scale = float(table.expand(move.before.shape)[at])
            return equation("×", [float(move.before[at]), scale], after)
    return ""


def _gated(move: Move, at: tuple[int, ...]) -> str:
    """Half of the features, each times the sigmoid of its partner in the other half."""
    axis = 0 if move.before.ndim != 2 else 1
    other = (*at[:axis], at[axis] + move.after.shape[axis], *at[axis + 1 :])
    value, gate = float(move.before[at]), float(move.before[other])
    return f"{brief(value)} × σ({brief(gate)}) = {brief(float(move.after[at]))}"


def _normalizing(module: nn.Module, move: Move, at: tuple[int, ...]) -> str:
    """`(1.20 − 0.310) / √(0.400 + 1e−5) × 1.00 + 0 = 1.41`; empty for a normalization that no short line can say."""
    layer, before, after = module.get_submodule(move.path), float(move.before[at]), brief(float(move.after[at]))
    learned = dict(layer.named_parameters())
    if isinstance(layer, nn.RMSNorm | nn.LayerNorm):
        over = len(layer.normalized_shape)
        group = move.before[at[: len(at) - over]]
        place = at[len(at) - over :]
    elif isinstance(layer, nn.GroupNorm):
        size = move.before.shape[0] // layer.num_groups
        group, place = move.before.narrow(0, at[0] // size * size, size), at[:1]
    elif isinstance(layer, nn.InstanceNorm2d | nn.BatchNorm1d | nn.BatchNorm2d):
        group, place = move.before[at[0]], at[:1]
    else:
        return ""
    scale, shift = (float(learned[name].detach()[place]) if name in learned else None for name in ("weight", "bias"))
    scaled = f" × {_held(scale)}" if scale is not None else ""
    if isinstance(layer, nn.RMSNorm):
        eps = torch.finfo(torch.float32).eps if layer.eps is None else layer.eps
        return f"{brief(before)} / √({brief(float(group.square().mean()))} + {brief(eps)}){scaled} = {after}"
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        kept = dict(layer.named_buffers())
        mean, variance = float(kept["running_mean"][at[0]]), float(kept["running_var"][at[0]])
    else:
        mean, variance = float(group.mean()), float(group.var(unbiased=False))
    shifted = f" + {_held(shift)}" if shift is not None else ""
    return f"({brief(before)} − {_held(mean)}) / √({brief(variance)} + {layer.eps:g}){scaled}{shifted} = {after}"


def _put_in(module: nn.Module, move: Move, at: tuple[int, ...]) -> str:
    """The formula of an activation with numbers in place of its letters; of one in pieces, the piece that holds: `−1.20 ≤ 0: 0`."""
    layer, x = move.step.layer, float(move.before[at])
    letters: dict[str, float] = {
        option.name: torch.tensor(getattr(layer, option.name)).item()
        for option in options_of(type(layer))
        if type(option.default) is float
    } | {"x": x}
    if isinstance(layer, PReLU):
        slopes = module.get_submodule(move.path).get_parameter("weight").detach()
        letters["a"] = float(slopes[at[0] if len(slopes) > 1 else 0])
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


def curve(module: nn.Module, move: Move, index: int, points: int = 161) -> tuple[Tensor, Tensor] | None:
    """The graph of an activation around the number that goes in at `index`, computed by the layer itself; None for other layers."""
    if move.step.layer.family != "activation":
        return None
    at = move.at(index)
    x = float(move.before[at])
    if not math.isfinite(x):
        return None
    reach = max(4.0, 1.2 * abs(x))
    xs = torch.linspace(-reach, reach, points)
    layer = module.get_submodule(move.path)
    with torch.inference_mode():
        if isinstance(layer, nn.PReLU) and layer.num_parameters > 1:
            return xs, nn.functional.prelu(xs, layer.weight[at[0] : at[0] + 1])
        return xs, layer(xs[:, None]).flatten()


def shares(move: Move, temperature: float = 1.0, index: int = 0) -> Shares | None:
    """How an output layer makes shares of its scores; at temperature 1 they are the layer's own. None for other layers.

    Of scores with more axes they are those of the place where the number `index` stands: shares are made along the last axis.
    """
    layer = move.step.layer
    if layer.family != "output":
        return None
    negated = isinstance(layer, Softmin)
    given = move.before[move.at(index)[:-1]]
    scores = (-given if negated else given) / temperature
    shifted = scores - scores.max()
    exponentials = shifted.exp()
    made = torch.softmax(scores, dim=-1)
    return Shares(
        scores, shifted, exponentials, float(exponentials.sum()), made, isinstance(layer, LogSoftmax), negated
    )


def plane_side(plan: Plan) -> int | None:
    """How many points along its edge the input plane of this network can have; None if it is too large for any."""
    fits = (side for side in SIDES if plan.fits_budget(side**2) and plan.macs * side**2 <= PLANE_MACS)
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
    learned |= {name: str(list(shape)) for name, shape in step.layer.shared_shapes(step.input_shape).items()}
    parts: list[Part] = [(before, "data")]
    if set(learned) <= {"weight", "bias"} and step.layer.family in ("dense", "convolution", "normalization"):
        transposed = "ᵀ" if step.layer.family == "dense" else ""
        sign = " ∗ " if step.layer.family == "convolution" else " · "
        if "weight" in learned:
            parts += [(sign, ""), (learned["weight"] + transposed, "parameters")]
        if "bias" in learned:
            parts += [(" + ", ""), (learned["bias"], "parameters")]
    else:
        for name, shape in list(learned.items())[:NAMED]:
            parts += [(", ", ""), (f"{name} {shape}", "parameters")]
        if len(learned) > NAMED:
            parts.append((", …", ""))
    return [*parts, (" → ", ""), (after, "data")]


def _rounded(value: float, digits: int) -> float:
    """The number that `figures` writes."""
    return float(f"{value:.{digits - 1}e}")


def _held(value: float, digits: int = 3) -> str:
    """A number after an operator: a negative one in brackets."""
    text = figures(value, digits)
    return f"({text})" if text.startswith("−") else text
