"""What is said of layers that follow each other unwisely; each mend silences its rule and leaves a network that fits."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from builder.analysis.advice import advise
from builder.analysis.axes import mistaken_axes
from builder.layers import Layer
from builder.layers.blocks import Repeat
from builder.layers.convolution import Conv1d
from builder.network.inputs import Features, Image, Input, Sequence, Tokens
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.networks import made, opened


def kinds(spec: NetworkSpec) -> list[str]:
    return [one.kind for one in advise(make_plan(spec), 5)]


@pytest.mark.parametrize(
    ("case", "kind", "after"),
    [
        ("bias_before_bn", "bias_before_normalization", ("conv1", "bn1", "relu1")),
        ("relu_logits", "activation_on_logits", ("linear1", "relu1", "linear2", "softmax1")),
        ("two_linear", "linear_of_linear", ("a1", "relu1", "b1", "relu2", "c1")),
        ("conv1d_axes", "mistaken_axes", ("transpose1", "conv1")),
    ],
)
def test_each_fault_is_said_and_its_mend_silences_it(case: str, kind: str, after: tuple[str, ...]) -> None:
    spec = opened(case)
    one = next(one for one in advise(make_plan(spec), 5) if one.kind == kind)
    assert one.mend is not None
    mended = one.mend(spec)
    assert mended.paths == after and make_plan(mended).problem is None
    assert kind not in kinds(mended)


def test_a_bias_before_batchnorm_has_no_effect_in_training() -> None:
    spec = opened("bias_before_bn")
    module = build_module(make_plan(spec)).train()
    x = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    before = module(x).detach()
    with torch.no_grad():
        module.get_parameter("conv1.bias").add_(3.0)
    torch.testing.assert_close(module(x).detach(), before, rtol=1e-4, atol=1e-4)


def net(given: Input, *layers: Layer) -> NetworkSpec:
    spec = NetworkSpec(input=given, layers=layers)
    assert make_plan(spec).problem is None
    return spec


FLAT, STEPS, WORDS = Features(in_features=4), Sequence(length=6, features=4), Tokens(length=6, vocabulary=9)
IMAGE = Image(channels=1, height=28, width=28)


def dense(name: str, **options: Any) -> Layer:
    return made("Linear", name, **({"out_features": 4} | options))


def chain(*names: str, times: int = 1) -> list[Layer]:
    return [made(kind, f"{kind.lower()}{n}") for n in range(times) for kind in names]


def deep(activation: str, times: int) -> Layer:
    return made("Repeat", "rep", times=times, layers=(dense("a"), made(activation, "act")))


def side(*layers: Layer) -> Layer:
    return made(
        "Branches", "side", merge="sum", layers=tuple(made("Sequential", f"g{n}", layers=layers) for n in range(4))
    )


HALVED = (
    made("Conv2d", "c1", out_channels=4, stride=2, padding=1),
    made("Conv2d", "c2", out_channels=8, stride=2, padding=1),
)
WIDENED = (
    made("ConvTranspose2d", "t1", out_channels=4, stride=2, padding=1),
    made("ConvTranspose2d", "t2", out_channels=1, stride=2, padding=1),
)
CONSTANT = {"kind": "constant_"}

WRONG: dict[str, tuple[str, NetworkSpec]] = {
    "an activation first": ("activation_first", net(FLAT, made("ReLU", "relu1"), dense("a"))),
    "a softmax inside": ("softmax_inside", net(FLAT, dense("a"), made("Softmax", "s"), dense("b"))),
    "a softmax inside, behind it dropout": (
        "softmax_inside",
        net(FLAT, dense("a"), made("Softmax", "s"), made("Dropout", "d"), dense("b")),
    ),
    "sigmoids in a repeat": ("fading_sigmoid", net(FLAT, deep("Sigmoid", 10), dense("out"))),
    "tanh in a repeat": ("fading_tanh", net(FLAT, deep("Tanh", 12), dense("out"))),
    "linear in a group behind another": (
        "linear_of_linear",
        net(FLAT, dense("a"), made("Sequential", "g", layers=(dense("b"),))),
    ),
    "a bias before a group that begins with a normalization": (
        "bias_before_normalization",
        net(FLAT, dense("a"), made("Sequential", "g", layers=(made("BatchNorm1d", "n"), dense("b")))),
    ),
    "a normalization over steps": ("mistaken_axes", net(STEPS, made("BatchNorm1d", "n"), made("LSTM", "l"))),
    "two normalizations over steps": (
        "mistaken_axes",
        net(STEPS, made("GroupNorm", "n"), made("ReLU", "r"), made("BatchNorm1d", "m"), dense("a")),
    ),
    "pooling over features": ("mistaken_axes", net(STEPS, made("MaxPool1d", "p"))),
    "a convolution of words": ("mistaken_axes", net(WORDS, made("Embedding", "e"), made("Conv1d", "c"))),
    "a recurrent layer over channels": (
        "mistaken_axes",
        net(STEPS, made("Transpose", "t"), made("Conv1d", "c", out_channels=5), made("ReLU", "r"), made("GRU", "g")),
    ),
    "attention over channels": ("mistaken_axes", net(STEPS, made("Transpose", "t"), made("MultiheadAttention", "a"))),
    "attention over the channels of an image": (
        "mistaken_axes",
        net(
            IMAGE,
            made("Conv2d", "c", out_channels=4, kernel_size=7, stride=7),
            made("Flatten", "f", start_dim=2),
            made("TransformerEncoderLayer", "t", dim_feedforward=8),
        ),
    ),
    "features normalized behind a convolution": (
        "mistaken_axes",
        net(STEPS, made("Transpose", "t"), made("Conv1d", "c", out_channels=5), made("LayerNorm", "n")),
    ),
    "the last step of two directions": (
        "half_read",
        net(STEPS, made("LSTM", "l", bidirectional=True), made("SequencePool", "p", take="last"), dense("a")),
    ),
    "the first step of two directions": (
        "half_read",
        net(STEPS, made("GRU", "l", bidirectional=True), made("SequencePool", "p", take="first")),
    ),
    "constant recurrent weights": (
        "constant_weights",
        net(STEPS, made("GRU", "g", weight_init=CONSTANT, recurrent_init={"kind": "zeros_"}), dense("a")),
    ),
    "constant attention": (
        "constant_weights",
        net(STEPS, made("MultiheadAttention", "m", weight_init=CONSTANT), dense("a")),
    ),
    "a constant convolution": (
        "constant_weights",
        net(IMAGE, made("Conv2d", "c", out_channels=3, weight_init=CONSTANT), made("Flatten", "f"), dense("a")),
    ),
    "one vector for all words": (
        "equal_words",
        net(WORDS, made("Embedding", "e", weight_init=CONSTANT), made("GRU", "g")),
    ),
    "a normalization of one number": (
        "single_normalized",
        net(FLAT, dense("a", out_features=1), made("LayerNorm", "n"), dense("b")),
    ),
    "all dropped": ("all_dropped", net(FLAT, dense("a"), made("Dropout", "d", p=1.0), dense("b"))),
    "ReLU of logarithms": ("rectified_logarithms", net(FLAT, dense("a"), made("LogSoftmax", "s"), made("ReLU", "r"))),
    "ReLU of logarithms of sigmoids": (
        "rectified_logarithms",
        net(FLAT, dense("a"), made("LogSigmoid", "s"), made("ReLU", "r")),
    ),
    "an image that does not come back": ("other_size", net(IMAGE, *HALVED, *WIDENED)),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_of_these_is_said_in_both_languages_and_its_mend_silences_it(case: str) -> None:
    kind, spec = WRONG[case]
    one = next(one for one in advise(make_plan(spec), 5) if one.kind == kind)
    assert one.mend is not None and one.mend_label is not None
    assert one.message.text("zh") != one.message.text() and one.mend_label.text("zh") != one.mend_label.text()
    mended = one.mend(spec)
    assert make_plan(mended).problem is None and kind not in kinds(mended)


RIGHT: dict[str, NetworkSpec] = {
    "four sigmoids side by side": net(FLAT, side(dense("a"), made("Sigmoid", "s")), dense("out")),
    "sigmoids with a way around them": net(
        FLAT,
        made("Repeat", "rep", times=10, layers=(made("Residual", "r", layers=(dense("a"), made("Sigmoid", "s"))),)),
        dense("b"),
    ),
    "a softmax that weighs another branch": net(
        FLAT,
        made(
            "Branches",
            "b",
            merge="product",
            layers=(made("Identity", "i"), made("Sequential", "g", layers=(dense("a"), made("Softmax", "s")))),
        ),
        dense("out"),
    ),
    "linear layers side by side": net(FLAT, made("Branches", "b", layers=(dense("a"), dense("b"))), dense("out")),
    "a linear layer beside its block": net(
        FLAT, dense("a"), made("Residual", "r", layers=(dense("b"), made("ReLU", "s")))
    ),
    "one neuron that others stand beside": net(
        FLAT, made("Branches", "b", layers=(dense("a", out_features=1), dense("c"))), made("ReLU", "r"), dense("out")
    ),
    "steps mixed as in an MLP-Mixer": net(
        STEPS,
        made("LayerNorm", "n"),
        made("Transpose", "t"),
        dense("a", out_features=6),
        made("GELU", "g"),
        made("Transpose", "u"),
        dense("b"),
    ),
    "a convolution of what is transposed": net(
        STEPS,
        made("Transpose", "t"),
        made("Conv1d", "c", out_channels=5),
        made("BatchNorm1d", "n"),
        made("Transpose", "u"),
        made("GRU", "g"),
    ),
    "the mean of both directions": net(
        STEPS, made("LSTM", "l", bidirectional=True), made("SequencePool", "p"), dense("a")
    ),
    "the last step of one direction": net(STEPS, made("LSTM", "l"), made("SequencePool", "p", take="last"), dense("a")),
    "the last state of both": net(STEPS, made("LSTM", "l", bidirectional=True, last=True), dense("a")),
    "random recurrent weights": net(STEPS, made("GRU", "g", weight_init=CONSTANT), dense("a")),
    "an image that comes back": net(IMAGE, *HALVED, *(layer.with_option("output_padding", 1) for layer in WIDENED)),
    "an image that is made larger": net(IMAGE, made("Conv2d", "c", padding=1), made("Upsample", "u")),
    "fewer pixels": net(IMAGE, made("Conv2d", "c", stride=2)),
}
STRUCTURAL = {kind for kind, _ in WRONG.values()} | {"activation_on_logits", "width_one"}


@pytest.mark.parametrize("case", RIGHT)
def test_of_these_nothing_is_said(case: str) -> None:
    assert not set(kinds(RIGHT[case])) & (STRUCTURAL - {"bias_before_normalization"})


def test_a_residual_block_takes_nothing_twice() -> None:
    spec = net(FLAT, dense("a"), made("Residual", "r", layers=(made("BatchNorm1d", "n"), dense("b"))))
    assert "bias_before_normalization" not in kinds(spec)  # the bias goes around the normalization, too


def test_one_direction_has_read_a_single_step_where_the_last_is_picked() -> None:
    """At the last step, what reads from the end does not depend on the steps before it."""
    _, spec = WRONG["the last step of two directions"]
    module = build_module(make_plan(spec.removed("a"))).eval()
    x = torch.randn(1, 6, 4, generator=torch.Generator().manual_seed(0))
    other = torch.cat([torch.zeros(1, 5, 4), x[:, -1:]], dim=1)
    half = make_plan(spec).steps[0].output_shape[1] // 2
    assert torch.equal(module(x)[:, half:], module(other)[:, half:])
    assert not torch.allclose(module(x)[:, :half], module(other)[:, :half])


@pytest.mark.parametrize(
    "case", ["a normalization of one number", "ReLU of logarithms", "ReLU of logarithms of sigmoids"]
)
def test_the_output_does_not_depend_on_the_input_there(case: str) -> None:
    module = build_module(make_plan(WRONG[case][1])).eval()
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    assert bool((module(x) == module(x)[:1]).all())


NEW = STRUCTURAL - {"constant_weights", "fading_sigmoid"}  # networks are there to show these


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_gets_an_untrue_hint(name: str) -> None:
    said = set(kinds(PRESETS[name].experiment.network)) & NEW
    assert said == ({"bias_before_normalization"} if name == "vgg16_bn" else set())  # as torchvision has it


def test_axes_mistaken_where_no_transpose_fits_are_said_without_a_mend() -> None:
    inside = Repeat(name="repeat1", times=2, layers=(Conv1d(name="conv1", out_channels=12, kernel_size=3, padding=1),))
    plan = make_plan(NetworkSpec(input=Sequence(length=12, features=8), layers=(inside,)))
    advice = mistaken_axes(plan)
    assert advice and advice.paths == ("repeat1.conv1",) and advice.mend is None and advice.mend_label is None
