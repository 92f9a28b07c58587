"""Steps of a sequence taken for its channels, or its channels for steps: what a layer expects along which axis."""

from __future__ import annotations

from collections.abc import Sequence as Row
from typing import Any, Literal

from builder.analysis.advising import Advice, names
from builder.analysis.flow import walk
from builder.core.messages import Message
from builder.layers import Layer
from builder.layers.attention import GLU
from builder.layers.blocks import Branches, Repeat
from builder.layers.embedding import ClassToken, LearnedPositions, SegmentEmbedding
from builder.layers.merges import Merge
from builder.layers.normalization import BatchNorm, GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm
from builder.layers.pooling import SequencePool
from builder.layers.shape import Flatten, Transpose
from builder.network.inputs import Sequence, Tokens
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.network.step import Step

Order = Literal["steps", "channels", ""]  # which axis comes first; empty: there are not two, or nobody can tell
CHANNELS_FIRST = (BatchNorm, GroupNorm, LocalResponseNorm)
STEPS_FIRST = (LayerNorm, RMSNorm, SequencePool, LearnedPositions, SegmentEmbedding, ClassToken)
TURNED: dict[Order, Order] = {"steps": "channels", "channels": "steps", "": ""}


def mistaken_axes(plan: Plan) -> Advice | None:
    """The first layer that takes steps × features for channels × length, or the reverse; the mend turns back all there are."""
    mistaken = _mistaken(plan)
    if not mistaken:
        return None
    _, turned = _mended(plan)
    where, said = (mistaken[0].path,), _said(mistaken[0])
    if not turned:
        return Advice("mistaken_axes", where, said)
    label = Message("Add Transpose before {names}", names=names(turned))
    return Advice("mistaken_axes", where, said, label, lambda spec: _mended(make_plan(spec))[0])


def _mistaken(plan: Plan) -> list[Step]:
    found: dict[str, Step] = {}

    def each(step: Step, order: Order) -> Order:
        wanted = expects(step.layer) if order and len(step.input_shape) == 2 else ""
        if wanted and wanted != order:
            found.setdefault(step.path, step)
        return _leaves(step, wanted or order)

    walk(plan, _enters(plan), each, _merged)
    return list(found.values())


def _mended(plan: Plan) -> tuple[NetworkSpec, list[str]]:
    """With a Transpose before each layer that takes one axis for the other, behind it too where that keeps the shape; and these layers.

    As it was where that does not fit.
    """
    spec, turned = plan.spec, list[str]()
    while (now := make_plan(spec, plan)).problem is None and len(turned) <= len(plan.steps):
        if not (mistaken := _mistaken(now)):
            return spec, turned
        step = mistaken[0]
        if step.path in turned or isinstance(
            now.blocks.get(step.path.rpartition(".")[0], step).layer, Branches | Repeat
        ):
            break
        turned.append(step.path)
        spec = _turned(spec, step)
    return plan.spec, []


def _turned(spec: NetworkSpec, step: Step) -> NetworkSpec:
    path, keeps = step.path, tuple(step.input_shape) == tuple(step.output_shape)
    spec = spec.exchanged({path: (Transpose(name=spec.fresh_name(Transpose)), spec.layer(path))})
    return spec.inserted(Transpose(name=spec.fresh_name(Transpose)), path) if keeps else spec


def expects(layer: Layer) -> Order:
    """Which of two axes the layer reads as the first; empty if either will do: a Linear layer mixes steps in an MLP-Mixer."""
    one_dimensional = layer.family in ("convolution", "pooling") and not isinstance(layer, SequencePool)
    if one_dimensional or isinstance(layer, CHANNELS_FIRST):
        return "channels"
    reads = layer.family in ("recurrent", "attention") and not isinstance(layer, GLU)
    return "steps" if reads or isinstance(layer, STEPS_FIRST) else ""


def _enters(plan: Plan) -> Order:
    return "steps" if isinstance(plan.spec.input, Sequence | Tokens) else ""


def _leaves(step: Step, order: Order) -> Order:
    if len(step.output_shape) != 2:
        return ""
    if isinstance(step.layer, Flatten) and len(step.input_shape) > 2:
        return "channels"  # × pixels
    return TURNED[order] if isinstance(step.layer, Transpose) else order


def _merged(block: Step, how: Merge, orders: Row[Order]) -> Order:
    return orders[0] if len(set(orders)) == 1 else ""


def _said(step: Step) -> Message:
    first, second = step.input_shape
    values: dict[str, Any] = {"name": step.path, "kind": step.layer.kind, "first": first, "second": second}
    if expects(step.layer) == "steps":
        return Message(
            "{name} takes the {first} channels for steps of a sequence, and the {second} steps for features. {kind} reads "
            "steps × features, so what is channels × length is transposed before it.",
            **values,
        )
    if step.layer.family == "convolution":
        return Message(
            "{name} takes the {first} steps of the sequence for channels, and its window slides along the {second} features. {kind} "
            "reads channels × length, so a sequence of steps × features is transposed before it.",
            **values,
        )
    return Message(
        "{name} takes the {first} steps of the sequence for channels, and the {second} features for steps. {kind} reads "
        "channels × length, so a sequence of steps × features is transposed before it.",
        **values,
    )
