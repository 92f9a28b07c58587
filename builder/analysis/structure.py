"""What is unwise in how layers follow each other. `advice` has the other rules."""

from __future__ import annotations

from collections.abc import Iterator

from builder.analysis import fitting
from builder.analysis.advising import Advice, names, removal, setting
from builder.analysis.fixes import Mend
from builder.analysis.flow import OUTPUT, flow_of
from builder.core.messages import Message
from builder.layers import Layer
from builder.layers.activations import ReLU
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm, InstanceNorm2d
from builder.layers.pooling import SequencePool
from builder.layers.recurrent import Recurrent
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import INPUT, NetworkSpec
from builder.network.step import Step


def neighbours(plan: Plan) -> Iterator[tuple[Step, Step]]:
    """Each two layers of which the second takes what the first gives, and nobody else does."""
    flow = flow_of(plan)
    for step in plan.steps:
        behind = flow.only_behind(step.path)
        if behind is not None and behind not in plan.blocks and (other := plan.step(behind)) is not None:
            yield step, other


def computing_before(plan: Plan, path: str) -> Step | None:
    """The one layer that calculates what comes to `path`; None where several do, or none."""

    def passing(node: str) -> bool:
        step = plan.step(node)
        return step is not None and step.layer.family in fitting.PASSING

    found = flow_of(plan).ahead(path, passing)
    return plan.step(found[0]) if len(found) == 1 and found[0] not in plan.blocks else None


def activation_on_logits(plan: Plan) -> Advice | None:
    """An activation between the last Linear layer and the softmax, or a ReLU at the very end behind one."""
    last = computing_before(plan, OUTPUT)
    shares = last is not None and last.layer.family == "output"
    activation = computing_before(plan, last.path) if last and shares else last
    if activation is None or activation.layer.family != "activation":
        return None
    linear = computing_before(plan, activation.path)
    if linear is None or not isinstance(linear.layer, Linear):
        return None
    if not shares and not isinstance(activation.layer, fitting.RECTIFIERS):
        return None
    message = Message(
        "{name} stands between {linear} and the network's answer, so the scores can't take every value: a ReLU, for one, makes all "
        "negative ones alike. The last layer's scores (logits) go into softmax or the loss as they are.",
        name=activation.path,
        linear=linear.path,
    )
    return Advice("activation_on_logits", (activation.path,), message, *removal([activation.path]), "softmax")


def _first_activations(plan: Plan) -> list[str]:
    """The paths of those that are given the raw input, and of those that would be when these are removed."""
    found: list[str] = []
    while plan.count and (more := _given_input(plan)):
        found += more
        plan = make_plan(plan.spec.removed(*more), plan)
    return found


def _given_input(plan: Plan) -> list[str]:
    behind = flow_of(plan).behind.get(INPUT, {})
    return [path for path in behind if (step := plan.step(path)) is not None and step.layer.family == "activation"]


def activation_first(plan: Plan) -> Advice | None:
    """An activation that is given the raw input."""
    paths = _first_activations(plan)
    if not paths:
        return None
    message = Message(
        "{name} is given the raw input, before any layer could weigh it. What it cuts off or presses together there no layer can "
        "bring back. An activation belongs behind a layer with weights.",
        name=names(paths),
    )
    return Advice("activation_first", tuple(paths), message, *removal(paths))


def softmax_inside(plan: Plan) -> Advice | None:
    """A softmax whose probabilities go on into a layer with weights, and nowhere else."""
    found = []
    for step in plan.steps:
        if step.layer.family == "output" and (behind := _computing_behind(plan, step.path)) is not None:
            found += [(step, behind)] if fitting.weights_of(behind.layer) is not None else []
    if not found:
        return None
    message = Message(
        "{name} is a softmax in the middle of the network: its numbers share 1, so each can only grow at the cost of the others, and "
        "all are small. {behind} learns slowly from that. Between layers stands an activation such as ReLU.",
        name=found[0][0].path,
        behind=found[0][1].path,
    )
    paths = tuple(step.path for step, _ in found)
    label = Message("Use ReLU instead of {names}", names=names(paths))
    return Advice("softmax_inside", paths, message, label, lambda spec: spec.swapped(ReLU, *paths))


def _computing_behind(plan: Plan, path: str) -> Step | None:
    """The one layer that calculates with what the layer at `path` gives."""
    behind = flow_of(plan).only_behind(path)
    while behind is not None and behind not in plan.blocks and (step := plan.step(behind)) is not None:
        if step.layer.family not in fitting.PASSING:
            return step
        behind = flow_of(plan).only_behind(behind)
    return None


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


def half_read(plan: Plan) -> Advice | None:
    """A step picked from a layer that reads in both directions: at either end, one of them has read a single step."""
    found = [
        (reading, pick)
        for reading, pick in neighbours(plan)
        if isinstance(reading.layer, Recurrent) and isinstance(pick.layer, SequencePool)
        if reading.layer.bidirectional
        and not reading.layer.last
        and pick.layer.take != "mean"
        and reading.input_shape[0] > 1
    ]
    if not found:
        return None
    reading, pick = found[0]
    message = Message(
        "{name} reads in both directions, and {pick} takes its numbers at one end. There, one direction has read all, but the other "
        "a single step. “Last step only” gives the state in which each direction ends.",
        name=reading.path,
        pick=pick.path,
    )
    paths = tuple(step.path for pair in found for step in pair)
    ends = {reading.path: True for reading, _ in found}
    picks = [pick.path for _, pick in found]
    label = Message("Take the last state of each direction instead")
    return Advice("half_read", paths, message, label, lambda spec: setting("last", ends)(spec).removed(*picks))
