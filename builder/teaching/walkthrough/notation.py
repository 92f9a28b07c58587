"""Numbers in a line of arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from builder.core.numerals import figures


def bracketed(value: float, digits: int = 3) -> str:
    """A number after an operator: a negative one in brackets."""
    text = figures(value, digits)
    return f"({text})" if text.startswith("−") else text


def joined(sign: str, values: Sequence[float]) -> Callable[[int], str]:
    """`0.310 + (−0.120)`, in as many digits as are asked for."""
    return lambda digits: f" {sign} ".join([figures(values[0], digits), *(bracketed(v, digits) for v in values[1:])])
