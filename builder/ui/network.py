"""The drawing of the network, the seed of its weights, and what is wrong with it."""

from __future__ import annotations

import streamlit as st

from builder.experiment import Batch, Experiment
from builder.graph import parameter_text, shape_text, to_dot
from builder.messages import Message, counted
from builder.options import options_of
from builder.plan import Plan, Problem
from builder.spec import INPUT, NetworkSpec
from builder.summary import arithmetic
from builder.ui import cached, editor, fields, session
from builder.ui.components.drawing import Labels, drawing
from builder.ui.markup import text

DRAWING_HEIGHT = "18rem"


def show(plan: Plan, batch: Batch) -> None:
    """The seed of the weights, the drawing, and a line for each thing that a person should know."""
    _seed(plan)
    _draw(plan)
    for note in notes(plan, batch):
        said = session.say(note.message)
        st.html(text("p", f"{note.path}: {said}" if note.path else said, "notice", role="status"))


def notes(plan: Plan, batch: Batch) -> list[Problem]:
    """Each layer with something to know, and what: the problem, too much memory, notices."""
    found = [plan.problem] if plan.problem else []
    if excess := plan.excess(batch.rows):
        found.append(excess)
    found += [Problem(step.path, notice) for step in plan.steps if (notice := step.layer.notice(batch.rows))]
    return found[:3]


def _seed(plan: Plan) -> None:
    option = options_of(NetworkSpec)[0]
    with st.container(horizontal=True, key="weights_seed", vertical_alignment="center"):
        st.html(text("h2", session.say(Message("Network"))), width="content")
        st.space("stretch")
        fields.number("seed", option.label, plan.spec.seed, _set_seed, option.help)
        st.button(session.say(Message("New weights")), key="new_weights", on_click=_new_weights)


def _set_seed(experiment: Experiment, value: object) -> Experiment:
    return experiment.with_network(experiment.network.with_option("seed", value))


def _new_weights() -> None:
    session.edit(lambda e: _set_seed(e, e.network.seed + 1))


def _draw(plan: Plan) -> None:
    dot = to_dot(plan, session.language())
    description = describe(plan)
    if svg := cached.svg(dot):
        drawing(
            svg,
            selected=session.selected(),
            key="network_drawing",
            tips=_tips(plan),
            label=session.say(Message("Drawing of the network")),
            description=description,
            labels=_labels(),
            on_select=session.select,
            on_insert=lambda path: editor.add("Linear", path),
            height=DRAWING_HEIGHT,
        )
    else:
        st.graphviz_chart(dot, width="stretch", alt=description)


def _labels() -> Labels:
    return Labels(
        zoom_in=session.say(Message("Zoom in")),
        zoom_out=session.say(Message("Zoom out")),
        fit=session.say(Message("Fit")),
        insert=session.say(Message("Insert a Linear layer after {name}", name="{name}")),
    )


def describe(plan: Plan) -> str:
    """The drawing in words, for those who do not see it."""
    parts = [session.say(_input(plan))]
    for step in plan.steps[:50]:
        shapes = f"{shape_text(step.input_shape)} → {shape_text(step.output_shape)}"
        parts.append(f"{step.path}: {step.layer.kind}, {shapes}, {session.say(parameter_text(step.count))}.")
    return " ".join(parts)


def _tips(plan: Plan) -> dict[str, str]:
    """What hovering over a node shows, by the layer's path."""
    tips = {INPUT: session.say(_input(plan))}
    for layer in plan.spec.layers:
        tips[layer.name] = "\n".join([f"{layer.name} · {layer.kind}", *_facts(plan, layer.name)])
    return tips


def _input(plan: Plan) -> Message:
    return counted("Input: {n} feature.", "Input: {n} features.", n=plan.spec.input.in_features)


def _facts(plan: Plan, path: str) -> list[str]:
    step = plan.step(path)
    if step is None:
        return [session.say(plan.why_not(path))]
    shapes = f"{shape_text(step.input_shape)} → {shape_text(step.output_shape)}"
    return [shapes, session.say(arithmetic(step) if step.count else parameter_text(0))]
