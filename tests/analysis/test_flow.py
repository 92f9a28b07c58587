"""What follows what in a network of blocks, and how deep it is."""

from __future__ import annotations

import pytest

from builder.analysis.flow import OUTPUT, depth, flow_of
from builder.layers import Layer
from builder.layers.activations import Sigmoid
from builder.layers.blocks import Branches, Group, Repeat, Residual, Shortcut
from builder.layers.linear import Linear
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import INPUT, NetworkSpec


def plan_of(*layers: Layer) -> Plan:
    plan = make_plan(NetworkSpec(input=Features(in_features=4), layers=layers))
    assert plan.problem is None
    return plan


def dense(name: str) -> Linear:
    return Linear(name=name, out_features=4)


def test_a_residual_block_comes_together_behind_both_ways() -> None:
    plan = plan_of(
        dense("a"), Residual(name="r", layers=(dense("b"), Shortcut(name="s", layers=(dense("c"),)))), dense("d")
    )
    flow = flow_of(plan)
    assert {node: list(behind) for node, behind in flow.behind.items()} == {
        INPUT: ["a"],
        "a": ["r.b", "r.s.c"],
        "r.b": ["r"],
        "r.s.c": ["r"],
        "r": ["d"],
        "d": [OUTPUT],
    }
    assert flow.only_behind("r.b") == "r" and flow.only_behind("a") is None and flow.only_behind("d") is None


def test_what_is_repeated_follows_itself() -> None:
    flow = flow_of(plan_of(Repeat(name="rep", times=9, layers=(dense("a"), Sigmoid(name="s"))), dense("d")))
    assert list(flow.behind["rep.s"]) == ["rep.a", "d"] and list(flow.before["rep.a"]) == [INPUT, "rep.s"]


SIDE = tuple(Group(name=f"g{n}", layers=(dense("a"), Sigmoid(name="s"))) for n in range(4))


@pytest.mark.parametrize(
    ("layers", "found"),
    [
        ((Repeat(name="rep", times=10, layers=(dense("a"), Sigmoid(name="s"))),), 10),
        ((Repeat(name="x", times=3, layers=(Repeat(name="y", times=4, layers=(Sigmoid(name="s"),)),)),), 12),
        ((Branches(name="side", layers=SIDE),), 1),
        ((Residual(name="r", layers=(Sigmoid(name="s"),)), Sigmoid(name="t")), 1),
        ((Group(name="g", layers=(Sigmoid(name="s"), Sigmoid(name="t"))),), 2),
    ],
)
def test_copies_count_in_depth_and_branches_side_by_side_as_one(layers: tuple[Layer, ...], found: int) -> None:
    plan = plan_of(*layers)
    assert depth(plan, {step.path for step in plan.steps if isinstance(step.layer, Sigmoid)}) == found
