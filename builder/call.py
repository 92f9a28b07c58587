"""A call of PyTorch as data: printed here, run in `module`, so that code and module cannot drift apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Argument: TypeAlias = "int | float | bool | str | Call"


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
        if not any(isinstance(argument, Call) and any(argument._arguments()) for argument in arguments):
            return [self.text()]
        names = [""] * len(self.positional) + [f"{name}=" for name in self.keywords]
        inner = []
        for name, argument in zip(names, arguments, strict=True):
            first, *more = argument.lines() if isinstance(argument, Call) else [repr(argument)]
            inner += [f"    {line}" for line in [f"{name}{first}", *more]]
            inner[-1] += "," if name or len(arguments) > 1 else ""
        return [f"{self.function}(", *inner, ")"]

    def _arguments(self) -> list[str]:
        return [*map(_expression, self.positional), *(f"{n}={_expression(v)}" for n, v in self.keywords.items())]


def _expression(argument: Argument) -> str:
    return argument.text() if isinstance(argument, Call) else repr(argument)


def sequential(entries: Mapping[str, Call]) -> Call:
    """The call that makes an `nn.Sequential` of named modules."""
    return Call("nn.Sequential", (Call("OrderedDict", keywords=entries),))
