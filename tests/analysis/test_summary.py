"""The breakdown: sums that add up, and the arithmetic in words."""

from __future__ import annotations

import re
from math import prod

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn

from builder.analysis.summary import arithmetic, kept, multiplications, running, sum_line, summarize, table_text
from builder.layers import LAYERS
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.arithmetic import evaluated
from tests.strategies import nested_networks, networks, placed

TUTORIAL = make_plan(PRESETS["tutorial"].experiment.network)


def test_the_tutorial_networks_arithmetic() -> None:
    texts = [arithmetic(step).text() for step in TUTORIAL.steps if step.count]
    assert texts == ["3 × 3 weights + 3 biases = 12", "2 × 3 weights + 2 biases = 8", "2 × 2 weights + 2 biases = 6"]
    words = TUTORIAL.steps[0].layer.in_words((3,)).text()
    assert words == "3 neurons with 3 weights and 1 bias each"


@pytest.mark.parametrize(
    ("layer", "features", "line", "words"),
    [
        (Linear(name="a"), 1, "1 × 1 weight + 1 bias = 2", "1 neuron with 1 weight and 1 bias"),
        (Linear(name="a", bias=False, out_features=2), 3, "2 × 3 weights = 6", "2 neurons with 3 weights each"),
        (
            BatchNorm1d(name="a"),
            4,
            "4 weights + 4 biases = 8",
            "4 features with 1 weight (scale) and 1 bias (shift) each",
        ),
        (BatchNorm1d(name="a", affine=False), 4, "0", "No parameters: there is nothing to learn here."),
    ],
)
def test_arithmetic_and_words(layer: Linear, features: int, line: str, words: str) -> None:
    step = make_plan(
        NetworkSpec.checked({"input": {"kind": "features", "in_features": features}, "layers": [layer]})
    ).steps[0]
    assert arithmetic(step).text() == line
    assert layer.in_words((features,)).text() == words


@given(networks())
def test_columns_sum_to_the_totals_and_arithmetic_to_its_count(network: NetworkSpec) -> None:
    plan = make_plan(network)
    summary = summarize(plan)
    assert summary.total == plan.count == summary.weights + summary.biases == sum(row.total for row in summary.rows)
    assert summary.trainable + summary.frozen == summary.total
    assert summary.bytes == 4 * summary.total
    assert sum(row.share for row in summary.rows) == pytest.approx(1 if plan.count else 0)
    for row in summary.rows:
        left, equals, right = row.arithmetic.text().partition(" = ")
        terms = [term.replace(",", "").split() for term in left.split(" + ")]
        product = sum(_product([int(word) for word in term if word.isdigit()]) for term in terms)
        assert product == (int(right.replace(",", "")) if equals else 0) == row.total


def _product(factors: list[int]) -> int:
    result = 1
    for factor in factors:
        result *= factor
    return result


def test_the_sum_line_leaves_out_the_middle_of_a_long_sum() -> None:
    assert sum_line([12, 0, 8, 0, 6, 0]) == "12 + 8 + 6"
    assert sum_line([5]) == "5"
    assert sum_line([1, 2, 3, 4, 5]) == "1 + 2 + … 7 … + 5"


@pytest.mark.parametrize("preset", ["vgg16_bn", "resnet18", "unet", "tutorial"])
def test_what_is_kept_is_what_torch_calls_buffers(preset: str) -> None:
    plan = make_plan(PRESETS[preset].experiment.network)
    module = build_module(plan, meta=True)
    assert dict(kept(plan)) == {name: tuple(buffer.shape) for name, buffer in module.named_buffers()}
    counted, first = running(plan)
    assert counted == sum(buffer.numel() for name, buffer in module.named_buffers() if "running" in name)
    norms = [name for name, part in module.named_modules() if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d)]
    assert (first.module_path if first else None) == (norms[0] if norms else None)


def test_frozen_scales_and_shifts_are_not_said_to_be_trained() -> None:
    spec = NetworkSpec(layers=(BatchNorm1d(name="a", trainable=False), BatchNorm1d(name="b", affine=False)))
    assert running(make_plan(spec)) == (12, None)


ONE = {"bias", "class", "axis", "pass"}  # these end in s, and are one


@pytest.mark.parametrize("kind", sorted(LAYERS))
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_one_of_a_thing_is_said_in_the_singular(kind: str, data: st.DataObject) -> None:
    layer, shape = data.draw(placed(LAYERS[kind]))
    assume(layer.unfit(shape) is None)
    for said in (layer.in_words(shape).text(), layer.arithmetic(shape).text()):
        for product, word in re.findall(r"(?<!× )(?<![\d,])((?:\d[\d,]* × )*\d(?:[\d,]*\d)?) ([a-z]+s)\b", said):
            assert prod(int(n.replace(",", "")) for n in product.split(" × ")) != 1 or word in ONE, said


def test_the_tutorials_table_is_torchsummarys() -> None:
    assert table_text(TUTORIAL, 5).splitlines()[3:16] == [
        "            Linear-1                     [5, 3]              12",
        "            Linear-2                     [5, 2]               8",
        "            Linear-3                     [5, 2]               6",
        "=" * 64,
        "Total params: 26",
        "Trainable params: 26",
        "Non-trainable params: 0",
        "-" * 64,
        "Input size (MB): 0.00",
        "Forward/backward pass size (MB): 0.00",
        "Params size (MB): 0.00",
        "Estimated Total Size (MB): 0.00",
        "-" * 64,
    ]


@given(nested_networks())
def test_every_line_comes_to_its_number_and_the_lines_to_the_totals(network: NetworkSpec) -> None:
    plan = make_plan(network)
    for step in [*plan.steps, *plan.blocks.values()]:
        left, equals, right = arithmetic(step).text().rpartition(" = ")
        if equals and "…" not in left:  # a long sum of a block leaves out its middle
            assert evaluated(left) == int(right.replace(",", "")) == step.count, left
        if step.macs and not step.parts:
            left, _, right = multiplications(step).partition(" = ")
            assert evaluated(left) == int(right.replace(",", "")) == step.macs, left
    assert sum(step.count for step in plan.steps) == plan.count
    assert sum(step.macs for step in plan.steps) == plan.macs
    assert sum(part.count for part in plan.parts) == plan.count or plan.problem
