"""Weights whose numbers a person chooses: between two bounds, around a mean, or one value everywhere."""

from __future__ import annotations

from pydantic import model_validator

from builder.core.arithmetic import equation
from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.numerals import entered
from builder.core.options import Refusal, option
from builder.initializers import distributions
from builder.initializers.base import AS_LECUN, EVERYTHING, JOHNSON, TORCH, Derivation, Initializer


class _Interval(Initializer):
    @model_validator(mode="after")
    def _ordered(self) -> _Interval:
        low, high = getattr(self, "a"), getattr(self, "b")  # noqa: B009  (declared by the subclasses, with their own defaults)
        if low >= high:
            raise Refusal(
                Message("The lower bound must be less than the upper bound; {a} is not less than {b}.", a=low, b=high)
            )
        return self


class Uniform(_Interval):
    kind = "uniform_"
    roles = EVERYTHING
    label = Message("Uniform")
    summary = Message("Every value between the bounds is as likely: choose the bounds yourself, to see what they do.")
    formula = "U(a, b)"
    source = Message("{torch}; {lecun}", torch=TORCH, lecun=AS_LECUN)
    a: float = option(0.0, Message("Lower bound (a)"))
    b: float = option(1.0, Message("Upper bound (b)"))

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        return _between(self.a, self.b)


class Normal(Initializer):
    kind = "normal_"
    roles = EVERYTHING
    label = Message("Normal")
    summary = Message("A bell curve around the mean: choose its width yourself, to see signals fade or explode.")
    formula = "N(mean, std²)"
    source = Message("{torch}; {lecun}", torch=TORCH, lecun=AS_LECUN)
    mean: float = option(0.0, Message("Mean"))
    std: float = option(1.0, Message("Standard deviation"), ge=0.0)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        return Derivation(
            distributions.normal(self.mean, self.std), (f"mean = {entered(self.mean)}", f"std = {entered(self.std)}")
        )


class TruncNormal(_Interval):
    kind = "trunc_normal_"
    label = Message("Truncated normal")
    summary = Message(
        "A bell curve without its far ends, so that no weight starts out extreme; common in transformers."
    )
    formula = "N(mean, std²) | a ≤ w ≤ b"
    source = Message("{torch}; its moments: {moments}", torch=TORCH, moments=JOHNSON)
    mean: float = option(0.0, Message("Mean"))
    std: float = option(1.0, Message("Standard deviation"), ge=1e-6)
    a: float = option(-2.0, Message("Lower bound (a)"))
    b: float = option(2.0, Message("Upper bound (b)"))

    @model_validator(mode="after")
    def _reachable(self) -> TruncNormal:
        # torch draws until every value falls between the bounds; far out in the tail that takes for ever.
        if not self.a <= self.mean <= self.b:
            raise Refusal(
                Message(
                    "The mean must lie between the bounds; {mean} is not between {a} and {b}.",
                    mean=self.mean,
                    a=self.a,
                    b=self.b,
                )
            )
        return self

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        drawn = distributions.truncated(self.mean, self.std, self.a, self.b)
        if not isinstance(drawn, distributions.TruncatedNormal):  # so short a piece of the bell is as good as flat
            return _between(self.a, self.b)
        low, high = ((bound - self.mean) / self.std for bound in (self.a, self.b))
        moved = (drawn.mean - self.mean) / self.std
        spread = "std · √(1 + (α · φ(α) − β · φ(β)) / Z − m²)"
        return Derivation(
            drawn,
            (
                equation("α", "(a − mean) / std", low, a=self.a, mean=self.mean, std=self.std),
                equation("β", "(b − mean) / std", high, b=self.b, mean=self.mean, std=self.std),
                equation("Z", "Φ(β) − Φ(α)", drawn.kept, α=low, β=high),
                equation("m", "(φ(α) − φ(β)) / Z", moved, α=low, β=high, Z=drawn.kept),
                equation("E[w]", "mean + std · m", drawn.mean, mean=self.mean, std=self.std, m=moved),
                equation("√Var[w]", spread, drawn.std, std=self.std, α=low, β=high, Z=drawn.kept, m=moved),
            ),
        )

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        return 13 * super().nanoseconds(shape)  # drawn again and again until all values are inside


class Constant(Initializer):
    kind = "constant_"
    roles = EVERYTHING
    label = Message("Constant")
    summary = Message(
        "One value everywhere. As weights it makes all neurons of the layer alike, and they stay alike in training."
    )
    formula = "w = val"
    val: float = option(0.5, Message("Value"))

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        return Derivation(distributions.point(self.val), (f"w = val = {entered(self.val)}",))

    def call(self) -> Call:
        return Call("nn.init.constant_", (self.val,))


class Zeros(Initializer):
    kind = "zeros_"
    roles = EVERYTHING
    label = Message("Zeros")
    summary = Message(
        "The usual choice for biases. As weights it makes all neurons alike, so that the layer can't learn."
    )
    formula = "w = 0"

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        return Derivation(distributions.point(0.0), (self.formula,))


class Ones(Initializer):
    kind = "ones_"
    label = Message("Ones")
    summary = Message("Every neuron just adds up its inputs: handy for checking sums by hand, useless for learning.")
    formula = "w = 1"

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        return Derivation(distributions.point(1.0), (self.formula,))


def _between(low: float, high: float) -> Derivation:
    """The uniform distribution between the bounds a and b."""
    drawn = distributions.uniform(low, high)
    mean = equation("mean", "(a + b) / 2", drawn.mean, a=low, b=high)
    return Derivation(drawn, (mean, equation("std", "(b − a) / √12", drawn.std, a=low, b=high)))
