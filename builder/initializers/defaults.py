"""What layers of torch do by themselves, where no other initializer is chosen."""

from __future__ import annotations

from math import sqrt

from builder.core.arithmetic import equation
from builder.core.messages import Message
from builder.initializers import distributions
from builder.initializers.base import GLOROT, Derivation, Initializer, fans, within
from builder.initializers.xavier_he import XavierUniform, gain_of


class Default(Initializer):
    kind = "default"
    roles = ("weight", "kernel", "bias")
    label = Message("PyTorch default")
    summary = Message("What the layer does by itself; fine to start with, and not tuned to any activation.")
    formula = "U(−b, b), b = 1 / √fan_in"
    source = Message(
        "PyTorch documentation, torch.nn.Linear and torch.nn.Conv2d: kaiming_uniform_ with a = √5; the “commonly used "
        "heuristic” of {source}",
        source=GLOROT,
    )

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        fan_in, _ = fans(weight)
        if shape != weight:  # a bias; the bound is its weight's
            return within(1 / sqrt(fan_in), equation("bound", "1 / √fan_in", 1 / sqrt(fan_in), fan_in=fan_in))
        gain, slope = gain_of("leaky_relu", sqrt(5))
        return within(
            gain * sqrt(3 / fan_in),
            equation("a", "√5", sqrt(5)),
            slope,
            equation("bound", "gain · √(3 / fan_in)", gain * sqrt(3 / fan_in), gain=gain, fan_in=fan_in),
        )

    def call(self) -> None:
        return None


class DefaultTable(Initializer):
    kind = "default"
    roles = ("table",)
    label = Message("PyTorch default")
    summary = Message("What nn.Embedding does by itself: a bell curve of width 1.")
    formula = "N(0, 1)"
    source = Message("PyTorch documentation, torch.nn.Embedding")

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        return Derivation(distributions.normal(0.0, 1.0), ("std = 1",))

    def call(self) -> None:
        return None


class DefaultRecurrent(Initializer):
    kind = "default"
    roles = ("recurrent",)
    label = Message("PyTorch default")
    summary = Message(
        "What recurrent layers do by themselves: evenly between bounds that depend on the size of the state."
    )
    formula = "U(−b, b), b = 1 / √hidden_size"
    source = Message("PyTorch documentation, torch.nn.LSTM")

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        bound = 1 / sqrt(weight[1])
        return within(bound, equation("bound", "1 / √hidden_size", bound, hidden_size=weight[1]))

    def call(self) -> None:
        return None


class DefaultProjection(Initializer):
    kind = "default"
    roles = ("projection",)
    label = Message("PyTorch default")
    summary = Message(
        "What nn.MultiheadAttention does by itself for queries, keys and values together: Xavier uniform."
    )
    formula = "U(−b, b), b = √(6 / (fan_in + fan_out))"
    source = Message("PyTorch source, torch.nn.MultiheadAttention: xavier_uniform_; {source}", source=GLOROT)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        return XavierUniform().derive(shape, weight)

    def call(self) -> None:
        return None
