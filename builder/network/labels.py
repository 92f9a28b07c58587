"""What a person calls the numbers that go in and the classes that come out: words for people, which no calculation knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any
from unicodedata import category

from pydantic import FailFast, Field, field_validator

from builder.core.messages import Message
from builder.core.options import Frozen, Refusal

MAX_LABELS = 100
MAX_LABEL = 40  # characters
SIGNS = (
    " _-./+:()%°#"  # beside letters and digits: nothing that begins or ends something in a program, a page or a drawing
)


class Labels(Frozen):
    """Names of input features and of classes, in their order; where there is none, they are numbered."""

    features: Annotated[tuple[str, ...], FailFast()] = Field((), strict=False)
    classes: Annotated[tuple[str, ...], FailFast()] = Field((), strict=False)

    @field_validator("features", "classes", mode="before")
    @classmethod
    def _bounded(cls, given: object) -> object:
        if isinstance(given, list | tuple) and len(given) > MAX_LABELS:
            raise Refusal(Message("Here are {n} names; at most {limit} can be given.", n=len(given), limit=MAX_LABELS))
        return given

    @field_validator("features", "classes")
    @classmethod
    def _readable(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for at, label in enumerate(given):
            _check(label, given[:at])
        return given

    @property
    def given(self) -> dict[str, tuple[str, ...]]:
        """What has names."""
        return {name: labels for name in ("features", "classes") if (labels := getattr(self, name))}

    def feature(self, n: int) -> Message:
        """What the input with the number `n`, counted from 0, is called."""
        return _named(self.features, n) or Message("x{n}", n=n + 1)

    def class_(self, n: int) -> Message:
        """What the class with the number `n`, counted from 0, is called."""
        return _named(self.classes, n) or Message("class {n}", n=n + 1)


def read_labels(typed: str) -> tuple[str, ...]:
    """The names in what a person typed, separated by commas."""
    return tuple(word.strip() for word in re.split("[,，、;；\n\t]", typed) if word.strip())


def _named(labels: Sequence[str], n: int) -> Message | None:
    return Message("{name}", name=labels[n]) if n < len(labels) else None


def _check(label: str, before: Sequence[str]) -> None:
    shown: dict[str, Any] = {"name": "".join(sign for sign in label[:MAX_LABEL] if sign.isprintable())}
    if len(label) > MAX_LABEL:
        raise Refusal(
            Message("A name has at most {limit} characters; this one has {n}.", limit=MAX_LABEL, n=len(label))
        )
    if not label.strip() or label != label.strip() or not all(map(is_allowed, label)):
        raise Refusal(
            Message(
                "“{name}” can't be a name here: use letters, digits, blanks and {signs}.", signs=SIGNS.strip(), **shown
            )
        )
    if label in before:
        raise Refusal(Message("“{name}” is there twice; each needs a name of its own.", **shown))


def is_allowed(sign: str) -> bool:
    """May `sign` stand in a label?"""
    return sign in SIGNS or category(sign)[0] in "LMN"
