"""Sums and products of different shapes, as torch broadcasts them; a head that is tied and has biases of its own."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.formats.link import from_file
from builder.layers.blocks import Branches, Residual
from builder.layers.linear import Linear
from builder.layers.merges import Merge
from builder.layers.shape import Identity
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import draw

CASES = Path(__file__).parents[1] / "cases"


def planned(case: str) -> Plan:
    return make_plan(from_file((CASES / f"{case}.json").read_bytes()).network)


@given(
    shapes=st.integers(1, 3).flatmap(
        lambda rank: st.lists(st.tuples(*[st.sampled_from([1, 2, 3])] * rank), min_size=2, max_size=3)
    )
)
def test_what_can_be_added_and_what_it_gives_is_torchs(shapes: list[tuple[int, ...]]) -> None:
    merge = Merge("sum")
    try:
        out = tuple(reduce(torch.add, map(torch.empty, shapes)).shape)
    except RuntimeError:
        assert merge.problem(shapes) is not None
    else:
        assert merge.problem(shapes) is None and merge.shape(shapes) == out
        assert (merge.said(shapes) is None) == all(shape == out for shape in shapes)


def test_squeeze_and_excitation_weighs_each_channel() -> None:
    plan = planned("broadcast_se")
    assert plan.problem is None and plan.output_shape == (16, 8, 8)
    module, x = build_module(plan), torch.randn(2, 16, 8, 8, generator=torch.Generator().manual_seed(0))
    gate = module.get_submodule("se.gate")(x)
    assert gate.shape == (2, 16, 1, 1)
    torch.testing.assert_close(module(x), x * gate, rtol=0, atol=0)
    block = plan.blocks["se"]
    assert isinstance(block.layer, Branches)
    said = block.layer.merge_said(block.input_shape, {part.layer.name: part.output_shape for part in block.parts})
    assert said is not None and said.text() == (
        "16 × 1 × 1 meets 16 × 8 × 8: along axes 2, 3, where it has size 1, its numbers count for every place (broadcasting)."
    )


def test_a_dueling_head_adds_its_value_to_each_advantage() -> None:
    ways = (Linear(name="value", out_features=1), Linear(name="advantage", out_features=4))
    given = Features(in_features=3)
    plan = make_plan(NetworkSpec(input=given, layers=(Branches(name="head", merge="sum", layers=ways),)))
    assert plan.problem is None and plan.output_shape == (4,)
    module, x = build_module(plan), torch.ones(2, 3)
    wanted = module.get_submodule("head.value")(x) + module.get_submodule("head.advantage")(x)
    assert torch.equal(module(x), wanted)


def test_vectors_and_images_do_not_meet() -> None:
    assert Merge("product").problem([(16, 8, 8), (16,)]) is not None


@pytest.mark.parametrize("features", [1, 2])
def test_in_a_residual_block_another_shape_is_still_a_mistake(features: int) -> None:
    body = (Identity(name="a"), Linear(name="b", out_features=features))
    plan = make_plan(NetworkSpec(input=Features(in_features=4), layers=(Residual(name="res", layers=body),)))
    assert plan.problem is not None and "both must have the same shape" in plan.problem.message.text()


def test_a_tied_head_with_a_bias_has_as_many_parameters_as_the_word_language_model() -> None:
    network = from_file((CASES / "tied_bias.json").read_bytes()).network
    head = network.layer("decoder").with_option("bias", True)
    plan = make_plan(network.replaced("decoder", head))
    assert plan.count == 1_045_200
    module = build_module(plan)
    assert sum(p.numel() for p in module.parameters()) == 1_045_200
    assert module.get_submodule("decoder").get_parameter("bias").shape == (2000,)
    assert tuple(module(draw(from_file((CASES / "tied_bias.json").read_bytes()).batch, network.input)).shape) == (
        1,
        35,
        2000,
    )
