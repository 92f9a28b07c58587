"""The sums: by hand, and held against what torch's parameters, gradients, buffers and optimisers take."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from builder.analysis.memory import OPTIMISERS, SIZES, memory
from builder.layers import LAYERS
from builder.network.inputs import Image
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS


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


def test_with_16_bits_more_is_only_estimated() -> None:
    plan = make_plan(PRESETS["encoder"].experiment.network)
    assert memory(plan, 1, "float32", "SGD").estimated == memory(plan, 1, "int8", "SGD").estimated == ()
    for number in ("float16", "bfloat16"):
        assert memory(plan, 1, number, "SGD").estimated == ("MultiheadAttention",)
