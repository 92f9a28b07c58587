"""Blocks: how shapes, parameters and data go through them, against torch; what does not go together, and its mend."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from torch.utils.flop_counter import FlopCounterMode

from builder.analysis.advice import advise
from builder.analysis.summary import arithmetic, table_text
from builder.core.options import Refusal
from builder.drawing.layers import to_dot
from builder.formats.torch_source import to_python
from builder.layers import LAYERS, Layer
from builder.layers.blocks import Block, Branches, Group, Residual, Shortcut
from builder.layers.embedding import Embedding
from builder.layers.linear import Linear
from builder.network.experiment import Batch
from builder.network.inputs import Image, Input, Sequence, Tokens
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import draw
from tests.depth import examples
from tests.strategies import nested_networks

IMAGE = Image(channels=8, height=6, width=6)


def made(kind: str, name: str, *inner: Layer, **options: Any) -> Layer:
    return LAYERS[kind].checked({"name": name, **options} | ({"layers": inner} if inner else {}))


def conv(name: str, filters: int = 8, **options: Any) -> Layer:
    return made("Conv2d", name, **{"out_channels": filters, "padding": 1, **options})


def planned(*layers: Layer, given: Input = IMAGE) -> Plan:
    return make_plan(NetworkSpec(input=given, layers=layers))


def problem(plan: Plan) -> str:
    assert plan.problem is not None
    return f"{plan.problem.path}: {plan.problem.message.text()}"


def mended(plan: Plan) -> tuple[str, Plan]:
    """What the button of the problem says, and the plan after it."""
    advice = advise(plan, 5)[0]
    assert advice.problem and advice.mend is not None and advice.mend_label is not None
    return advice.mend_label.text(), make_plan(advice.mend(plan.spec))


@examples(fixed=75, deep=1500)
@given(nested_networks())
def test_a_plan_is_what_torch_builds(network: NetworkSpec) -> None:
    plan = make_plan(network)
    if plan.problem is not None:
        assert not plan.steps  # nothing was drawn: all that is drawn fits
        return
    module = build_module(plan, meta=True)
    assert plan.count == sum(p.numel() for p in module.parameters())
    assert plan.trainable == sum(p.numel() for p in module.parameters() if p.requires_grad)
    assert sum(step.buffer_count for step in plan.steps) == sum(b.numel() for b in module.buffers())
    rows = draw(Batch(rows=2), network.input)
    with torch.no_grad():
        assert tuple(module(rows.to("meta")).shape) == (2, *plan.output_shape)
    assert list(plan.spec.paths) and plan.modules == sum(1 for _ in _leaves(network.layers))


def _leaves(layers: tuple[Layer, ...], times: int = 1) -> list[Layer]:
    found: list[Layer] = []
    for layer in layers:
        found += _leaves(layer.layers, times * layer.copies) if isinstance(layer, Block) else [layer] * times
    return found


@examples(fixed=40, deep=500)
@given(nested_networks())
def test_macs_of_a_network_are_torchs_in_training_but_for_recurrent_layers(network: NetworkSpec) -> None:
    plan = make_plan(network)
    if plan.problem is not None or any(step.layer.family == "recurrent" for step in plan.steps):
        return
    module = build_module(plan, meta=True).train()
    with FlopCounterMode(display=False) as counter:
        module(draw(Batch(rows=3), network.input).to("meta"))
    assert counter.get_total_flops() == 2 * 3 * plan.macs


def test_a_repeat_of_96_costs_no_more_than_one_of_2() -> None:
    def with_times(times: int) -> Plan:
        return planned(made("Repeat", "tower", conv("conv1"), made("ReLU", "relu1"), times=times))

    two, many = with_times(2), with_times(96)
    assert len(two.steps) == len(many.steps) == 2
    assert 48 * two.count == many.count and 48 * two.macs == many.macs
    assert to_dot(two).count("\n") == to_dot(many).count("\n")
    assert len(to_python(two, Batch())) + 1 == len(to_python(many, Batch()))
    assert table_text(many, 1).count("Conv2d-") == 96


def test_repeats_within_repeats_are_bounded() -> None:
    tower = made("Repeat", "a", made("Repeat", "b", conv("conv1"), times=50), times=50)
    assert problem(planned(tower)) == "a.b: Repeats within repeats make 2,500 copies here; 1,000 is the most."


def test_what_is_repeated_keeps_its_shape() -> None:
    plan = planned(made("Repeat", "tower", conv("conv1", 16)))
    assert problem(plan) == (
        "tower: 8 × 6 × 6 goes into what is repeated and 16 × 6 × 6 comes out, so the next copy can't take it. What is "
        "repeated must keep the shape: put the layer that changes it before the repeat."
    )


def test_a_repeat_that_changes_the_shape_is_mended_to_one_copy() -> None:
    label, after = mended(planned(made("Repeat", "tower", conv("conv1", 16))))
    assert label == "Set times = 1" and after.problem is None and after.output_shape == (16, 6, 6)


def test_branches_that_can_not_be_merged_are_put_side_by_side_where_that_is_possible() -> None:
    label, after = mended(planned(made("Branches", "b", conv("conv1", 2), conv("conv2", 3), merge="product")))
    assert label == "Set merge = concatenate" and after.output_shape == (5, 6, 6)
    label, after = mended(planned(made("Branches", "b", conv("conv1", 2), conv("conv2", 3), dim=2)))
    assert label == "Set dim = 1" and after.output_shape == (5, 6, 6)
    label, after = mended(planned(made("Branches", "b", conv("conv1"), conv("conv2"), dim=4)))
    assert label == "Set dim = 1" and after.output_shape == (16, 6, 6)
    assert planned(made("Branches", "b", conv("conv1"), conv("conv2", stride=2))).problem.instead is None  # type: ignore[union-attr]


def test_a_residual_whose_body_changes_the_shape_gets_a_shortcut_by_one_click() -> None:
    plan = planned(made("Residual", "res1", conv("conv1", 16, stride=2)))
    assert problem(plan) == "res1: 16 × 3 × 3 and 8 × 6 × 6 can't be merged: both must have the same shape."
    label, after = mended(plan)
    assert label == "Add a shortcut that fits to res1"
    assert after.problem is None and after.output_shape == (16, 3, 3)
    assert after.spec.paths == (
        "res1",
        "res1.conv1",
        "res1.shortcut",
        "res1.shortcut.conv1",
        "res1.shortcut.batchnorm1",
    )


def test_branches_say_which_axis_does_not_match() -> None:
    ways = (conv("conv1"), conv("conv2", stride=2))
    assert problem(planned(made("Branches", "b", *ways))) == (
        "b: 8 × 6 × 6 and 8 × 3 × 3 can't be concatenated along axis 1: on axis 2 one has 6 and the other 3."
    )
    assert "both must have the same shape" in problem(planned(made("Branches", "b", *ways, merge="sum")))
    assert problem(planned(made("Branches", "b", conv("conv1"), dim=4))) == (
        "b: There is no axis 4 in 8 × 6 × 6; the last one is 3."
    )
    assert planned(made("Branches", "b", conv("conv1"), conv("conv2", 3))).output_shape == (11, 6, 6)


def test_a_residual_has_one_shortcut_at_most() -> None:
    with pytest.raises(Refusal) as refused:
        made("Residual", "res1", Shortcut(name="a"), Shortcut(name="b"))
    assert refused.value.message.text() == "A residual block has one shortcut at most."


def test_the_shortcut_may_stand_anywhere_in_the_list() -> None:
    way = made("Shortcut", "way", conv("conv1", 16))
    first, last = (made("Residual", "res1", *order) for order in ((way, conv("conv2", 16)), (conv("conv2", 16), way)))
    assert isinstance(first, Residual) and first.shortcut == way
    assert planned(first).output_shape == planned(last).output_shape == (16, 6, 6)


@pytest.mark.parametrize(
    ("given", "layers", "said", "label"),
    [
        (
            IMAGE,
            [made("Linear", "out", out_features=2)],
            "Linear needs a flat vector but receives 8 × 6 × 6. Add a Flatten layer before it.",
            "Add Flatten before out",
        ),
        (
            IMAGE,
            [conv("conv1", kernel_size=9, padding=0)],
            "The window spans 9 positions, but 8 × 6 × 6 with padding 0 has only 6. Take a smaller kernel or more padding.",
            "Set kernel_size = 6",
        ),
        (
            IMAGE,
            [conv("conv1", 12, groups=6)],
            "6 groups can't divide 8 channels into 12 filters: both numbers must be multiples of the groups.",
            "Set groups = 2",
        ),
        (
            Sequence(length=5, features=8),
            [made("MultiheadAttention", "mha", num_heads=3)],
            "3 heads can't divide 8 features evenly.",
            "Set num_heads = 2",
        ),
        (
            Tokens(length=7, vocabulary=30),
            [made("Linear", "out", out_features=2)],
            "Linear needs numbers to calculate with but receives 7 tokens, which only name words. Add an Embedding before it.",
            "Add Embedding before out",
        ),
        (
            Tokens(length=7, vocabulary=30),
            [made("Embedding", "table", embedding_dim=4), made("TiedLinear", "head")],
            "The weight of table is 30 × 4, but 1 × 4 is needed here: as many words, and as many features, as table has.",
            "Set out_features = 30",
        ),
        (
            Sequence(length=5, features=8),
            [made("LSTM", "lstm1", hidden_size=4, proj_size=4)],
            "The projection, 4, must be smaller than the state, 4.",
            "Set proj_size = 0",
        ),
        (
            IMAGE,
            [made("PixelShuffle", "up", upscale_factor=3)],
            "PixelShuffle needs a multiple of 3 × 3 channels but receives 8.",
            "Set upscale_factor = 2",
        ),
        (
            IMAGE,
            [made("MaxPool2d", "pool", kernel_size=8)],
            "The window spans 8 positions, but 8 × 6 × 6 with padding 0 has only 6. Take a smaller kernel or more padding.",
            "Set kernel_size = 6",
        ),
        (
            IMAGE,
            [conv("conv1", same=True, stride=2, padding=0)],
            "Padding “same” keeps the size, so it needs stride 1; the stride is 2.",
            "Set padding = 1, same = False",
        ),
    ],
)
def test_a_mistake_is_named_and_mended_by_one_click(given: Input, layers: list[Layer], said: str, label: str) -> None:
    plan = planned(*layers, given=given)
    path = layers[-1].name
    assert problem(plan) == f"{path}: {said}"
    shown, after = mended(plan)
    assert shown == label
    assert after.problem is None


def test_a_mend_before_the_first_layer_of_a_block_comes_before_the_block() -> None:
    plan = planned(made("Residual", "res1", made("Linear", "linear1", out_features=288)))
    assert mended(plan)[1].spec.paths == ("flatten1", "res1", "res1.linear1")
    ways = made("Branches", "ways", made("Identity", "a"), made("Linear", "b", out_features=4))
    assert mended(planned(ways))[1].spec.paths[0] == "flatten1"


def test_a_frozen_block_freezes_all_inside_and_no_more() -> None:
    plan = planned(made("Sequential", "g", conv("conv1"), conv("conv2"), trainable=False), conv("conv3"))
    names = {name: p.requires_grad for name, p in build_module(plan).named_parameters()}
    assert names == {
        "g.conv1.weight": False,
        "g.conv1.bias": False,
        "g.conv2.weight": False,
        "g.conv2.bias": False,
        "conv3.weight": True,
        "conv3.bias": True,
    }
    assert plan.count - plan.trainable == plan.blocks["g"].count


def test_a_tied_weight_is_one_parameter_counted_once() -> None:
    text = Tokens(length=4, vocabulary=10)
    table, head = made("Embedding", "table", embedding_dim=3), made("TiedLinear", "head", out_features=10)
    plan = planned(table, head, given=text)
    module = build_module(plan)
    assert module.get_parameter("head.weight") is module.get_parameter("table.weight")
    assert plan.count == 30 == sum(p.numel() for p in module.parameters())
    assert plan.macs == 4 * 3 * 10
    assert arithmetic(plan.steps[1]).text() == "30 shared with table, counted there"
    frozen = planned(table, made("Sequential", "g", head, trainable=False), given=text)
    assert frozen.trainable == 0
    assert not any(p.requires_grad for p in build_module(frozen).parameters())


def test_a_tied_weight_needs_an_embedding() -> None:
    head = made("TiedLinear", "head", out_features=10)
    nothing = "head: There is no Embedding outside of repeats, before this layer, whose weight it could share."
    assert problem(planned(head, given=Sequence(length=4, features=3))) == nothing


TOKENS = Tokens(vocabulary=5, length=3)
TWO_EMPTY = (Group(name="empty1"), Group(name="empty2"))


@pytest.mark.parametrize(
    "block",
    [
        Residual(name="block1"),
        Branches(name="block1", merge="sum", layers=TWO_EMPTY),
        Branches(name="block1", merge="product", layers=TWO_EMPTY),
    ],
)
def test_tokens_are_neither_added_nor_multiplied(block: Block) -> None:
    plan = make_plan(NetworkSpec(input=TOKENS, layers=(block, Embedding(name="embedding1", embedding_dim=2))))
    assert plan.problem is not None and plan.problem.path == "block1"
    assert plan.problem.message.text() == (
        "Tokens only name words, so they can't be added or multiplied. Add an Embedding before the block."
    )


def test_tokens_side_by_side_are_still_tokens() -> None:
    block = Branches(name="block1", layers=TWO_EMPTY)
    network = NetworkSpec(input=TOKENS, layers=(block, Embedding(name="embedding1", embedding_dim=2)))
    plan = make_plan(network)
    assert plan.problem is None and plan.output_shape == (6, 2)
    assert build_module(plan)(draw(Batch(rows=4), TOKENS)).shape == (4, 6, 2)
    numbers = make_plan(NetworkSpec(input=TOKENS, layers=(block, Linear(name="linear1", out_features=2))))
    assert numbers.problem is not None and numbers.problem.path == "linear1"
