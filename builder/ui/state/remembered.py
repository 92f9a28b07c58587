"""What was made for one visitor and is still right: as long as neither what it was made of nor what was read meanwhile has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

from builder.ui.state import session
from builder.ui.state.reads import Reads, same, still, watched

P = ParamSpec("P")
R = TypeVar("R")

KEPT = 3  # of each place: what is there, and what was there before


@dataclass(frozen=True)
class Memo:
    """What was made, of `args`, with what was read of the visit meanwhile."""

    args: tuple[object, ...]
    reads: Reads
    made: Any

    def holds_for(self, args: tuple[object, ...]) -> bool:
        return len(args) == len(self.args) and all(map(same, args, self.args)) and still(self.reads)


class Memos(dict[tuple[str, Callable[..., object]], list[Memo]]):
    """Those of one visitor, newest first, by their place on the page and by what makes them."""

    def find(self, place: str, make: Callable[..., object], args: tuple[object, ...]) -> Memo | None:
        """What was made here of these very things, if it is still right; undo leads back to what was there before."""
        return next((memo for memo in self.get((place, make), []) if memo.holds_for(args)), None)

    def keep(self, place: str, make: Callable[..., object], memo: Memo) -> None:
        self[place, make] = [memo, *self.get((place, make), [])][:KEPT]


def remembered(place: str, make: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `make(*args)` made at this place before, or makes now. Look at it, never change it.

    `make` is a function of a module: one that is defined anew in each run is never the one that was asked before.
    """
    memos, given = session.kept(Memos), (*args, *kwargs.values())
    memo = memos.find(place, make, given)
    if memo is None:
        with watched() as reads:
            made = make(*args, **kwargs)
        memo = Memo(given, reads, made)
        memos.keep(place, make, memo)
    return cast(R, memo.made)
