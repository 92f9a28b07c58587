"""What was made for one visitor and is still right: as long as neither what it was made of nor what was read meanwhile has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

from builder.ui.state import session
from builder.ui.state.reads import Reads, same, still, watched

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Memo:
    """What was made, of `args`, with what was read of the visit meanwhile."""

    args: tuple[object, ...]
    reads: Reads
    made: Any

    def holds_for(self, args: tuple[object, ...]) -> bool:
        return len(args) == len(self.args) and all(map(same, args, self.args)) and still(self.reads)


class Memos(dict[tuple[str, Callable[..., object]], Memo]):
    """Those of one visitor, by their place on the page and by what makes them."""


def remembered(place: str, make: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `make(*args)` made last at this place, or makes now. Look at it, never change it.

    `make` is a function of a module: one that is defined anew in each run is never the one that was asked before.
    """
    memos, given = session.kept(Memos), (*args, *kwargs.values())
    memo = memos.get((place, make))
    if memo is None or not memo.holds_for(given):
        with watched() as reads:
            made = make(*args, **kwargs)
        memo = memos[place, make] = Memo(given, reads, made)
    return cast(R, memo.made)
