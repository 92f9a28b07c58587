"""Whole networks: each tensor is saved once, copies of a repeat like those written out, and what is held at once."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from builder.analysis.memory import Memory, memory
from builder.layers import LAYERS, Layer
from builder.layers.blocks import Group, Repeat
from builder.network.experiment import Batch
from builder.network.inputs import Features, Image, Sequence, Tokens
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.network.step import Step
from builder.runtime.module import build_module
from builder.runtime.probe import draw
from builder.zoo.presets import PRESETS
from tests.analysis.memory.measured import held_by_torch, saved, saved_by_torch
from tests.depth import examples
from tests.strategies import inputs, nested_networks


def layer(kind: str, name: str, **options: Any) -> Layer:
    return LAYERS[kind].checked({"name": name, **options})


def counted(plan: Plan, rows: int) -> Memory:
    return memory(plan, rows, "float32", "SGD")


@given(nested_networks(), st.integers(1, 3))
@examples(200, 2000)
def test_in_nested_networks_each_tensor_is_kept_once(network: NetworkSpec, rows: int) -> None:
    plan = make_plan(network)
    assume(plan.problem is None and plan.modules < 60)
    assume(rows > 1 or not any(step.layer.kind.startswith("BatchNorm") for step in plan.steps))
    assume(not memory(plan, rows, "float32", "SGD").estimated)
    assert saved(plan, rows) == saved_by_torch(plan, rows)


@given(nested_networks())
@examples(100, 1000)
def test_a_repeat_keeps_what_its_copies_written_out_keep(network: NetworkSpec) -> None:
    body = tuple(layer for layer in network.layers if layer.kind != "TiedLinear")
    whole = make_plan(network.with_layers(body))
    assume(whole.problem is None and tuple(whole.output_shape) == tuple(whole.input_shape) and body)
    assume(not hasattr(whole.input_shape, "vocabulary"))
    many = make_plan(network.with_layers((Repeat(name="r", layers=body, times=5),)))
    copies = tuple(LAYERS["Sequential"].checked({"name": f"copy{n}", "layers": body}) for n in range(5))
    assert saved(many, 3) == saved(make_plan(network.with_layers(copies)), 3)


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


@pytest.mark.parametrize("preset", ["lenet5", "resnet18", "mobilenet_v2", "unet", "encoder", "vit_b16"])
def test_of_published_networks_torch_keeps_as_much(preset: str) -> None:
    plan = make_plan(PRESETS[preset].experiment.network)
    rows = 2 if preset in ("mobilenet_v2", "resnet18") else 1  # they normalize the batch
    assert saved(plan, rows) == saved_by_torch(plan, rows)


def test_words_that_two_tables_read_are_kept_once() -> None:
    tables = tuple(LAYERS["Embedding"](name=f"table{n}") for n in range(2))
    both = LAYERS["Branches"].checked({"name": "both", "layers": tables})
    plan = make_plan(NetworkSpec(input=Tokens(length=3, vocabulary=5), layers=(both,)))
    assert saved(plan, 2) == saved_by_torch(plan, 2) == 8 * 2 * 3


def test_what_flatten_has_to_copy_is_saved_instead_of_its_input() -> None:
    layers = (
        layer("Conv2d", "conv", out_channels=6, kernel_size=1),
        layer("Flatten", "pixels", start_dim=2),
        layer("Transpose", "turned"),
        layer("Flatten", "flat"),
        layer("Linear", "out", out_features=3),
    )
    plan = make_plan(NetworkSpec(input=Image(channels=3, height=4, width=4), layers=layers))
    # what enters the convolution (2 × 3 × 4 × 4), and the copy that enters the Linear layer (2 × 96)
    assert saved(plan, 2) == saved_by_torch(plan, 2) == 4 * (96 + 192) == 1152


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_an_encoder_layer_holds_what_its_wide_layers_hold(activation: str) -> None:
    encoder = layer("TransformerEncoderLayer", "a", nhead=4, dim_feedforward=256, dropout=0.0, activation=activation)
    plan = make_plan(NetworkSpec(input=Sequence(length=10, features=16), layers=(encoder,)))
    batch = torch.randn(2, 10, 16)
    # what waits to be added (2 × 10 × 16), and what enters and leaves the activation (2 × 10 × 256)
    assert counted(plan, 2).largest == 2 * 10 * (16 + 2 * 256)
    # in training mode torch goes through its parts, and our batch lives on beside them
    assert held_by_torch(build_module(plan).train(), batch) == 4 * counted(plan, 2).largest + batch.nbytes


@pytest.mark.parametrize("dropout", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("norm_first", [False, True])
def test_an_encoder_layer_takes_the_memory_of_its_parts(norm_first: bool, trainable: bool, dropout: float) -> None:
    options = {"nhead": 2, "dim_feedforward": 64, "dropout": dropout, "norm_first": norm_first, "trainable": trainable}
    dropouts = [layer("Dropout", f"dropout{n}", p=dropout) for n in range(3)]
    attention = (layer("MultiheadAttention", "attention", num_heads=2, dropout=dropout), dropouts[0])
    wide, narrow = layer("Linear", "wide", out_features=64), layer("Linear", "narrow", out_features=8)
    forward = (wide, layer("ReLU", "relu"), dropouts[1], narrow, dropouts[2])
    parts = []
    for n, body in enumerate([attention, forward]):
        norm = layer("LayerNorm", f"norm{n}")
        inside = (norm, *body) if norm_first else body
        parts += [layer("Residual", f"residual{n}", layers=inside), *([] if norm_first else [norm])]

    def found(*layers: Layer) -> Memory:
        layers = (layer("PReLU", "first"), *layers)
        return counted(make_plan(NetworkSpec(input=Sequence(length=6, features=8), layers=layers)), 3)

    whole = found(layer("TransformerEncoderLayer", "a", **options))
    assert whole == found(layer("Sequential", "a", layers=tuple(parts), trainable=trainable))


@given(nested_networks(), st.integers(1, 3))
@examples(50, 1000)
def test_nothing_is_said_to_be_held_that_torch_does_not_hold(network: NetworkSpec, rows: int) -> None:
    plan = make_plan(network)
    assume(plan.problem is None and plan.modules < 60 and not isinstance(network.input, Tokens))
    batch = draw(Batch(rows=rows), network.input)
    assert 4 * counted(plan, rows).largest <= max(batch.nbytes, held_by_torch(build_module(plan).eval(), batch))


def test_dropout_holds_nothing_where_the_network_only_answers() -> None:
    layers = (layer("Linear", "a", out_features=8), layer("Dropout", "b"), layer("Linear", "c", out_features=2))
    plan = make_plan(NetworkSpec(input=Features(in_features=4), layers=layers))
    assert counted(plan, 3).largest == 3 * (4 + 8)


@st.composite
def half_fitting(draw: DrawFn) -> NetworkSpec:
    """Networks in which something seldom fits: layers and blocks are left out, emptied, repeated, or meet another input."""
    network = draw(nested_networks())
    layers = [each for each in network.layers if draw(st.integers(0, 5))]
    odd = st.sampled_from([*LAYERS.values()]).map(lambda kind: kind(name="odd"))
    layers.insert(draw(st.integers(0, len(layers))), draw(odd))
    for n in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(["Sequential", "Residual", "Branches", "Repeat"]))
        at = draw(st.integers(0, len(layers) - 1))
        layers[at:] = [layer(kind, f"around{n}", layers=tuple(layers[at:]))]
    given = draw(st.just(network.input) | inputs())
    return NetworkSpec(input=given, layers=tuple(layers), seed=network.seed)


def fitting(step: Step) -> Layer:
    """The layer of `step` with nothing in it but what fits."""
    if not isinstance(step.layer, Group):
        return step.layer
    return step.layer.with_option("layers", tuple(map(fitting, step.parts)))


@given(half_fitting(), st.integers(1, 3))
@examples(100, 2000)
def test_of_a_network_that_does_not_fit_what_fits_is_counted(network: NetworkSpec, rows: int) -> None:
    plan = make_plan(network)
    part = make_plan(network.with_layers(tuple(map(fitting, plan.parts))))
    assert not part.steps or part.problem is None
    whole, alone = counted(plan, rows), counted(part, rows)
    assert (whole.kept, whole.kept_bytes, whole.largest) == (alone.kept, alone.kept_bytes, alone.largest)


def test_of_a_block_whose_inside_does_not_fit_nothing_is_counted() -> None:
    block = layer("Sequential", "block", layers=(layer("ReLU", "relu"),))
    plan = make_plan(NetworkSpec(input=Tokens(length=3, vocabulary=5), layers=(block,)))
    assert plan.problem is not None
    assert (counted(plan, 2).training, counted(plan, 2).largest) == (0, 2 * 3)
