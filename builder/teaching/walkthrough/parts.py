"""Sums inside a longer line: the terms of a dot product, the first ones and the last, what lies between as one number."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from builder.teaching.walkthrough.sums import Sum

Write = Callable[[int], str]  # a piece of a line in so many digits


def dot(weights: Tensor, values: Tensor, bias: Tensor | None = None) -> Sum:
    """`weights` times `values`, both (n,), added up with the bias; the result is that of the sum in double precision."""
    total = float(weights.double() @ values.double()) + (0.0 if bias is None else float(bias))
    return Sum(weights, values, None if bias is None else float(bias), total)
