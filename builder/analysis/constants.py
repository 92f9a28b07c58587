"""Where nothing of the input gets through, and where what should differ starts out the same."""

from __future__ import annotations

from builder.analysis import fitting
from builder.analysis.advising import Advice, names, removal, setting
from builder.analysis.structure import computing_before
from builder.core.messages import Message
from builder.core.options import options_of
from builder.initializers import Initializer
from builder.layers import Layer
from builder.layers.activations import LogSigmoid, ReLU, ReLU6
from builder.layers.normalization import LayerNorm, normalized_shape
from builder.layers.output import LogSoftmax
from builder.layers.regularization import AlphaDropout, Dropout, Dropout1d, Dropout2d
from builder.layers.shapes import numel
from builder.network.plan import Plan
from builder.network.spec import NetworkSpec
from builder.network.step import Step

ANY_DROPOUT = (Dropout, Dropout1d, Dropout2d, AlphaDropout)


def constant_weights(plan: Plan) -> Advice | None:
    """Hidden layers whose weights start out equal: their neurons start as one (Goodfellow et al. 2016, “Deep Learning”, 8.4).

    The last layer may start so: each of its neurons has a target of its own, which tells it from the others.
    """
    alike = {dense.path: fitting.usual(dense) for dense in fitting.dense_layers(plan) if dense.alike}
    others = [step.path for step in plan.steps if _all_equal(step) and fitting.is_hidden(plan, step.path)]
    if not alike and not others:
        return None
    paths = tuple(step.path for step in plan.steps if step.path in alike or step.path in others)
    message = Message(
        "In {names}, all weights start out the same, so all neurons weigh their inputs alike. Training tends to change "
        "them alike too, and the layer can do little more than a single neuron.",
        names=names(paths),
    )
    label = Message("Give {names} random weights", names=names(paths))

    def mend(spec: NetworkSpec) -> NetworkSpec:
        usual = {path: (_by_default(spec.layer(path)),) for path in others}
        return setting("weight_init", alike)(spec).exchanged(usual)

    return Advice("constant_weights", paths, message, label, mend, "module")


def equal_words(plan: Plan) -> Advice | None:
    """An Embedding with one vector for all words."""
    tables = [
        step.path
        for step in plan.steps
        if step.layer.kind == "Embedding" and any(map(fitting.is_constant, step.layer.initial().values()))
    ]
    if not tables:
        return None
    message = Message(
        "{names} has the same vector for every word, so all texts look alike to the network behind it. Random vectors tell words apart.",
        names=names(tables),
    )
    label = Message("Give {names} random weights", names=names(tables))
    mend = {path: (_by_default(plan.spec.layer(path)),) for path in tables}
    return Advice("equal_words", tuple(tables), message, label, lambda spec: spec.exchanged(mend), "module")


def _all_equal(step: Step) -> bool:
    """Does a recurrent or an attention layer start with no random weight where one is needed to tell its neurons apart?"""
    chosen = step.layer.initial()
    if step.layer.family == "recurrent":
        return all(map(fitting.is_constant, chosen.values())) and step.output_shape[-1] > 1
    return (
        step.layer.family == "attention"
        and "in_proj_weight" in chosen
        and fitting.is_constant(chosen["in_proj_weight"])
    )


def _by_default(layer: Layer) -> Layer:
    """With every initializer as it is where nobody has chosen one."""
    for option in options_of(type(layer)):
        if isinstance(getattr(layer, option.name), Initializer):
            layer = layer.with_option(option.name, type(layer).model_fields[option.name].default)
    return layer


def single_normalized(plan: Plan) -> Advice | None:
    """A LayerNorm over a single number gives its bias, whatever comes in."""
    found = [
        step.path
        for step in plan.steps
        if isinstance(step.layer, LayerNorm) and numel(normalized_shape(step.input_shape)) == 1
    ]
    if not found:
        return None
    message = Message(
        "{names} takes the mean over a single number, and a number less itself is 0: whatever comes in, the same goes on. Nothing of "
        "the input gets through.",
        names=names(found),
    )
    return Advice("single_normalized", tuple(found), message, *removal(found))


def all_dropped(plan: Plan) -> Advice | None:
    """Dropout that leaves nothing."""
    found = {step.path: 0.5 for step in plan.steps if isinstance(step.layer, ANY_DROPOUT) and step.layer.p == 1}
    if not found:
        return None
    message = Message(
        "{names} drops every number in training (p = 1), so nothing of the input gets through, and what stands before it learns nothing.",
        names=names(found),
    )
    label = Message("Set {changes}", changes="p = 0.5")
    return Advice("all_dropped", tuple(found), message, label, setting("p", found))


def rectified_logarithms(plan: Plan) -> Advice | None:
    """ReLU of what is never above 0."""
    found = [
        (before.path, step.path)
        for step in plan.steps
        if isinstance(step.layer, ReLU | ReLU6) and (before := computing_before(plan, step.path)) is not None
        if isinstance(before.layer, LogSoftmax | LogSigmoid)
    ]
    if not found:
        return None
    message = Message(
        "{before} gives logarithms of probabilities, which are never above 0, and {name} makes 0 of all of them. Nothing of the input "
        "gets through.",
        before=found[0][0],
        name=found[0][1],
    )
    paths = tuple(dict.fromkeys(path for pair in found for path in pair))
    return Advice("rectified_logarithms", paths, message, *removal([name for _, name in found]))
