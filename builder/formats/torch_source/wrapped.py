"""Lines of a program that are no longer than its width, broken where a formatter breaks them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

WIDTH = 120  # of the longest line
OPENING, CLOSING = "([{", ")]}"


def wrapped(lines: Sequence[str]) -> list[str]:
    """`lines`, those that are too long on several; what has no bracket to break at stays as it is."""
    return [part for line in lines for part in _wrapped(line)]


def _wrapped(line: str) -> list[str]:
    if len(line) <= WIDTH or line.lstrip().startswith("#"):
        return [line]
    found = _last_bracket(line)
    if found is None:
        return [line]
    start, end = found
    indent = line[: len(line) - len(line.lstrip())]
    items = _items(line[start + 1 : end])
    first, last = line[: start + 1], indent + line[end:]
    if line[start] == "[" and " for " in items[-1]:
        made, _, over = items[-1].rpartition(" for ")
        return [first, *wrapped([f"{indent}    {made}", f"{indent}    for {over}"]), last]
    whole = f"{indent}    {', '.join(items)}"
    if len(whole) <= WIDTH and not line[start + 1 : end].rstrip().endswith(","):
        return [first, whole, last]
    ends = "," if len(items) > 1 or "=" in items[0] else ""
    return [first, *wrapped([f"{indent}    {item}{ends}" for item in items]), last] if ends or items else [line]


def _last_bracket(line: str) -> tuple[int, int] | None:
    """Where the last bracket of the line that is in no other opens and closes, if there is something in it."""
    depth, start, found = 0, 0, None
    for at, sign in enumerate(line):
        if sign in OPENING:
            start, depth = (at if depth == 0 else start), depth + 1
        elif sign in CLOSING:
            depth -= 1
            if depth == 0 and at > start + 1:
                found = start, at
    return found


def _items(text: str) -> list[str]:
    """What stands between the commas of `text` that are in no bracket."""
    return [item.strip() for item in _split(text) if item.strip()]


def _split(text: str) -> Iterator[str]:
    depth = begun = 0
    for at, sign in enumerate(text):
        depth += (sign in OPENING) - (sign in CLOSING)
        if sign == "," and not depth:
            yield text[begun:at]
            begun = at + 1
    yield text[begun:]
