"""Caches that are bounded, and keyed on canonical text: what Streamlit makes a key of by itself forgets the names of classes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Set
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st
from torch import Tensor

from builder.core.options import Frozen
from builder.network.plan import Plan

P = ParamSpec("P")
R = TypeVar("R")


def keyed(*, max_entries: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep what a function gave, of the newest `max_entries` different arguments. It is shared: look at it, never change it.

    What follows from the other arguments is left out of the key: its name begins with `_`. Raises TypeError for an
    argument that has no canonical text.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        def compute(key: str, _call: Callable[[], R]) -> R:
            return _call()

        compute.__module__, compute.__qualname__ = function.__module__, function.__qualname__  # a cache of its own
        cache = st.cache_resource(max_entries=max_entries, show_spinner=False)(compute)
        signature = inspect.signature(function)

        @wraps(function)
        def cached(*args: P.args, **kwargs: P.kwargs) -> R:
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            told = [canonical(value) for name, value in given.arguments.items() if not name.startswith("_")]
            return cache(json.dumps(told), lambda: function(*args, **kwargs))

        return cached

    return decorate


def canonical(value: object) -> str:
    """The one text of `value`: equal values have equal texts, different ones of a kind different texts. Raises TypeError."""
    match value:
        case Plan():
            return value.spec.text
        case Frozen():
            return value.text
        case Tensor():
            return repr(value.tolist())
        case Set():
            return json.dumps(sorted(map(canonical, value)))
        case list() | tuple():
            return json.dumps([canonical(each) for each in value])
        case bool() | int() | float() | str() | None:
            return repr(value)
    raise TypeError(f"{type(value).__name__} has no canonical text.")
