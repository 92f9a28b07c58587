"""What was worked out for one visitor is there for all: a store that is bounded in bytes, and keyed on canonical text."""

from __future__ import annotations

import inspect
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, fields, is_dataclass
from functools import wraps
from hashlib import blake2b
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from torch import Tensor, nn

from builder.core.options import Frozen
from builder.network.plan import Plan

P = ParamSpec("P")
R = TypeVar("R")

KEPT = 256 * 10**6  # bytes that all that is kept may take
OBJECT = 64  # bytes that any object takes, about


@dataclass
class _Entry:
    lock: Lock = field(default_factory=Lock)  # held while it is worked out: who else asks waits for it
    known: bool = False
    value: Any = None
    size: int = 0


class Store:
    """The values that were asked for last, of a size of `limit` bytes together, and always the newest."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._lock = Lock()
        self._entries: OrderedDict[tuple[str, bytes], _Entry] = (
            OrderedDict()
        )  # the one that was asked for last at the end

    def get(self, key: tuple[str, bytes], compute: Callable[[], Any]) -> Any:
        """What is kept by this key, or `compute()`, which is kept from then on; what it raises is not."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
        if not entry.known:
            with entry.lock:
                if not entry.known:
                    entry.value = compute()
                    self._take(entry)
        return entry.value

    def _take(self, entry: _Entry) -> None:
        size = size_of(entry.value)
        with self._lock:
            entry.size, entry.known = size, True
            self.size += size
            for key, old in list(self._entries.items()):
                if self.size <= self.limit:
                    break
                if old.known and old is not entry:
                    del self._entries[key]
                    self.size -= old.size


_store = Store(KEPT)


def keyed(function: Callable[P, R]) -> Callable[P, R]:
    """Keep what `function` gave for each of its arguments. It is shared: look at it, never change it.

    Raises TypeError for an argument that has no canonical text.
    """
    signature = inspect.signature(function)
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def cached(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        told = json.dumps([canonical(value) for value in given.arguments.values()])
        return _store.get((name, blake2b(told.encode()).digest()), lambda: function(*args, **kwargs))  # type: ignore[no-any-return]

    return cached


def canonical(value: object) -> str:
    """The one text of `value`: equal values have equal texts, different ones of a kind different texts. Raises TypeError."""
    match value:
        case Plan():
            return value.text
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


def size_of(value: object) -> int:
    """About how many bytes `value` takes, with all that is in it."""
    match value:
        case str() | bytes():
            return OBJECT + len(value)
        case Tensor():
            return OBJECT + value.nbytes
        case nn.Module():
            return sum(size_of(each) for each in (*value.parameters(), *value.buffers())) + OBJECT * len(
                list(value.modules())
            )
        case Mapping():
            return OBJECT + sum(size_of(key) + size_of(each) for key, each in value.items())
        case list() | tuple() | Set():
            return OBJECT + sum(map(size_of, value))
    if is_dataclass(value) and not isinstance(value, type):
        return OBJECT + sum(size_of(getattr(value, each.name)) for each in fields(value))
    return OBJECT
