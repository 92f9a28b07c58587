"""Around every part of a page: it is drawn anew only when it must be, and one that fails says so in its own place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import ParamSpec

from builder.core.messages import Message
from builder.ui.components import sheet
from builder.ui.components.sheet import Node
from builder.ui.parts.markup import text
from builder.ui.state import faults, session
from builder.ui.state.heavy import CutOff, Pending
from builder.ui.state.reads import spoil, watched
from builder.ui.state.remembered import Memo, Memos

P = ParamSpec("P")

FAILED = Message(
    "This part of the page failed, which is a fault of Layerlab and not of your network. All the rest works, and nothing that "
    "you built is lost: undo the last step, or look at something else here."
)
WORKING = Message("This is being calculated …")


@contextmanager
def boundary(place: Node | None = None) -> Iterator[None]:
    """What is inside is drawn, in `place` if there is one; if it fails, one sentence stands there and the log has the traceback.
    Where an answer is not there yet, or was cut off, that is what the sentence says.

    It decorates a function as well. What Streamlit ends a run with, a click or a rerun, is no `Exception` and passes.
    """
    with place or nullcontext():
        try:
            yield
        except Pending:
            spoil()
            sheet.html(text("p", session.say(WORKING), "notice working", role="status"))
        except CutOff as cut:
            spoil()
            sheet.html(text("p", session.say(cut.message), "refusal", role="alert"))
        except Exception:
            faults.log("A part")
            spoil()  # what is around it does not keep the sentence
            sheet.html(text("p", session.say(FAILED), "refusal", role="alert"))


def part(place: Node, draw: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Let `draw(*args)` fill `place`, which has a key. What it drew before stays as long as neither `args` nor anything that it
    read of the session has changed; so it must read nothing else that changes. What failed is tried again.
    """
    memos, given = session.kept(Memos), (*args, *kwargs.values())
    if memo := memos.find(place.key, draw, given):
        place.inside = memo.made
        return
    with boundary(place), watched() as reads:
        draw(*args, **kwargs)
        memos.keep(place.key, draw, Memo(given, reads, place.inside))
