"""A batch traced through a network: every activation is what torch's own forward pass gives, and looking changes nothing."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from builder.network.experiment import Batch
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import draw
from builder.runtime.trace import trace, trace_row
from tests.depth import examples
from tests.strategies import nested_networks


def hooked(module: nn.Module, rows: Tensor) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
    """What `module` makes of `rows`, and by the names of all modules in it what goes into each and what comes out."""
    seen: dict[str, tuple[Tensor, Tensor]] = {}

    def hook(path: str) -> Any:
        return lambda _module, given, output: seen.update({path: (given[0], output)})

    hooks = [each.register_forward_hook(hook(path)) for path, each in module.named_modules()]
    output: Tensor = module(rows)
    for each in hooks:
        each.remove()
    return output, seen


def same(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=0, atol=0, equal_nan=True)


@examples(fixed=50, deep=1000)
@given(nested_networks(), st.integers(0, 1))
def test_the_trace_is_the_modules_own_forward_pass_and_changes_nothing(network: NetworkSpec, row: int) -> None:
    plan = make_plan(network)
    if plan.problem is not None or plan.modules > 60:
        return
    module, rows = build_module(plan), draw(Batch(rows=2), network.input)
    before = {name: values.clone() for name, values in module.state_dict().items()}
    state = torch.get_rng_state()
    with torch.inference_mode():
        output, activations = trace(module, plan, rows)
        wanted, seen = hooked(module, rows)
    same(output, wanted)
    assert sum(not activation.merges for activation in activations) == plan.modules
    for activation in activations:
        given, made = seen[activation.path]
        same(activation.output, made)
        if not activation.merges:
            same(activation.input, given)
    for activation, own in zip(activations, trace_row(module, plan, rows, row), strict=True):
        same(own.output, activation.output[row])
        assert own.path == activation.path and len(own.inputs) == len(activation.inputs)
    for name, values in module.state_dict().items():
        same(values, before[name])
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(each._forward_hooks or each.training for each in module.modules())
