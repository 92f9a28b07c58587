"""Softmax written out, a row a class, at any temperature: scores, exponentials, their sum, quotients."""

from __future__ import annotations

import torch

from builder.core.messages import Message
from builder.core.numerals import brief, figures
from builder.teaching.walkthrough import OVERFLOW, Shares
from builder.ui.components import panel, sheet
from builder.ui.components.panel import Item, text
from builder.ui.parts import fields, naming
from builder.ui.parts.markup import table
from builder.ui.state import session

TEMPERATURE = "temperature"  # a view
CLASSES = 10  # that are written out


def temperature() -> float:
    chosen = fields.as_number(session.raw_view(TEMPERATURE) or "1")
    return float(chosen) if chosen is not None and 0.1 <= chosen <= 10 else 1.0


def slider() -> Item:
    def take(typed: str) -> None:
        session.choose(TEMPERATURE, typed[:20])

    help = Message(
        "All scores are divided by it before the softmax: above 1 the probabilities come closer together, below 1 the largest wins "
        "more. It is no part of the network; 1 leaves it as it is."
    )
    label = session.say(Message("Temperature"))
    shown = f"{temperature():.4g}"
    return panel.slider(TEMPERATURE, label, shown, take, min=0.1, max=10, step=0.1, help=session.say(help))


def show(made: Shares) -> None:
    """Scores, exponentials, their sum, quotients: a row a class; and why the largest score is subtracted first."""
    count = min(len(made.shares), CLASSES)
    head = [
        Message("class"),
        Message("score"),
        Message("− largest"),
        Message("exp"),
        Message("÷ sum"),
        *([Message("log")] if made.logarithms else []),
    ]
    rows = [_row(made, index) for index in range(count)]
    if count < len(made.shares):
        rows.append(["…"] + [""] * (len(head) - 1))
    total = [session.say(Message("sum")), "", "", brief(made.total, 4), brief(float(made.shares.sum()), 4)]
    rows.append(total + [""] * (len(head) - len(total)))
    sheet.html(table([session.say(title) for title in head], rows, sums=True, css="steps"))
    largest = float(made.scores.max())
    why = Message("A score is not finite, so the exponentials have no shares: ∞ − ∞ is not a number (nan).")
    if made.finite:
        why = _why(made, largest)
    panel.panel([text(session.say(why))], key="why")


def _why(made: Shares, largest: float) -> Message:
    """Why the largest score is subtracted first."""
    return Message(
        "The largest score is subtracted first, so that no exponential can overflow: exp({largest}) is {plain} in float32, and "
        "beyond {limit} it would be infinite. After it the largest is exp(0) = 1, and the quotients stay the same, "
        "because every exponential is divided by the same number.",
        largest=brief(largest),
        plain=brief(made.unshifted),
        limit=figures(OVERFLOW),
    )


def _row(made: Shares, index: int) -> list[str]:
    numbers = [made.scores[index], made.shifted[index], made.exponentials[index], made.shares[index]]
    if made.logarithms:
        numbers.append(torch.log_softmax(made.scores, dim=-1)[index])
    return [naming.of_class(index), *(brief(float(number), 4) for number in numbers)]
