"""A plan as columns of neurons, and which of them a drawing has room for: both ends of a wide one, a window on many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from builder.drawing.boxes import INPUT_NODE
from builder.layers.linear import Linear
from builder.layers.shapes import numel
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.network.step import Step

WHOLE = 5  # a layer of so many neurons is drawn whole
ENDS = 2  # of a wider one, so many at each end
MAX_COLUMNS = 12


@dataclass(frozen=True)
class Column:
    """The input or a Linear layer at `path`, with the layers behind it that keep its `width`: one column of neurons."""

    path: str
    steps: tuple[Step, ...]
    width: int

    @cached_property
    def linear(self) -> Step | None:
        """The layer whose weights are the lines that lead here."""
        return self.steps[0] if self.steps and isinstance(self.steps[0].layer, Linear) else None

    @property
    def node(self) -> str:
        """What the titles of its nodes begin with."""
        return self.path or INPUT_NODE

    @property
    def last(self) -> str:
        """The path of what gives the column's values."""
        return self.steps[-1].path if self.steps else INPUT

    @property
    def slots(self) -> tuple[int | None, ...]:
        """Its neurons that are drawn, from the top; None stands for those left out."""
        if self.width <= WHOLE:
            return tuple(range(self.width))
        return (*range(ENDS), None, *range(self.width - ENDS, self.width))

    @property
    def drawn(self) -> list[int]:
        return [slot for slot in self.slots if slot is not None]


def columns(plan: Plan) -> tuple[Column, ...]:
    """All columns of `plan`, the input's first."""
    found: list[list[Step]] = [[]]
    for step in plan.steps:
        if isinstance(step.layer, Linear) or numel(step.input_shape) != numel(step.output_shape):
            found.append([step])
        else:
            found[-1].append(step)
    paths = [INPUT, *(steps[0].path for steps in found[1:])]
    shapes = [steps[-1].output_shape if steps else plan.input_shape for steps in found]
    return tuple(Column(*parts) for parts in zip(paths, map(tuple, found), map(numel, shapes), strict=True))


def column_of(plan: Plan, path: str) -> str:
    """The path of the column that the layer at `path` belongs to, of a group the first; `path` itself if there is none."""
    every = columns(plan)
    own = (c.path for c in every if path in {c.path, *(s.path for s in c.steps)})
    inside = (c.path for c in every for s in c.steps if path and s.path.startswith(f"{path}."))
    return next(chain(own, inside), path)


def first_column(plan: Plan, selected: str) -> int:
    """Where the window on a deep network begins that shows the layer at `selected`; it moves by half a window."""
    every, head = columns(plan), column_of(plan, selected)
    at = next((n for n, column in enumerate(every) if column.path == head), 0)
    half = MAX_COLUMNS // 2
    return max(0, min(at // half * half - half // 2, len(every) - MAX_COLUMNS))
