"""What every set of data says of itself, and the data as tensors."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

from torch import Tensor, nn

from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.options import Kind
from builder.layers.shapes import TokenShape, numel
from builder.network.inputs import Features, Image, Input, Sequence, Tokens
from builder.runtime.module import run
from builder.training import recipes

Aim = Literal["class", "number"]
"""What is to be found out of a row: the class it belongs to, or a number."""

DATA: dict[str, type[Data]] = {}  # those that need no file
PLANE = ("x₁", "x₂")


class Data(Kind):
    """A set of data by name and settings: all that a link holds of it. `call` is what makes its tensors."""

    aim: ClassVar[Aim] = "class"
    scaled: ClassVar[bool] = False  # are its columns put on one scale?
    each_step: ClassVar[bool] = False  # is there an answer at each step of a sequence?
    pictures: ClassVar[bool] = False
    needs_file: ClassVar[bool] = False  # its tensors are made of the bytes of a file, which no link holds

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "label" in cls.__dict__ and not cls.needs_file:
            DATA[cls.kind] = cls

    def call(self) -> Call:
        """The call of a function of `recipes` that gives x (rows, …) and y: (rows,), (rows, steps) or (rows, 1) for numbers."""
        raise NotImplementedError

    def names(self, x: Tensor, y: Tensor) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What its columns and its classes are called."""
        columns = PLANE if tuple(x.shape[1:]) == (2,) else ()
        return columns, tuple(str(n) for n in range(int(y.max()) + 1)) if self.aim == "class" else ()

    @property
    def vocabulary(self) -> int:
        """How many words there are where rows are texts, else 0."""
        return 0


@dataclass(frozen=True)
class Dataset:
    """A set of data as tensors: x (rows, …) and y as `Data.call` gives them; the names of columns and classes.

    `remarks` are what was found or done while it was read.
    """

    data: Data
    x: Tensor
    y: Tensor
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    remarks: tuple[Message, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.x)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of one row."""
        return tuple(self.x.shape[1:])

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs of a network that its rows can be given to, the best one first."""
        match self.shape:
            case (length,) if self.data.vocabulary:
                words = self.data.vocabulary
                as_text = Tokens(length=length, vocabulary=words)
                return as_text, Sequence(length=length, features=words), Features(in_features=length)
            case (length, features):
                return Sequence(length=length, features=features), Features(in_features=length * features)
            case (64,) if self.data.pictures:
                return Features(in_features=64), Image(channels=1, height=8, width=8), Sequence(length=8, features=8)
        return (Features(in_features=numel(self.shape)),)

    def arrangement(self, given: Input) -> tuple[Call, ...] | None:
        """The calls that make of x what a network with the input `given` takes; None if it can't take these rows."""
        shape = given.shape
        if isinstance(shape, TokenShape):
            fits = 0 < self.data.vocabulary <= shape.vocabulary and tuple(shape) == self.shape
            return () if fits else None
        if self.data.vocabulary:
            if tuple(shape) == (*self.shape, self.data.vocabulary):
                return (Call("one_hot", (self.data.vocabulary,)),)
            return (Call("as_numbers"),) if tuple(shape) == self.shape else None
        if numel(shape) != numel(self.shape):
            return None
        return () if shape == self.shape else (Call("torch.reshape", ((-1, *shape),)),)


def carried_out(call: Call, *first: object) -> Any:
    """The result of `call`, which names a function of `recipes` or of torch."""
    return run(call, *first, names=_NAMES)


_NAMES = SimpleNamespace(**vars(recipes), nn=nn)
