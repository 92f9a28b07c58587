"""Sequences that are made, for layers that remember: recurrent ones, and attention."""

from __future__ import annotations

from typing import ClassVar

from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.options import option
from builder.network.spec import MAX_SEED
from builder.training.data.base import Data


class Made(Data):
    """Sequences (rows, length) of words, unless said otherwise."""

    made_by: ClassVar[str]

    rows: int = option(500, Message("Sequences"), Message("How many sequences are made."), ge=20, le=5000)
    length: int = option(8, Message("Length"), Message("How many steps a sequence has."), ge=2, le=64)
    seed: int = option(
        0, Message("Seed of the data"), Message("The same seed always makes the same data."), ge=0, le=MAX_SEED
    )

    def call(self) -> Call:
        return Call(self.made_by, keywords={name: getattr(self, name) for name in sorted(type(self).model_fields)})

    @property
    def vocabulary(self) -> int:
        return 2


class Parity(Made):
    kind = "parity"
    made_by = "parity"
    label = Message("Parity")
    summary = Message("Zeros and ones: is the number of ones even (class 0) or odd (class 1)? All steps count alike.")


class Brackets(Made):
    kind = "brackets"
    made_by = "brackets"
    label = Message("Brackets")
    summary = Message("Texts of ( and ): does each bracket that closes have one to close (class 1)?")


class Copying(Made):
    kind = "copy"
    made_by = "copies"
    each_step = True
    label = Message("Copy")
    summary = Message("Symbols, then blanks: the answer says nothing at first, then the symbols again, from memory.")

    symbols: int = option(4, Message("Symbols"), Message("How many different symbols there are."), ge=1, le=20)
    length: int = option(4, Message("Length"), Message("How many symbols are to be remembered."), ge=1, le=32)

    @property
    def vocabulary(self) -> int:
        return self.symbols + 1


class Sine(Made):
    kind = "sine"
    made_by = "sine"
    aim = "number"
    label = Message("Sine waves")
    summary = Message("Pieces of waves, some slow and some fast: what is the next number?")

    length: int = option(16, Message("Length"), Message("How many steps a sequence has."), ge=2, le=64)
    noise: float = option(
        0.05, Message("Noise"), Message("The standard deviation of what every number is moved by."), ge=0.0, le=1.0
    )

    @property
    def vocabulary(self) -> int:
        return 0
