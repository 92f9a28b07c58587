"""One network's parameters counted three ways: from the plan, from the module, and from the exported program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from builder.formats.torch_source import to_python
from builder.network.experiment import Batch
from builder.network.plan import Plan


@dataclass(frozen=True)
class Counts:
    """The three counts; they agree, or the app is wrong and says so."""

    plan: int
    module: int
    program: int

    @property
    def agree(self) -> bool:
        return self.plan == self.module == self.program


def count_three_ways(plan: Plan, module: nn.Module) -> Counts:
    """Count the parameters of `plan`, of `module`, and of the model that the exported program makes."""
    return Counts(
        plan.count, unique_parameters(module), unique_parameters(run_program(to_python(plan, Batch(), extent="model")))
    )


def unique_parameters(module: nn.Module) -> int:
    """The numbers in all parameters, each parameter once however often it is used."""
    return sum(parameter.numel() for parameter in module.parameters())


_DRAWS = (torch.Tensor.normal_, torch.Tensor.uniform_)


class _Undrawn(TorchFunctionMode):
    """Weights are not drawn: where there is no storage, torch would only work out the shapes of what it would draw, a step at a time."""

    def __torch_function__(
        self, func: Any, types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return args[0] if func in _DRAWS else func(*args, **kwargs or {})


def run_program(source: str) -> nn.Module:
    """The model that our exported program `source` makes, on the meta device: all shapes, no storage, no draws.

    The text is `to_python`'s own: it holds numbers, words of fixed lists, and names that were checked to be identifiers.
    """
    names: dict[str, Any] = {"__name__": "exported"}
    with torch.device("meta"), _Undrawn():
        exec(compile(source, "<exported program>", "exec"), names)
        model = names["Model"]()
    assert isinstance(model, nn.Module)
    return model
