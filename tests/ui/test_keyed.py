"""The caches: what the key is made of, and that each is its own and bounded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch

from builder.layers.activations import ReLU, Tanh
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.ui.state.keyed import Store, canonical, keyed, size_of
from builder.zoo.presets import PRESETS

TUTORIAL, XOR = PRESETS["tutorial"].experiment, PRESETS["xor"].experiment


def test_what_was_asked_before_is_not_computed_again() -> None:
    asked: list[str] = []

    @keyed
    def words(name: str, times: int = 2) -> str:
        asked.append(name)
        return name * times

    assert words("ab") == words("ab", 2) == words(name="ab") == "abab"
    assert asked == ["ab"]
    assert words("ab", 3) == "ababab" and words("a") == "aa" and asked == ["ab", "ab", "a"]


def test_each_function_has_a_cache_of_its_own() -> None:
    @keyed
    def one(name: str) -> str:
        return f"one {name}"

    @keyed
    def two(name: str) -> str:
        return f"two {name}"

    assert (one("a"), two("a"), one("a")) == ("one a", "two a", "one a")


def test_what_was_asked_for_longest_ago_is_forgotten_beyond_so_many_bytes() -> None:
    store, asked = Store(3 * size_of("a" * 1000)), []

    def letters(letter: str) -> str:
        def compute() -> str:
            asked.append(letter)
            return letter * 1000

        return str(store.get(("", letter.encode()), compute))

    for letter in "abcadb":
        assert letters(letter) == letter * 1000
        assert store.size <= store.limit
    assert asked == list("abcdb"), "a was asked for again, so b was the oldest when d came"


def test_what_is_larger_than_the_store_is_kept_alone_until_the_next_comes() -> None:
    store = Store(100)
    assert store.get(("", b"large"), lambda: "x" * 1000) == "x" * 1000
    assert store.get(("", b"large"), str) == "x" * 1000
    assert store.get(("", b"small"), lambda: "y") == "y" and store.size == size_of("y")


def test_what_fails_is_not_kept_and_many_who_ask_at_once_have_it_worked_out_once() -> None:
    store, asked = Store(10**6), []
    with pytest.raises(ZeroDivisionError):
        store.get(("", b"a"), lambda: 1 / 0)
    together = Barrier(8)

    def compute() -> str:
        asked.append(1)
        return "answer"

    def ask() -> str:
        together.wait()
        return str(store.get(("", b"a"), compute))

    with ThreadPoolExecutor(8) as threads:
        assert {each.result() for each in [threads.submit(ask) for _ in range(8)]} == {"answer"}
    assert asked == [1]


@pytest.mark.parametrize("name", ["tutorial", "lenet5"])
def test_a_module_takes_what_its_numbers_take(name: str) -> None:
    plan = make_plan(PRESETS[name].experiment.network)
    module = build_module(plan)
    numbers = 4 * sum(each.numel() for each in module.parameters())
    assert numbers <= size_of(module) <= numbers + 200 * len(list(module.modules()))


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
