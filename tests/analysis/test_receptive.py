"""Receptive fields: a public exercise's answer, and what a gradient of torch reaches."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.analysis.receptive import arithmetic_text, receptive_fields, size_text
from builder.layers import Layer
from builder.network.inputs import Image, Input, Sequence
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.networks import made


def planned(given: Input, *layers: Layer) -> Plan:
    plan = make_plan(NetworkSpec(input=given, layers=layers))
    assert plan.problem is None
    return plan


def conv(name: str, **options: Any) -> Layer:
    return made("Conv2d", name, **options)


def test_the_answer_of_a_public_exercise() -> None:
    """Three by three and pools of two, in turn: 3 4 8 10 18 26 30."""
    pool = {"kernel_size": 2}
    layers = (
        conv("c1"), made("MaxPool2d", "p1", **pool), conv("c2"), made("MaxPool2d", "p2", **pool), conv("c3"), conv("c4"),
        made("MaxPool2d", "p3", **pool),
    )  # fmt: skip
    fields = receptive_fields(planned(Image(channels=1, height=64, width=64), *layers))
    assert [axes[0].size for axes in fields.values()] == [3, 4, 8, 10, 18, 26, 30]
    assert arithmetic_text(fields["c2"]) == "4 + (3 − 1) × 2 = 8"
    assert size_text(fields["p3"]) == "30 × 30"


windows = st.builds(
    lambda kernel, stride, apart, pool: (kernel, stride, apart, pool),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.booleans(),
)


@given(st.lists(windows, min_size=1, max_size=3))
def test_it_is_as_far_as_a_gradient_of_torch_reaches(drawn: list[Any]) -> None:
    layers = [
        made("AvgPool2d", f"l{n}", kernel_size=kernel, stride=stride)
        if pool
        else conv(f"l{n}", kernel_size=kernel, stride=stride, dilation=apart, weight_init={"kind": "ones_"})
        for n, (kernel, stride, apart, pool) in enumerate(drawn)
    ]
    plan = planned(Image(channels=1, height=60, width=60), *layers)
    x = torch.ones(1, 1, 60, 60, requires_grad=True)
    y = build_module(plan)(x)
    y[0, 0, 0, 0].backward()
    assert x.grad is not None
    reached = [int(places.max()) + 1 for places in x.grad[0, 0].nonzero(as_tuple=True)]
    axes = receptive_fields(plan)[layers[-1].name]
    assert [axis.size for axis in axes] == reached


def test_where_ways_come_together_the_farthest_counts() -> None:
    ways = (conv("near", kernel_size=1), conv("far", kernel_size=5, padding=2))
    plan = planned(Image(channels=1, height=9, width=9), made("Branches", "b", layers=ways), conv("last"))
    assert {path: axes[0].size for path, axes in receptive_fields(plan).items()} == {"b.near": 1, "b.far": 5, "last": 7}


def test_copies_add_up() -> None:
    inner = (conv("c", padding=1),)
    plan = planned(Image(channels=1, height=9, width=9), made("Repeat", "r", times=5, layers=inner))
    assert receptive_fields(plan)["r.c"][0].size == 11


def test_along_a_sequence_the_steps_are_counted() -> None:
    causal = [made("CausalConv1d", f"c{n}", kernel_size=2, dilation=2**n) for n in range(4)]
    plan = planned(Sequence(length=40, features=3), made("Transpose", "t"), *causal)
    assert [axes[0].size for axes in receptive_fields(plan).values()] == [2, 4, 8, 16]


@pytest.mark.parametrize(("preset", "last"), [("alexnet", 195), ("vgg16", 212)])
def test_published_fields(preset: str, last: int) -> None:
    """Araujo, Norris & Sim 2019, “Computing receptive fields of convolutional neural networks”, table 1."""
    fields = receptive_fields(make_plan(PRESETS[preset].experiment.network))
    assert list(fields.values())[-1][0].size == last
