"""What an initializer is, for which parameters each can be chosen, and the papers that they come from."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from math import prod
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BeforeValidator, SerializeAsAny

from builder.core.arithmetic import equation
from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.options import Kind, resolver
from builder.initializers import distributions
from builder.initializers.distributions import Distribution

Role = Literal["weight", "kernel", "table", "recurrent", "projection", "bias"]

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

    @abstractmethod
    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        """What it draws for a parameter of `shape` in a layer whose weight has the shape `weight`."""

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        """About how long filling a parameter of `shape` takes on one core, to keep a live build from stalling the page."""
        return 10 * prod(shape)

    def call(self) -> Call | None:
        """The call that fills a parameter; its first argument is the parameter. None: the layer's own default stays."""
        return Call(f"nn.init.{self.kind}", keywords=self.changed())


def register(*kinds: type[Initializer]) -> None:
    """Let each be chosen for the parameters of its roles; lists show them in this order."""
    for kind in kinds:
        for role in kind.roles:
            REGISTRIES[role][kind.kind] = kind


def within(bound: float, *arithmetic: str) -> Derivation:
    """The uniform distribution from −bound to bound; its standard deviation is the last line of the arithmetic."""
    drawn = distributions.uniform(-bound, bound)
    return Derivation(drawn, (*arithmetic, equation("std", "bound / √3", drawn.std, bound=bound)))


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
