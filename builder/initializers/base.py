"""The registry of initializers: each is one class here, named as in `torch.nn.init`, with its formula and its source."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, prod, sqrt
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, SerializeAsAny, model_validator

from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.numerals import entered, figures
from builder.core.options import Kind, Refusal, option, resolver
from builder.initializers import distributions
from builder.initializers.distributions import Distribution

Role = Literal["weight", "kernel", "table", "recurrent", "projection", "bias"]
Nonlinearity = Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]

GLOROT = Message("Glorot & Bengio 2010, “Understanding the difficulty of training deep feedforward neural networks”")
HE = Message("He et al. 2015, “Delving deep into rectifiers”")
SAXE = Message(
    "Saxe et al. 2013, “Exact solutions to the nonlinear dynamics of learning in deep linear neural networks”"
)
MARTENS = Message("Martens 2010, “Deep learning via Hessian-free optimization”")
LECUN = Message("LeCun et al. 1998, “Efficient BackProp”")
TORCH = Message("PyTorch documentation, torch.nn.init")
LE = Message("Le, Jaitly & Hinton 2015, “A simple way to initialize recurrent networks of rectified linear units”")
JOHNSON = Message("Johnson, Kotz & Balakrishnan 1994, “Continuous Univariate Distributions” 1, 13.10")
AS_LECUN = Message("with mean 0 and standard deviation 1 / √fan_in: {source}", source=LECUN)

Registry = dict[str, "type[Initializer]"]

# What can be chosen for each kind of parameter: the weight of a Linear layer, of a convolution, of a table of vectors,
# of a recurrent layer, of the projections to queries, keys and values, and a bias.
REGISTRIES: dict[Role, Registry] = {role: {} for role in get_args(Role)}
WEIGHTS, BIASES = REGISTRIES["weight"], REGISTRIES["bias"]
MATRICES: tuple[Role, ...] = ("weight", "table", "recurrent", "projection")
ALL_WEIGHTS: tuple[Role, ...] = (*MATRICES, "kernel")
EVERYTHING: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Derivation:
    """What an initializer draws for one parameter: its distribution, and the lines of arithmetic that lead there."""

    distribution: Distribution
    arithmetic: tuple[str, ...]


def fans(weight: tuple[int, ...]) -> tuple[int, int]:
    """fan_in and fan_out of a weight of this shape: how many numbers enter a neuron, and how many neurons a number enters."""
    return prod(weight[1:]), weight[0] * prod(weight[2:])


class Initializer(Kind):
    """A way to fill a parameter. `kind` is the name of the function in `torch.nn.init`; `formula` says what it draws."""

    roles: ClassVar[tuple[Role, ...]] = ALL_WEIGHTS
    formula: ClassVar[str]
    source: ClassVar[Message] = TORCH

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if "kind" in cls.__dict__:
            for role in cls.roles:
                REGISTRIES[role][cls.kind] = cls

    @abstractmethod
    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        """What it draws for a parameter of `shape` in a layer whose weight has the shape `weight`."""

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        """About how long filling a parameter of `shape` takes on one core, to keep a live build from stalling the page."""
        return 10 * prod(shape)

    def call(self) -> Call | None:
        """The call that fills a parameter; its first argument is the parameter. None: the layer's own default stays."""
        return Call(f"nn.init.{self.kind}", keywords=self.changed())


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
            return _within(1 / sqrt(fan_in), _equation("bound", "1 / √fan_in", 1 / sqrt(fan_in), fan_in=fan_in))
        gain, slope = _gain("leaky_relu", sqrt(5))
        return _within(
            gain * sqrt(3 / fan_in),
            _equation("a", "√5", sqrt(5)),
            slope,
            _equation("bound", "gain · √(3 / fan_in)", gain * sqrt(3 / fan_in), gain=gain, fan_in=fan_in),
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
        return _within(bound, _equation("bound", "1 / √hidden_size", bound, hidden_size=weight[1]))

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
        return _within(bound, _equation("bound", formula, bound, gain=self.gain, fan_in=fan_in, fan_out=fan_out))


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
        equation = _equation("std", formula, std, gain=self.gain, fan_in=fan_in, fan_out=fan_out)
        return Derivation(distributions.normal(0.0, std), (equation,))


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

    def _fan_and_gain(self, weight: tuple[int, ...]) -> tuple[int, float, tuple[str, str]]:
        fan = fans(weight)[self.mode == "fan_out"]
        gain, slope = _gain(self.nonlinearity, self.a)
        return fan, gain, (f"fan = {self.mode} = {fan:,}", slope)


class KaimingUniform(_Kaiming):
    kind = "kaiming_uniform_"
    label = Message("He (Kaiming) uniform")
    summary = Message("For ReLU layers: makes up for the half of the signal that ReLU sets to zero.")
    formula = "U(−b, b), b = gain · √(3 / fan)"

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        fan, gain, before = self._fan_and_gain(weight)
        bound = gain * sqrt(3 / fan)
        return _within(bound, *before, _equation("bound", "gain · √(3 / fan)", bound, gain=gain, fan=fan))


class KaimingNormal(_Kaiming):
    kind = "kaiming_normal_"
    label = Message("He (Kaiming) normal")
    summary = Message(
        "For ReLU layers, drawn from a bell curve: makes up for the half of the signal that ReLU sets to zero."
    )
    formula = "N(0, σ²), σ = gain / √fan"

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        fan, gain, before = self._fan_and_gain(weight)
        std = gain / sqrt(fan)
        return Derivation(
            distributions.normal(0.0, std), (*before, _equation("std", "gain / √fan", std, gain=gain, fan=fan))
        )


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
        distribution = distributions.truncated(self.mean, self.std, self.a, self.b)
        if not isinstance(
            distribution, distributions.TruncatedNormal
        ):  # so short a piece of the bell is as good as flat
            return _between(self.a, self.b)
        low, high = ((bound - self.mean) / self.std for bound in (self.a, self.b))
        moved = (distribution.mean - self.mean) / self.std
        spread = "std · √(1 + (α · φ(α) − β · φ(β)) / Z − m²)"
        return Derivation(
            distribution,
            (
                _equation("α", "(a − mean) / std", low, a=self.a, mean=self.mean, std=self.std),
                _equation("β", "(b − mean) / std", high, b=self.b, mean=self.mean, std=self.std),
                _equation("Z", "Φ(β) − Φ(α)", distribution.kept, α=low, β=high),
                _equation("m", "(φ(α) − φ(β)) / Z", moved, α=low, β=high, Z=distribution.kept),
                _equation("E[w]", "mean + std · m", distribution.mean, mean=self.mean, std=self.std, m=moved),
                _equation(
                    "√Var[w]", spread, distribution.std, std=self.std, α=low, β=high, Z=distribution.kept, m=moved
                ),
            ),
        )

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        return 13 * super().nanoseconds(shape)  # drawn again and again until all values are inside


class Orthogonal(Initializer):
    kind = "orthogonal_"
    label = Message("Orthogonal")
    summary = Message("For very deep networks: a rotation changes no length, so the signal neither fades nor explodes.")
    formula = "W Wᵀ = gain² · I"
    source = SAXE
    gain: float = option(1.0, Message("Gain"), Message("A factor on all weights; √2 ≈ 1.414 suits ReLU."))

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        rows, columns = shape[0], prod(shape[1:])
        side = max(rows, columns)
        distribution = distributions.orthogonal(self.gain, side)
        longer = f"N = max(rows, columns) = max({rows:,}, {columns:,}) = {side:,}"
        return Derivation(
            distribution, (longer, _equation("std", "√(gain² / N)", distribution.std, gain=self.gain, N=side))
        )

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        return super().nanoseconds(shape) + prod(shape) * min(shape[0], prod(shape[1:])) // 10  # a QR decomposition


class Sparse(Initializer):
    kind = "sparse_"
    roles = MATRICES
    label = Message("Sparse")
    summary = Message("Each input reaches only some neurons, which then start out different from each other.")
    formula = "N(0, std²); ⌈sparsity · fan_out⌉ × 0"
    source = MARTENS
    sparsity: float = option(
        0.1, Message("Sparsity"), Message("The share of each column that is set to zero."), ge=0.0, le=1.0
    )
    std: float = option(0.01, Message("Standard deviation"), ge=0.0)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        _, fan_out = fans(weight)
        zeros = ceil(self.sparsity * fan_out)
        distribution = distributions.sparse(zeros / fan_out, self.std)
        counted = f"zeros = ⌈sparsity · fan_out⌉ = ⌈{entered(self.sparsity)} · {fan_out:,}⌉ = {zeros:,}"
        formula = "std · √(1 − zeros / fan_out)"
        spread = _equation("√Var[w]", formula, distribution.std, std=self.std, zeros=zeros, fan_out=fan_out)
        return Derivation(distribution, (counted, spread))

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        return super().nanoseconds(shape) + 40_000 * shape[-1]  # a loop over the columns, in Python

    def call(self) -> Call:
        return Call("nn.init.sparse_", (self.sparsity,), self.changed("sparsity"))


class Eye(Initializer):
    kind = "eye_"
    roles = MATRICES
    label = Message("Identity matrix")
    summary = Message(
        "Passes as many inputs through unchanged as there are neurons: a layer that starts by doing nothing."
    )
    formula = "W = I"
    source = Message("{torch}; in recurrent networks: {source}", torch=TORCH, source=LE)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        rows, columns = shape
        distribution, ones = distributions.identity(rows, columns), min(rows, columns)
        return Derivation(
            distribution,
            (
                f"ones = min(rows, columns) = min({rows:,}, {columns:,}) = {ones:,}",
                _equation("mean", "ones / (rows · columns)", distribution.mean, ones=ones, rows=rows, columns=columns),
                _equation("std", "√(mean · (1 − mean))", distribution.std, mean=distribution.mean),
            ),
        )


class Dirac(Initializer):
    kind = "dirac_"
    roles = ("kernel",)
    label = Message("Dirac (identity)")
    summary = Message(
        "Passes as many channels through unchanged as there are filters: a convolution that starts by doing nothing."
    )
    formula = "w = 1 in the middle of filter i, channel i, else 0"
    source = Message("{torch}; Zagoruyko & Komodakis 2017, “DiracNets”", torch=TORCH)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        ones, count = min(shape[0], shape[1]), prod(shape)
        distribution = distributions.ones(ones / count)
        return Derivation(
            distribution,
            (
                f"ones = min(filters, channels) = min({shape[0]:,}, {shape[1]:,}) = {ones:,}",
                _equation("mean", "ones / count", distribution.mean, ones=ones, count=count),
                _equation("std", "√(mean · (1 − mean))", distribution.std, mean=distribution.mean),
            ),
        )


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


def _within(bound: float, *arithmetic: str) -> Derivation:
    """The uniform distribution from −bound to bound; its standard deviation is the last line of the arithmetic."""
    distribution = distributions.uniform(-bound, bound)
    return Derivation(distribution, (*arithmetic, _equation("std", "bound / √3", distribution.std, bound=bound)))


def _between(low: float, high: float) -> Derivation:
    """The uniform distribution between the bounds a and b."""
    distribution = distributions.uniform(low, high)
    mean = _equation("mean", "(a + b) / 2", distribution.mean, a=low, b=high)
    return Derivation(distribution, (mean, _equation("std", "(b − a) / √12", distribution.std, a=low, b=high)))


def _gain(nonlinearity: Nonlinearity, slope: float) -> tuple[float, str]:
    """What `torch.nn.init.calculate_gain` answers, with its arithmetic; `slope` counts for leaky_relu alone."""
    match nonlinearity:
        case "relu":
            return sqrt(2), _equation("gain(relu)", "√2", sqrt(2))
        case "leaky_relu":
            gain = sqrt(2 / (1 + slope**2))
            return gain, _equation("gain(leaky_relu)", "√(2 / (1 + a²))", gain, a=slope)
        case "tanh":
            return 5 / 3, _equation("gain(tanh)", "5 / 3", 5 / 3)
        case "selu":
            return 3 / 4, _equation("gain(selu)", "3 / 4", 3 / 4)
    return 1.0, f"gain({nonlinearity}) = 1"


def _equation(name: str, formula: str, result: float, **values: float) -> str:
    """`bound = gain / √fan = 1.414 / √3 = 0.8165`: a formula, then with `values` in it, then what it comes to."""

    def number(match: re.Match[str]) -> str:
        value = values[match[0]]
        text = entered(value) if float(f"{value:.4g}") == value else figures(value)
        begins = formula[: match.start()].endswith("(") and not formula[match.end() :].startswith("²")
        return f"({text})" if value < 0 and not begins else text

    letter = "[A-Za-z_α-ω]"
    names = "|".join(rf"(?<!{letter}){name}(?!{letter})" for name in values)
    filled = re.sub(names, number, formula) if values else formula
    return " = ".join(dict.fromkeys([name, formula, filled, figures(result)]))


@dataclass(frozen=True)
class Chosen:
    """Marks a field that holds one of the initializers for parameters of this role."""

    role: Role


def registry_of(kind: type[Kind], field: str) -> Registry:
    """The initializers that the field of `kind` can hold."""
    return next(REGISTRIES[mark.role] for mark in kind.model_fields[field].metadata if isinstance(mark, Chosen))


def _resolver(role: Role) -> BeforeValidator:
    return BeforeValidator(resolver(REGISTRIES[role]))


WeightInitializer = Annotated[SerializeAsAny[Initializer], Chosen("weight"), _resolver("weight")]
KernelInitializer = Annotated[SerializeAsAny[Initializer], Chosen("kernel"), _resolver("kernel")]
TableInitializer = Annotated[SerializeAsAny[Initializer], Chosen("table"), _resolver("table")]
RecurrentInitializer = Annotated[SerializeAsAny[Initializer], Chosen("recurrent"), _resolver("recurrent")]
ProjectionInitializer = Annotated[SerializeAsAny[Initializer], Chosen("projection"), _resolver("projection")]
BiasInitializer = Annotated[SerializeAsAny[Initializer], Chosen("bias"), _resolver("bias")]
INITIALIZERS: Mapping[str, type[Initializer]] = {**WEIGHTS, **BIASES}
