"""Messages: English as written, Chinese from the catalogue, numbers the same in both."""

from __future__ import annotations

from builder.core.messages import Message, counted


def test_numbers_are_shown_with_thousands_and_four_digits() -> None:
    assert Message("{n} and {x}", n=1234567, x=0.123456).text() == "1,234,567 and 0.1235"


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
