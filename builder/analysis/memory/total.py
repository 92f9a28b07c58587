"""The sums: bytes in training, and bytes to answer only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from builder.analysis.memory.follow import SavedTensors
from builder.analysis.memory.saved import is_estimated
from builder.network.plan import Plan

NumberType = Literal["float32", "float16", "bfloat16", "int8"]
Optimiser = Literal["SGD", "momentum", "Adam"]
NUMBER_TYPES: tuple[NumberType, ...] = get_args(NumberType)
OPTIMISERS: tuple[Optimiser, ...] = get_args(Optimiser)
SIZES: dict[NumberType, int] = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}  # bytes a number
STATES: dict[Optimiser, int] = {"SGD": 0, "momentum": 1, "Adam": 2}  # numbers kept for each trainable parameter
COUNTER = "num_batches_tracked"  # the buffer that is no number to calculate with
INT64 = 8  # bytes: torch numbers words, and the places of maxima, with 64 bits


@dataclass(frozen=True)
class Memory:
    """Counts of numbers, each of `size` bytes; what is saved in whole numbers, and counters, is counted in bytes, beside.

    `kept` is what autograd saves of a batch for the backward pass, each tensor once, parameters apart. `largest` is the most
    that a pass without gradients must hold at once: what goes into a layer and comes out of it, and what waits to be merged.
    `counters` are bytes: the steps that Adam counts for each parameter (float32) and the batches that a BatchNorm counts
    (int64). `estimated` are kinds of layers whose workings inside are only estimated. With int8 there is no training.
    """

    size: int
    parameters: int
    trainable: int
    buffers: int
    state: int
    counters: int
    kept: int
    kept_bytes: int
    largest: int
    estimated: tuple[str, ...]

    @property
    def training(self) -> int:
        """Bytes for parameters, buffers, gradients, the optimiser's state, and what is saved for the backward pass."""
        numbers = self.parameters + self.buffers + self.trainable + self.state + self.kept
        return self.size * numbers + self.kept_bytes + self.counters

    @property
    def inference(self) -> int:
        """Bytes for parameters, buffers, and the moment that holds most."""
        return self.size * (self.parameters + self.buffers + self.largest)


def memory(plan: Plan, rows: int, number: NumberType, optimiser: Optimiser) -> Memory:
    """What `plan`, or what fits of it, takes with `rows` rows, all numbers of one type, and this optimiser."""
    saved, size, trains = SavedTensors.of(plan, rows), SIZES[number], number != "int8"
    estimated = [step.layer.kind for step in plan.steps if trains and is_estimated(step.layer, size)]
    batches = sum(step.times for step in plan.steps if COUNTER in step.layer.buffer_shapes(step.input_shape))
    steps = sum(step.times * len(step.parameter_shapes) for step in plan.steps if not step.frozen)
    return Memory(
        size=size,
        parameters=plan.count,
        trainable=trains * plan.trainable,
        buffers=sum(step.buffer_count for step in plan.steps) - batches,
        state=trains * STATES[optimiser] * plan.trainable,
        counters=trains * (8 * batches + (4 * steps if optimiser == "Adam" else 0)),
        kept=trains * saved.numel,
        kept_bytes=trains * INT64 * saved.int64,
        largest=saved.largest,
        estimated=tuple(dict.fromkeys(estimated)),
    )
