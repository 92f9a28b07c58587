"""A random batch sent through a module: what goes in, what comes out, and its softmax. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from builder.experiment import Batch
from builder.module import drawing_from
from builder.plan import Plan
from builder.spec import INPUT


@dataclass(frozen=True)
class Probe:
    """A batch sent through a network; all tensors are (rows, features) or (rows, classes).

    `own` says that the network's last layer makes the probabilities itself; `scores` is then what that layer was
    given, and otherwise the network's output, of which `probabilities` is the softmax.
    """

    inputs: Tensor
    outputs: Tensor
    scores: Tensor
    probabilities: Tensor
    own: bool

    @property
    def finite(self) -> bool:
        return bool(self.probabilities.isfinite().all())


def draw(batch: Batch, features: int) -> Tensor:
    """The batch, (rows, features): what its expression in the exported program draws after `torch.manual_seed`."""
    size = (batch.rows, features)
    with drawing_from(batch.seed):
        match batch.distribution:
            case "normal":
                return torch.randn(size)
            case "uniform":
                return torch.rand(size)
            case "zeros":
                return torch.zeros(size)
            case "ones":
                return torch.ones(size)
            case "one-hot":
                return torch.zeros(size).scatter_(1, (torch.arange(batch.rows) % features)[:, None], 1.0)


def probe(module: nn.Sequential, plan: Plan, batch: Batch) -> Probe:
    """Send `batch` through `module`, which stays as it is."""
    inputs = draw(batch, plan.spec.input.in_features)
    *before, outputs = _through(module, plan, inputs)
    own = bool(plan.steps) and plan.steps[-1].layer.sums_to_one
    scores = before[-1] if own else outputs
    with torch.inference_mode():
        probabilities = outputs if own else torch.softmax(outputs, dim=-1)
    return Probe(inputs, outputs, scores, probabilities, own)


def signals(module: nn.Sequential, plan: Plan, batch: Batch, row: int) -> dict[str, Tensor]:
    """What row `row` of `batch` becomes, by path: the input and what leaves each layer, each a flat tensor of its own."""
    return passed(module, plan, draw(batch, plan.spec.input.in_features), row)


def passed(module: nn.Module, plan: Plan, rows: Tensor, row: int) -> dict[str, Tensor]:
    """The same for rows (rows, features) that are given. All are sent through: one alone would be rounded differently."""
    paths = [INPUT, *(step.path for step in plan.steps)]
    every = _through(module, plan, rows)
    return {path: values[row].flatten().clone() for path, values in zip(paths, every, strict=True)}


@torch.inference_mode()
def probabilities(module: nn.Module, plan: Plan, rows: Tensor) -> Tensor:
    """The probabilities (rows, classes) for rows (rows, features): the network's own, or the softmax of its output.

    A single output is given as it is: its softmax would always be 1.
    """
    outputs = _through(module, plan, rows)[-1]
    own = bool(plan.steps) and plan.steps[-1].layer.sums_to_one
    return outputs if own or outputs.shape[-1] == 1 else torch.softmax(outputs, dim=-1)


@torch.inference_mode()
def _through(module: nn.Module, plan: Plan, values: Tensor) -> list[Tensor]:
    """`values` and what each layer in turn makes of them, those inside groups too."""
    every = [values]
    for step in plan.steps:
        every.append(module.get_submodule(step.path)(every[-1]))
    return every
