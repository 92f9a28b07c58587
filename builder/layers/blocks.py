"""Blocks: layers that hold layers of their own, and how the data flows through these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar

from pydantic import FailFast, Field, field_validator

from builder.core.messages import Message, counted
from builder.core.options import Refusal, option
from builder.layers.base import AnyLayer, Layer
from builder.layers.convolution import Conv2d
from builder.layers.linear import Linear
from builder.layers.merges import SUM, Merge, MergeKind
from builder.layers.names import check_names, free_name
from builder.layers.normalization import BatchNorm2d
from builder.layers.shapes import Shape, format_shape

T = TypeVar("T")
MAX_TIMES = 1000


class Block(Layer):
    """Layers under one name. In its code, its drawing and its plan the data flows as `through` says."""

    family = "block"

    trainable: bool = option(
        True,
        Message("Trainable"),
        Message("Off: all that is inside is frozen, training leaves its parameters as they are."),
    )
    # What follows a mistake is not looked at.
    layers: Annotated[tuple[AnyLayer, ...], FailFast()] = Field((), strict=False)

    @field_validator("layers")
    @classmethod
    def _names_differ(cls, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        check_names(layer.name for layer in layers)
        return layers

    @property
    def frozen(self) -> bool:
        return not self.trainable

    @property
    def copies(self) -> int:
        """How many copies of what is inside stand one behind the other, each with parameters of its own."""
        return 1

    def through(self, x: T, each: Callable[[Layer, T], T], merge: Callable[[Merge, Sequence[T]], T]) -> T:
        """What becomes of `x`, whatever it is – a shape, a tensor, a node of a drawing: `each` sends it through a layer."""
        for layer in self.layers:
            x = each(layer, x)
        return x

    def changed_shape(self, before: Shape, after: Shape) -> Message | None:
        """Why what is inside may not make `after` of `before`; None if it may."""
        return None

    def merge_said(self, shape: Shape, shapes: Mapping[str, Shape]) -> Message | None:
        """What happens where ways come together, beyond what the block says of itself: `shapes` leave the layers in it."""
        said: list[Message] = []

        def merge(how: Merge, ways: Sequence[Shape]) -> Shape:
            said.extend(filter(None, [how.said(ways)]))
            return how.shape(ways)

        self.through(shape, lambda layer, _: shapes[layer.name], merge)
        return said[0] if said else None

    def mended_inside(self, before: Shape, shapes: Sequence[Shape]) -> Layer | None:
        """The same, changed so that `shapes`, which it could not merge, fit; None if no change is the obvious one."""
        return None


class Group(Block):
    torch_class = "nn.Sequential"
    label = Message("Group (nn.Sequential)")
    summary = Message("Layers in a row under one name: a part of the network to name, move and copy as one.")
    formula = "y = fₙ(… f₂(f₁(x)))"

    @classmethod
    def stem(cls) -> str:
        return "block"

    def in_words(self, shape: Shape) -> Message:
        return counted("A group of {n} layer", "A group of {n} layers", n=len(self.layers))


class Shortcut(Group):
    torch_class = "Shortcut"
    label = Message("Shortcut of a residual block")
    summary = Message(
        "The way around the other layers of a residual block, with layers of its own where shapes differ."
    )
    formula = "s(x)"

    @classmethod
    def stem(cls) -> str:
        return "shortcut"


class Residual(Block):
    torch_class = "Residual"
    label = Message("Residual block")
    summary = Message(
        "Adds what goes in to what comes out, so that the layers inside only learn the difference, and the gradient finds a way past them."
    )
    formula = "y = f(x) + x"

    @field_validator("layers")
    @classmethod
    def _one_shortcut(cls, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        if sum(isinstance(layer, Shortcut) for layer in layers) > 1:
            raise Refusal(Message("A residual block has one shortcut at most."))
        return layers

    @property
    def shortcut(self) -> Shortcut | None:
        return next((layer for layer in self.layers if isinstance(layer, Shortcut)), None)

    def through(self, x: T, each: Callable[[Layer, T], T], merge: Callable[[Merge, Sequence[T]], T]) -> T:
        y = x
        for layer in self.layers:
            if not isinstance(layer, Shortcut):
                y = each(layer, y)
        return merge(SUM, [y, each(self.shortcut, x) if self.shortcut else x])

    def mended_inside(self, before: Shape, shapes: Sequence[Shape]) -> Layer | None:
        """With a shortcut that brings `before` to the shape of the body: a 1 × 1 convolution as in ResNet, or a Linear layer."""
        after = shapes[0]
        if self.shortcut is not None or not after or len(before) != len(after):
            return None
        name = free_name("shortcut", {layer.name for layer in self.layers}) if self._has("shortcut") else "shortcut"
        projection = _projection(before, after)
        if not projection:
            return None
        return self.with_option("layers", (*self.layers, Shortcut(name=name, layers=projection)))

    def _has(self, name: str) -> bool:
        return any(layer.name == name for layer in self.layers)

    def in_words(self, shape: Shape) -> Message:
        return Message("What the layers inside make of the input is added to the input")


def _projection(before: Shape, after: Shape) -> tuple[Layer, ...]:
    if len(before) == 3:
        stride = -(-before[1] // after[1])
        conv = Conv2d(name="conv1", out_channels=after[0], kernel_size=1, stride=stride, bias=False)
        fits = conv.output_shape(before) == after
        return (conv, BatchNorm2d(name="batchnorm1")) if fits else ()
    return (Linear(name="linear1", out_features=after[-1]),) if before[:-1] == after[:-1] else ()


class Branches(Block):
    torch_class = "Branches"
    label = Message("Branches")
    summary = Message("Each layer or group inside is a branch: all get the same input, and their outputs are merged.")
    formula = "y = [f₁(x), f₂(x), …]"

    merge: MergeKind = option(
        "concatenate",
        Message("Merge by"),
        Message("How the outputs of the branches become one: side by side, added, or multiplied."),
    )
    dim: int = option(
        1, Message("Axis (dim)"), Message("Along which axis outputs are put side by side: 1 for channels or features."), ge=1, le=4
    )  # fmt: skip

    def through(self, x: T, each: Callable[[Layer, T], T], merge: Callable[[Merge, Sequence[T]], T]) -> T:
        if not self.layers:
            return x
        return merge(Merge(self.merge, self.dim), [each(layer, x) for layer in self.layers])

    def mended_inside(self, before: Shape, shapes: Sequence[Shape]) -> Layer | None:
        """Put side by side, along the first axis on which that is possible."""
        for dim in range(1, len(shapes[0]) + 1):
            if Merge("concatenate", dim).problem(shapes) is None:
                return self.with_option("merge", "concatenate").with_option("dim", dim)
        return None

    def in_words(self, shape: Shape) -> Message:
        return counted("{n} branch side by side", "{n} branches side by side", n=len(self.layers))


class Repeat(Block):
    kind = "Repeat"
    torch_class = "nn.Sequential"
    label = Message("Repeat")
    summary = Message("The layers inside several times in a row, each time with weights of their own.")
    formula = "y = f⁽ⁿ⁾(… f⁽²⁾(f⁽¹⁾(x)))"

    times: int = option(2, Message("Times"), Message("How many copies stand one behind the other."), ge=1, le=MAX_TIMES)

    @property
    def copies(self) -> int:
        return self.times

    def changed_shape(self, before: Shape, after: Shape) -> Message | None:
        if self.times == 1 or tuple(before) == tuple(after):
            return None
        return Message(
            "{before} goes into what is repeated and {after} comes out, so the next copy can't take it. What is repeated must "
            "keep the shape: put the layer that changes it before the repeat.",
            before=format_shape(before),
            after=format_shape(after),
        )

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("times", 1)

    def in_words(self, shape: Shape) -> Message:
        return counted("{n} copy, one behind the other", "{n} copies, one behind the other", n=self.times)
