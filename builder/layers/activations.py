"""Every element-wise activation of `torch.nn`: one number in, one number out."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from builder.core.messages import Message, counted
from builder.core.options import Refusal, option
from builder.layers.base import Layer, Learned
from builder.layers.shapes import Shape
from builder.layers.signature import FromShape, Signature, Switch

ALPHA = Message("How far below zero the curve goes.")


class _Activation(Layer):
    family = "activation"


class ReLU(_Activation):
    torch_class = "nn.ReLU"
    common = True
    function = "torch.relu"
    label = Message("ReLU")
    summary = Message("Keeps positive numbers and sets negative ones to 0. The usual first choice for hidden layers.")
    formula = "max(0, x)"


class LeakyReLU(_Activation):
    torch_class = "nn.LeakyReLU"
    function = "F.leaky_relu"
    label = Message("LeakyReLU")
    summary = Message(
        "Like ReLU, but lets a little of the negative numbers through, so that no neuron goes silent for good."
    )
    formula = "max(0, x) + negative_slope · min(0, x)"

    negative_slope: float = option(0.01, Message("Negative slope"), Message("The slope left of zero."))


class PReLU(Learned):
    torch_class = "nn.PReLU"
    signature = Signature(num_parameters=Switch("per_feature", FromShape(0)))
    family = "activation"
    label = Message("PReLU")
    summary = Message("A LeakyReLU that learns its own slope left of zero.")
    formula = "max(0, x) + a · min(0, x)"

    per_feature: bool = option(
        False, Message("A slope for each feature"), Message("Off: one slope for the whole layer (num_parameters=1).")
    )
    init: float = option(0.25, Message("Slope at the start (init)"))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[:1] if self.per_feature else (1,)}

    def in_words(self, shape: Shape) -> Message:
        return counted("{n} learned slope", "{n} learned slopes", n=shape[0] if self.per_feature else 1)


class RReLU(_Activation):
    torch_class = "nn.RReLU"
    label = Message("RReLU")
    summary = Message(
        "A LeakyReLU whose slope is drawn anew at each step of training; in evaluation it is the middle of the two bounds."
    )
    formula = "max(0, x) + a · min(0, x), a ~ U(lower, upper)"

    lower: float = option(1 / 8, Message("Smallest slope (lower)"))
    upper: float = option(1 / 3, Message("Largest slope (upper)"))

    @model_validator(mode="after")
    def _ordered(self) -> RReLU:
        if self.lower > self.upper:
            raise Refusal(
                Message(
                    "The smallest slope must not exceed the largest; {a} is more than {b}.", a=self.lower, b=self.upper
                )
            )
        return self


class ELU(_Activation):
    torch_class = "nn.ELU"
    function = "F.elu"
    label = Message("ELU")
    summary = Message(
        "Like ReLU, with a smooth curve that settles at −alpha on the left, so that means stay closer to 0."
    )
    formula = "x > 0: x; x ≤ 0: alpha · (exp(x) − 1)"

    alpha: float = option(1.0, Message("Alpha"), ALPHA)


class CELU(_Activation):
    torch_class = "nn.CELU"
    function = "F.celu"
    label = Message("CELU")
    summary = Message("An ELU without a kink at zero, whatever alpha is.")
    formula = "max(0, x) + min(0, alpha · (exp(x / alpha) − 1))"

    alpha: float = option(1.0, Message("Alpha"), ALPHA, ge=1e-6)


class SELU(_Activation):
    torch_class = "nn.SELU"
    function = "torch.selu"
    label = Message("SELU")
    summary = Message("An ELU scaled so that signals of mean 0 and variance 1 stay that way through many layers.")
    formula = "1.0507 · (max(0, x) + min(0, 1.6733 · (exp(x) − 1)))"


class GELU(_Activation):
    torch_class = "nn.GELU"
    function = "F.gelu"
    label = Message("GELU")
    summary = Message(
        "A smooth ReLU that weighs each number by how likely a smaller one is; the usual choice in transformers."
    )
    formula = "x · Φ(x)"

    approximate: Literal["none", "tanh"] = option(
        "none", Message("Approximation"), Message("tanh: a quicker formula, nearly the same curve.")
    )

    @property
    def chosen_formula(self) -> str:
        return self.formula if self.approximate == "none" else "x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 · x³)))"


class SiLU(_Activation):
    torch_class = "nn.SiLU"
    function = "F.silu"
    label = Message("SiLU (swish)")
    summary = Message("A number times its own sigmoid: smooth, and dips a little below zero on the left.")
    formula = "x · σ(x)"


class Mish(_Activation):
    torch_class = "nn.Mish"
    function = "F.mish"
    label = Message("Mish")
    summary = Message("Much like SiLU, a little smoother.")
    formula = "x · tanh(softplus(x))"


class ReLU6(_Activation):
    torch_class = "nn.ReLU6"
    function = "F.relu6"
    label = Message("ReLU6")
    summary = Message("A ReLU that stops at 6; made for phones that compute with few digits.")
    formula = "min(max(0, x), 6)"


class Hardtanh(_Activation):
    torch_class = "nn.Hardtanh"
    function = "F.hardtanh"
    label = Message("Hardtanh")
    summary = Message("Tanh drawn with a ruler: a straight line, cut off at both ends.")
    formula = "min(max(min_val, x), max_val)"

    min_val: float = option(-1.0, Message("Lowest value (min_val)"))
    max_val: float = option(1.0, Message("Highest value (max_val)"))

    @model_validator(mode="after")
    def _ordered(self) -> Hardtanh:
        if self.min_val >= self.max_val:
            low, high = self.min_val, self.max_val
            raise Refusal(
                Message("The lowest value must be less than the highest; {a} is not less than {b}.", a=low, b=high)
            )
        return self


class Hardswish(_Activation):
    torch_class = "nn.Hardswish"
    function = "F.hardswish"
    label = Message("Hardswish")
    summary = Message("SiLU drawn with a ruler: quick to compute.")
    formula = "x · min(max(0, x + 3), 6) / 6"


class Hardsigmoid(_Activation):
    torch_class = "nn.Hardsigmoid"
    function = "F.hardsigmoid"
    label = Message("Hardsigmoid")
    summary = Message("Sigmoid drawn with a ruler: quick to compute.")
    formula = "min(max(0, x + 3), 6) / 6"


class Sigmoid(_Activation):
    torch_class = "nn.Sigmoid"
    common = True
    function = "torch.sigmoid"
    label = Message("Sigmoid")
    summary = Message("Squeezes every number between 0 and 1. In deep networks its small slope makes gradients fade.")
    formula = "σ(x) = 1 / (1 + exp(−x))"


class LogSigmoid(_Activation):
    torch_class = "nn.LogSigmoid"
    function = "F.logsigmoid"
    label = Message("LogSigmoid")
    summary = Message("The logarithm of sigmoid, computed safely; used inside losses.")
    formula = "log(1 / (1 + exp(−x)))"


class Tanh(_Activation):
    torch_class = "nn.Tanh"
    common = True
    function = "torch.tanh"
    label = Message("Tanh")
    summary = Message("Squeezes every number between −1 and 1, with zero in the middle; steeper than sigmoid.")
    formula = "(exp(x) − exp(−x)) / (exp(x) + exp(−x))"


class Tanhshrink(_Activation):
    torch_class = "nn.Tanhshrink"
    function = "F.tanhshrink"
    label = Message("Tanhshrink")
    summary = Message("What tanh takes away: nearly 0 for small numbers.")
    formula = "x − tanh(x)"


class Softplus(_Activation):
    torch_class = "nn.Softplus"
    function = "F.softplus"
    label = Message("Softplus")
    summary = Message("A ReLU with a rounded corner; its output is always positive.")
    formula = "log(1 + exp(beta · x)) / beta"

    beta: float = option(1.0, Message("Beta"), Message("How sharp the corner is."), ge=1e-6)
    threshold: float = option(
        20.0, Message("Threshold"), Message("Above beta · x = threshold, the straight line x is used.")
    )


class Softsign(_Activation):
    torch_class = "nn.Softsign"
    function = "F.softsign"
    label = Message("Softsign")
    summary = Message("Between −1 and 1 like tanh, but nears the ends more slowly.")
    formula = "x / (1 + |x|)"


class Softshrink(_Activation):
    torch_class = "nn.Softshrink"
    function = "F.softshrink"
    label = Message("Softshrink")
    summary = Message("Moves every number towards 0 by lambd, and sets those nearer than that to 0.")
    formula = "sign(x) · max(0, |x| − lambd)"

    lambd: float = option(0.5, Message("Lambda (lambd)"), ge=0.0)


class Hardshrink(_Activation):
    torch_class = "nn.Hardshrink"
    function = "F.hardshrink"
    label = Message("Hardshrink")
    summary = Message("Sets numbers nearer to 0 than lambd to 0 and keeps the others as they are.")
    formula = "|x| > lambd: x; |x| ≤ lambd: 0"

    lambd: float = option(0.5, Message("Lambda (lambd)"), ge=0.0)


class Threshold(_Activation):
    torch_class = "nn.Threshold"
    signature = Signature("threshold", "value")
    function = "F.threshold"
    label = Message("Threshold")
    summary = Message("Keeps numbers above the threshold and puts one fixed value in place of the others.")
    formula = "x > threshold: x; x ≤ threshold: value"

    threshold: float = option(0.1, Message("Threshold"))
    value: float = option(0.0, Message("Value below it (value)"))
