"""A call of PyTorch as data: printed here, run in `module`, so that code and module cannot drift apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Argument = int | float | bool | str


@dataclass(frozen=True)
class Call:
    """`Call("nn.Linear", (3, 2), {"bias": False})` stands for `nn.Linear(3, 2, bias=False)`."""

    function: str
    positional: tuple[Argument, ...] = ()
    keywords: Mapping[str, Argument] = field(default_factory=dict)

    def text(self, *first: str) -> str:
        """The call as Python; `first` are expressions that go before the call's own arguments."""
        own = [repr(value) for value in self.positional]
        named = [f"{name}={value!r}" for name, value in self.keywords.items()]
        return f"{self.function}({', '.join([*first, *own, *named])})"
