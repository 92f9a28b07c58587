"""A sum, term by term; of a convolution the window that it looks at, and its kernel."""

from __future__ import annotations

import math
from collections.abc import Sequence

from builder.core.messages import Message
from builder.core.numerals import brief
from builder.teaching.walkthrough import TERMS, Sum
from builder.ui.components import sheet
from builder.ui.parts import pictures
from builder.ui.parts.markup import table
from builder.ui.parts.markup import text as html
from builder.ui.state import session


def windows(added: Sum) -> None:
    """Of a convolution the part of its input that it looks at, and the kernel that this is multiplied with."""
    if len(added.window) < 2:
        return
    shown = min(math.prod(added.window[:-2]) if len(added.window) > 2 else 1, pictures.SHOWN)
    for title, values in ((Message("window of the input"), added.inputs), (Message("× kernel"), added.weights)):
        names = [f"{n + 1}" for n in range(shown)]
        sheet.html(
            html("p", session.say(title), "small")
            + pictures.pictures(pictures.planes(values.reshape(added.window))[:shown], names, 44)
        )


def terms(added: Sum, called: Sequence[str] = ()) -> None:
    """The terms of a sum one below the other, with what they have come to so far; `called` are the first inputs, if they have names."""
    head = [Message("input"), Message("value"), Message("× weight"), Message("= product"), Message("sum so far")]
    rows, total = [], 0.0
    names = [called[n] if n < len(called) else added.name(n) for n in added.kept()]
    for place, (name, (weight, value)) in enumerate(zip(names, added.shown(), strict=True)):
        if added.between and place == TERMS - 1:
            total += added.rest
            more = session.say(Message("… {n} more", n=added.between))
            rows.append([more, "", "", brief(added.rest), brief(total)])
        total += weight * value
        rows.append([name, brief(value), brief(weight), brief(weight * value), brief(total)])
    if added.bias is not None:
        rows.append([session.say(Message("bias")), "", "", brief(added.bias), brief(added.result)])
    rows.append([session.say(Message("sum")), "", "", "", brief(added.result)])
    sheet.html(table([session.say(title) for title in head], rows, sums=True, css="steps"))
