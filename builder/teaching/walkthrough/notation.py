"""Numbers in a line of arithmetic, with as many digits as it takes for the line to be true as it is written."""

from __future__ import annotations

import math
from collections.abc import Sequence

from builder.core.numerals import brief, figures

DIGITS = range(3, 10)  # of the numbers in a line; nine name any float32


def rounded(value: float, digits: int) -> float:
    """The number that `figures` writes."""
    return float(f"{value:.{digits - 1}e}")


def bracketed(value: float, digits: int = 3) -> str:
    """A number after an operator: a negative one in brackets."""
    text = figures(value, digits)
    return f"({text})" if text.startswith("−") else text


def equation(sign: str, values: Sequence[float], result: float) -> str:
    """`0.310 + (−0.120) = 0.190`, with as many digits as it takes for both sides to agree as they are written."""

    def made(digits: int) -> float:
        written = [rounded(value, digits) for value in values]
        return sum(written) if sign == "+" else math.prod(written)

    enough = next((digits for digits in DIGITS if brief(made(digits)) == brief(result)), None)
    digits = enough or DIGITS[0]
    left = [figures(values[0], digits), *(bracketed(value, digits) for value in values[1:])]
    return f"{f' {sign} '.join(left)} {'=' if enough else '≈'} {brief(result)}"
