"""What a line of arithmetic on the page comes to, read as a person with a calculator reads it."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any


def evaluated(arithmetic: str) -> int:
    """The whole number that a count comes to, its words left out."""
    numbers = without_words(arithmetic)
    assert re.fullmatch(r"[\s\d×+(),./…]*", numbers), arithmetic
    return int(calculated(numbers))


def without_words(line: str) -> str:
    """`3 × 3 weights + 3 biases` as `3 × 3 + 3`."""
    return re.sub(r"[^\W\d]+", "", line)


def expect_true(line: str) -> bool:
    """All that stands between equal signs comes to the digits at the right, and the condition before it holds.

    False where ≈ says that it need not. Raises `AssertionError` with the line where it says what is not so.
    """
    condition, _, rest = line.rpartition(": ")
    if " ≈ " in rest:
        return False
    if condition:
        left, sign, right = re.split(" ([>≤]) ", condition)
        assert (calculated(left) > calculated(right)) == (sign == ">"), line
    *sides, said = re.split(" = | → ", rest)
    for side in sides:
        if is_numeric(side):
            assert agrees(calculated(side), said), f"{line}: {side} is {calculated(side)!r}"
    return True


def is_numeric(side: str) -> bool:
    """Is it made of numbers and functions of them, and not of letters?"""
    return not re.search(r"[^\W\d_]", re.sub(rf"\b({'|'.join(SAID)})(?=\()|\bnan\b|\de|π", "", side))


def agrees(value: float, said: str) -> bool:
    """Is `said` what `value` is when it is rounded to as many digits?"""
    text = said.replace("−", "-").replace(",", "")
    if "∞" in text or "nan" in text or not math.isfinite(value):
        return repr(value) == repr(float(text.replace("∞", "inf")))
    mantissa, _, exponent = text.partition("e")
    places = len(mantissa.partition(".")[2])
    unit = Fraction(10) ** (int(exponent or 0) - places)
    exact = Fraction(text)
    if exact == 0:
        return abs(value) < 1e-30
    return abs(Fraction(value) - exact) <= unit / 2 * (1 + Fraction(1, 10**6))


def calculated(text: str) -> float:
    """What it comes to; … is passed over, and what is larger than any float is infinite."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text.replace("…", " "))
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text).replace("⌈", "ceil(").replace("⌉", ")")
    for said, meant in {"−": "-", "·": "*", "×": "*", "²": "**2", "³": "**3", "π": "pi", "∞": "inf"}.items():
        text = text.replace(said, meant)
    text = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)", r"N('\1')", text)
    text = re.sub(r"√\s*(N\('[^']*'\))", r"sqrt(\1)", text).replace("√", "sqrt")
    names: dict[str, Any] = {**SAID, "N": Number, "inf": Number("inf"), "nan": Number("nan"), "pi": Number(math.pi)}
    return float(eval(text, {"__builtins__": {}}, names))


class Number(float):
    """A float that is divided as torch divides."""

    def __add__(self, other: float) -> Number:
        return Number(float(self) + other)

    def __sub__(self, other: float) -> Number:
        return Number(float(self) - other)

    def __mul__(self, other: float) -> Number:
        return Number(float(self) * other)

    def __truediv__(self, other: float) -> Number:
        if other:
            return Number(float(self) / other)
        return Number(float(self) * math.copysign(math.inf, other))  # 0 · ∞ is nan

    def __neg__(self) -> Number:
        return Number(-float(self))

    def __pow__(self, other: float) -> Number:  # type: ignore[override]
        return Number(math.pow(self, other))


def _function(made: Any) -> Any:
    def called(*numbers: float) -> Number:
        try:
            return Number(made(*map(float, numbers)))
        except OverflowError:
            return Number("inf")
        except ValueError:
            return Number("-inf") if made is math.log and numbers == (0,) else Number("nan")

    return called


SAID = {
    name: _function(made)
    for name, made in {
        "exp": math.exp,
        "log": math.log,
        "tanh": math.tanh,
        "sqrt": math.sqrt,
        "sign": lambda x: math.copysign(1.0, x) if x else 0.0,
        "Φ": lambda x: 0.5 * math.erfc(-x / math.sqrt(2)),
        "φ": lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
        "σ": lambda x: 1 / (1 + math.exp(-x)),
        "softplus": lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
        "max": lambda *values: max(values),
        "min": lambda *values: min(values),
        "mean": lambda *values: math.fsum(values) / len(values),
        "abs": abs,
        "ceil": math.ceil,
    }.items()
}
