"""Numbers as text: exact to the last bit, or short enough for a circle."""

from __future__ import annotations

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from builder.core.numerals import brief, exact


@given(st.floats(width=32))
def test_an_exact_text_names_this_very_float(value: float) -> None:
    text = exact(value)
    torch.testing.assert_close(
        torch.tensor(float(text), dtype=torch.float32), torch.tensor(value), rtol=0, atol=0, equal_nan=True
    )
    assert len(text) <= 16


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.5, "0.500"),
        (1.0, "1.00"),
        (-2.0, "−2.00"),
        (0.65056, "0.651"),
        (-12.345, "−12.3"),
        (123.456, "123"),
        (0.01234, "0.0123"),
        (0.0012, "0.0012"),
        (0.00958, "0.0096"),
        (-0.009994, "−0.010"),
        (0.009996, "0.0100"),
        (0.00012, "1.2e−4"),
        (0.00096, "9.6e−4"),
        (0.000996, "0.0010"),
        (-0.00001, "−1e−5"),
        (12345.0, "1.2e4"),
        (-1.175494351e-38, "−1e−38"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "nan"),
    ],
)
def test_a_brief_text_fits_into_a_circle(value: float, text: str) -> None:
    assert brief(value) == text


@given(st.floats(min_value=0, width=32), st.integers(1, 3))
@example(0.00958, 3)
@example(0.00096, 2)
def test_no_brief_text_is_longer_than_six_characters_and_a_sign(value: float, digits: int) -> None:
    assert len(brief(value, digits)) <= 6
    assert brief(-value, digits) in ("0", "nan", f"−{brief(value, digits)}")


@given(st.floats(min_value=1e-9, max_value=1e10), st.sampled_from([0.99999, 1.00001]))
def test_a_brief_text_is_near_its_number_and_never_falls_where_the_number_grows(value: float, factor: float) -> None:
    said, near = (float(brief(x).replace("−", "-")) for x in (value, value * factor))
    assert said == pytest.approx(value, rel=0.051)
    assert (near - said) * (factor - 1) >= 0
