"""What a network is given: the kinds of input, and what a batch of each can be drawn from."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, SerializeAsAny

from builder.core.messages import Message, counted
from builder.core.options import Kind, option, resolver
from builder.layers.base import MAX_SIZE
from builder.layers.shapes import Shape, TokenShape, format_shape

Distribution = Literal["normal", "uniform", "zeros", "ones", "one-hot", "digits"]
MAX_SIDE = 10_000  # pixels, or steps of a sequence

INPUTS: dict[str, type[Input]] = {}


class Input(Kind):
    """A kind of input; `distributions` are what its numbers can be drawn from, the usual one first."""

    distributions: ClassVar[tuple[Distribution, ...]] = ("normal", "uniform", "zeros", "ones")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        INPUTS[cls.kind] = cls

    @property
    @abstractmethod
    def shape(self) -> Shape:
        """The shape of one row, without the batch axis."""

    @abstractmethod
    def in_words(self) -> Message:
        """What one row is."""

    def drawn_from(self, asked: Distribution) -> Distribution:
        """`asked` if it makes sense for this input, otherwise the usual one."""
        return asked if asked in self.distributions else self.distributions[0]


class Features(Input):
    """Each row is a flat vector of `in_features` numbers."""

    kind = "features"
    label = Message("Features (a flat vector)")
    summary = Message("How many numbers describe one example.")
    distributions = ("normal", "uniform", "zeros", "ones", "one-hot")

    in_features: int = option(
        3, Message("Input features"), Message("How many numbers describe one example."), ge=1, le=MAX_SIZE
    )

    @property
    def shape(self) -> Shape:
        return (self.in_features,)

    def in_words(self) -> Message:
        return counted("{n} feature", "{n} features", n=self.in_features)


class Image(Input):
    """Each row is an image, or with a depth a volume of such slices."""

    kind = "image"
    label = Message("Image")
    summary = Message("Channels × height × width: 1 channel is grey, 3 are red, green and blue.")
    distributions = ("normal", "uniform", "zeros", "ones", "digits")

    channels: int = option(
        1, Message("Channels"), Message("1 for grey images, 3 for coloured ones."), ge=1, le=MAX_SIDE
    )
    height: int = option(28, Message("Height"), Message("How many rows of pixels."), ge=1, le=MAX_SIDE)
    width: int = option(28, Message("Width"), Message("How many columns of pixels."), ge=1, le=MAX_SIDE)
    depth: int = option(
        0,
        Message("Depth"),
        Message("0 for images; for volumes, such as a scan or a film, how many slices."),
        ge=0,
        le=MAX_SIDE,
    )

    @property
    def shape(self) -> Shape:
        return (self.channels, *([self.depth] if self.depth else []), self.height, self.width)

    def in_words(self) -> Message:
        return Message("an image of {shape}", shape=format_shape(self.shape))

    def drawn_from(self, asked: Distribution) -> Distribution:
        return "normal" if asked == "digits" and self.depth else super().drawn_from(asked)


class Sequence(Input):
    """Each row is a sequence of steps, each of them a vector."""

    kind = "sequence"
    label = Message("Sequence of vectors")
    summary = Message("Length × features: such as the measurements of each hour of a day.")

    length: int = option(16, Message("Length"), Message("How many steps the sequence has."), ge=1, le=MAX_SIDE)
    features: int = option(8, Message("Features"), Message("How many numbers each step has."), ge=1, le=MAX_SIZE)

    @property
    def shape(self) -> Shape:
        return (self.length, self.features)

    def in_words(self) -> Message:
        return counted(
            "{n} step of {features}",
            "{n} steps of {features}",
            n=self.length,
            features=counted("{n} feature", "{n} features", n=self.features),
        )


class Tokens(Input):
    """Each row is a text: a sequence of whole numbers that name words of a vocabulary."""

    kind = "tokens"
    label = Message("Tokens (words of a text)")
    summary = Message("Whole numbers that name words of a vocabulary; an Embedding makes vectors of them.")
    distributions = ("uniform", "zeros")

    length: int = option(16, Message("Length"), Message("How many words a text has."), ge=1, le=MAX_SIDE)
    vocabulary: int = option(
        1000, Message("Vocabulary"), Message("How many different words there are."), ge=1, le=MAX_SIZE
    )

    @property
    def shape(self) -> TokenShape:
        return TokenShape((self.length,), self.vocabulary)

    def in_words(self) -> Message:
        return counted(
            "{n} token of {vocabulary}",
            "{n} tokens of {vocabulary}",
            n=self.length,
            vocabulary=counted("{n} word", "{n} words", n=self.vocabulary),
        )


AnyInput = Annotated[SerializeAsAny[Input], BeforeValidator(resolver(INPUTS))]
