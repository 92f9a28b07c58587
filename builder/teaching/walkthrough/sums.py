"""A neuron of a Linear layer, or a pixel of a convolution, as the sum that it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from itertools import product

import torch
from torch import Tensor, nn

from builder.core.arithmetic import stated
from builder.layers import Layer
from builder.layers.convolution import Conv
from builder.layers.linear import Linear, TiedLinear
from builder.layers.transposed import ConvTranspose
from builder.runtime.trace import Activation
from builder.teaching.walkthrough.notation import bracketed

TERMS = 6  # of a sum that are written out: the first five and the last


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

    def line(self) -> str:
        """`0.390 × 1.20 + 0.480 × (−0.310) + … + 0.310 = 0.660`: the first terms and the last, what lies between as one number."""
        return stated(self.left, self.result)

    def left(self, digits: int) -> str:
        """Its terms in so many digits, without what they come to."""
        products = [f"{bracketed(w, digits)} × {bracketed(x, digits)}" for w, x in self.shown()]
        if self.between:
            products.insert(TERMS - 1, f"… {bracketed(self.rest, digits)} …")
        bias = [] if self.bias is None else [bracketed(self.bias, digits)]
        return " + ".join([*products, *bias])

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


def neuron_sum(module: nn.Module, activation: Activation, index: int) -> Sum | None:
    """The sum that makes the number `index` of a Linear layer or a convolution; None for another layer."""
    own = module.get_submodule(activation.path)
    return summed(activation.step.layer, own, activation, activation.at(index))


@singledispatch
def summed(layer: Layer, own: nn.Module, activation: Activation, at: tuple[int, ...]) -> Sum | None:
    """The sum that makes the number at `at` in `layer`, whose module is `own`; a kind that is one registers its terms."""
    return None


@summed.register
def _(layer: Linear | TiedLinear, own: nn.Module, activation: Activation, at: tuple[int, ...]) -> Sum:
    weight = own.get_parameter("weight").detach()[at[-1]]
    return Sum(weight, activation.input[at[:-1]], _bias(own, at[-1]), float(activation.output[at]))


@summed.register
def _(layer: Conv, own: nn.Module, activation: Activation, at: tuple[int, ...]) -> Sum:
    """The window of its input, with what the padding puts there, times the kernel."""
    kernel = own.get_parameter("weight").detach()[at[0]]
    first = at[0] // (layer.out_channels // layer.groups) * kernel.shape[0]
    along = [
        [_place(position * step - before + n * apart, size, layer.padding_mode) for n in range(count)]
        for position, step, (before, _), apart, count, size in zip(
            at[1:],
            layer.steps,
            layer.borders,
            layer.each(layer.dilation),
            kernel.shape[1:],
            activation.input.shape[1:],
            strict=True,
        )
    ]
    x, places = activation.input, list[tuple[int, ...] | None]()
    for place in product(range(first, first + kernel.shape[0]), *along):
        inside = tuple(n for n in place if n is not None)
        places.append(inside if len(inside) == len(place) else None)
    inputs = torch.stack([x[place] if place else x.new_zeros(()) for place in places])
    return Sum(kernel.flatten(), inputs, _bias(own, at[0]), float(activation.output[at]), tuple(kernel.shape), places)


@summed.register
def _(layer: ConvTranspose, own: nn.Module, activation: Activation, at: tuple[int, ...]) -> Sum:
    """All that lays something down here: numbers of the input, each times the weight of its window that lies on this place."""
    x, weight = activation.input, own.get_parameter("weight").detach()
    group, filter_ = divmod(at[0], layer.out_channels // layer.groups)
    inside = x.shape[0] // layer.groups
    apart = layer.each(layer.dilation)
    along = [
        _laid(to + cut, layer.steps[axis], apart[axis], weight.shape[2 + axis], x.shape[1 + axis])
        for axis, (to, cut) in enumerate(zip(at[1:], layer.each(layer.padding), strict=True))
    ]
    places = list[tuple[int, ...] | None]()
    terms: list[tuple[Tensor, Tensor]] = []
    channels = range(group * inside, (group + 1) * inside)
    for channel, pairs in ((channel, pairs) for channel in channels for pairs in product(*along)):
        place = (channel, *(n for n, _ in pairs))
        places.append(place)
        terms.append((x[place], weight[(channel, filter_, *(k for _, k in pairs))]))
    if not terms:  # no window reaches here
        places, terms = [None], [(x.new_zeros(()), x.new_zeros(()))]
    inputs, weights = (torch.stack(each) for each in zip(*terms, strict=True))
    window = (inside, *map(len, along)) if all(along) else ()
    return Sum(weights, inputs, _bias(own, at[0]), float(activation.output[at]), window, places)


def _laid(to: int, step: int, apart: int, kernel: int, length: int) -> list[tuple[int, int]]:
    """Which positions of the input lay something on `to`, each with the place of its window that lies there."""
    found = [(*divmod(to - k * apart, step), k) for k in range(kernel)]
    return [(n, k) for n, rest, k in found if rest == 0 and 0 <= n < length]


def _place(n: int, size: int, mode: str) -> int | None:
    """Which of `size` positions stands where the window sees the one numbered `n`; None for a zero."""
    if 0 <= n < size:
        return n
    return {
        "zeros": None,
        "reflect": -n if n < 0 else 2 * (size - 1) - n,
        "replicate": 0 if n < 0 else size - 1,
        "circular": n % size,
    }[mode]


def _bias(own: nn.Module, n: int) -> float | None:
    bias = dict(own.named_parameters()).get("bias")
    return None if bias is None else float(bias.detach()[n])
