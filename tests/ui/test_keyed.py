"""The caches: what the key is made of, and that each is its own and bounded."""

from __future__ import annotations

import pytest
import torch

from builder.layers.activations import ReLU, Tanh
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.ui.state.keyed import canonical, keyed
from builder.zoo.presets import PRESETS

TUTORIAL, XOR = PRESETS["tutorial"].experiment, PRESETS["xor"].experiment


def test_what_was_asked_before_is_not_computed_again_and_what_is_underscored_makes_no_difference() -> None:
    asked: list[str] = []

    @keyed(max_entries=9)
    def words(name: str, times: int = 2, *, _from: object = None) -> str:
        asked.append(name)
        return name * times

    assert words("ab") == words("ab", 2) == words(name="ab", _from=object()) == "abab"
    assert asked == ["ab"]
    assert words("ab", 3) == "ababab" and words("a") == "aa" and asked == ["ab", "ab", "a"]


def test_each_function_has_a_cache_of_its_own() -> None:
    @keyed(max_entries=9)
    def one(name: str) -> str:
        return f"one {name}"

    @keyed(max_entries=9)
    def two(name: str) -> str:
        return f"two {name}"

    assert (one("a"), two("a"), one("a")) == ("one a", "two a", "one a")


def test_a_cache_forgets_the_oldest_beyond_its_bound() -> None:
    asked: list[int] = []

    @keyed(max_entries=2)
    def square(n: int) -> int:
        asked.append(n)
        return n * n

    assert [square(n) for n in (1, 2, 3, 3, 1)] == [1, 4, 9, 9, 1] and asked == [1, 2, 3, 1]


def test_networks_that_differ_only_in_the_class_of_a_layer_have_different_texts() -> None:
    relu, tanh = (make_plan(NetworkSpec(layers=(kind(name="a"),))) for kind in (ReLU, Tanh))
    assert canonical(relu) != canonical(tanh) and canonical(relu) == canonical(relu.spec)
    assert canonical(TUTORIAL) != canonical(XOR)


def test_different_values_have_different_texts() -> None:
    values = [
        "a",
        "b",
        "1",
        1,
        1.5,
        True,
        None,
        torch.ones(2),
        torch.ones(1),
        ["a", "b"],
        ["a, b"],
        ["b", "a"],
    ]
    assert len({canonical(value) for value in values}) == len(values)
    assert canonical(frozenset("abc")) == canonical({"c", "b", "a"})


def test_what_has_no_canonical_text_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no canonical text"):
        canonical(object())
