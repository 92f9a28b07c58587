"""One sentence in the place of what can't be shown, and why a network can't be sent anything."""

from __future__ import annotations

from builder.core.messages import NO_MESSAGE, Message
from builder.network.plan import Plan
from builder.ui.components import sheet
from builder.ui.parts.markup import text
from builder.ui.state import session

NOTHING = Message("There is no layer in this network yet that does anything: what goes in comes out.")


def show(message: Message) -> None:
    """Say `message`; it is read aloud, too, when it appears."""
    sheet.html(text("p", session.say(message), "notice", role="status"))


def why_not(plan: Plan, rows: int, graded: bool = False) -> Message:
    """Why so many rows can't be sent through `plan`, with `graded` there and back: its problem, or what it would cost.

    No message if they can.
    """
    problem = plan.problem or plan.over_budget(rows) or (plan.over_budget(rows, graded=True) if graded else None)
    return problem.message if problem else NO_MESSAGE
