"""Where the parameters are, with the arithmetic behind each number, and the same as text in torchsummary's layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from builder.codegen import is_module
from builder.layers import Shape
from builder.layers.base import features
from builder.layers.blocks import Group
from builder.messages import Message, counted
from builder.plan import FLOAT_BYTES, Plan, Step

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
    sizes = {name: prod(shape) for name, shape in step.parameter_shapes.items()}
    biases = sizes.get("bias", 0)
    share = step.count / of_all if of_all else 0.0
    return Row(
        step,
        step.count - biases,
        biases,
        step.count,
        share,
        not step.layer.frozen,
        FLOAT_BYTES * step.count,
        arithmetic(step),
    )


def arithmetic(step: Step) -> Message:
    """How the count comes about: `3 × 3 weights + 3 biases = 12`; of a group, `12 + 8 = 20`."""
    if isinstance(step.layer, Group):
        counts = _counts_inside(step)
        sum_of = sum_line(counts)
        return Message("{a} = {total}", a=sum_of, total=step.count) if len(counts) > 1 else Message(sum_of)
    terms = [_term(name, shape) for name, shape in step.parameter_shapes.items()]
    match terms:
        case []:
            return Message("0")
        case [one]:
            return Message("{a} = {total}", a=one, total=step.count)
        case [one, two]:
            return Message("{a} + {b} = {total}", a=one, b=two, total=step.count)
    raise AssertionError(f"{step.layer.kind} has parameters that no arithmetic is written for")


def _counts_inside(step: Step) -> list[int]:
    """The count of each layer in a group, in their order."""
    counts: dict[str, int] = {}
    for path, shape in step.parameter_shapes.items():
        name = path.split(".")[0]
        counts[name] = counts.get(name, 0) + prod(shape)
    return list(counts.values())


def _term(name: str, shape: Shape) -> Message:
    product = " × ".join(f"{size:,}" for size in shape)
    if name == "bias":
        return counted("{product} bias", "{product} biases", n=prod(shape), product=product)
    return counted("{product} weight", "{product} weights", n=prod(shape), product=product)


def sum_line(counts: Iterable[int]) -> str:
    """The layers' counts that add up to the total: `12 + 8 + 6`; the middle of a long sum is left out."""
    terms = [f"{count:,}" for count in counts if count]
    return " + ".join(terms if len(terms) <= 4 else [*terms[:2], "…", terms[-1]])


def table_text(plan: Plan, rows: int) -> str:
    """The summary that torchsummary prints for the class form and a batch of `rows`: it lists modules only.

    Sizes are float32 in MB (2²⁰ bytes); forward/backward counts every module's output twice, for the gradients.
    """
    modules = [step for step in plan.steps if is_module(step)]
    lines = [RULE, _line("Layer (type)", "Output Shape", "Param #"), DOUBLE_RULE]
    for number, step in enumerate(modules, 1):
        lines.append(_line(f"{step.layer.kind}-{number}", str([rows, *step.output_shape]), f"{step.count:,}"))
    outputs = sum(features(step.output_shape) for step in modules)
    sizes = [_megabytes(n) for n in (rows * features(plan.input_shape), 2 * rows * outputs, plan.count)]
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
