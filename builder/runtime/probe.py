"""A random batch sent through a module: what goes in, what comes out, and its softmax. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from builder.layers import modules
from builder.layers.blocks import Group
from builder.layers.output import AlongClasses
from builder.layers.shape import Identity
from builder.layers.shapes import Shape, TokenShape, feature_axis
from builder.network.experiment import Batch
from builder.network.inputs import Input
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.network.step import Step
from builder.runtime.module import drawing_from
from builder.runtime.trace import trace, trace_row


@dataclass(frozen=True)
class Probe:
    """A batch sent through a network: `inputs` and `outputs` as they are, `scores` and `probabilities` (rows, classes).

    `own` says that the network's last layer makes the probabilities itself; `scores` is then what that layer was
    given, and otherwise the network's output, of which `probabilities` is the softmax. The classes are along `axis` of the
    output, the batch being 0; of an output with more axes they are those of one place: see `classes`.
    """

    inputs: Tensor
    outputs: Tensor
    scores: Tensor
    probabilities: Tensor
    own: bool
    axis: int = 1

    @property
    def finite(self) -> bool:
        return bool(self.probabilities.isfinite().all())


def draw(batch: Batch, given: Input) -> Tensor:
    """The batch, (rows, …): what its expression in the exported program draws after `torch.manual_seed`."""
    shape = given.shape
    size = (batch.rows, *shape)
    with drawing_from(batch.seed):
        match given.drawn_from(batch.distribution):
            case "uniform" if isinstance(shape, TokenShape):
                return torch.randint(shape.vocabulary, size)
            case "normal":
                return torch.randn(size)
            case "uniform":
                return torch.rand(size)
            case "zeros":
                return torch.zeros(size, dtype=torch.long if isinstance(shape, TokenShape) else torch.float32)
            case "ones":
                return torch.ones(size)
            case "one-hot":
                return torch.zeros(size).scatter_(1, (torch.arange(batch.rows) % shape[0])[:, None], 1.0)
            case "digits":
                return modules.digits(*size)  # type: ignore[no-any-return, no-untyped-call]


@torch.inference_mode()
def probe(module: nn.Module, plan: Plan, batch: Batch) -> Probe:
    """Send `batch` through `module`, which stays as it is."""
    inputs = draw(batch, plan.spec.input)
    outputs, activations = trace(module, plan, inputs)
    axis, last = class_axis(plan), last_computing(plan)
    if last is not None and last.layer.sums_to_one:
        given = next(each.input for each in reversed(activations) if each.step is last)
        return Probe(inputs, outputs, classes(given, axis), classes(outputs, axis), True, axis)
    scores = classes(outputs, axis)
    return Probe(inputs, outputs, scores, torch.softmax(scores, dim=1), False, axis)


def signals(module: nn.Module, plan: Plan, batch: Batch, row: int) -> dict[str, Tensor]:
    """What row `row` of `batch` becomes, by path: the input and what leaves each layer (its last copy), each a flat tensor of its own."""
    rows = draw(batch, plan.spec.input)
    behind = trace_row(module, plan, rows, row)
    return {INPUT: rows[row].flatten().clone()} | {each.step.path: each.output.flatten() for each in behind}


@torch.inference_mode()
def probabilities(module: nn.Module, plan: Plan, rows: Tensor) -> Tensor:
    """The probabilities (rows, classes) for rows (rows, features): the network's own, or the softmax of its output.

    A single output is given as it is: its softmax would always be 1.
    """
    outputs, _ = trace(module, plan, rows)
    last = last_computing(plan)
    scores = classes(outputs, class_axis(plan))
    own = last is not None and last.layer.sums_to_one
    return scores if own or scores.shape[1] == 1 else torch.softmax(scores, dim=1)


def classes(outputs: Tensor, axis: int) -> Tensor:
    """Of outputs (rows, …) one number a class, (rows, classes), the classes being along `axis`: those at `place`."""
    return outputs[(slice(None), *place(tuple(outputs.shape[1:]), axis))]


def place(shape: Shape, axis: int) -> tuple[int | slice, ...]:
    """Where in an output of `shape` the classes along `axis` are shown: at the last step of a sequence, else in the middle."""
    at: list[int | slice] = [shape[0] - 1] if axis == len(shape) == 2 else [size // 2 for size in shape]
    at[axis - 1 : axis] = [slice(None)]
    return tuple(at)


def class_axis(plan: Plan) -> int:
    """The axis of the output along which the classes are, the batch being 0: that of a softmax at the end, else the usual one."""
    last = last_computing(plan)
    if last is not None and isinstance(last.layer, AlongClasses):
        return last.layer.axis(last.output_shape)
    return feature_axis(plan.output_shape)


def last_computing(plan: Plan) -> Step | None:
    """The layer or block that makes the numbers that the network gives, inside a group at the end; None if there is none."""
    parts = list(plan.parts)
    while parts:
        last = parts.pop()
        if isinstance(last.layer, Group):
            parts += last.parts
        elif last.layer.family != "regularization" and not isinstance(last.layer, Identity):
            return last
    return None
