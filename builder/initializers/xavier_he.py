"""Weights as large as the numbers that enter and leave a neuron ask for: Xavier (Glorot & Bengio 2010) and He et al. 2015."""

from __future__ import annotations

from math import sqrt
from typing import Literal

from builder.core.arithmetic import equation
from builder.core.messages import Message
from builder.core.options import option
from builder.initializers import distributions
from builder.initializers.base import GLOROT, HE, LECUN, Derivation, Initializer, fans, within

Nonlinearity = Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]


class XavierUniform(Initializer):
    kind = "xavier_uniform_"
    label = Message("Xavier uniform")
    summary = Message("For sigmoid and tanh layers: keeps the signal's variance about equal forwards and backwards.")
    formula = "U(−b, b), b = gain · √(6 / (fan_in + fan_out))"
    source = GLOROT
    gain: float = option(1.0, Message("Gain"), Message("A factor on all weights; 5/3 suits tanh."), ge=0.0)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        fan_in, fan_out = fans(weight)
        bound = self.gain * sqrt(6 / (fan_in + fan_out))
        formula = "gain · √(6 / (fan_in + fan_out))"
        return within(bound, equation("bound", formula, bound, gain=self.gain, fan_in=fan_in, fan_out=fan_out))


class XavierNormal(Initializer):
    kind = "xavier_normal_"
    label = Message("Xavier normal")
    summary = Message("As Xavier uniform, but drawn from a bell curve: for sigmoid and tanh layers.")
    formula = "N(0, σ²), σ = gain · √(2 / (fan_in + fan_out))"
    source = GLOROT
    gain: float = option(1.0, Message("Gain"), Message("A factor on all weights; 5/3 suits tanh."), ge=0.0)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        fan_in, fan_out = fans(weight)
        std = self.gain * sqrt(2 / (fan_in + fan_out))
        formula = "gain · √(2 / (fan_in + fan_out))"
        line = equation("std", formula, std, gain=self.gain, fan_in=fan_in, fan_out=fan_out)
        return Derivation(distributions.normal(0.0, std), (line,))


class _Kaiming(Initializer):
    source = Message("{he}; with nonlinearity “linear” (gain 1) {lecun}", he=HE, lecun=LECUN)
    a: float = option(
        0.0, Message("Negative slope (a)"), Message("The slope of the LeakyReLU that follows; 0 for ReLU.")
    )
    mode: Literal["fan_in", "fan_out"] = option(
        "fan_in",
        Message("Mode"),
        Message("fan_in keeps the variance of the signal going forwards, fan_out of the gradient going back."),
    )
    nonlinearity: Nonlinearity = option(
        "leaky_relu", Message("Nonlinearity"), Message("The activation that follows; it decides the gain.")
    )

    def _fan_andgain_of(self, weight: tuple[int, ...]) -> tuple[int, float, tuple[str, str]]:
        fan = fans(weight)[self.mode == "fan_out"]
        gain, slope = gain_of(self.nonlinearity, self.a)
        return fan, gain, (f"fan = {self.mode} = {fan:,}", slope)


class KaimingUniform(_Kaiming):
    kind = "kaiming_uniform_"
    label = Message("He (Kaiming) uniform")
    summary = Message("For ReLU layers: makes up for the half of the signal that ReLU sets to zero.")
    formula = "U(−b, b), b = gain · √(3 / fan)"

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        fan, gain, before = self._fan_andgain_of(weight)
        bound = gain * sqrt(3 / fan)
        return within(bound, *before, equation("bound", "gain · √(3 / fan)", bound, gain=gain, fan=fan))


class KaimingNormal(_Kaiming):
    kind = "kaiming_normal_"
    label = Message("He (Kaiming) normal")
    summary = Message(
        "For ReLU layers, drawn from a bell curve: makes up for the half of the signal that ReLU sets to zero."
    )
    formula = "N(0, σ²), σ = gain / √fan"

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        fan, gain, before = self._fan_andgain_of(weight)
        std = gain / sqrt(fan)
        arithmetic = (*before, equation("std", "gain / √fan", std, gain=gain, fan=fan))
        return Derivation(distributions.normal(0.0, std), arithmetic)


def gain_of(nonlinearity: Nonlinearity, slope: float) -> tuple[float, str]:
    """What `torch.nn.init.calculate_gain` answers, with its arithmetic; `slope` counts for leaky_relu alone."""
    match nonlinearity:
        case "relu":
            return sqrt(2), equation("gain(relu)", "√2", sqrt(2))
        case "leaky_relu":
            gain = sqrt(2 / (1 + slope**2))
            return gain, equation("gain(leaky_relu)", "√(2 / (1 + a²))", gain, a=slope)
        case "tanh":
            return 5 / 3, equation("gain(tanh)", "5 / 3", 5 / 3)
        case "selu":
            return 3 / 4, equation("gain(selu)", "3 / 4", 3 / 4)
    return 1.0, f"gain({nonlinearity}) = 1"
