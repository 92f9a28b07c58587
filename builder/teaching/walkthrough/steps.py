"""A number that comes about in several moves: a line for each, with what it is. A kind registers its own in `moves`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from torch import nn

from builder.core.arithmetic import stated
from builder.core.messages import Message
from builder.layers import Layer
from builder.runtime.trace import Activation
from builder.teaching.walkthrough.formulas import Place
from builder.teaching.walkthrough.parts import Write


@dataclass(frozen=True)
class Move:
    """What is calculated, and the line of it; a sentence alone has no line."""

    said: Message
    line: str = ""


def move(said: Message, name: str, left: Write, result: float) -> Move:
    """`i = σ(0.310 × 1.20 + 0.100) = 0.617`."""
    return Move(said, f"{name} = {stated(left, result)}")


def in_moves(module: nn.Module, activation: Activation, index: int) -> tuple[Move, ...]:
    """The moves that make the number `index` of a layer; none for a layer whose number is a sum or a single line."""
    own = module.get_submodule(activation.path)
    return tuple(moves(activation.step.layer, own, activation, activation.at(index)))


@singledispatch
def moves(layer: Layer, own: nn.Module, activation: Activation, at: Place) -> list[Move]:
    """The moves that make the number at `at` in `layer`, whose module is `own`."""
    return []
