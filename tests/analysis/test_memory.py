"""What autograd keeps, held against autograd itself; sums, and what a frozen layer or a repeat changes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from builder.analysis.memory import OPTIMISERS, SIZES, memory
from builder.layers import LAYERS, Layer
from builder.layers.blocks import Block, Repeat
from builder.network.experiment import Batch
from builder.network.inputs import Features, Image, Sequence, Tokens
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import draw
from builder.zoo.presets import PRESETS
from tests.strategies import input_of, nested_networks, placed

EXACT = [kind for kind in LAYERS.values() if not issubclass(kind, Block) and kind.kind != "TiedLinear"]


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
@given(data=st.data(), rows=st.integers(1, 3))
@settings(max_examples=25)
def test_between_two_layers_that_learn_each_kind_keeps_what_torch_keeps(
    kind: type[Layer], data: st.DataObject, rows: int
) -> None:
    layer, shape = data.draw(placed(kind).filter(lambda found: found[0].unfit(found[1]) is None))
    assume(not layer.is_estimated())
    rows += layer.kind.startswith("BatchNorm")  # torch normalizes no single row
    scale = () if kind is LAYERS["Embedding"] else (LAYERS["PReLU"](name="first"),)
    plan = make_plan(NetworkSpec(input=input_of(shape), layers=(*scale, layer)))
    assert plan.problem is None
    assert kept(plan, rows) == kept_by_torch(plan, rows)


@given(nested_networks(), st.integers(1, 3))
@settings(max_examples=200)
def test_in_nested_networks_each_tensor_is_kept_once(network: NetworkSpec, rows: int) -> None:
    plan = make_plan(network)
    assume(plan.problem is None and plan.modules < 60)
    assume(rows > 1 or not any(step.layer.kind.startswith("BatchNorm") for step in plan.steps))
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
    assert found.counters == 4 * 6  # Adam's steps, one for each of the three weights and three biases
    # what enters the three Linear layers (5 × 3, 5 × 3, 5 × 2), and what softmax gives (5 × 2)
    assert found.kept == 15 + 15 + 10 + 10
    assert found.training == 4 * (26 + 26 + 52 + 50) + 24
    assert found.inference == 4 * (26 + 5 * (3 + 3))


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("preset", ["tutorial", "lenet5", "resnet18", "encoder"])
def test_parameters_buffers_gradients_and_state_take_what_torch_s_take(preset: str, optimiser: Any) -> None:
    plan = make_plan(PRESETS[preset].experiment.network)
    module = build_module(plan).train()
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    made = {
        "SGD": torch.optim.SGD(module.parameters()),
        "momentum": torch.optim.SGD(module.parameters(), momentum=0.9),
        "Adam": torch.optim.Adam(module.parameters()),
    }[optimiser]
    made.step()
    state = [value for of in made.state.values() for value in of.values() if isinstance(value, Tensor)]
    tensors = [*module.parameters(), *(p.grad for p in module.parameters() if p.grad is not None), *module.buffers()]
    found = memory(plan, 1, "float32", optimiser)
    inside = found.training - 4 * found.kept - found.kept_bytes
    assert inside == sum(tensor.nbytes for tensor in [*tensors, *state])


def test_what_waits_to_be_merged_is_held_too() -> None:
    def linear(name: str, numbers: int) -> Layer:
        return LAYERS["Linear"].checked({"name": name, "out_features": numbers})

    def largest(kind: str, *layers: Layer) -> int:
        block = LAYERS[kind].checked({"name": "block", "layers": layers})
        return memory(
            make_plan(NetworkSpec(input=Features(in_features=4), layers=(block,))), 3, "float32", "SGD"
        ).largest

    assert largest("Sequential", linear("a", 8), linear("b", 4)) == 3 * (4 + 8)
    assert largest("Residual", linear("a", 8), linear("b", 4)) == 3 * (4 + 8 + 4)
    assert largest("Branches", linear("a", 3), linear("b", 5)) == 3 * (3 + 5 + 8)
    assert largest("Branches", linear("a", 9), linear("b", 1)) == 3 * (9 + 1 + 10)


def test_with_int8_nothing_is_trained() -> None:
    found = memory(make_plan(PRESETS["lenet5"].experiment.network), 4, "int8", "Adam")
    assert (found.trainable, found.state, found.kept, found.kept_bytes, found.counters) == (0, 0, 0, 0, 0)
    assert found.training == found.parameters


@pytest.mark.parametrize("number", SIZES)
def test_other_numbers_take_their_bytes(number: Any) -> None:
    plan = make_plan(PRESETS["lenet5"].experiment.network)
    assert memory(plan, 1, number, "SGD").inference * 4 == memory(plan, 1, "float32", "SGD").inference * SIZES[number]


def test_a_frozen_network_keeps_nothing() -> None:
    layers = (LAYERS["Conv2d"].checked({"name": "a", "trainable": False}), LAYERS["ReLU"](name="b"))
    found = memory(make_plan(NetworkSpec(input=Image(), layers=layers)), 4, "float32", "Adam")
    assert found.kept == found.trainable == found.state == 0


def test_what_is_estimated_is_named() -> None:
    estimated = {
        preset: memory(make_plan(PRESETS[preset].experiment.network), 1, "float32", "SGD").estimated
        for preset in PRESETS
    }
    assert {preset: kinds for preset, kinds in estimated.items() if kinds} == {"lstm": ("LSTM",)}


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("rows", "length", "width", "hidden"), [(8, 50, 64, 64), (8, 40, 32, 256), (16, 60, 300, 128)])
def test_what_a_large_lstm_keeps_is_estimated_to_a_tenth(
    rows: int, length: int, width: int, hidden: int, both: bool, frozen: bool
) -> None:
    options = {"hidden_size": hidden, "bidirectional": both, "num_layers": 2, "trainable": not frozen}
    layers = (LAYERS["PReLU"](name="first"), LAYERS["LSTM"].checked({"name": "a", **options}))
    plan = make_plan(NetworkSpec(input=Sequence(length=length, features=width), layers=layers))
    assert kept(plan, rows) == pytest.approx(kept_by_torch(plan, rows), rel=0.1)


@pytest.mark.parametrize("preset", ["lenet5", "resnet18", "mobilenet_v2", "unet", "encoder", "vit_b16"])
def test_of_published_networks_torch_keeps_as_much(preset: str) -> None:
    plan = make_plan(PRESETS[preset].experiment.network)
    rows = 2 if preset in ("mobilenet_v2", "resnet18") else 1  # they normalize the batch
    assert kept(plan, rows) == kept_by_torch(plan, rows)


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
    assert kept(plan, 3) == kept_by_torch(plan, 3)


def test_words_that_two_tables_read_are_kept_once() -> None:
    tables = tuple(LAYERS["Embedding"](name=f"table{n}") for n in range(2))
    both = LAYERS["Branches"].checked({"name": "both", "layers": tables})
    plan = make_plan(NetworkSpec(input=Tokens(length=3, vocabulary=5), layers=(both,)))
    assert kept(plan, 2) == kept_by_torch(plan, 2) == 8 * 2 * 3
