"""The real `nn.Module`: what it prints, and each of its parameters as a coloured matrix and as text."""

from __future__ import annotations

from math import prod

from builder.analysis.summary import kept
from builder.charts.outputs import MAX_SIDE, matrix
from builder.core.messages import Message
from builder.network.plan import Plan
from builder.ui.components import sheet
from builder.ui.components.panel import panel
from builder.ui.parts import buffers, fields
from builder.ui.parts.markup import table, text
from builder.ui.state import cached, session
from builder.workers.tasks import Values

PARAMETER = "parameter"  # the view that says which one is drawn


def show(plan: Plan, *, live: bool) -> None:
    """The module that the plan stands for, as far as it fits; without values while it is too large to live."""
    module = cached.described(plan)
    sheet.code(module.text)
    if not module.parameters:
        sheet.html(text("p", session.say(Message("This module has no parameters.")), "small"))
        return
    rows = [[name, str(list(shape)), f"{count:,}", str(learns)] for name, shape, count, learns in module.parameters]
    rows += [[name, str(list(shape)), f"{prod(shape):,}", "buffer"] for name, shape in kept(plan)]
    head = [Message("name"), Message("shape"), Message("numbers"), Message("requires_grad")]
    sheet.html(table([session.say(title) for title in head], rows, css="breakdown"))
    buffers.show(plan)
    shapes = {name: shape for name, shape, *_ in module.parameters}
    first = _first_of(session.selected(), list(shapes))
    labels = {name: Message(name) for name in shapes}
    panel([fields.view(PARAMETER, Message("Parameter"), labels, first, as_list=True)], key="parameter")
    name = session.view(PARAMETER, first, shapes)
    if live:
        _values(cached.values(plan, name), shapes[name])
    else:
        sheet.html(text("p", session.say(Message("Too large to be built here, so it has no values.")), "notice"))


def _values(values: Values, shape: tuple[int, ...]) -> None:
    if max(shape, default=0) > MAX_SIDE:
        sheet.html(text("p", session.say(Message("The first {n} rows and columns:", n=MAX_SIDE)), "small"))
    height = 60 + 26 * min(len(values.corner), 12)
    sheet.chart("matrix", matrix(values.corner, height))
    sheet.code(values.text)


def _first_of(path: str, names: list[str]) -> str:
    return next((name for name in names if name.startswith(f"{path}.")), names[0])
