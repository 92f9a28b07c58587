"""What is said of a network: each rule's sentence, where it keeps silent, and that each mend mends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.analysis import advice
from builder.analysis.advice import advise
from builder.analysis.advising import Advice
from builder.core.messages import Message
from builder.core.options import Refusal
from builder.initializers import (
    Constant,
    Default,
    Initializer,
    KaimingNormal,
    KaimingUniform,
    Normal,
    Ones,
    Sparse,
    XavierNormal,
    XavierUniform,
    Zeros,
)
from builder.layers import LAYERS, Layer, Shape
from builder.layers.activations import GELU, LeakyReLU, PReLU, ReLU, RReLU, Sigmoid, Tanh
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d, LayerNorm
from builder.layers.output import LogSoftmax, Softmax, Softmin
from builder.layers.regularization import Dropout
from builder.layers.shape import Flatten, Identity
from builder.network.inputs import Features, Image
from builder.network.planner import make_plan
from builder.network.spec import MAX_LAYERS, NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.strategies import FIRST, networks

Made = Callable[[str], Layer]


class Fold(Layer):
    """Stands for layers that give an image."""

    kind = "Fold"
    family = "shape"

    def output_shape(self, shape: Shape) -> Shape:
        return (1, 1, *shape)


class Never(Fold):
    """Stands for a layer that takes nothing at all."""

    def problem(self, shape: Shape) -> Message | None:
        return Message("no")


def dense(width: int, weights: Initializer | None = None) -> Made:
    return lambda name: Linear(name=name, out_features=width, weight_init=weights or Default())


def network(*parts: Made | type[Layer], inputs: int = 3) -> NetworkSpec:
    """The parts in a row, with the names that the app gives: linear1, relu1, …"""
    made: list[Layer] = []
    for part in parts:
        kind = part if isinstance(part, type) else type(part("x"))
        name = NetworkSpec(layers=tuple(made)).fresh_name(kind)
        made.append(part(name=name) if isinstance(part, type) else part(name))
    return NetworkSpec(input=Features(in_features=inputs), layers=tuple(made), seed=7)


def found(spec: NetworkSpec, rows: int = 5) -> dict[str, Advice]:
    said = advise(make_plan(spec), rows)
    assert len({one.kind for one in said}) == len(said)
    return {one.kind: one for one in said}


def mended(spec: NetworkSpec, kind: str) -> NetworkSpec:
    mend = found(spec)[kind].mend
    assert mend is not None
    return mend(spec)


def assert_says(one: Advice, paths: str, message: str, label: str | None) -> None:
    assert " ".join(one.paths) == paths
    assert one.message.text() == message
    assert (one.mend_label.text() if one.mend_label else None) == label
    assert (one.mend is None) == (one.mend_label is None)


@pytest.mark.parametrize(
    ("preset", "kinds"),
    [
        ("tutorial", ["softmax_before_loss"]),
        ("perceptron", []),
        ("xor", ["softmax_before_loss"]),
        ("mnist", ["softmax_before_loss"]),
        ("deep_sigmoid", ["fading_sigmoid", "softmax_before_loss"]),
        ("deep_relu", ["softmax_before_loss"]),
        ("blank", ["empty"]),
    ],
)
def test_what_is_said_of_each_preset(preset: str, kinds: list[str]) -> None:
    assert list(found(PRESETS[preset].experiment.network)) == kinds


def test_every_preset_has_its_expectation_here() -> None:
    assert len(FIRST) == 7


# Problems


def test_an_empty_network_is_begun_with_a_dense_layer() -> None:
    one = found(NetworkSpec())["empty"]
    message = "The network has no layers yet: what goes in comes out. Add a layer to begin."
    assert_says(one, "", message, "Add a dense layer")
    assert (one.problem, one.view) == (True, "layer")
    assert mended(NetworkSpec(), "empty").layers == (Linear(name="linear1", out_features=3),)


def test_a_layer_that_needs_a_flat_vector_gets_a_flatten_layer() -> None:
    spec = network(Flatten, Fold, dense(2))
    one = found(spec)["flatten"]
    message = "linear1: Linear needs a flat vector but receives 1 × 1 × 3. Add a Flatten layer before it."
    assert_says(one, "linear1", message, "Add Flatten before linear1")
    assert (one.kind, one.problem, one.view) == ("flatten", True, "layer")
    assert mended(spec, "flatten").paths == ("flatten1", "fold1", "flatten2", "linear1")


def test_the_rules_wait_until_all_layers_fit() -> None:
    spec = network(dense(2, Zeros()), dense(2), Softmax, Softmax, Fold, dense(2))
    assert list(found(spec)) == ["flatten"]
    assert list(found(mended(spec, "flatten"))) == [
        "constant_weights",
        "softmax_of_softmax",
        "softmax_inside",
        "linear_of_linear",
    ]


def test_a_problem_that_a_flat_vector_does_not_solve_has_no_mend() -> None:
    one = found(NetworkSpec(layers=(Never(name="never1"),)))["unfit"]
    assert_says(one, "never1", "never1: no", None)
    assert one.problem


def test_a_mend_that_finds_no_room_is_refused_as_any_edit() -> None:
    spec = network(Fold, dense(2))
    full = spec.with_layers((*spec.layers, *(Identity(name=f"identity{n}") for n in range(MAX_LAYERS - 2))))
    with pytest.raises(Refusal):
        mended(full, "flatten")


def test_too_large_a_network_is_no_problem_of_the_network() -> None:
    one = found(network(dense(100_000), dense(100_000), dense(2)))["excess"]
    assert one.paths == ("linear2",)
    assert one.message.text().startswith("linear2: Weights and signals would need 40.0 GB, and a live network may take")
    assert (one.mend, one.problem, one.view) == (None, False, "numbers")


def test_an_input_too_large_stands_at_no_layer() -> None:
    one = found(network(dense(1), inputs=1_000_000), rows=1000)["excess"]
    assert one.paths == ()
    assert one.message.text().startswith("Weights and signals would need 4.0 GB, most of it for the input")


def test_notices_that_say_the_same_are_said_together() -> None:
    spec = network(dense(2), BatchNorm1d, dense(2), BatchNorm1d, dense(2))
    one = found(spec, rows=1)["notice_BatchNorm1d"]
    message = (
        "batchnorm1 and batchnorm2: A batch of one has no variance, so BatchNorm1d can't train on it (nn.BatchNorm1d raises "
        "an error). What you see is evaluation mode, where it works. To train, set the batch to 2 rows or more, or use "
        "LayerNorm."
    )
    assert_says(one, "batchnorm1 batchnorm2", message, None)
    assert list(found(spec, rows=2)) == ["bias_before_normalization"]


# Softmax


def test_softmax_before_a_cross_entropy_loss() -> None:
    one = found(PRESETS["tutorial"].experiment.network)["softmax_before_loss"]
    message = (
        "softmax1 gives probabilities, but the loss nn.CrossEntropyLoss takes the scores before it (logits) and applies log-softmax "
        "itself. Train without softmax1, or with nn.NLLLoss on the logarithm of its output: softmax taken twice learns slowly."
    )
    assert_says(one, "softmax1", message, "Remove softmax1")
    assert (one.view, one.problem) == ("softmax", False)
    assert mended(PRESETS["tutorial"].experiment.network, "softmax_before_loss").paths[-1] == "out"


@pytest.mark.parametrize("tail", [(Softmax,), (Softmin,), (Softmax, Identity, Dropout)])
def test_whatever_ends_in_probabilities_is_told_so(tail: tuple[type[Layer], ...]) -> None:
    assert "softmax_before_loss" in found(network(dense(2), *tail))


@pytest.mark.parametrize("tail", [(), (LogSoftmax,), (Sigmoid,), (Softmax, dense(2)), (Softmax, ReLU)])
def test_other_ends_are_not(tail: tuple[type[Layer], ...]) -> None:
    assert "softmax_before_loss" not in found(network(dense(2), *tail))


def test_a_softmax_alone_learns_nothing_and_needs_no_loss() -> None:
    assert found(network(Softmax)) == {}


@pytest.mark.parametrize(("last", "given"), [(Softmax, 1), (Softmin, 1), (LogSoftmax, 0)])
def test_one_output_is_no_class_among_others(last: type[Layer], given: int) -> None:
    spec = network(dense(1), last, inputs=10)
    assert list(found(spec)) == ["softmax_of_one"], "nn.NLLLoss on the logarithm of 1 would be always 0"
    one, name = found(spec)["softmax_of_one"], f"{last.stem()}1"
    message = (
        f"{name} shares 1 among a single class, so it gives {given} whatever comes in, and nothing can be learned from that. One "
        "output that says yes or no ends in Sigmoid, with the loss nn.BCELoss, or in no activation, with nn.BCEWithLogitsLoss."
    )
    assert_says(one, name, message, f"Use Sigmoid instead of {name}")
    plan = make_plan(spec)
    with torch.no_grad():
        assert torch.equal(build_module(plan)(torch.randn(4, 10)), torch.full((4, 1), float(given)))
    assert mended(spec, "softmax_of_one").paths == ("linear1", "sigmoid1")


def test_one_channel_is_no_class_among_others_either() -> None:
    image = Image(channels=3, height=4, width=5)
    layers = (LAYERS["Conv2d"](name="c"), Softmax(name="s"))
    assert "softmax_of_one" in found(NetworkSpec(input=image, layers=layers))
    assert "softmax_of_one" not in found(NetworkSpec(input=image, layers=(layers[0], Softmax(name="s", dim=3))))


def test_all_softmaxes_at_the_end_are_removed_for_training() -> None:
    spec = network(dense(2), Softmax, Identity, Softmin)
    assert mended(spec, "softmax_before_loss").paths == ("linear1", "identity1")


def test_two_softmaxes_in_a_row() -> None:
    spec = network(dense(2), Softmax, Dropout, Identity, Flatten, Softmax)
    one = found(spec)["softmax_of_softmax"]
    message = (
        "softmax1 already gives probabilities, and softmax2 takes them for scores. Softmax presses probabilities together, "
        "so the network can never be sure of an answer and learns slowly."
    )
    assert_says(one, "softmax1 softmax2", message, "Remove softmax1")
    assert one.view == "softmax"
    assert mended(spec, "softmax_of_softmax").paths == ("linear1", "dropout1", "identity1", "flatten1", "softmax2")


def test_of_many_softmaxes_in_a_row_the_last_stays() -> None:
    spec = network(dense(2), Softmax, Softmax, LogSoftmax)
    one = found(spec)["softmax_of_softmax"]
    assert one.paths == ("softmax1", "softmax2", "logsoftmax1")
    assert one.mend_label is not None and one.mend_label.text() == "Remove softmax1 and softmax2"
    assert mended(spec, "softmax_of_softmax").paths == ("linear1", "logsoftmax1")


@pytest.mark.parametrize("parts", [(Softmax, dense(2), Softmax), (Softmax, ReLU, Softmax), (LogSoftmax, Softmax)])
def test_softmaxes_apart_and_a_softmax_of_logarithms_are_not_two_in_a_row(parts: tuple[type[Layer], ...]) -> None:
    assert "softmax_of_softmax" not in found(network(dense(2), *parts))


# Dropout and width


def test_dropout_at_the_output() -> None:
    spec = network(dense(4), Dropout, dense(2), Dropout, Softmax, Dropout)
    one = found(spec)["dropout_at_output"]
    message = (
        "No dense layer follows dropout2 and dropout3, so in training this dropout sets numbers of the network's answer "
        "itself to zero. The loss then judges an answer that the network did not give; dropout belongs before the last dense "
        "layer."
    )
    assert_says(one, "dropout2 dropout3", message, "Remove dropout2 and dropout3")
    assert one.view == "layer"
    assert mended(spec, "dropout_at_output").paths == ("linear1", "dropout1", "linear2", "softmax1")


@pytest.mark.parametrize(
    "parts",
    [
        (dense(4), ReLU, Dropout, dense(2)),
        (Dropout, dense(2)),
        (Dropout,),
        (dense(2), lambda name: Dropout(name=name, p=0.0)),
    ],
)
def test_dropout_before_the_last_dense_layer_or_of_nothing_is_fine(parts: tuple[Made, ...]) -> None:
    assert "dropout_at_output" not in found(network(*parts))


def test_a_hidden_layer_of_one_neuron() -> None:
    spec = network(dense(8), ReLU, dense(1), ReLU, dense(5), dense(2))
    one = found(spec)["width_one"]
    message = "A single number is all that gets through linear2. The layers behind can't bring back what is lost there."
    assert_says(one, "linear2", message, "Give linear2 more neurons")
    assert one.view == "layer"
    assert mended(spec, "width_one").layer("linear2") == Linear(name="linear2", out_features=5)


@pytest.mark.parametrize(
    ("inputs", "widths", "after"),
    [
        (3, (1, 2), (2, 2)),
        (2, (1, 4), (2, 4)),
        (3, (1, 1), (3, 1)),
        (3, (1, 1, 1, 4, 1), (3, 3, 3, 4, 1)),
        (1, (1, 5, 2), (5, 5, 2)),
        (784, (1, 512, 1, 1), (64, 512, 64, 1)),
    ],
)
def test_it_becomes_as_wide_as_the_narrower_side(inputs: int, widths: tuple[int, ...], after: tuple[int, ...]) -> None:
    spec = mended(network(*map(dense, widths), inputs=inputs), "width_one")
    assert tuple(step.output_shape[0] for step in make_plan(spec).steps) == after


@pytest.mark.parametrize(("inputs", "widths"), [(2, (1,)), (3, (4, 1)), (1, (1, 1)), (3, (2, 2))])
def test_one_neuron_at_the_end_or_where_all_is_one_wide_is_fine(inputs: int, widths: tuple[int, ...]) -> None:
    assert "width_one" not in found(network(*map(dense, widths), inputs=inputs))


# Weights


def test_equal_weights() -> None:
    spec = network(dense(4, Zeros()), ReLU, dense(4, Constant()), Tanh, dense(4, Ones()), GELU, dense(2, Zeros()))
    one = found(spec)["constant_weights"]
    message = (
        "In linear1 and 2 others, all weights start out the same, so all neurons weigh their inputs alike. Training tends to "
        "change them alike too, and the layer can do little more than a single neuron."
    )
    assert_says(one, "linear1 linear2 linear3", message, "Give linear1 and 2 others random weights")
    assert one.view == "module"
    after = [layer.weight_init for layer in mended(spec, "constant_weights").layers if isinstance(layer, Linear)]
    assert after == [KaimingNormal(), XavierUniform(), Default(), Zeros()]


@pytest.mark.parametrize(
    "parts", [(dense(1, Zeros()), dense(2)), (dense(4, Zeros()),), (dense(4, Normal(std=0.1)), dense(2))]
)
def test_one_neuron_and_the_last_layer_may_start_with_equal_weights(parts: tuple[Made, ...]) -> None:
    assert "constant_weights" not in found(network(*parts))


def test_xavier_before_relu() -> None:
    spec = network(dense(4, XavierUniform()), Dropout, ReLU, dense(4, XavierNormal()), PReLU, Tanh, dense(2))
    one = found(spec)["xavier_before_relu"]
    message = (
        "In linear1 and linear2, Xavier weights come before an activation of the ReLU family, which cuts off about half of "
        "the signal. It gets weaker from layer to layer; He weights are larger to make up for it."
    )
    assert_says(one, "linear1 linear2", message, "Use He weights in linear1 and linear2")
    assert one.view == "module"
    after = mended(spec, "xavier_before_relu")
    assert after.layer("linear1") == dense(4, KaimingUniform())("linear1")
    assert after.layer("linear2") == dense(4, KaimingNormal(a=0.25))("linear2")


@pytest.mark.parametrize(
    "parts",
    [
        (dense(4, XavierUniform()), BatchNorm1d, ReLU),
        (dense(4, XavierUniform()), ReLU, LayerNorm),
        (dense(4, XavierUniform()), Tanh, ReLU),
        (dense(4, XavierUniform()), GELU),
        (dense(4, XavierUniform(gain=2**0.5)), ReLU),
        (dense(4, XavierUniform()), dense(4), ReLU),
        (dense(4, XavierUniform()), lambda name: LeakyReLU(name=name, negative_slope=0.9)),
        (dense(4, XavierUniform()), Softmax, ReLU),
        (dense(4), ReLU),
    ],
)
def test_xavier_is_fine_elsewhere(parts: tuple[Made, ...]) -> None:
    assert "xavier_before_relu" not in found(network(*parts, dense(2)))


def test_he_before_sigmoid() -> None:
    spec = network(dense(4, KaimingUniform()), Sigmoid, dense(4, KaimingNormal(nonlinearity="relu")), Tanh, dense(2))
    one = found(spec)["he_before_sigmoid"]
    message = (
        "In linear1 and linear2, He weights come before sigmoid, tanh or softsign, but they are made large for ReLU, which "
        "cuts off half of the signal. Large signals reach the flat ends of these curves, where gradients fade; Xavier weights "
        "are smaller."
    )
    assert_says(one, "linear1 linear2", message, "Use Xavier weights in linear1 and linear2")
    assert one.view == "module"
    after = mended(spec, "he_before_sigmoid")
    assert after.layer("linear1") == dense(4, XavierUniform())("linear1")
    assert after.layer("linear2") == dense(4, XavierNormal())("linear2")


@pytest.mark.parametrize(
    "parts",
    [
        (dense(4, KaimingNormal()), ReLU),
        (dense(4, KaimingNormal()), RReLU),
        (dense(4, KaimingNormal()), BatchNorm1d, Sigmoid),
        (dense(4, KaimingNormal(nonlinearity="sigmoid")), Sigmoid),
        (dense(4, KaimingUniform(a=5**0.5)), Tanh),
        (dense(4, XavierNormal()), Tanh),
    ],
)
def test_he_is_fine_elsewhere(parts: tuple[Made, ...]) -> None:
    assert "he_before_sigmoid" not in found(network(*parts, dense(2)))


# Depth


def deep(count: int, activation: type[Layer], weights: Initializer, *between: type[Layer]) -> NetworkSpec:
    parts: tuple[Made, ...] = (dense(4, weights), *between, activation)
    return network(*parts * count, dense(2))


def test_four_hidden_sigmoid_layers() -> None:
    spec = deep(4, Sigmoid, XavierUniform())
    one = found(spec)["fading_sigmoid"]
    message = (
        "There are 4 hidden sigmoid layers, sigmoid1 to sigmoid4, and the slope of a sigmoid is at most 1/4. Going back, the "
        "gradient is multiplied by all these slopes, so next to nothing reaches the first layers and they hardly learn."
    )
    assert_says(one, "sigmoid1 sigmoid2 sigmoid3 sigmoid4", message, "Use ReLU and He weights instead of 4 sigmoids")
    assert one.view == "softmax"
    assert mended(spec, "fading_sigmoid") == deep(4, ReLU, KaimingNormal())


def test_sigmoids_in_groups_are_replaced_and_names_that_were_given_stay() -> None:
    spec = deep(4, Sigmoid, XavierUniform()).wrapped("sigmoid2", "linear3").renamed("sigmoid4", "gate")
    after = mended(spec, "fading_sigmoid")
    assert [path for path, layer in after.by_path.items() if layer.kind == "ReLU"] == [
        "relu1",
        "block1.relu2",
        "relu3",
        "gate",
    ]
    assert after.layer("block1.linear3") == dense(4, KaimingNormal())("linear3")


def test_ten_hidden_tanh_layers() -> None:
    spec = deep(10, Tanh, Default())
    one = found(spec)["fading_tanh"]
    message = (
        "There are 10 hidden tanh layers, tanh1 to tanh10, with PyTorch's default weights, which are small. Each makes the "
        "signal and the gradient weaker, so little reaches the other end; Xavier weights keep both up."
    )
    assert_says(one, " ".join(f"tanh{n}" for n in range(1, 11)), message, "Use Xavier weights in linear1 and 9 others")
    assert one.view == "softmax"
    assert mended(spec, "fading_tanh") == deep(10, Tanh, XavierUniform())


@pytest.mark.parametrize(
    "spec",
    [
        deep(3, Sigmoid, XavierUniform()),
        network(*(dense(2), Sigmoid) * 4),
        deep(9, Tanh, Default()),
        deep(12, Tanh, XavierUniform()),
        deep(12, Sigmoid, Default(), BatchNorm1d),
        deep(12, Tanh, Default(), LayerNorm),
        deep(12, ReLU, KaimingNormal()),
    ],
)
def test_fewer_or_normalized_layers_pass_enough_on(spec: NetworkSpec) -> None:
    assert set(found(spec)) <= {"bias_before_normalization"}


# All rules


def test_layers_in_groups_are_named_and_mended_by_their_paths() -> None:
    spec = network(dense(4, Zeros()), ReLU, dense(1), Dropout, dense(2), Dropout)
    spec = spec.wrapped("linear1", "relu1").wrapped("linear2", "dropout1").wrapped("linear3", "dropout2")
    said = found(spec)
    assert [one.paths for one in said.values()] == [("block1.linear1",), ("block3.dropout2",), ("block2.linear2",)]
    assert said["dropout_at_output"].message.text().startswith("No dense layer follows block3.dropout2, so")
    for kind in said:
        spec = mended(spec, kind)
    assert (
        " ".join(spec.paths)
        == "block1 block1.linear1 block1.relu1 block2 block2.linear2 block2.dropout1 block3 block3.linear3"
    )
    assert spec.layer("block1.linear1") == dense(4, KaimingNormal())("linear1")
    assert spec.layer("block2.linear2") == dense(2)("linear2")


def test_a_flatten_layer_goes_in_front_of_the_group_whose_first_layer_needs_it() -> None:
    spec = network(Fold, dense(2)).wrapped("linear1")
    after = mended(spec, "flatten")
    assert after.paths == ("fold1", "flatten1", "block1", "block1.linear1")
    assert found(after) == {}


def test_the_most_serious_comes_first() -> None:
    spec = network(dense(1), dense(4, Zeros()), BatchNorm1d, dense(2), Softmax, Dropout, Softmax)
    assert list(found(spec, rows=1)) == [
        "notice_BatchNorm1d",
        "constant_weights",
        "softmax_of_softmax",
        "dropout_at_output",
        "width_one",
        "linear_of_linear",
        "bias_before_normalization",
        "softmax_before_loss",
    ]


WEIGHTS = st.sampled_from(
    [Default(), Zeros(), Sparse(sparsity=0.9), XavierUniform(), XavierNormal(), KaimingUniform(), KaimingNormal()]
)
DENSE = st.builds(dense, st.sampled_from([1, 1, 2, 3]), WEIGHTS)
KINDS = st.sampled_from([Sigmoid, Sigmoid, Tanh, ReLU, LeakyReLU, RReLU, BatchNorm1d, Dropout, Identity, Fold])
ENDS = st.sampled_from([Softmax, LogSoftmax, Softmin, Dropout, Identity, Sigmoid])
FLAT = st.builds(
    lambda body, ends: network(*body, *ends), st.lists(DENSE | KINDS, max_size=14), st.lists(ENDS, max_size=4)
)


def grouped(spec: NetworkSpec, start: int, end: int) -> NetworkSpec:
    chosen = spec.paths[start:end]
    return spec.wrapped(*chosen) if chosen else spec


UNWISE = FLAT | st.builds(grouped, FLAT, st.integers(0, 9), st.integers(1, 18))


def weightless(layer: Layer) -> Layer:
    return layer.with_option("weight_init", Default()) if isinstance(layer, Linear) else layer


@given(networks() | UNWISE)
def test_a_mend_mends_and_keeps_everything_else(spec: NetworkSpec) -> None:
    for one in found(spec).values():
        if one.mend is None:
            continue
        after = one.mend(spec)
        left = found(after).get(one.kind)
        assert left is None or (one.problem and left.paths != one.paths)
        assert (after.seed, after.input) == (spec.seed, spec.input)
        same = weightless if one.kind.startswith("fading") else lambda layer: layer
        kept = {
            path: layer for path, layer in spec.by_path.items() if path not in one.paths and layer.family != "block"
        }
        assert all(same(after.layer(path)) == same(layer) for path, layer in kept.items())


@given(networks() | UNWISE)
def test_mending_one_thing_after_another_comes_to_an_end(spec: NetworkSpec) -> None:
    bound = len(spec.paths) + 2 * len(advice.RULES)
    for _ in range(bound):
        mends = [one.mend for one in found(spec).values() if one.mend]
        if not mends:
            return
        spec = mends[0](spec)
    pytest.fail(f"still to mend after {bound} mends: {list(found(spec))}")
