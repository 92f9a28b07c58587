"""How much a run goes through: `make test` the same part of everything each time, `make test-deep` all of it and more at random.

The profiles stand in conftest.py. Which one it is is known when test modules are imported, and not before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from hypothesis import settings


def is_deep() -> bool:
    """Is this `make test-deep`?"""
    return settings.get_current_profile_name() == "deep"


def examples(fixed: int, deep: int) -> settings:
    """How many examples a property takes: `fixed` always the same ones, or `deep` new ones."""
    return settings(max_examples=deep if is_deep() else fixed)


def combined(*axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows with a value of each of `axes`: as many as the longest has, so that each value occurs; every combination if deep.

    Each time round, a shorter axis begins one later, so that it does not always meet the same values of another.
    """
    if is_deep():
        return list(product(*axes))
    rows = range(max(map(len, axes)))
    return [tuple(axis[(row + row // len(axis)) % len(axis)] for axis in axes) for row in rows]
