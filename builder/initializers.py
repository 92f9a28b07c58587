"""The registry of initializers: each is one class here, named as in `torch.nn.init`, with its formula and its source."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, SerializeAsAny, model_validator

from builder.call import Call
from builder.messages import Message
from builder.options import Kind, Refusal, option, resolver

Role = Literal["weight", "bias"]
Nonlinearity = Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]

GLOROT = Message("Glorot & Bengio 2010, “Understanding the difficulty of training deep feedforward neural networks”")
HE = Message("He et al. 2015, “Delving deep into rectifiers”")
SAXE = Message(
    "Saxe et al. 2013, “Exact solutions to the nonlinear dynamics of learning in deep linear neural networks”"
)
MARTENS = Message("Martens 2010, “Deep learning via Hessian-free optimization”")
TORCH = Message("PyTorch documentation, torch.nn.init")

WEIGHTS: dict[str, type[Initializer]] = {}
BIASES: dict[str, type[Initializer]] = {}


class Initializer(Kind):
    """A way to fill a parameter. `kind` is the name of the function in `torch.nn.init`; `formula` says what it draws."""

    roles: ClassVar[tuple[Role, ...]] = ("weight",)
    formula: ClassVar[str]
    source: ClassVar[Message] = TORCH

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if "kind" in cls.__dict__:
            for role in cls.roles:
                {"weight": WEIGHTS, "bias": BIASES}[role][cls.kind] = cls

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        """About how long filling a parameter of `shape` takes on one core, to keep a live build from stalling the page."""
        return 10 * prod(shape)

    def call(self) -> Call | None:
        """The call that fills a parameter; its first argument is the parameter. None: the layer's own default stays."""
        return Call(f"nn.init.{self.kind}", keywords=self.changed())


class Default(Initializer):
    kind = "default"
    roles = ("weight", "bias")
    label = Message("PyTorch default")
    summary = Message("What nn.Linear does by itself; fine to start with, and not tuned to any activation.")
    formula = "U(−b, b), b = 1 / √fan_in"
    source = Message("PyTorch documentation, torch.nn.Linear")

    def call(self) -> None:
        return None


class XavierUniform(Initializer):
    kind = "xavier_uniform_"
    label = Message("Xavier uniform")
    summary = Message("For sigmoid and tanh layers: keeps the signal's variance about equal forwards and backwards.")
    formula = "U(−b, b), b = gain · √(6 / (fan_in + fan_out))"
    source = GLOROT
    gain: float = option(1.0, Message("Gain"), Message("A factor on all weights; 5/3 suits tanh."), ge=0.0)


class XavierNormal(Initializer):
    kind = "xavier_normal_"
    label = Message("Xavier normal")
    summary = Message("As Xavier uniform, but drawn from a bell curve: for sigmoid and tanh layers.")
    formula = "N(0, σ²), σ = gain · √(2 / (fan_in + fan_out))"
    source = GLOROT
    gain: float = option(1.0, Message("Gain"), Message("A factor on all weights; 5/3 suits tanh."), ge=0.0)


class _Kaiming(Initializer):
    source = HE
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


class KaimingUniform(_Kaiming):
    kind = "kaiming_uniform_"
    label = Message("He (Kaiming) uniform")
    summary = Message("For ReLU layers: makes up for the half of the signal that ReLU sets to zero.")
    formula = "U(−b, b), b = gain · √(3 / fan)"


class KaimingNormal(_Kaiming):
    kind = "kaiming_normal_"
    label = Message("He (Kaiming) normal")
    summary = Message(
        "For ReLU layers, drawn from a bell curve: makes up for the half of the signal that ReLU sets to zero."
    )
    formula = "N(0, σ²), σ = gain / √fan"


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
    roles = ("weight", "bias")
    label = Message("Uniform")
    summary = Message("Every value between the bounds is as likely: choose the bounds yourself, to see what they do.")
    formula = "U(a, b)"
    a: float = option(0.0, Message("Lower bound (a)"))
    b: float = option(1.0, Message("Upper bound (b)"))


class Normal(Initializer):
    kind = "normal_"
    roles = ("weight", "bias")
    label = Message("Normal")
    summary = Message("A bell curve around the mean: choose its width yourself, to see signals fade or explode.")
    formula = "N(mean, std²)"
    mean: float = option(0.0, Message("Mean"))
    std: float = option(1.0, Message("Standard deviation"), ge=0.0)


class TruncNormal(_Interval):
    kind = "trunc_normal_"
    label = Message("Truncated normal")
    summary = Message(
        "A bell curve without its far ends, so that no weight starts out extreme; common in transformers."
    )
    formula = "N(mean, std²) | a ≤ w ≤ b"
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

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        return 13 * super().nanoseconds(shape)  # drawn again and again until all values are inside


class Orthogonal(Initializer):
    kind = "orthogonal_"
    label = Message("Orthogonal")
    summary = Message("For very deep networks: a rotation changes no length, so the signal neither fades nor explodes.")
    formula = "W Wᵀ = gain² · I"
    source = SAXE
    gain: float = option(1.0, Message("Gain"), Message("A factor on all weights; √2 ≈ 1.414 suits ReLU."))

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        return super().nanoseconds(shape) + prod(shape) * min(shape) // 10  # a QR decomposition


class Sparse(Initializer):
    kind = "sparse_"
    label = Message("Sparse")
    summary = Message("Each input reaches only some neurons, which then start out different from each other.")
    formula = "N(0, std²); ⌈sparsity · fan_out⌉ × 0"
    source = MARTENS
    sparsity: float = option(
        0.1, Message("Sparsity"), Message("The share of each column that is set to zero."), ge=0.0, le=1.0
    )
    std: float = option(0.01, Message("Standard deviation"), ge=0.0)

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        return super().nanoseconds(shape) + 40_000 * shape[-1]  # a loop over the columns, in Python

    def call(self) -> Call:
        return Call("nn.init.sparse_", (self.sparsity,), self.changed("sparsity"))


class Eye(Initializer):
    kind = "eye_"
    label = Message("Identity matrix")
    summary = Message(
        "Passes as many inputs through unchanged as there are neurons: a layer that starts by doing nothing."
    )
    formula = "W = I"


class Constant(Initializer):
    kind = "constant_"
    roles = ("weight", "bias")
    label = Message("Constant")
    summary = Message(
        "One value everywhere. As weights it makes all neurons of the layer alike, and they stay alike in training."
    )
    formula = "w = val"
    val: float = option(0.5, Message("Value"))

    def call(self) -> Call:
        return Call("nn.init.constant_", (self.val,))


class Zeros(Initializer):
    kind = "zeros_"
    roles = ("weight", "bias")
    label = Message("Zeros")
    summary = Message(
        "The usual choice for biases. As weights it makes all neurons alike, so that the layer can't learn."
    )
    formula = "w = 0"


class Ones(Initializer):
    kind = "ones_"
    label = Message("Ones")
    summary = Message("Every neuron just adds up its inputs: handy for checking sums by hand, useless for learning.")
    formula = "w = 1"


WeightInitializer = Annotated[SerializeAsAny[Initializer], BeforeValidator(resolver(WEIGHTS))]
BiasInitializer = Annotated[SerializeAsAny[Initializer], BeforeValidator(resolver(BIASES))]
INITIALIZERS: Mapping[str, type[Initializer]] = {**WEIGHTS, **BIASES}
