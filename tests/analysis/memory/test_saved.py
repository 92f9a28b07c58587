"""What autograd saves of each kind, held against autograd itself, however the batch lies in memory."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from builder.analysis.memory import NumberType, memory
from builder.analysis.memory.composed import composed
from builder.analysis.memory.layout import Layout, output_layout, view_of
from builder.analysis.memory.saved import Grads, Saved, is_estimated, saved_tensors
from builder.layers import LAYERS, Layer, Shape
from builder.layers.blocks import Block
from builder.layers.convolution import Conv
from builder.network.inputs import Sequence
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from tests.analysis.memory.measured import TYPES, saved, saved_by_torch, saved_in
from tests.depth import examples
from tests.strategies import input_of, placed

EXACT = [kind for kind in LAYERS.values() if not issubclass(kind, Block) and kind.kind != "TiedLinear"]


@pytest.mark.parametrize("kind", EXACT, ids=lambda kind: kind.kind)
@given(data=st.data(), rows=st.integers(1, 3), number=st.sampled_from(sorted(TYPES)))
@settings(examples(25, 200), suppress_health_check=[HealthCheck.filter_too_much])
def test_between_two_layers_that_learn_each_kind_keeps_what_torch_keeps(
    kind: type[Layer], data: st.DataObject, rows: int, number: NumberType
) -> None:
    layer, shape = data.draw(placed(kind).filter(lambda found: found[0].unfit(found[1]) is None))
    rows += layer.kind.startswith("BatchNorm")  # torch normalizes no single row
    scale = () if kind is LAYERS["Embedding"] else (LAYERS["PReLU"](name="first"),)
    plan = make_plan(NetworkSpec(input=input_of(shape), layers=(*scale, layer)))
    assert plan.problem is None
    assume(not memory(plan, rows, number, "SGD").estimated)
    assume(
        not (number == "bfloat16" and isinstance(layer, Conv) and max(layer.reach) > min(shape[1:]))
    )  # torch 2.13 dies of it
    assert saved(plan, rows, number) == saved_by_torch(plan, rows, number)


OPTIONS: dict[str, list[dict[str, Any]]] = {  # that change what is saved, or how the output lies
    "Conv1d": [{"same": True, "kernel_size": 2}],
    "Conv2d": [
        {"padding": (0, 1), "padding_mode": "reflect"},
        {"padding": 1, "padding_mode": "circular"},
        {"same": True, "kernel_size": (2, 3), "padding_mode": "replicate"},
    ],
    "Dropout": [{"p": 0.0}, {"p": 1.0}],
    "Flatten": [{"start_dim": 2}],
    "GRU": [{"last": True}, {"last": True, "bidirectional": True, "num_layers": 2}],
    "LSTM": [{"proj_size": 3}, {"proj_size": 3, "bidirectional": True}],
    "MultiheadAttention": [{"dropout": 0.5}, {"causal": True}],
    "RMSNorm": [{"elementwise_affine": False}],
    "SequencePool": [{"take": "first"}, {"take": "last"}],
    "TransformerEncoderLayer": [{"norm_first": True}],
}
ORDERS: dict[int, list[tuple[int, ...]]] = {  # by how many axes there are, the batch's among them
    2: [(0, 1), (1, 0)],
    3: list(permutations(range(3))),
    4: [(0, 1, 2, 3), (1, 2, 3, 0)],
    5: [(0, 1, 2, 3, 4)],
}


@pytest.mark.parametrize("kind", [kind for kind in EXACT if kind.kind != "Embedding"], ids=lambda kind: kind.kind)
def test_in_whatever_order_its_axes_come_they_leave_and_are_saved_as_in_torch(kind: type[Layer]) -> None:
    """Sequences come in every order (a Transpose, a recurrent layer); images with the batch inside (an Unflatten after both)."""
    shapes = {1: (6,), 2: (4, 6), 3: (4, 6, 6), 4: (4, 6, 6, 6)}
    usual: dict[str, Any] = {}
    for options, rank in product([usual, *OPTIONS.get(kind.kind, [])], kind.ranks or (1, 2, 3)):
        size = {"channels": 6} if kind.kind == "Unflatten" else {}
        layer = kind.checked({"name": "layer1", **size, **options})
        if layer.unfit(shapes[rank]) is None:
            for order in ORDERS[rank + 1]:
                compare_with_torch(layer, shapes[rank], order)


def compare_with_torch(layer: Layer, shape: Shape, order: tuple[int, ...]) -> None:
    sizes = (3, *shape)
    inner = torch.randn([sizes[axis] for axis in order], requires_grad=True)
    x = inner.permute([order.index(axis) for axis in range(len(order))])
    module = build_module(make_plan(NetworkSpec(input=input_of(shape), layers=(layer,)))).train()
    with torch.random.fork_rng():
        found, y = saved_in(module, x)
    given = Layout.of(sizes, order)
    view = view_of(layer, given)
    made = view or output_layout(layer, given)
    along = [axis for axis, size in enumerate(y.shape) if size > 1]
    assert made.sizes == tuple(y.shape), (layer, order)
    assert [made.strides[axis] for axis in along] == [y.stride(axis) for axis in along], (layer, order)
    assert made.storage * 4 == y.untyped_storage().nbytes(), (layer, order)
    assert (view is not None) == (y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()), (layer, order)
    if composed(layer, shape[-1]) or is_estimated(layer, 4):
        return
    weight = any(parameter.requires_grad for parameter in module.parameters())
    said = Saved() if view else saved_tensors(layer, given, Grads(input=True, weight=weight))
    numbers = said.numel + said.input * given.storage + said.output * made.storage
    assert 4 * numbers + 8 * said.int64 == sum(found.values()), (layer, order)
    assert said.input == (x.untyped_storage().data_ptr() in found), (layer, order)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("rows", "length", "width", "hidden"), [(8, 50, 64, 64), (8, 40, 32, 256), (16, 60, 300, 128)])
def test_what_a_large_lstm_keeps_is_estimated_to_a_tenth(
    rows: int, length: int, width: int, hidden: int, both: bool, frozen: bool
) -> None:
    options = {"hidden_size": hidden, "bidirectional": both, "num_layers": 2, "trainable": not frozen}
    layers = (LAYERS["PReLU"](name="first"), LAYERS["LSTM"].checked({"name": "a", **options}))
    plan = make_plan(NetworkSpec(input=Sequence(length=length, features=width), layers=layers))
    assert saved(plan, rows) == pytest.approx(saved_by_torch(plan, rows), rel=0.1)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("RMSNorm", {}),
        ("LSTM", {"hidden_size": 64}),
        ("MultiheadAttention", {"num_heads": 4, "dropout": 0.1}),
        ("TransformerEncoderLayer", {"nhead": 4, "dim_feedforward": 256}),
    ],
)
def test_what_is_estimated_with_16_bits_is_about_half_or_twice_as_much(kind: str, options: dict[str, Any]) -> None:
    layers = (LAYERS["PReLU"](name="first"), LAYERS[kind].checked({"name": "a", **options}))
    plan = make_plan(NetworkSpec(input=Sequence(length=40, features=64), layers=layers))
    assert memory(plan, 8, "bfloat16", "SGD").estimated == (kind,)
    assert 0.45 < saved_by_torch(plan, 8, "bfloat16") / saved(plan, 8, "bfloat16") < 2.2


@pytest.mark.parametrize(
    "kinds",
    [
        "ReLU Transpose Linear",
        "Transpose Tanh Transpose Linear",
        "Transpose Tanh LayerNorm",
        "MultiheadAttention ReLU Linear",
        "GRU Tanh GRU",
        "GRU Tanh Flatten Linear",
        "GRU Tanh RMSNorm Linear",
    ],
)
def test_what_does_not_lie_in_the_usual_order_is_copied_where_torch_copies_it(kinds: str) -> None:
    layers = tuple(LAYERS[kind](name=f"layer{n}") for n, kind in enumerate(["PReLU", *kinds.split()]))
    plan = make_plan(NetworkSpec(input=Sequence(length=4, features=6), layers=layers))
    assert saved(plan, 3) == saved_by_torch(plan, 3)
