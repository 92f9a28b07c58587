"""What a line of arithmetic on the page comes to."""

from __future__ import annotations

import re


def evaluated(arithmetic: str) -> int:
    """The number, its words left out."""
    assert re.fullmatch(r"[\w\s×+(),./]*", arithmetic), arithmetic
    numbers = re.sub(r"[A-Za-z_]+", "", arithmetic.replace(",", "").replace("×", "*"))
    return int(eval(numbers))
