"""The calls that make a plan's module: `runtime` runs them, and `formats` prints them."""

from __future__ import annotations

from collections.abc import Sequence

from builder.core.calls import Call, named, repeated, sequential
from builder.layers.blocks import Block, Branches, Repeat, Residual, Shortcut
from builder.network.plan import Plan
from builder.network.step import Step


def network_call(plan: Plan) -> Call:
    """The call that makes the network as one `nn.Sequential`."""
    return sequential(_entries(plan.parts))


def call_of(step: Step) -> Call:
    """The call that makes the module of `step`, with all that is in it."""
    entries = _entries(step.parts)
    match step.layer:
        case Branches() as block:
            return Call("Branches", (named(entries),), block.changed("trainable"))
        case Residual() | Shortcut():
            return Call(step.layer.torch_class, (named(entries),))
        case Repeat(times=times):
            return repeated(sequential(entries), times)
        case Block():
            return sequential(entries)
    return step.layer.constructor(step.input_shape)


def _entries(steps: Sequence[Step]) -> dict[str, Call]:
    return {step.layer.name: call_of(step) for step in steps}
