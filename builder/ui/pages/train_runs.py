"""The runs before: what they differ in from what is on the page, and how far they came."""

from __future__ import annotations

from builder.core.messages import Message, counted
from builder.core.options import options_of
from builder.training.settings import Training
from builder.training.task import Task
from builder.ui.components.panel import heading, panel, text
from builder.ui.components.row_table import Row, row_table
from builder.ui.state import learning, session
from builder.ui.state.learning import Ran, Runs


def show(task: Task) -> None:
    """A table of what was tried: what it differs in from what is on the page, and how far it came."""
    before = session.kept(Runs).before
    if not before:
        return
    head = [session.say(each) for each in HEAD]
    rows = [
        Row(str(ran.number), (session.say(Message("Run {n}", n=ran.number)), *_cells(ran, task)))
        for ran in reversed(before)
    ]
    panel(
        [
            heading(session.say(Message("Runs before"))),
            text(session.say(Message("A click brings a run back, with its network and settings."))),
        ],
        key="runs_title",
    )
    row_table(
        head, rows, selected="", label=session.say(Message("Runs before")), key="runs_table", on_select=_bring_back
    )


HEAD = (
    Message("Run"),
    Message("What is different"),
    Message("Steps"),
    Message("Least loss in validation"),
    Message("Best score in validation"),
)


def _cells(ran: Ran, task: Task) -> tuple[str, ...]:
    losses, scores = ([value for row in ran.curve if (value := row[at]) is not None] for at in (5, 6))
    return (
        "; ".join(_differences(ran, task)),
        f"{ran.step:,}",
        f"{min(losses, default=float('nan')):.4g}",
        f"{max(scores, default=float('nan')):.4g}",
    )


def _differences(ran: Ran, task: Task) -> list[str]:
    found = []
    if ran.experiment.network.text != task.experiment.network.text:
        found.append(session.say(Message("network")))
    for option in options_of(Training):
        if getattr(ran.training, option.name) != getattr(task.training, option.name):
            found.append(f"{session.say(option.label)} {getattr(ran.training, option.name)}")
    if ran.training.data != task.training.data:
        found.append(session.say(ran.training.data.label))
    if ran.training.optimiser != task.training.optimiser:
        found.append(f"{session.say(ran.training.optimiser.label)}, {ran.training.optimiser.lr:g}")
    if ran.training.changes != task.training.changes:
        found.append(
            session.say(
                counted(
                    "{n} change of the learning rate", "{n} changes of the learning rate", n=len(ran.training.changes)
                )
            )
        )
    return found


def _bring_back(number: str) -> None:
    for ran in session.kept(Runs).before:
        if str(ran.number) == number:
            learning.again(ran)
