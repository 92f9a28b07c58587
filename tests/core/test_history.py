"""Undo and redo."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from builder.core.history import LIMIT, History


@given(st.lists(st.integers(0, 5)), st.integers(0, 10))
def test_redo_takes_back_undo(edits: list[int], steps: int) -> None:
    history = History(0)
    for edit in edits:
        history = history.edited(edit)
    steps = min(steps, len(history.past))
    back = history
    for _ in range(steps):
        back = back.undone()
    for _ in range(steps):
        back = back.redone()
    assert back == history


def test_an_edit_that_changes_nothing_is_no_step() -> None:
    assert History(1).edited(1) == History(1)


def test_a_new_edit_forgets_what_was_undone() -> None:
    assert History(1).edited(2).undone().edited(3).redone().present == 3


def test_the_ends_stay_where_they_are() -> None:
    assert History(1).undone() == History(1).redone() == History(1)


def test_the_past_is_bounded() -> None:
    history = History(0)
    for n in range(1, LIMIT + 50):
        history = history.edited(n)
    assert len(history.past) == LIMIT
    assert history.undone().present == LIMIT + 48
