"""What follows what in a plan, as the data flows: through blocks, around shortcuts, side by side in branches, again in repeats."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from builder.layers import Layer
from builder.layers.blocks import Block
from builder.layers.merges import Merge
from builder.network.plan import Plan
from builder.network.spec import INPUT, join
from builder.network.step import Step

T = TypeVar("T")
OUTPUT = "."  # no layer is called so


def walk(plan: Plan, start: T, each: Callable[[Step, T], T], merge: Callable[[Step, Merge, Sequence[T]], T]) -> T:
    """What becomes of `start` on its way through a plan that fits; the layers of a repeat are passed as often as twice."""

    def through(path: str, layer: Layer, x: T) -> T:
        step = plan.step(path)
        assert step is not None  # the plan fits
        if not isinstance(layer, Block):
            return each(step, x)
        for _ in range(min(layer.copies, 2)):
            x = layer.through(
                x,
                lambda inner, y: through(join(path, inner.name), inner, y),
                lambda how, several: merge(step, how, several),
            )
        return x

    for layer in plan.spec.layers:
        start = through(layer.name, layer, start)
    return start


def depth(plan: Plan, counted: Collection[str]) -> int:
    """How many of the layers at `counted` lie one behind the other, on the way on which there are fewest.

    Every copy of a repeat counts; of branches side by side, and of a block and the shortcut around it, the lesser.
    """

    def through(path: str, layer: Layer, before: int) -> int:
        if not isinstance(layer, Block):
            return before + (path in counted)
        inside = layer.through(
            0, lambda inner, x: through(join(path, inner.name), inner, x), lambda how, several: min(several)
        )
        return before + layer.copies * inside

    found = 0
    for layer in plan.spec.layers:
        found = through(layer.name, layer, found)
    return found


@dataclass(frozen=True)
class Flow:
    """The edges of a plan. A node is the path of a layer, or of a block in which several ways come together."""

    before: dict[str, dict[str, None]]
    behind: dict[str, dict[str, None]]

    def only_behind(self, path: str) -> str | None:
        """What alone takes what the layer at `path` gives; None where several do, or ways come together."""
        following = list(self.behind.get(path, ()))
        return following[0] if len(following) == 1 and following[0] != OUTPUT else None

    def beyond(self, path: str, passing: Callable[[str], bool]) -> list[str]:
        """The first nodes behind `path` that are not `passing`, over all ways."""
        return list(_reached(self.behind, path, passing))

    def ahead(self, path: str, passing: Callable[[str], bool]) -> list[str]:
        """The first nodes before `path` that are not `passing`, over all ways."""
        return list(_reached(self.before, path, passing))


def _reached(edges: dict[str, dict[str, None]], path: str, passing: Callable[[str], bool]) -> Iterator[str]:
    waiting, seen = list(edges.get(path, ())), set[str]()
    while waiting:
        node = waiting.pop(0)
        if node in seen:
            continue
        seen.add(node)
        if passing(node):
            waiting += edges.get(node, ())
        else:
            yield node


@dataclass(frozen=True)
class Same:
    """A plan by its identity: to compare two of them would take longer than to follow one."""

    plan: Plan

    def __hash__(self) -> int:
        return id(self.plan)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.plan is self.plan


@lru_cache(maxsize=8)  # every rule of a page asks for it
def _flow(key: Same) -> Flow:
    before: dict[str, dict[str, None]] = {}
    behind: dict[str, dict[str, None]] = {}

    def connect(sources: Iterable[str], node: str) -> str:
        for source in sources:
            before.setdefault(node, {})[source] = None
            behind.setdefault(source, {})[node] = None
        return node

    end = walk(
        key.plan, INPUT, lambda step, x: connect([x], step.path), lambda step, how, several: connect(several, step.path)
    )
    connect([end], OUTPUT)
    return Flow(before, behind)


def flow_of(plan: Plan) -> Flow:
    """The edges of `plan`, which must fit."""
    return _flow(Same(plan))
