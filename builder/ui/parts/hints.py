"""What a teacher would say of the network, each with the click that mends it and the click that shows it."""

from __future__ import annotations

from collections.abc import Sequence

from builder.analysis.advice import advise
from builder.analysis.advising import Advice
from builder.core.messages import Message, counted
from builder.network.plan import Plan
from builder.ui.components import sheet
from builder.ui.components.panel import Item, button, line, panel, text
from builder.ui.parts import numbers, softmax
from builder.ui.state import session

SHOWN = 3  # at once; the most serious come first


def show(plan: Plan) -> None:
    """A panel below the inspector, if there is anything to say."""
    _panel(advise(plan, session.batch().rows))


def problem(plan: Plan) -> None:
    """The same where only what stops the network matters: in the lesson, which says itself what to build."""
    _panel([advice for advice in advise(plan, session.batch().rows) if advice.problem and advice.paths])


def _panel(said: Sequence[Advice]) -> None:
    if not said:
        return
    with sheet.box("hints", "card"):
        items = [item for number, advice in enumerate(said[:SHOWN]) for item in _hint(number, advice)]
        if len(said) > SHOWN:
            more = counted("… and {n} more hint", "… and {n} more hints", n=len(said) - SHOWN)
            items.append(text(session.say(more)))
        panel(items, key="advice")


def _hint(number: int, advice: Advice) -> list[Item]:
    stops = advice.problem and advice.paths  # an empty network is no mistake yet
    said = text(session.say(advice.message), "refusal" if stops else "hint", "alert" if stops else "status")
    offered = []
    if advice.mend_label is not None:
        offered.append(button(f"mend {number}", session.say(advice.mend_label), lambda: _mend(advice), small=True))
    if advice.paths:
        offered.append(button(f"show {number}", session.say(Message("Show")), lambda: _lead(advice), small=True))
    return [said, line(*offered)] if offered else [said]


def _mend(advice: Advice) -> None:
    mend = advice.mend
    if mend is not None:
        session.edit(lambda e: e.with_network(mend(e.network)))


def _lead(advice: Advice) -> None:
    """Select what the hint is about, and open the view in which it can be seen."""
    session.select(advice.paths[0])
    match advice.view:
        case "module":
            session.choose(numbers.VIEW, "module")
        case "numbers":
            session.choose(numbers.VIEW, "parameters")
        case "softmax":
            session.choose(softmax.SCORES, "beside")
