"""A plan made from the one before is the plan that would have been made without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.core.options import Refusal
from builder.layers.blocks import Block, Branches, Group, Repeat, Residual
from builder.layers.embedding import Embedding
from builder.layers.linear import Linear, TiedLinear
from builder.layers.shape import Unflatten
from builder.network.inputs import Features, Tokens
from builder.network.planner import make_plan
from builder.network.spec import Gone, NetworkSpec
from tests.depth import examples
from tests.strategies import nested_networks

BLOCKS: tuple[type[Block], ...] = (Group, Residual, Branches, Repeat)


def edits(spec: NetworkSpec, data: st.DataObject) -> NetworkSpec:
    """`spec` after one edit; as it was where that can't be made."""
    path = data.draw(st.sampled_from(spec.paths or ("",)))
    changes: list[Callable[[], NetworkSpec]] = [
        lambda: spec.removed(path),
        lambda: spec.duplicated(path),
        lambda: spec.wrapped(path, kind=data.draw(st.sampled_from(BLOCKS))),
        lambda: spec.unwrapped(path),
        lambda: spec.moved(path, data.draw(st.integers(0, 6)), data.draw(st.integers(0, 2))),
        lambda: spec.inserted(Linear(name="new", out_features=data.draw(st.integers(1, 7))), path),
        lambda: spec.renamed(path, "renamed"),
        lambda: spec.replaced(path, spec.layer(path).with_option("trainable", False)),
        lambda: spec.replaced(path, spec.layer(path).with_option("out_features", data.draw(st.integers(1, 7)))),
        lambda: spec.replaced(path, spec.layer(path).with_option("times", data.draw(st.integers(1, 3)))),
        lambda: spec.replaced(path, data.draw(st.sampled_from(BLOCKS))(name="other", layers=spec.level(path))),
        lambda: spec.model_copy(update={"input": Features(in_features=data.draw(st.integers(1, 7)))}),
    ]
    try:
        return data.draw(st.sampled_from(changes))()
    except (Gone, Refusal):
        return spec


@examples(150, 5_000)
@given(nested_networks(), st.data())
def test_edits_lead_to_the_same_plan(spec: NetworkSpec, data: st.DataObject) -> None:
    plan = make_plan(spec)
    for _ in range(data.draw(st.integers(1, 4))):
        spec = edits(spec, data)
        plan = make_plan(spec, plan)
        alone = make_plan(spec)
        assert plan == alone
        assert list(plan.blocks) == list(alone.blocks)


def chain(count: int) -> NetworkSpec:
    return NetworkSpec(layers=tuple(Linear(name=f"linear{n}", out_features=3) for n in range(count)))


def test_what_an_edit_does_not_reach_keeps_its_steps() -> None:
    spec = chain(20)
    before = make_plan(spec)
    after = make_plan(spec.replaced("linear7", Linear(name="linear7", out_features=5)), before)
    assert [n for n, (old, new) in enumerate(zip(before.steps, after.steps, strict=True)) if old is not new] == [7, 8]


def test_so_does_what_is_beside_it_in_a_block() -> None:
    spec = chain(6).wrapped("linear2", "linear3", "linear4", kind=Repeat)
    block = spec.layers[2].name
    before = make_plan(spec)
    after = make_plan(spec.replaced(f"{block}.linear3", Linear(name="linear3", out_features=3, bias=False)), before)
    assert [n for n, (old, new) in enumerate(zip(before.steps, after.steps, strict=True)) if old is not new] == [3]


@pytest.mark.parametrize("changed", [{"vocabulary": 9}, {"length": 4}])
def test_tokens_of_another_vocabulary_are_another_input(changed: dict[str, int]) -> None:
    layers = (Embedding(name="table", embedding_dim=3), TiedLinear(name="tied", out_features=5))
    for kept in (layers, layers[:1]):
        spec = NetworkSpec(input=Tokens(vocabulary=5, length=3), layers=kept)
        other = spec.model_copy(update={"input": Tokens(**{"vocabulary": 5, "length": 3, **changed})})
        assert make_plan(other, make_plan(spec)) == make_plan(other)


INSIDE = (Linear(name="linear1", out_features=3), Linear(name="linear2", out_features=3))
INNER = Group(name="inner", layers=INSIDE)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (Repeat(name="block", layers=INSIDE), Repeat(name="block", layers=INSIDE, times=3)),
        (Group(name="block", layers=INSIDE), Repeat(name="block", layers=INSIDE, times=1)),
        (Group(name="block", layers=INSIDE), Group(name="block", layers=INSIDE, trainable=False)),
        (Group(name="block", layers=(INNER,)), Repeat(name="block", layers=(INNER,), times=1)),
        (Group(name="block", layers=(INNER,)), Repeat(name="block", layers=(INNER,), times=4)),
        (Group(name="block", layers=(INNER,)), Group(name="block", layers=(INNER,), trainable=False)),
    ],
)
def test_the_same_layers_in_another_block_are_planned_anew(was: Block, now: Block) -> None:
    before = make_plan(NetworkSpec(layers=(was,)))
    after = NetworkSpec(layers=(now,))
    assert make_plan(after, before) == make_plan(after)


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_block_that_did_not_fit_does_not_fit_again(kind: type[Block]) -> None:
    fits, fails = Linear(name="linear1", out_features=3), Unflatten(name="unflatten1", channels=2, height=5, width=5)
    spec = NetworkSpec(layers=(kind(name="block", layers=(fits, fails)),))
    before = make_plan(spec)
    assert before.problem is not None
    after = spec.inserted(Linear(name="linear9", out_features=4), "block")
    assert make_plan(after, before) == make_plan(after)


def test_a_block_that_words_went_through_is_planned_anew_for_as_many_numbers() -> None:
    layers = (Branches(name="branches1"), Linear(name="linear1", out_features=2))
    words = make_plan(NetworkSpec(input=Tokens(length=3, vocabulary=9), layers=layers))
    numbers = NetworkSpec(input=Features(in_features=3), layers=layers)
    assert words.problem is not None and make_plan(numbers, words).problem is None
