"""What a spec comes to – shapes, parameters, multiply-accumulates, the first problem – without building it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

from builder.core.messages import Message
from builder.layers import Shape
from builder.layers.blocks import Branches, Residual
from builder.layers.shapes import TokenShape
from builder.network import budget
from builder.network.spec import NetworkSpec
from builder.network.step import Problem, Step


@dataclass(frozen=True)
class Plan:
    """The steps up to the first problem; the layers from there on have no step and are `blocked` or failing.

    `steps` are the layers that compute, those inside blocks among them, in the order of the list; a layer in a repeat is one
    step, however many copies there are. `parts` are the network's own layers, a block as one; of a group with a problem
    inside it is the part that fits, and other blocks are left out then. `blocks` are all that fit. `learned` are weights that
    training came to (safetensors); empty where the network has those that it draws.
    """

    spec: NetworkSpec
    steps: tuple[Step, ...]
    parts: tuple[Step, ...]
    blocks: Mapping[str, Step]
    problem: Problem | None
    learned: bytes = b""

    @cached_property
    def text(self) -> str:
        """What names it among all plans: the network's text, and what was learned, if anything was."""
        return f"{self.spec.text}#{sha256(self.learned).hexdigest()}" if self.learned else self.spec.text

    def with_learned(self, weights: bytes) -> Plan:
        """The same network with these weights, in the format of safetensors, instead of those that it draws."""
        return replace(self, learned=weights)

    @cached_property
    def count(self) -> int:
        """How many parameters the network has."""
        return sum(step.count for step in self.steps)

    @cached_property
    def trainable(self) -> int:
        """How many of them training may change."""
        return sum(step.trainable for step in self.steps)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates for one row."""
        return sum(step.macs for step in self.steps)

    @property
    def input_shape(self) -> Shape:
        return self.spec.input.shape

    @property
    def output_shape(self) -> Shape:
        """What leaves the network, or what fits of it."""
        return self.parts[-1].output_shape if self.parts else self.input_shape

    @cached_property
    def merges(self) -> tuple[Step, ...]:
        """The blocks in which branches come together: what leaves them is a tensor of its own, and no layer's."""
        return tuple(step for step in self.blocks.values() if isinstance(step.layer, Residual | Branches))

    @cached_property
    def shares(self) -> bool:
        """Does any layer use another one's weight?"""
        return any(step.shares for step in self.steps)

    @cached_property
    def is_sequential(self) -> bool:
        """Do flat vectors go through one layer after the other, and through each once?"""
        parallel = self.merges or any(step.times > 1 for step in self.steps)
        flat = all(len(step.output_shape) == 1 for step in self.steps) and len(self.input_shape) == 1
        return flat and not parallel and not isinstance(self.input_shape, TokenShape)

    def step(self, path: str) -> Step | None:
        """The step of the layer or group at `path`, if it has one."""
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, Step]:
        return {step.path: step for step in self.steps} | dict(self.blocks)

    def why_not(self, path: str) -> Message:
        """Why the layer at `path` has no step: its own problem, or one before it."""
        if self.problem is not None and self.problem.path == path:
            return self.problem.message
        if self.problem is not None and self.problem.path.startswith(f"{path}."):
            return Message("In this block, {path} does not fit.", path=self.problem.path)
        return Message("Waits for the layer before it to fit.")

    @property
    def modules(self) -> int:
        """How many layers there are, each copy counted."""
        return budget.modules(self.steps)

    @property
    def builds(self) -> bool:
        """May its module be made, at least without storage?"""
        return budget.builds(self.steps)

    def over_budget(self, rows: int, graded: bool = False) -> Problem | None:
        """The layer that keeps a network with a batch of `rows` rows from living, and why; None if it may live.

        With `graded` the batch is measured there and back.
        """
        if (rows, graded) not in self._excess:
            found = budget.over_budget(self.steps, self.merges, self.input_shape, rows, graded)
            self._excess[rows, graded] = found
        return self._excess[rows, graded]

    @cached_property
    def _excess(self) -> dict[tuple[int, bool], Problem | None]:
        return {}  # what was found for so many rows: it is asked for in many places of a page

    def live_seconds(self, rows: int, graded: bool = False) -> float:
        """About how long a live network takes to be built and to send `rows` rows through; `graded`: and to measure them."""
        return budget.live_seconds(self.steps, self.merges, rows, graded)

    def is_light(self, rows: int, graded: bool = False, times: int = 1) -> bool:
        """Is all that `fits_budget` asks about done `times` times within a moment, so that nobody waits for it?"""
        key = (rows, graded)
        if key not in self._costs:
            needed = budget.live_bytes(self.steps, self.merges, self.input_shape, *key)
            self._costs[key] = (needed, self.live_seconds(*key))
        needed, seconds = self._costs[key]
        return needed <= budget.LIGHT_BUDGET and times * seconds <= budget.LIGHT_SECONDS

    @cached_property
    def _costs(self) -> dict[tuple[int, bool], tuple[int, float]]:
        return {}  # bytes and seconds

    def fits_budget(self, rows: int, graded: bool = False) -> bool:
        """May a live network be built and a batch of `rows` rows be sent through it; with `graded` there and back?"""
        return self.problem is None and self.over_budget(rows, graded) is None
