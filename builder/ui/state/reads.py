"""What was read of a visit while a part of the page was drawn: as long as it stays the same, the part does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TypeVar, TypeVarTuple

from pydantic import BaseModel

Ts = TypeVarTuple("Ts")
R = TypeVar("R")

Reads = dict[tuple[Callable[..., object], tuple[object, ...]], object]  # what each reader answered

_watching: ContextVar[tuple[Reads, ...]] = ContextVar("watching", default=())


def read(reader: Callable[[*Ts], R]) -> Callable[[*Ts], R]:
    """`reader`, which asks something of the visit, with arguments by place that can be hashed; whoever watches notes the answer."""

    @wraps(reader)
    def asking(*args: *Ts) -> R:
        answer = reader(*args)
        for reads in _watching.get():
            reads[asking, args] = answer
        return answer

    return asking


@contextmanager
def watched() -> Iterator[Reads]:
    """All that is read meanwhile."""
    reads: Reads = {}
    before = _watching.get()
    _watching.set((*before, reads))
    try:
        yield reads
    finally:
        _watching.set(before)


def spoil() -> None:
    """Whatever is being drawn must be drawn anew the next time."""
    for reads in _watching.get():
        reads[object, ()] = object()  # another one each time


def still(reads: Reads) -> bool:
    """Would all that was read be read again?"""
    return all(same(answer, reader(*args)) for (reader, args), answer in reads.items())


def same(one: object, other: object) -> bool:
    """Are they the same? Models are compared by identity, which costs the same for a thousand layers as for one."""
    if one is other:
        return True
    return type(one) is type(other) and not isinstance(one, BaseModel) and one == other
