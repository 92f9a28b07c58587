"""Numbers as text: short enough for a circle, exact to the last bit of a float32, or in a line of arithmetic."""

from __future__ import annotations

import math
from ctypes import c_float


def brief(value: float, digits: int = 3) -> str:
    """`value` short enough for a circle: `0.651`, `−12.3`; fewer digits below 0.01 and beyond 999: `0.0012`, `1.2e−5`."""
    size = abs(value)
    if math.isnan(value) or size == 0:
        text = "nan" if size else "0"
    elif math.isinf(value):
        text = "∞"
    elif 10**digits - 0.5 <= size < 999.5:
        text = f"{size:.0f}"
    # From what rounds to 0.0010 on; below what rounds to 0.0100 a third digit would be a seventh character.
    elif 0.000995 <= size < 999.5:
        text = f"{size:#.{min(digits, 2) if size < 0.009995 else digits}g}".removesuffix(".")
    else:
        short = digits < 3 or not 1e-9 < size < 1e10
        mantissa, exponent = f"{size:.{0 if short else 1}e}".split("e")
        text = f"{mantissa.removesuffix('.0')}e{int(exponent)}".replace("-", "−")
    return f"−{text}" if value < 0 else text


def exact(value: float) -> str:
    """The shortest text that names this very float32, as torch and NumPy write it."""
    if not math.isfinite(value):
        return str(value)
    return next(text for digits in range(1, 10) if c_float(float(text := f"{value:.{digits}g}")).value == value)


def figures(value: float, digits: int = 4) -> str:
    """A number in so many digits, as it stands in a line of arithmetic: `1.000`, `0.5774`, `1.200e−5`."""
    if value == 0 or not math.isfinite(value):
        return brief(value)
    if 0.0001 <= abs(value) < 10**digits - 0.5:
        return f"{value:#.{digits}g}".removesuffix(".").replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−")


def entered(value: float) -> str:
    """A number that a person chose, as short as it can be said exactly: `1`, `0.1`, `−2`, `1e6`, `25,088`."""
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    short = f"{value:.6g}"
    text = short if float(short) == value or not math.isfinite(value) else repr(value)
    return plain(text)


def plain(text: str) -> str:
    """A number as Python writes it, with the signs of arithmetic: `1e-05` as `1e−5`."""
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−") if e else text.replace("-", "−")
