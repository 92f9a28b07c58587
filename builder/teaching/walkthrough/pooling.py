"""Pools: the numbers of a window, and the largest of them or their mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from torch import nn

from builder.core.arithmetic import stated
from builder.core.numerals import brief, figures
from builder.layers import Layer
from builder.layers.pooling import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, MaxPool, SequencePool, Window
from builder.runtime.trace import Activation
from builder.teaching.walkthrough.formulas import Place, written
from builder.teaching.walkthrough.notation import bracketed

LISTED = 9  # numbers of a window that are written out


@written.register
def _(layer: MaxPool | AdaptiveMaxPool, own: nn.Module, activation: Activation, at: Place) -> str:
    """`max(0.310, −0.120, 0.400, 0) = 0.400`: the numbers of the window, the first of many."""
    values, _ = pooled(activation, at)
    return stated(lambda n: f"max({_listed(values, ', ', max, n)})", float(activation.output[at]))


@written.register
def _(layer: AvgPool | AdaptiveAvgPool, own: nn.Module, activation: Activation, at: Place) -> str:
    values, divisor = pooled(activation, at)
    return _mean(values, divisor, float(activation.output[at]))


@written.register
def _(layer: SequencePool, own: nn.Module, activation: Activation, at: Place) -> str:
    steps, after = activation.input[:, at[0]].tolist(), float(activation.output[at])
    if layer.take == "mean":
        return _mean(steps, len(steps), after)
    return f"x[{1 if layer.take == 'first' else len(steps)}, {at[0] + 1}] = {brief(after)}"


def _mean(values: Sequence[float], divisor: int, result: float) -> str:
    if divisor == len(values) <= LISTED:
        return stated(lambda n: f"mean({_listed(values, ', ', sum, n)})", result)
    return stated(lambda n: f"({_listed(values, ' + ', sum, n)}) / {divisor:,}", result)


def _listed(values: Sequence[float], between: str, rest: Callable[[Sequence[float]], float], digits: int) -> str:
    """The numbers; of many the first ones, and what `rest` makes of the others as one number: `0.310 + 0.120 + … 4.10 …`."""
    write = figures if between == ", " else bracketed
    kept = values if len(values) <= LISTED else values[: LISTED - 1]
    shown = [figures(value, digits) if n == 0 else write(value, digits) for n, value in enumerate(kept)]
    return between.join(
        [*shown, *([f"… {write(rest(values[len(kept) :]), digits)} …"] if len(kept) < len(values) else [])]
    )


def pooled(activation: Activation, at: Place) -> tuple[list[float], int]:
    """The numbers in the window of a pool, those of a padding left out, and by how many a mean divides their sum."""
    layer, x = activation.step.layer, activation.input
    along = list(_along(layer, at[1:], x.shape[1:], activation.output.shape[1:]))
    divisor = 1
    for inside, padded in along:
        divisor *= padded if isinstance(layer, AvgPool) and layer.count_include_pad else len(inside)
    channel = x[at[0]]
    return [float(channel[place]) for place in product(*(inside for inside, _ in along))], divisor


def _along(layer: Layer, at: Place, sizes: Place, made: Place) -> Iterator[tuple[list[int], int]]:
    """Along each axis, which positions are in the window, and how many if those of the padding count."""
    if not isinstance(layer, Window):  # as many parts as shall come out, which may overlap
        for n, size, count in zip(at, sizes, made, strict=True):
            part = list(range(n * size // count, -(-(n + 1) * size // count)))
            yield part, len(part)
        return
    steps, kernels, borders, apart = (
        layer.steps,
        layer.each(layer.kernel_size),
        layer.each(layer.padding),
        layer.each(layer.spacing),
    )
    for n, size, step, kernel, border, between in zip(at, sizes, steps, kernels, borders, apart, strict=True):
        window = [n * step - border + k * between for k in range(kernel)]
        yield [k for k in window if 0 <= k < size], sum(k < size + border for k in window)
