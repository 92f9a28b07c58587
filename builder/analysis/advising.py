"""What an advice is: the sentence, the layers, and the edit that mends it; and how the rules put these together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from builder.analysis.fixes import Mend
from builder.core.messages import Message

View = Literal["layer", "module", "numbers", "softmax"]
"""Where the page shows what is meant: the layer's own options, the values of its weights, the counts, or the outputs."""


@dataclass(frozen=True)
class Advice:
    """One thing to know of a network: where, what and why, and the edit that mends it if there is one.

    After the mend there is no advice of this `kind`. A `problem` stops the network; anything else is a warning.
    """

    kind: str
    paths: tuple[str, ...]
    message: Message
    mend_label: Message | None = None
    mend: Mend | None = field(default=None, compare=False)
    view: View = "layer"
    problem: bool = False


def names(paths: Iterable[str]) -> str | Message:
    """What layers at `paths` are called together: one, two, or the first and how many others."""
    first, *others = paths
    if not others:
        return first
    if len(others) == 1:
        return Message("{first} and {second}", first=first, second=others[0])
    return Message("{first} and {n} others", first=first, n=len(others))


def about(paths: Iterable[str], message: Message) -> Message:
    """`message`, with the layers that it is about before it."""
    return Message("{names}: {message}", names=names(paths), message=message) if paths else message


def setting(option: str, values: Mapping[str, object]) -> Mend:
    """Give `option` of each layer its value, by path."""
    return lambda spec: spec.exchanged(
        {path: (spec.layer(path).with_option(option, value),) for path, value in values.items()}
    )


def removal(paths: Sequence[str]) -> tuple[Message, Mend]:
    """The click that removes the layers at `paths`."""
    return Message("Remove {names}", names=names(paths)), lambda spec: spec.removed(*paths)
