"""A random batch sent through a module: what goes in, what comes out, and its softmax. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from builder.layers import modules
from builder.layers.blocks import Group
from builder.layers.shapes import TokenShape
from builder.network.experiment import Batch
from builder.network.inputs import Input
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.runtime.module import drawing_from
from builder.runtime.trace import trace, trace_row


@dataclass(frozen=True)
class Probe:
    """A batch sent through a network: `inputs` and `outputs` as they are, `scores` and `probabilities` (rows, classes).

    `own` says that the network's last layer makes the probabilities itself; `scores` is then what that layer was
    given, and otherwise the network's output, of which `probabilities` is the softmax. Of an output with more axes they are
    those of one place: see `classes`.
    """

    inputs: Tensor
    outputs: Tensor
    scores: Tensor
    probabilities: Tensor
    own: bool

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
    gives = _gives_probabilities(plan)
    scores = classes(activations[-1].input if gives else outputs)
    return Probe(inputs, outputs, scores, classes(outputs) if gives else torch.softmax(scores, dim=-1), gives)


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
    if _gives_probabilities(plan):
        return classes(outputs)
    scores = classes(outputs)
    return scores if scores.shape[-1] == 1 else torch.softmax(scores, dim=-1)


def classes(outputs: Tensor) -> Tensor:
    """Of outputs (rows, …) one number a class: of a sequence those of its last step, of an image the channels of its middle."""
    if outputs.ndim == 3:
        return outputs[:, -1]
    while outputs.ndim > 2:
        outputs = outputs[..., outputs.shape[-1] // 2]
    return outputs


def _gives_probabilities(plan: Plan) -> bool:
    """Does the network end in a layer whose outputs along the last axis are probabilities?"""
    last = plan.parts[-1] if plan.parts else None
    while last is not None and last.parts and isinstance(last.layer, Group):
        last = last.parts[-1]
    return last is not None and last.layer.sums_to_one and len(last.output_shape) < 3
