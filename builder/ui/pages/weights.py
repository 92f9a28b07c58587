"""How weights and biases start out: the distribution of each initializer, its arithmetic, and the numbers that were really drawn."""

from __future__ import annotations

from collections.abc import Mapping

from builder.analysis.weights import (
    Parameter,
    Sample,
    agrees,
    initialised,
    parameters,
)
from builder.charts.weights import Words, histogram
from builder.core.messages import Message
from builder.core.numerals import figures
from builder.network.experiment import Experiment
from builder.network.plan import Plan
from builder.network.step import Step
from builder.ui.components import sheet
from builder.ui.components.panel import Item, button, heading, panel, space, text
from builder.ui.components.row_table import Row, row_table
from builder.ui.parts import fields, notice, theory
from builder.ui.state import cached, session
from builder.ui.state.plans import planned

NAME = "initial"  # the view that says whether the weights or the biases of the layer are shown
NAMES = {"weight": Message("Weights"), "bias": Message("Biases")}
FEW_NAMES = 2  # that stand beside each other; more are a list
PAGE = 20  # layers that the table shows at once
CHART_HEIGHT = 318


def show(plan: Plan, experiment: Experiment) -> None:
    """The selected layer at large, theory beside measurement, and a table of all layers with weights."""
    steps = initialised(plan)
    problem = plan.problem or plan.over_budget(experiment.batch.rows)
    if not steps:
        none = Message(
            "This network has no layer whose weights have a choice of initializer. Add a Linear layer on the page Build."
        )
        notice.show(none)
        return
    at = _selected(plan, steps)
    first = at - at % PAGE
    shown = [parameter for step in steps[first : first + PAGE] for parameter in parameters(step)]
    samples = {} if problem else cached.samples(plan, [parameter.path for parameter in shown])
    chosen = parameters(steps[at])
    names = [parameter.name for parameter in chosen]
    name = session.view(NAME, "weight" if "weight" in names else names[0], names)
    parameter = next(parameter for parameter in chosen if parameter.name == name)
    panel(_bar(steps, at, chosen), key="weights_bar", layout="bar")
    if problem:
        only = Message("Only theory is shown, since there are no weights here. {why}", why=problem.message)
        notice.show(only)
    left, right = sheet.columns(58, 42)
    with left:
        figure = histogram(samples.get(parameter.path), parameter.distribution, _words(parameter), CHART_HEIGHT)
        sheet.chart("weights_chart", figure)
    with right:
        theory.explained(parameter, samples.get(parameter.path))
    _table(steps, first, parameter, samples)


def _selected(plan: Plan, steps: list[Step]) -> int:
    """The place of the selected layer among those with weights; of the next one if it has none."""
    order = {path: place for place, path in enumerate(plan.spec.paths)}
    place = order.get(session.selected(), -1)
    return next((at for at, step in enumerate(steps) if order[step.path] >= place), len(steps) - 1)


# ---- the selected layer ---------------------------------------------------------------------------------------------


def _bar(steps: list[Step], at: int, chosen: list[Parameter]) -> list[Item]:
    where = Message("layer {n} of {count} with weights", n=at + 1, count=len(steps))
    names = {
        parameter.name: NAMES.get(parameter.name) or Message("{name}", name=parameter.name) for parameter in chosen
    }
    return [
        heading(session.say(Message("Weights at the start"))),
        _step("previous", Message("Previous layer"), "◀", steps, at, -1),
        _step("next", Message("Next layer"), "▶", steps, at, 1),
        heading(steps[at].path),
        text(session.say(where)),
        fields.view(NAME, Message("Weights or biases"), names, next(iter(names)), as_list=len(names) > FEW_NAMES),
        space(),
        button("draw", session.say(Message("New weights")), _draw_again),
    ]


def _step(name: str, label: Message, sign: str, steps: list[Step], at: int, by: int, unit: int = 1) -> Item:
    """A button that leads `by` units of layers on. It starts from what is shown when it is pressed: quick clicks all count."""

    def target(place: int) -> int:
        return place - place % unit + by * unit

    def act() -> None:
        plan = planned(session.experiment().network)
        now = initialised(plan)
        if 0 <= (to := target(_selected(plan, now))) < len(now):
            session.select(now[to].path)

    return button(name, session.say(label), act, sign=sign, disabled=not 0 <= target(at) < len(steps))


def _draw_again() -> None:
    session.edit(Experiment.redrawn)


def _words(parameter: Parameter) -> Words:
    weights = not parameter.is_bias
    return Words(
        measured=session.say(Message("drawn here")),
        theory=session.say(Message("theory")),
        value=session.say(Message("value of a weight")) if weights else session.say(Message("value of a bias")),
        density=session.say(Message("density")),
        share=session.say(Message("share of the numbers")),
        single=session.say(Message("each number")),
    )


# ---- all layers -----------------------------------------------------------------------------------------------------


def _table(steps: list[Step], first: int, selected: Parameter, samples: Mapping[str, Sample]) -> None:
    """A row for each weight and bias of a page of layers; a click leads to it."""
    shown = {parameter.path: parameter for step in steps[first : first + PAGE] for parameter in parameters(step)}
    head = [
        Message("name"),
        Message("initializer"),
        Message("shape"),
        Message("theory: mean"),
        Message("drawn: mean"),
        Message("theory: std"),
        Message("drawn: std"),
        Message("least"),
        Message("greatest"),
        Message("agree"),
    ]
    rows = [Row(path, _cells(parameter, samples.get(path))) for path, parameter in shown.items()]

    def lead(path: str) -> None:
        session.select(shown[path].step.path)
        session.choose(NAME, shown[path].name)

    if len(steps) > PAGE:
        panel(_pages(steps, first), key="weights_pages", layout="bar")
    row_table(
        [session.say(title) for title in head],
        rows,
        selected=selected.path,
        label=session.say(Message("All weights and biases, theory beside what was drawn")),
        key="weights_table",
        on_select=lead,
    )


def _cells(parameter: Parameter, sample: Sample | None) -> tuple[str, ...]:
    expected = parameter.distribution
    drawn = sample if sample and sample.finite else None
    return (
        parameter.path,
        session.say(parameter.initializer.label),
        str(list(parameter.shape)),
        figures(expected.mean),
        theory.found(drawn.mean) if drawn else theory.NONE,
        figures(expected.std),
        theory.found(drawn.std) if drawn else theory.NONE,
        theory.found(drawn.low) if drawn else theory.NONE,
        theory.found(drawn.high) if drawn else theory.NONE,
        ("✓" if agrees(sample, expected) else "≠") if sample else theory.NONE,
    )


def _pages(steps: list[Step], first: int) -> list[Item]:
    last = min(first + PAGE, len(steps))
    where = Message("layers {first} to {last} of {count} with weights", first=first + 1, last=last, count=len(steps))
    return [
        _step("back", Message("Layers before"), "◀", steps, first, -1, PAGE),
        _step("on", Message("Layers after"), "▶", steps, first, 1, PAGE),
        text(session.say(where)),
    ]
