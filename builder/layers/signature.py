"""The arguments of a kind's constructor, declared once: a layer's call follows from it, and the options from a call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from builder.core.calls import Argument, Call
from builder.core.options import Kind, options_of
from builder.initializers import Initializer
from builder.layers.shapes import Shape

Told = dict[str, Any] | None  # options by name; None where the argument can't be told as options


class Slot(ABC):
    """One argument: where its value comes from, and what a value says of the options."""

    @property
    def options(self) -> tuple[str, ...]:
        """The options that it writes."""
        return ()

    @property
    def is_constant(self) -> bool:
        """Is its value always the same, where it is written?"""
        return False

    def is_written(self, layer: Kind) -> bool:
        """Does it stand in the call of `layer`?"""
        return True

    @abstractmethod
    def value(self, layer: Kind, shape: Shape) -> Argument:
        """What `layer` writes here for inputs of `shape`."""

    @abstractmethod
    def told(self, value: Argument) -> Told:
        """The options with which a layer writes `value` here."""


@dataclass(frozen=True)
class FromOption(Slot):
    """The option of that name; of several names a tuple."""

    name: str | tuple[str, ...]

    @property
    def options(self) -> tuple[str, ...]:
        return (self.name,) if isinstance(self.name, str) else self.name

    def value(self, layer: Kind, shape: Shape) -> Argument:
        values = tuple(getattr(layer, name) for name in self.options)
        return values[0] if isinstance(self.name, str) else values

    def told(self, value: Argument) -> Told:
        values = (value,) if isinstance(self.name, str) else value
        if not isinstance(values, tuple) or len(values) != len(self.options):
            return None
        return dict(zip(self.options, values, strict=True))


@dataclass(frozen=True)
class FromShape(Slot):
    """The size of an axis of what comes in, or what a function makes of its shape: a number, or a shape.

    A shape of one axis is written as a person would, without brackets. `unless` is an option that goes before if it is not 0.
    """

    of: int | Callable[[Shape], int | Shape]
    unless: str | None = None

    @property
    def options(self) -> tuple[str, ...]:
        return (self.unless,) if self.unless else ()

    def value(self, layer: Kind, shape: Shape) -> Argument:
        chosen: int = getattr(layer, self.unless) if self.unless else 0
        made = chosen or (shape[self.of] if isinstance(self.of, int) else self.of(shape))
        return made[0] if isinstance(made, tuple) and len(made) == 1 else made

    def told(self, value: Argument) -> Told:
        return {self.unless: value} if self.unless else {}


@dataclass(frozen=True)
class Constant(Slot):
    """Always the same."""

    constant: bool | int | float | str
    is_constant = True

    def value(self, layer: Kind, shape: Shape) -> Argument:
        return self.constant

    def told(self, value: Argument) -> Told:
        return {} if (type(value), value) == (type(self.constant), self.constant) else None


@dataclass(frozen=True)
class Switch(Slot):
    """A keyword that is written only while `option`, which is no argument itself, is on: then with the value of `then`."""

    option: str
    then: FromShape | Constant

    @property
    def options(self) -> tuple[str, ...]:
        return (self.option,)

    @property
    def is_constant(self) -> bool:
        return self.then.is_constant

    def is_written(self, layer: Kind) -> bool:
        return bool(getattr(layer, self.option))

    def value(self, layer: Kind, shape: Shape) -> Argument:
        return self.then.value(layer, shape)

    def told(self, value: Argument) -> Told:
        return None if self.then.told(value) is None else {self.option: True}


Declared = Slot | str | tuple[str, ...] | bool | int | float


class Signature:
    """The arguments as a call has them: `Signature(FromShape(-1), "out_features", bias=False)`.

    A word is the option of that name, a tuple of words is a tuple of these options, and any other value is always the same.
    Options that it does not name follow as keywords where they differ from their defaults, which are torch's, and behind
    them the keywords that are always the same. What is no argument – `trainable`, initializers – is left out.
    """

    def __init__(self, *positional: Declared, **keywords: Declared) -> None:
        self.positional = tuple(map(_slot, positional))
        self.keywords = {name: _slot(declared) for name, declared in keywords.items()}
        self._named = {name for slot in (*self.positional, *self.keywords.values()) for name in slot.options}

    def call(self, function: str, layer: Kind, shape: Shape, *, defaults: bool = False) -> Call:
        """The call of `function` with the arguments of `layer` for inputs of `shape`; with `defaults` also of those that are torch's."""
        written = {name: slot for name, slot in self.keywords.items() if slot.is_written(layer)}
        values = {name: slot.value(layer, shape) for name, slot in written.items()}
        last = {name: values.pop(name) for name, slot in written.items() if slot.is_constant}
        further = self.further(type(layer))
        now = {name: getattr(layer, name) for name in further}
        changed = {name: value for name, value in now.items() if defaults or value != further[name]}
        return Call(function, tuple(slot.value(layer, shape) for slot in self.positional), values | changed | last)

    def options(self, kind: type[Kind], call: Call) -> Told:
        """The options with which a layer of `kind` makes `call`, written as above; None if there are none.

        What the shape decides is not looked at: whether it suits a shape shows the call that the layer makes for it.
        """
        always = {name for name, slot in self.keywords.items() if not isinstance(slot, Switch)}
        if len(call.positional) != len(self.positional) or not always <= call.keywords.keys():
            return None
        told = [slot.told(value) for slot, value in zip(self.positional, call.positional, strict=True)]
        told += [self._told(kind, name, value) for name, value in call.keywords.items()]
        return None if None in told else {name: value for each in told if each for name, value in each.items()}

    def _told(self, kind: type[Kind], name: str, value: Argument) -> Told:
        found = self.keywords[name].told(value) if name in self.keywords else None
        return {name: value} if found is None and name in self.further(kind) else found

    def further(self, kind: type[Kind]) -> Mapping[str, Any]:
        """The arguments that it does not name, with their defaults."""
        return {name: default for name, default in _arguments(kind).items() if name not in self._named}


def _slot(declared: Declared) -> Slot:
    if isinstance(declared, Slot):
        return declared
    return FromOption(declared) if isinstance(declared, str | tuple) else Constant(declared)


@cache
def _arguments(kind: type[Kind]) -> Mapping[str, Any]:
    """The options of `kind` that are arguments of its constructor, with their defaults."""
    options = [option for option in options_of(kind) if option.name != "trainable"]
    return {option.name: option.default for option in options if not isinstance(option.default, Initializer)}
