"""Lines of arithmetic that are true as they are written: with as many digits as it takes, or with ≈."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping

from builder.core.numerals import brief, entered, figures

DIGITS = range(3, 10)  # of the numbers in a line; nine name any float32


def stated(left: Callable[[int], str], result: float, digits: Iterable[int] = DIGITS) -> str:
    """`left(digits) = result` with the fewest `digits` with which the left side, as it is written, comes to the right side.

    A condition before it (`−1.20 ≤ 0: …`) must be true as it is written, too. Where torch's own rounding is in the way of all of
    them, ≈ says so.
    """
    said = brief(result)
    lines = [left(n) for n in digits]
    line = next((line for line in lines if _holds(line) and brief(value_of(_sides(line)[1])) == said), None)
    if line is None:
        return f"{lines[0]} ≈ {said}"
    return line if _sides(line)[1] == said else f"{line} = {said}"


def equation(name: str, formula: str, result: float, **values: float) -> str:
    """`bound = gain / √fan = 1.414 / √3 = 0.8165`: a formula, then with `values` in it, then what it comes to, in four digits."""
    letter = "[A-Za-z_α-ω]"
    names = "|".join(rf"(?<!{letter}){name}(?!{letter})" for name in values)

    def filled(digits: int) -> str:
        def number(match: re.Match[str]) -> str:
            text = shortest(values[match[0]], digits)
            begins = formula[: match.start()].endswith("(") and not formula[match.end() :].startswith("²")
            return f"({text})" if text.startswith("−") and not begins else text

        return re.sub(names, number, formula) if values else formula

    said = figures(result)
    lines = [filled(digits) for digits in range(4, 16)]
    enough = next((line for line in lines if figures(value_of(line)) == said), None)
    sides = dict.fromkeys([name, formula, enough or lines[0]])
    return f"{' = '.join(sides)} {'=' if enough else '≈'} {said}" if said not in sides else " = ".join(sides)


def shortest(value: float, digits: int) -> str:
    """A number as it is where six characters can say it, otherwise in so many digits."""
    exact = entered(value)
    return exact if isinstance(value, int) or len(exact.strip("−")) <= 6 else figures(value, digits)


def _sides(line: str) -> tuple[str, str]:
    """The condition of a line, and what holds under it."""
    condition, _, rest = line.rpartition(": ")
    return condition, rest


def _holds(line: str) -> bool:
    condition, _ = _sides(line)
    if not condition:
        return True
    sign = ">" if " > " in condition else "≤"
    left, right = map(value_of, condition.split(f" {sign} "))
    return left > right if sign == ">" else left <= right


# ---- what a line comes to -------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"\s*(?:(\d+(?:,\d{3})*(?:\.\d+)?(?:e−?\d+)?|∞|nan)|([A-Za-zΦφσπ]+)|(.))")


def value_of(expression: str) -> float:
    """What `expression` comes to as it is written, calculated as torch does: 1 / 0 = ∞, and what can't be is nan.

    It may hold numbers, + − × · / √ ² ³, brackets, |x|, ⌈x⌉ and the functions below. … is passed over: what is left out stands beside
    it as one number. Raises `ValueError` for anything else.
    """
    return _Reader(expression).all()


class _Reader:
    """Reads an expression from the left, the tightest bonds innermost."""

    def __init__(self, expression: str) -> None:
        self.tokens = [match.groups() for match in _TOKEN.finditer(expression) if match[3] != "…"]
        self.at = 0

    def all(self) -> float:
        value = self.sum()
        if self.at < len(self.tokens):
            raise ValueError(f"not arithmetic: {self.tokens[self.at]}")
        return value

    def next(self, *signs: str) -> str:
        """The next sign if it is one of `signs`, which is then read; empty if not."""
        here = self.tokens[self.at][2] if self.at < len(self.tokens) else None
        if here is None or here not in signs:
            return ""
        self.at += 1
        return here

    def closed(self, sign: str, value: float) -> float:
        if not self.next(sign):
            raise ValueError(f"{sign} is missing")
        return value

    def sum(self) -> float:
        value = self.product()
        while sign := self.next("+", "−"):
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self) -> float:
        value = self.signed()
        while sign := self.next("×", "·", "/"):
            value = value * self.signed() if sign != "/" else _quotient(value, self.signed())
        return value

    def signed(self) -> float:
        if self.next("−"):
            return -self.signed()
        if self.next("√"):
            return _safe(math.sqrt, self.signed())
        value = self.atom()
        return _safe(math.pow, value, {"²": 2.0, "³": 3.0}[sign]) if (sign := self.next("²", "³")) else value

    def atom(self) -> float:
        for opening, closing, change in (("(", ")", float), ("|", "|", abs), ("⌈", "⌉", lambda x: float(math.ceil(x)))):
            if self.next(opening):
                return change(self.closed(closing, self.sum()))
        if self.at == len(self.tokens):
            raise ValueError("something is missing")
        number, name, sign = self.tokens[self.at]
        self.at += 1
        if number:
            return math.inf if number == "∞" else float(number.replace(",", "").replace("−", "-"))
        if name == "π":
            return math.pi
        if name not in FUNCTIONS or not self.next("("):
            raise ValueError(f"not arithmetic: {name or sign}")
        arguments = [self.sum()]
        while self.next(","):
            arguments.append(self.sum())
        return self.closed(")", _safe(FUNCTIONS[name], *arguments))


def _quotient(a: float, b: float) -> float:
    if b:
        return a / b
    return a * math.inf * math.copysign(1.0, b) if a else math.nan


def _safe(function: Callable[..., float], *arguments: float) -> float:
    try:
        return function(*arguments)
    except OverflowError:
        return math.inf
    except ValueError:
        return -math.inf if function is math.log and arguments == (0.0,) else math.nan


def _bell(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "softplus": lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
    "σ": lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0,
    "Φ": lambda x: math.erfc(-x / math.sqrt(2)) / 2,
    "φ": _bell,
    "sign": lambda x: (x > 0) - (x < 0),
    "max": lambda *values: max(values),
    "min": lambda *values: min(values),
    "mean": lambda *values: sum(values) / len(values),
}
