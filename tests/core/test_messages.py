"""Messages: English as written, Chinese from the catalogue, numbers the same in both."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from builder.core.messages import Message, counted, size_text


def test_numbers_are_shown_with_thousands_and_four_digits() -> None:
    assert Message("{n} and {x}", n=1234567, x=0.123456).text() == "1,234,567 and 0.1235"


def test_small_numbers_have_the_form_that_arithmetic_has() -> None:
    assert Message("{a}, {b}", a=1e-5, b=-0.25).text() == "1e−5, −0.25"


@given(
    st.integers(0, 10**15) | st.integers(0, 15).flatmap(lambda n: st.integers(9995 * 10**n // 10, 10001 * 10**n // 10))
)
def test_a_size_has_the_unit_in_which_it_is_less_than_a_thousand(size: int) -> None:
    number, unit = size_text(size).split(" ")
    assert float(number.replace(",", "")) < 1000 or unit == "TB"
    factor = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}[unit]
    assert abs(float(number.replace(",", "")) * factor - size) <= 0.0501 * factor


def test_a_thousand_kilobytes_are_a_megabyte() -> None:
    assert [size_text(n) for n in (999, 1000, 999_949, 999_960)] == ["999 B", "1.0 kB", "999.9 kB", "1.0 MB"]


def test_a_message_may_hold_a_message() -> None:
    neurons = counted("{n} neuron", "{n} neurons", n=1)
    assert Message("{neurons} here", neurons=neurons).text() == "1 neuron here"
    assert counted("{n} neuron", "{n} neurons", n=3).text() == "3 neurons"


def test_braces_in_a_value_are_no_template() -> None:
    assert Message("“{name}”", name="{n}{0}").text() == "“{n}{0}”"


def test_chinese_comes_from_the_catalogue() -> None:
    assert Message("Layers").text("zh") != "Layers"
    assert Message("").text("zh") == ""


def test_equal_messages_are_equal_and_hashable() -> None:
    assert {Message("a {n}", n=1), Message("a {n}", n=1)} == {Message("a {n}", n=1)}
    assert Message("a {n}", n=1) != Message("a {n}", n=2)
