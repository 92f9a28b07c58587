"""Undo and redo of any frozen value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

T = TypeVar("T")
LIMIT = 1000  # steps; far more than a lesson makes


@dataclass(frozen=True)
class History(Generic[T]):
    """The present with what came before and what was undone; every step returns a new history."""

    present: T
    past: tuple[T, ...] = ()
    future: tuple[T, ...] = ()

    def edited(self, present: T) -> History[T]:
        """With a new present; an edit that changes nothing is no step."""
        if present == self.present:
            return self
        return History(present, (*self.past, self.present)[-LIMIT:])

    def undone(self) -> History[T]:
        """One step back, if there is one."""
        if not self.past:
            return self
        return replace(self, present=self.past[-1], past=self.past[:-1], future=(self.present, *self.future))

    def redone(self) -> History[T]:
        """One step forward again, if there is one."""
        if not self.future:
            return self
        return replace(self, present=self.future[0], past=(*self.past, self.present), future=self.future[1:])
