"""A call of PyTorch as data: printed here, run in `module`, so that code and module cannot drift apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Argument: TypeAlias = "int | float | bool | str | tuple[float | str, ...] | Call | Copies | Name"


@dataclass(frozen=True)
class Name:
    """A variable of a program, which stands for a number: it is printed and never run."""

    name: str

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Copies:
    """As the only argument of a call: `times` results of `call`, each made anew."""

    call: Call
    times: int | Name


@dataclass(frozen=True)
class Call:
    """`Call("nn.Linear", (3, 2), {"bias": False})` stands for `nn.Linear(3, 2, bias=False)`; an argument may be a call."""

    function: str
    positional: tuple[Argument, ...] = ()
    keywords: Mapping[str, Argument] = field(default_factory=dict)

    def text(self, *first: str) -> str:
        """The call as Python on one line; `first` are expressions that go before the call's own arguments."""
        return f"{self.function}({', '.join([*first, *self._arguments()])})"

    def lines(self) -> list[str]:
        """The call as Python, each argument on a line of its own where one of them is a call with arguments."""
        arguments = [*self.positional, *self.keywords.values()]
        if not any(_is_large(argument) for argument in arguments):
            return [self.text()]
        names = [""] * len(self.positional) + [f"{name}=" for name in self.keywords]
        inner = []
        for name, argument in zip(names, arguments, strict=True):
            first, *more = _lines(argument)
            inner += [f"    {line}" for line in [f"{name}{first}", *more]]
            inner[-1] += "," if name or len(arguments) > 1 else ""
        return [f"{self.function}(", *inner, ")"]

    def _arguments(self) -> list[str]:
        return [*map(_expression, self.positional), *(f"{n}={_expression(v)}" for n, v in self.keywords.items())]


def sequential(entries: Mapping[str, Call]) -> Call:
    """The call that makes an `nn.Sequential` of named modules."""
    return Call("nn.Sequential", (named(entries),))


def named(entries: Mapping[str, Call]) -> Call:
    """The call that makes an `OrderedDict` of named modules."""
    return Call("OrderedDict", keywords=entries)


def repeated(call: Call, times: int | Name) -> Call:
    """The call that makes an `nn.Sequential` of `times` modules that `call` makes one by one."""
    return Call("nn.Sequential", (Copies(call, times),))


def _is_large(argument: Argument) -> bool:
    if isinstance(argument, Copies):
        return any(map(_is_large, [*argument.call.positional, *argument.call.keywords.values()]))
    return isinstance(argument, Call) and bool(argument._arguments())


def _lines(argument: Argument) -> list[str]:
    if isinstance(argument, Copies):
        return ["*[", *(f"    {line}" for line in argument.call.lines()), f"    for _ in range({argument.times})", "]"]
    return argument.lines() if isinstance(argument, Call) else [_literal(argument)]


def _expression(argument: Argument) -> str:
    if isinstance(argument, Copies):
        return f"*[{argument.call.text()} for _ in range({argument.times})]"
    return argument.text() if isinstance(argument, Call) else _literal(argument)


def _literal(argument: object) -> str:
    plain = isinstance(argument, str) and argument.isprintable() and '"' not in argument and "\\" not in argument
    return f'"{argument}"' if plain else repr(argument)
