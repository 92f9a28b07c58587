"""What is unwise in how layers follow each other. `advice` has the other rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from builder.analysis import fitting
from builder.analysis.advising import Advice, names, removal, setting
from builder.analysis.fixes import Mend
from builder.core.messages import Message
from builder.layers import Layer
from builder.layers.activations import ReLU
from builder.layers.blocks import Branches
from builder.layers.convolution import Conv1d
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm, InstanceNorm2d
from builder.layers.shape import Transpose
from builder.network.inputs import Sequence, Tokens
from builder.network.plan import Plan
from builder.network.spec import NetworkSpec
from builder.network.step import Step


def neighbours(plan: Plan) -> Iterator[tuple[Step, Step]]:
    """Each two layers of one block of which the second takes what the first gives, and nobody else does."""
    for step, behind in pairwise(plan.steps):
        block, other = (each.path.rpartition(".")[0] for each in (step, behind))
        if block == other and not (block and isinstance(plan.blocks[block].layer, Branches)):
            yield step, behind


def activation_on_logits(plan: Plan) -> Advice | None:
    """An activation between the last Linear layer and the softmax, or a ReLU at the very end behind one."""
    computing = fitting.computing(plan)
    tail = computing[-3:] if computing and computing[-1].layer.family == "output" else computing[-2:]
    if len(tail) < 2 or not isinstance(tail[0].layer, Linear) or tail[1].layer.family != "activation":
        return None
    if len(tail) == 2 and not isinstance(tail[1].layer, fitting.RECTIFIERS):
        return None
    message = Message(
        "{name} stands between {linear} and the network's answer, so the scores can't take every value: a ReLU, for one, makes all "
        "negative ones alike. The last layer's scores (logits) go into softmax or the loss as they are.",
        name=tail[1].path,
        linear=tail[0].path,
    )
    return Advice("activation_on_logits", (tail[1].path,), message, *removal([tail[1].path]), "softmax")


def linear_of_linear(plan: Plan) -> Advice | None:
    """Linear layers with nothing between: their product is a single matrix."""
    pairs = [(a, b) for a, b in neighbours(plan) if isinstance(a.layer, Linear) and isinstance(b.layer, Linear)]
    if not pairs:
        return None
    message = Message(
        "Nothing stands between {first} and {second}, so together they can do no more than a single Linear layer: a weighted sum of "
        "weighted sums is a weighted sum. An activation between them makes the network more than that.",
        first=pairs[0][0].path,
        second=pairs[0][1].path,
    )
    label = Message("Add ReLU behind {names}", names=names(a.path for a, _ in pairs))
    paths = dict.fromkeys(step.path for pair in pairs for step in pair)
    return Advice("linear_of_linear", tuple(paths), message, label, _activating([a.path for a, _ in pairs]))


def _activating(paths: list[str]) -> Mend:
    def mend(spec: NetworkSpec) -> NetworkSpec:
        for path in paths:
            spec = spec.inserted(ReLU(name=spec.fresh_name(ReLU)), path)
        return spec

    return mend


def bias_before_normalization(plan: Plan) -> Advice | None:
    """Biases that the normalization right behind subtracts again (Ioffe & Szegedy 2015, “Batch normalization”, 3.2)."""
    wasted = {
        a.path: False for a, b in neighbours(plan) if isinstance(b.layer, BatchNorm | InstanceNorm2d) and _shifts(a)
    }
    if not wasted:
        return None
    message = Message(
        "The normalization behind {names} subtracts each feature's mean, and with it the bias, which so has no effect at all. "
        "Without it the network does the same with fewer parameters.",
        names=names(wasted),
    )
    label = Message("Leave out the bias of {names}", names=names(wasted))
    return Advice("bias_before_normalization", tuple(wasted), message, label, setting("bias", wasted))


def _shifts(step: Step) -> bool:
    """Does it add one bias to all numbers of a channel or feature?"""
    layer: Layer = step.layer
    flat = isinstance(layer, Linear) and len(step.output_shape) == 1
    return (flat or layer.family == "convolution") and bool(getattr(layer, "bias", False))


def mistaken_axes(plan: Plan) -> Advice | None:
    """A Conv1d that reads a sequence of steps × features as channels × length. In branches it is not followed."""
    if plan.merges or not isinstance(plan.spec.input, Sequence | Tokens):
        return None
    steps_first = True
    for step in plan.steps:
        if isinstance(step.layer, Transpose):
            steps_first = not steps_first
        elif len(step.output_shape) != 2:
            return None
        elif isinstance(step.layer, Conv1d) and steps_first:
            return _transposed(step)
    return None


def _transposed(step: Step) -> Advice:
    message = Message(
        "{name} takes the {steps} steps of the sequence for channels, and its window slides along the {features} features. A Conv1d "
        "reads channels × length, so a sequence of steps × features is transposed before it.",
        name=step.path,
        steps=step.input_shape[0],
        features=step.input_shape[1],
    )
    label = Message("Add {kind} before {name}", kind="Transpose", name=step.path)

    def mend(spec: NetworkSpec) -> NetworkSpec:
        return spec.exchanged({step.path: (Transpose(name=spec.fresh_name(Transpose)), spec.layer(step.path))})

    return Advice("mistaken_axes", (step.path,), message, label, mend)
