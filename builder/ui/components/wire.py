"""What the parts of the page share: gestures at layers, which are not believed before they are checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """What was done to the layer at `path` and to `others`; for a move, `to` is its new place and `depth` its blocks; `kind` is
    the kind of block to wrap them in."""

    type: str
    path: str
    to: int = 0
    depth: int = 0
    others: tuple[str, ...] = ()
    kind: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.others)


def parse(raw: object, paths: Collection[str], types: Collection[str]) -> Event | None:
    """`raw` as an event of one of `types` on one of `paths`; None if it is anything else. Only its `path` is read."""
    if not isinstance(raw, dict):
        return None
    kind, path = raw.get("type"), raw.get("path")
    if not isinstance(kind, str) or not isinstance(path, str) or kind not in types or path not in paths:
        return None
    return Event(kind, path)


def checked_colors(colors: Mapping[str, str]) -> dict[str, Any]:
    """`colors` as they were; raises ValueError for one that is not `#rrggbb`, since it becomes part of a style."""
    for family, color in colors.items():
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
            raise ValueError(f"The colour of {family} must look like #0072b2, not {color!r}.")
    return dict(colors)
