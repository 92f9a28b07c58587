"""What a layer kind is: the call that makes it, the shapes it takes and gives, and the parameters it learns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, SerializeAsAny, field_validator

from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.options import Kind, option, resolver
from builder.initializers import Initializer
from builder.layers.names import check_name
from builder.layers.shapes import RANKS, Products, Shape, TokenShape, added, format_shape, parameter_term
from builder.layers.signature import Signature

Family = Literal[
    "dense",
    "convolution",
    "pooling",
    "recurrent",
    "attention",
    "embedding",
    "activation",
    "output",
    "normalization",
    "regularization",
    "shape",
    "block",
]
FAMILIES: tuple[Family, ...] = get_args(Family)

MAX_SIZE = 1_000_000  # neurons or features of one layer; the count of two such layers still fits 64 bits

LAYERS: dict[str, type[Layer]] = {}


class Layer(Kind):
    """One layer of a network: one `nn.Module`, one node of the drawing, one row of the table.

    A new kind is one subclass with `torch_class`, `family`, `label`, `summary` and `formula`; its options are fields
    named as torch names the arguments. It overrides only what differs from a layer that takes any shape, keeps it and
    learns nothing. `kind` is torch's name of the class unless it says otherwise.

    What takes a `shape` can be asked for those shapes alone to which `unfit` has no objection, but for `unfit`, `takes` and
    `about_rank` themselves; for others it may give or raise anything.
    """

    torch_class: ClassVar[str]  # "nn.Linear", or the name of a class in `builder.layers.modules`
    signature: ClassVar[Signature] = Signature()  # the arguments of the constructor, and of `function`
    ranks: ClassVar[tuple[int, ...]] = ()  # how many axes it takes, without the batch; any number if there are none
    function: ClassVar[str | None] = None  # "torch.sigmoid": how `forward` applies it without a module, if it can
    family: ClassVar[Family]
    formula: ClassVar[str]
    common: ClassVar[bool] = False  # among the first in lists of kinds
    sums_to_one: ClassVar[bool] = False  # do its outputs make a probability distribution?

    name: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "torch_class" in cls.__dict__:
            cls.kind = cls.__dict__.get("kind", cls.torch_class.removeprefix("nn."))
            LAYERS[cls.kind] = cls

    @classmethod
    def stem(cls) -> str:
        """What names of new layers begin with: `linear`, `batchnorm`."""
        return re.sub(r"[123]d$", "", cls.kind).lower()

    @classmethod
    def arriving(cls, name: str, shape: Shape | None) -> Layer:
        """A new layer where `shape` comes in, as a person would want it; None where that is not known."""
        return cls(name=name)

    @field_validator("name")
    @classmethod
    def _usable(cls, name: str) -> str:
        check_name(name)
        return name

    @property
    def frozen(self) -> bool:
        """Is training kept from changing its parameters?"""
        return False

    @property
    def chosen_formula(self) -> str:
        """Its formula, where an option decides on it the one that was chosen."""
        return self.formula

    def unfit(self, shape: Shape) -> Message | None:
        """Why this layer can't take `shape`, with the mend; None if it can. Asked before the methods below."""
        if isinstance(shape, TokenShape):
            return _about_tokens(self.kind, shape)
        return self.problem(shape) if self.takes(shape) else self.about_rank(shape)

    def takes(self, shape: Shape) -> bool:
        """Are these numbers, along as many axes as it needs?"""
        return not isinstance(shape, TokenShape) and (not self.ranks or len(shape) in self.ranks)

    def problem(self, shape: Shape) -> Message | None:
        """Why its options and `shape`, which has one of its `ranks`, do not go together; None if they do."""
        return None

    def about_rank(self, shape: Shape) -> Message:
        """The sentence for a shape of none of its `ranks`."""
        wanted = RANKS[self.ranks[0]]
        return Message(
            "{kind} needs {wanted} but receives {shape}.", kind=self.kind, wanted=wanted, shape=format_shape(shape)
        )

    def mended(self, shape: Shape) -> Layer | None:
        """The same with an option changed so that it takes `shape`; None if no change is the obvious one.

        Asked where `takes` is true and `unfit` is not None. Raises `Refusal` where the option would leave its bounds.
        """
        return None

    def notice(self, rows: int) -> Message | None:
        """What a person should know of this layer with a batch of `rows` rows; None if there is nothing."""
        return None

    def constructor(self, shape: Shape, *, defaults: bool = False) -> Call:
        """The call that makes the module for inputs of `shape`; with `defaults` it has the arguments that are torch's defaults, too."""
        return self.signature.call(self.torch_class, self, shape, defaults=defaults)

    def application(self, shape: Shape) -> Call | None:
        """The call that does the same in `forward` without a module, for a kind that has nothing to keep."""
        return self.signature.call(self.function, self, shape) if self.function else None

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that leaves the layer when `shape` enters it."""
        return shape

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        """The learned parameters, by torch's names, in torch's order."""
        return {}

    def shared_shapes(self, shape: Shape) -> Mapping[str, Shape]:
        """Parameters that are another layer's, the Embedding's, and are counted there."""
        return {}

    def buffer_shapes(self, shape: Shape) -> dict[str, Shape]:
        """What the module keeps but does not learn, by torch's names."""
        return {}

    def initial(self) -> Mapping[str, Initializer]:
        """The chosen initializer of each parameter that has a choice, in the order in which they are drawn."""
        return {}

    def reference(self, name: str, shapes: Mapping[str, Shape]) -> Shape:
        """The shape of the weight by whose fans parameter `name` of those in `shapes` starts out."""
        return shapes["weight"]

    def products(self, shape: Shape) -> Products:
        """The multiplications for one row of the batch, as a sum of products.

        Only those of convolutions, matrices and attention count, as in torch's FLOP counter: one that goes with an addition.
        """
        return ()

    def arithmetic(self, shape: Shape) -> Message:
        """The count of its parameters as it comes about, without the sum: `3 × 3 weights + 3 biases`."""
        terms = [parameter_term(name, of) for name, of in self.parameter_shapes(shape).items()]
        return added(terms) if terms else Message("0")

    def in_words(self, shape: Shape) -> Message:
        """Where its parameters come from, as a teacher says it."""
        return Message("No parameters: there is nothing to learn here.")


AnyLayer = Annotated[SerializeAsAny[Layer], BeforeValidator(resolver(LAYERS))]


class Learned(Layer):
    """A layer with parameters: training changes them unless it is frozen."""

    trainable: bool = option(
        True, Message("Trainable"), Message("Off: frozen, training leaves the parameters as they are.")
    )

    @property
    def frozen(self) -> bool:
        return not self.trainable


def _about_tokens(kind: str, shape: TokenShape) -> Message:
    return Message(
        "{kind} needs numbers to calculate with but receives {n} tokens, which only name words. Add an Embedding before it.",
        kind=kind,
        n=shape[0],
    )
