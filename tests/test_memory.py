"""What autograd keeps, held against autograd itself; sums, and what a frozen layer or a repeat changes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from builder.experiment import Batch
from builder.inputs import Image
from builder.layers import LAYERS, Layer
from builder.layers.blocks import Block, Repeat
from builder.memory import SIZES, memory
from builder.module import build_module
from builder.plan import Plan, make_plan
from builder.presets import PRESETS
from builder.probe import draw
from builder.spec import NetworkSpec
from tests.strategies import input_of, nested_networks, placed, usual_input

EXACT = [
    kind
    for kind in LAYERS.values()
    if not issubclass(kind, Block)
    and kind(name="a").kept_beside(usual_input(kind).shape) is not None
    and kind.kind != "TiedLinear"
]


def kept_by_torch(plan: Plan, rows: int) -> int:
    """The bytes of all storages, but those of parameters and buffers, that autograd keeps in a forward pass in training."""
    module = build_module(plan).train()
    own = {tensor.untyped_storage().data_ptr() for tensor in [*module.parameters(), *module.buffers()]}
    seen: dict[int, tuple[int, Tensor]] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            seen[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    inputs = draw(Batch(rows=rows), plan.spec.input)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), torch.random.fork_rng():
        module(inputs)
    return sum(size for size, _ in seen.values())


def kept(plan: Plan, rows: int) -> int:
    found = memory(plan, rows, "float32", "SGD")
    return 4 * found.kept + found.kept_bytes


@pytest.mark.parametrize("kind", EXACT, ids=lambda kind: kind.kind)
@given(data=st.data(), rows=st.integers(2, 4))
@settings(max_examples=25)
def test_between_two_layers_that_learn_each_kind_keeps_what_torch_keeps(
    kind: type[Layer], data: st.DataObject, rows: int
) -> None:
    layer, shape = data.draw(placed(kind))
    assume(layer.unfit(shape) is None)
    scale = () if kind is LAYERS["Embedding"] else (LAYERS["PReLU"](name="first"),)
    plan = make_plan(NetworkSpec(input=input_of(shape), layers=(*scale, layer)))
    assert plan.problem is None
    assert kept(plan, rows) == kept_by_torch(plan, rows)


@given(nested_networks(), st.integers(2, 3))
@settings(max_examples=200)
def test_in_nested_networks_each_tensor_is_kept_once(network: NetworkSpec, rows: int) -> None:
    plan = make_plan(network)
    assume(plan.problem is None and plan.modules < 60)
    assume(not memory(plan, rows, "float32", "SGD").estimated)
    assert kept(plan, rows) == kept_by_torch(plan, rows)


@given(nested_networks())
@settings(max_examples=100)
def test_a_repeat_keeps_what_its_copies_written_out_keep(network: NetworkSpec) -> None:
    body = tuple(layer for layer in network.layers if layer.kind != "TiedLinear")
    whole = make_plan(network.with_layers(body))
    assume(whole.problem is None and tuple(whole.output_shape) == tuple(whole.input_shape) and body)
    assume(not hasattr(whole.input_shape, "vocabulary"))
    many = make_plan(network.with_layers((Repeat(name="r", layers=body, times=5),)))
    copies = tuple(LAYERS["Sequential"].checked({"name": f"copy{n}", "layers": body}) for n in range(5))
    assert kept(many, 3) == kept(make_plan(network.with_layers(copies)), 3)


def test_parameters_gradients_and_state_by_hand() -> None:
    plan = make_plan(PRESETS["tutorial"].experiment.network)
    found = memory(plan, 5, "float32", "Adam")
    assert (found.parameters, found.trainable, found.state, found.buffers) == (26, 26, 52, 0)
    # what enters the three Linear layers (5 × 3, 5 × 3, 5 × 2), and what softmax gives (5 × 2)
    assert found.kept == 15 + 15 + 10 + 10
    assert found.training == 4 * (26 + 26 + 52 + 50)
    assert found.inference == 4 * (26 + 5 * (3 + 3))


@pytest.mark.parametrize("number", SIZES)
def test_other_numbers_take_their_bytes(number: Any) -> None:
    plan = make_plan(PRESETS["lenet5"].experiment.network)
    assert memory(plan, 1, number, "SGD").inference * 4 == memory(plan, 1, "float32", "SGD").inference * SIZES[number]


def test_a_frozen_network_keeps_nothing() -> None:
    layers = (LAYERS["Conv2d"].checked({"name": "a", "trainable": False}), LAYERS["ReLU"](name="b"))
    found = memory(make_plan(NetworkSpec(input=Image(), layers=layers)), 4, "float32", "Adam")
    assert found.kept == found.trainable == found.state == 0


def test_what_is_estimated_is_named() -> None:
    assert memory(make_plan(PRESETS["lstm"].experiment.network), 1, "float32", "SGD").estimated == ("LSTM",)
    assert memory(make_plan(PRESETS["resnet18"].experiment.network), 1, "float32", "SGD").estimated == ()
