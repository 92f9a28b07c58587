"""The real `nn.Module`: what it prints, and each of its parameters as a coloured matrix and as text."""

from __future__ import annotations

import torch

from builder.charts.outputs import MAX_SIDE, matrix
from builder.core.messages import Message
from builder.network.plan import Plan
from builder.ui.components import sheet
from builder.ui.components.panel import panel
from builder.ui.parts import fields
from builder.ui.parts.markup import table, text
from builder.ui.state import cached, session

PARAMETER = "parameter"  # the view that says which one is drawn


def show(plan: Plan, *, live: bool) -> None:
    """The module that the plan stands for, as far as it fits; without values while it is too large to live."""
    module = cached.module(plan, live=live)
    sheet.code(repr(module))
    parameters = dict(module.named_parameters())
    if not parameters:
        sheet.html(text("p", session.say(Message("This module has no parameters.")), "small"))
        return
    rows = [[name, str(list(p.shape)), f"{p.numel():,}", str(p.requires_grad)] for name, p in parameters.items()]
    head = [Message("name"), Message("shape"), Message("numbers"), Message("requires_grad")]
    sheet.html(table([session.say(title) for title in head], rows, css="breakdown"))
    labels = {name: Message(name) for name in parameters}
    first = _first_of(session.selected(), list(parameters))
    panel([fields.view(PARAMETER, Message("Parameter"), labels, first, as_list=True)], key="parameter")
    name = session.view(PARAMETER, first, parameters)
    if live:
        _values(parameters[name].detach())
    else:
        sheet.html(text("p", session.say(Message("Too large to be built here, so it has no values.")), "notice"))


def _values(values: torch.Tensor) -> None:
    if max(values.shape, default=0) > MAX_SIDE:
        sheet.html(text("p", session.say(Message("The first {n} rows and columns:", n=MAX_SIDE)), "small"))
    height = 60 + 26 * min(values.shape[0] if values.ndim > 1 else 1, 12)
    sheet.chart("matrix", matrix(values, height))
    sheet.code(repr(values))


def _first_of(path: str, names: list[str]) -> str:
    return next((name for name in names if name.startswith(f"{path}.")), names[0])
