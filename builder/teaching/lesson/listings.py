"""What the lesson shows in fixed type: the class of the network, and its parameters as PyTorch names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from builder.formats.torch_source import class_sources
from builder.layers import Shape
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.network.step import Step, every_copy

MAX_LINES = 200  # of code or of parameters that a step shows


def class_text(plan: Plan, batch: Batch) -> str:
    """The class of the network, behind those of its blocks; of a long program that class alone, or its beginning."""
    del batch  # the classes don't depend on it
    *blocks, model = class_sources(plan)
    whole = "\n\n\n".join([*blocks, model])
    return whole if whole.count("\n") < MAX_LINES else _bounded(model.splitlines())


def parameters_text(plan: Plan, batch: Batch) -> str:
    """What a loop over `named_parameters()` finds: name, shape, and whether training changes it."""
    del batch  # parameters don't depend on it
    found = [
        (name, str(list(shape)), f"requires_grad={not step.frozen}")
        for name, shape, step in islice(_parameters(plan), MAX_LINES + 1)
    ]
    width = max((len(name) for name, _, _ in found), default=0)
    return _bounded([f"{name:<{width}}  {shape:<8}  {grad}" for name, shape, grad in found])


def shown_parameters(plan: Plan) -> list[tuple[str, Shape, Step]]:
    """The parameters that `parameters_text` has a line for: name and shape, with the layer that has it."""
    return list(islice(_parameters(plan), MAX_LINES))


def _parameters(plan: Plan) -> Iterator[tuple[str, Shape, Step]]:
    """Every parameter of every copy, in torch's order."""
    for part in plan.parts:
        for path, step in every_copy(part):
            yield from ((f"{path}.{name}", shape, step) for name, shape in step.parameter_shapes.items())


def _bounded(lines: Sequence[str]) -> str:
    return "\n".join(lines if len(lines) <= MAX_LINES else [*lines[:MAX_LINES], "…"])
