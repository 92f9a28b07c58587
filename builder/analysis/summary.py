"""Where the parameters are, with the arithmetic behind each number, and the same as text in torchsummary's layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from builder.core.messages import Message
from builder.layers.blocks import Block
from builder.layers.shapes import Shape, TokenShape, format_shape, numel
from builder.network.plan import Plan
from builder.network.step import FLOAT_BYTES, Step, every_copy

RULE, DOUBLE_RULE = "-" * 64, "=" * 64


@dataclass(frozen=True)
class Row:
    """One layer of the breakdown; `share` is its part of all parameters, from 0 to 1."""

    step: Step
    weights: int
    biases: int
    total: int
    share: float
    trainable: bool
    bytes: int
    arithmetic: Message


@dataclass(frozen=True)
class Summary:
    """The breakdown of a plan: a row a layer, and the sums over the rows."""

    rows: tuple[Row, ...]
    weights: int
    biases: int
    total: int
    trainable: int
    bytes: int

    @property
    def frozen(self) -> int:
        return self.total - self.trainable


def summarize(plan: Plan) -> Summary:
    """The breakdown of `plan`, up to its first problem."""
    rows = tuple(_row(step, plan.count) for step in plan.steps)
    return Summary(
        rows,
        weights=sum(row.weights for row in rows),
        biases=sum(row.biases for row in rows),
        total=sum(row.total for row in rows),
        trainable=sum(row.total for row in rows if row.trainable),
        bytes=sum(row.bytes for row in rows),
    )


def _row(step: Step, of_all: int) -> Row:
    biases = step.times * sum(prod(shape) for name, shape in step.parameter_shapes.items() if "bias" in name)
    share = step.count / of_all if of_all else 0.0
    return Row(
        step,
        step.count - biases,
        biases,
        step.count,
        share,
        not step.frozen,
        FLOAT_BYTES * step.count,
        arithmetic(step),
    )


def arithmetic(step: Step) -> Message:
    """How the count comes about: `3 × 3 weights + 3 biases = 12`; of a block, `12 + 8 = 20`, of copies `2 × (12 + 8) = 40`."""
    if step.shares:
        owner = ", ".join(step.shares.values())
        shared = Message("{n} shared with {owner}, counted there", n=step.shared_count, owner=owner)
        own = step.layer.arithmetic(step.input_shape)
        return Message("{own}; {shared}", own=own, shared=shared) if step.count else shared
    if not step.count:
        return step.layer.arithmetic(step.input_shape) if not step.parts else Message("0")
    if isinstance(step.layer, Block):
        counts = [part.count // step.times // step.layer.copies for part in step.parts]
        left, several = Message(sum_line(counts)), len([n for n in counts if n]) > 1
        times = step.times * step.layer.copies
    else:
        left, several, times = step.layer.arithmetic(step.input_shape), True, step.times
    if times > 1:
        left = (
            Message("{times} × ({a})", times=times, a=left)
            if several
            else Message("{times} × {a}", times=times, a=left)
        )
    return Message("{a} = {total}", a=left, total=step.count) if several or times > 1 else left


def multiplications(step: Step) -> str:
    """The multiply-accumulates of one row with their formula: `3 × 3 × 16 × 32 × 28 × 28 = 3,612,672`; empty if there are none."""
    if not step.macs or isinstance(step.layer, Block):
        return f"{step.macs:,}" if step.macs else ""
    left = " + ".join(format_shape(product) for product in step.products)
    if step.times > 1:
        left = f"{step.times:,} × ({left})" if len(step.products) > 1 else f"{step.times:,} × {left}"
    return f"{left} = {step.macs:,}"


def sum_line(counts: Iterable[int]) -> str:
    """The layers' counts that add up to the total: `12 + 8 + 6`; the middle of a long sum is one number: `12 + 8 + … 30 … + 6`."""
    terms = [count for count in counts if count]
    if len(terms) <= 4:
        return " + ".join(f"{count:,}" for count in terms)
    return f"{terms[0]:,} + {terms[1]:,} + … {sum(terms[2:-1]):,} … + {terms[-1]:,}"


def listed(plan: Plan) -> list[tuple[str, Step]]:
    """The modules of the class form, every copy of each, behind the names of their lines in the summary: `Linear-1`."""
    modules = [step for part in plan.parts for _, step in every_copy(part) if step.is_module]
    return [(f"{step.layer.torch_class.removeprefix('nn.')}-{number}", step) for number, step in enumerate(modules, 1)]


def unlike_torchsummary(plan: Plan) -> Message | None:
    """What torchsummary itself would print otherwise of the class form; None where it prints `table_text` to the letter."""
    named = (step for _, step in listed(plan) if not step.parameter_shapes.keys() <= {"weight", "bias"})
    if isinstance(plan.input_shape, TokenShape):
        return Message(
            "torchsummary itself sends random decimals through a network, which are no words, so it fails here."
        )
    if plan.blocks:
        return Message(
            "torchsummary itself adds a line for each block's class, without parameters, and counts its output again."
        )
    if (other := next(named, None)) is not None:
        return Message(
            "torchsummary itself knows only parameters called weight and bias, so it takes {name} for smaller than it is.",
            name=other.path,
        )
    if not plan.count:
        return Message("torchsummary itself fails on a network without parameters.")
    return None


def kept(plan: Plan) -> list[tuple[str, Shape]]:
    """What torch's `named_buffers()` finds: the name and the shape of each, every copy."""
    every = (found for part in plan.parts for found in every_copy(part))
    return [
        (f"{path}.{name}", shape)
        for path, step in every
        for name, shape in step.layer.buffer_shapes(step.input_shape).items()
    ]


def running(plan: Plan) -> tuple[int, Step | None]:
    """How many running means and variances BatchNorm keeps in `plan`, all copies, and the first layer that learns as many besides."""
    keeping = [step for step in plan.steps if "running_mean" in step.layer.buffer_shapes(step.input_shape)]
    learning = (step for step in keeping if step.trainable)
    return sum(2 * step.times * step.input_shape[0] for step in keeping), next(learning, None)


def table_text(plan: Plan, rows: int) -> str:
    """The summary in torchsummary's layout for the class form and a batch of `rows`: it lists modules only.

    Sizes are float32 in MB (2²⁰ bytes); forward/backward counts every module's output twice, for the gradients.
    """
    modules = listed(plan)
    lines = [RULE, _line("Layer (type)", "Output Shape", "Param #"), DOUBLE_RULE]
    for name, step in modules:
        count = step.per_copy + step.shared_count
        lines.append(_line(name, str([rows, *step.output_shape]), f"{count:,}"))
    outputs = sum(numel(step.output_shape) for _, step in modules)
    sizes = [_megabytes(n) for n in (rows * numel(plan.input_shape), 2 * rows * outputs, plan.count)]
    lines += [
        DOUBLE_RULE,
        f"Total params: {plan.count:,}",
        f"Trainable params: {plan.trainable:,}",
        f"Non-trainable params: {plan.count - plan.trainable:,}",
        RULE,
        f"Input size (MB): {sizes[0]:.2f}",
        f"Forward/backward pass size (MB): {sizes[1]:.2f}",
        f"Params size (MB): {sizes[2]:.2f}",
        f"Estimated Total Size (MB): {sum(sizes):.2f}",
        RULE,
    ]
    return "\n".join(lines) + "\n"


def _line(*columns: str) -> str:
    return "{:>20}  {:>25} {:>15}".format(*columns)


def _megabytes(numbers: int) -> float:
    return FLOAT_BYTES * numbers / 2**20
