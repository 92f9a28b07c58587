"""The selected layer: its options, what they come to, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder.experiment import Experiment
from builder.initializers import BIASES, WEIGHTS, Initializer
from builder.layers import LAYERS, Layer, kinds
from builder.layers.blocks import Group
from builder.layers.linear import Linear
from builder.messages import Message
from builder.options import options_of
from builder.plan import Plan
from builder.spec import INPUT, Features
from builder.summary import arithmetic, sum_line
from builder.ui import fields, session
from builder.ui.components.buttons import Button, buttons
from builder.ui.fields import Apply
from builder.ui.markup import text

ACTIVATIONS = {"": Message("none")} | {kind.kind: kind.label for kind in kinds("activation", "output")}


def show(plan: Plan) -> None:
    """The form of the selected layer, or of the input."""
    path = session.selected()
    if path == INPUT:
        _input(plan)
    else:
        _layer(plan, path, plan.spec.layer(path))


def _input(plan: Plan) -> None:
    option = options_of(Features)[0]
    st.html(text("h2", session.say(Message("Input"))))
    fields.number("input.in_features", option.label, plan.spec.input.in_features, _set_features, option.help)
    st.html(
        _card(
            Message("Data, not parameters: the input is what the network is shown; the weights are what it learns."),
            [],
            [],
        )
    )
    if plan.spec.layers:
        counts = f"{sum_line(step.count for step in plan.steps)} = {plan.count:,}"
        st.html(_card(Message("All layers together"), [counts], []))


def _layer(plan: Plan, path: str, layer: Layer) -> None:
    key = session.form()
    st.html(text("h2", path) + text("p", session.say(layer.label), "kind"))
    fields.word(f"{key}:name", Message("Name"), layer.name, _rename(path))
    if isinstance(layer, Linear):
        _linear(plan, path, layer)
    elif isinstance(layer, Group):
        take_apart = Button("unwrap", session.say(Message("Take the group apart")), lambda: _unwrap(path))
        buttons([take_apart], key="unwrap")
    else:
        if layer.family in ("activation", "output"):
            fields.choice(f"{key}:kind", Message("Kind"), layer.kind, _without_none(), _swap(path))
        fields.options(key, options_of(type(layer)), layer, lambda name: _set_option(path, name))
    _explain(plan, path, layer)


def _linear(plan: Plan, path: str, layer: Linear) -> None:
    key, options = session.form(), {option.name: option for option in options_of(Linear)}
    fields.options(key, [options["out_features"]], layer, lambda name: _set_option(path, name))
    behind = plan.spec.activation(path)
    activation = plan.spec.layer(behind).kind if behind else ""
    fields.choice(f"{key}:activation", Message("Activation"), activation, ACTIVATIONS, _activate(path))
    _initializer(path, layer, "weight_init", options["weight_init"].label, WEIGHTS)
    if layer.bias:
        _initializer(path, layer, "bias_init", options["bias_init"].label, BIASES)
    with st.container(horizontal=True, key="switches"):
        fields.options(key, [options["bias"], options["trainable"]], layer, lambda name: _set_option(path, name))


def _initializer(
    path: str, layer: Linear, field: str, label: Message, registry: Mapping[str, type[Initializer]]
) -> None:
    """The choice of an initializer, and below it the options of the chosen one."""
    chosen: Initializer = getattr(layer, field)
    labels = {kind: initializer.label for kind, initializer in registry.items()}
    key = f"{session.form()}.{field}"
    fields.choice(
        key,
        label,
        chosen.kind,
        labels,
        lambda e, kind: _replace(e, path, field, registry[kind]()),
        chosen.summary,
    )
    fields.options(key, options_of(type(chosen)), chosen, lambda name: _set_initializer_option(path, field, name))


def _explain(plan: Plan, path: str, layer: Layer) -> None:
    """What the layer does, what its parameters come to, and how they start out."""
    step = plan.step(path)
    if step is None:
        st.html(text("p", session.say(plan.why_not(path)), "refusal", role="alert"))
        return
    numbers = [session.say(arithmetic(step))] if step.count else []
    st.html(_card(layer.in_words(step.input_shape), numbers, [session.say(layer.summary), layer.formula]))
    weights = layer.initial().get("weight")
    if weights is not None:
        st.html(_card(weights.label, [], [session.say(weights.summary), weights.formula, session.say(weights.source)]))


def _card(title: Message, numbers: list[str], lines: list[str]) -> str:
    shown = text("p", session.say(title)) + "".join(text("p", n, "number") for n in numbers)
    return f'<div class="card">{shown}{"".join(text("p", line, "small") for line in lines)}</div>'


def _without_none() -> dict[str, Message]:
    return {kind: label for kind, label in ACTIVATIONS.items() if kind}


def _set_features(experiment: Experiment, value: Any) -> Experiment:
    network = experiment.network
    return experiment.with_network(network.with_option("input", network.input.with_option("in_features", value)))


def _unwrap(path: str) -> None:
    session.edit(lambda e: e.with_network(e.network.unwrapped(path)))


def _rename(path: str) -> Apply:
    def apply(experiment: Experiment, value: Any) -> Experiment:
        return experiment.with_network(experiment.network.renamed(path, value.strip()))

    return apply


def _set_option(path: str, name: str) -> Apply:
    return lambda experiment, value: _replace(experiment, path, name, value)


def _set_initializer_option(path: str, field: str, name: str) -> Apply:
    def apply(experiment: Experiment, value: Any) -> Experiment:
        initializer: Initializer = getattr(experiment.network.layer(path), field)
        return _replace(experiment, path, field, initializer.with_option(name, value))

    return apply


def _replace(experiment: Experiment, path: str, name: str, value: Any) -> Experiment:
    network = experiment.network
    return experiment.with_network(network.replaced(path, network.layer(path).with_option(name, value)))


def _activate(path: str) -> Apply:
    return lambda experiment, kind: experiment.with_network(
        experiment.network.activated(path, LAYERS[kind] if kind else None)
    )


def _swap(path: str) -> Apply:
    return lambda experiment, kind: experiment.with_network(experiment.network.swapped(LAYERS[kind], path))
