"""The calls that make a plan's module: `runtime` runs them, and `formats` prints them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builder.core.calls import Call, named, repeated, sequential
from builder.layers.blocks import Block, Branches, Repeat, Residual, Shortcut
from builder.network.plan import Plan
from builder.network.step import Step


def network_call(plan: Plan) -> Call:
    """The call that makes the network as one `nn.Sequential`."""
    return sequential(_entries(plan.parts))


def call_of(step: Step) -> Call:
    """The call that makes the module of `step`, with all that is in it."""
    if not isinstance(step.layer, Block):
        return step.layer.constructor(step.input_shape)
    made = block_call(step.layer, _entries(step.parts))
    return repeated(made, step.layer.times) if isinstance(step.layer, Repeat) else made


def block_call(block: Block, entries: Mapping[str, Call]) -> Call:
    """The call that makes a block of what `entries` make; of a repeat that which makes one copy."""
    match block:
        case Branches():
            return Call("Branches", (named(entries),), block.changed("trainable"))
        case Residual() | Shortcut():
            return Call(block.torch_class, (named(entries),))
    return sequential(entries)


def _entries(steps: Sequence[Step]) -> dict[str, Call]:
    return {step.layer.name: call_of(step) for step in steps}
