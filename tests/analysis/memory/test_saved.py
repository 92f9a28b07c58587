"""What autograd saves of each kind, held against autograd itself, however the batch lies in memory."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from builder.analysis.memory import NumberType, memory
from builder.layers import LAYERS, Layer
from builder.layers.blocks import Block
from builder.network.inputs import Sequence
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from tests.analysis.memory.measured import TYPES, saved, saved_by_torch
from tests.depth import examples
from tests.strategies import input_of, placed

EXACT = [kind for kind in LAYERS.values() if not issubclass(kind, Block) and kind.kind != "TiedLinear"]


@pytest.mark.parametrize("kind", EXACT, ids=lambda kind: kind.kind)
@given(data=st.data(), rows=st.integers(1, 3), number=st.sampled_from(sorted(TYPES)))
@examples(25, 200)
def test_between_two_layers_that_learn_each_kind_keeps_what_torch_keeps(
    kind: type[Layer], data: st.DataObject, rows: int, number: NumberType
) -> None:
    layer, shape = data.draw(placed(kind).filter(lambda found: found[0].unfit(found[1]) is None))
    rows += layer.kind.startswith("BatchNorm")  # torch normalizes no single row
    scale = () if kind is LAYERS["Embedding"] else (LAYERS["PReLU"](name="first"),)
    plan = make_plan(NetworkSpec(input=input_of(shape), layers=(*scale, layer)))
    assert plan.problem is None
    assume(not memory(plan, rows, number, "SGD").estimated)
    assert saved(plan, rows, number) == saved_by_torch(plan, rows, number)


SEQUENCES = [kind for kind in EXACT if kind.kind != "Embedding" and 2 in (kind.ranks or [2])]
ORDERS = "Transpose,GRU,GRU Transpose,Transpose PReLU,PReLU Transpose,Transpose GRU Transpose".split(",")
ENDS = ",Linear,Flatten Linear,Transpose Linear,GRU,MultiheadAttention,MaxPool1d Flatten Linear".split(",")


@pytest.mark.parametrize("kind", SEQUENCES, ids=lambda kind: kind.kind)
@given(data=st.data(), rows=st.integers(1, 3), order=st.sampled_from(ORDERS), end=st.sampled_from(ENDS))
@examples(10, 200)
def test_however_a_sequence_lies_in_memory_what_torch_copies_is_saved_as_a_copy(
    kind: type[Layer], data: st.DataObject, rows: int, order: str, end: str
) -> None:
    layer, shape = data.draw(placed(kind, [2]).filter(lambda found: found[0].unfit(found[1]) is None))
    rows += layer.kind.startswith("BatchNorm")
    before, shapes = [], [shape]  # from the layer on backwards: what leaves and enters those before it
    for n, name in enumerate(reversed(order.split())):
        size = {"hidden_size": shapes[-1][1]} if name == "GRU" else {}
        before.append(LAYERS[name].checked({"name": f"before{n}", **size}))
        shapes.append(shapes[-1][::-1] if name == "Transpose" else shapes[-1])
    after = [LAYERS[name](name=f"after{n}") for n, name in enumerate(end.split())]
    plan = make_plan(NetworkSpec(input=input_of(shapes[-1]), layers=(*reversed(before), layer, *after)))
    assume(plan.problem is None and not memory(plan, rows, "float32", "SGD").estimated)
    assert saved(plan, rows) == saved_by_torch(plan, rows)


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
