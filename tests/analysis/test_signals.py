"""Signals through depth agree with the literature and with torch, and looking changes nothing.

Tolerances: one layer of n neurons multiplies the mean square of its inputs by a factor whose logarithm has a variance of
about 2/n in the linear regime (a sum of n squares of normal numbers), and 5/n with ReLU, where E[relu⁴]/E[relu²]² − 1 = 5
(He weights; Hanin & Rolnick 2018, “How to start training”). Over L layers the variances add up. `sure` is five standard
deviations of the factor per layer; the rows of the batch are all multiplied by the same weights and hardly help.
"""

from __future__ import annotations

from math import sqrt

import pytest
import torch
from hypothesis import given
from torch import Tensor

from builder.analysis.signals import (
    BINS,
    ROWS,
    Signals,
    Statistics,
    band,
    excess,
    fewest,
    logits_signal,
    measure,
    over_seeds,
    rows_for,
    sizes,
)
from builder.analysis.verdict import judge
from builder.initializers import (
    Constant,
    Default,
    Eye,
    Initializer,
    KaimingNormal,
    KaimingUniform,
    Normal,
    XavierNormal,
    XavierUniform,
    Zeros,
)
from builder.layers import Layer
from builder.layers.activations import ReLU, Sigmoid, Tanh
from builder.layers.blocks import Branches, Group, Residual
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.layers.output import Softmax
from builder.layers.regularization import Dropout
from builder.layers.shape import Identity
from builder.layers.shapes import TokenShape
from builder.network.inputs import Features, Image
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module, drawing_from, dropping_from, in_training
from builder.zoo.presets import PRESETS
from tests.networks import LOOKED_AT, made, opened
from tests.strategies import networks

TUTORIAL = PRESETS["tutorial"].experiment.network


def plan_of(*layers: Layer, inputs: int = 6) -> Plan:
    return make_plan(NetworkSpec(input=Features(in_features=inputs), layers=layers))


def looked_at(plan: Plan, rows: int = 64) -> Signals:
    return measure(build_module(plan), plan, rows, seed=0)


def deep(weights: Initializer, activation: type[Layer] | None, depth: int, width: int, first: Initializer) -> Signals:
    """`depth` layers of `width` neurons without biases, behind one that sets the size of the signal."""
    layers: list[Layer] = []
    for n in range(depth + 1):
        layers.append(Linear(name=f"linear{n}", out_features=width, bias=False, weight_init=weights if n else first))
        layers += [activation(name=f"act{n}")] if activation and n < depth else []
    return looked_at(plan_of(*layers, inputs=width))


def a_layer(start: Statistics, end: Statistics, depth: int) -> float:
    """By how much the standard deviation is multiplied in each of `depth` layers."""
    return float((end.std / start.std) ** (1 / depth))


def both_ways(signals: Signals, depth: int) -> tuple[float, float]:
    first, last = signals.at("linear0"), signals.at(f"linear{depth}")
    assert first.backward and last.backward
    return a_layer(first.forward, last.forward, depth), a_layer(last.backward, first.backward, depth)


def sure(variance: float, depth: int, width: int) -> float:
    """Five standard deviations of the factor per layer of a standard deviation, whose logarithm is half that of the square."""
    return 5 * 0.5 * sqrt(variance / width / depth)


STANDARD = Default()  # U(−1/√n, 1/√n), “the commonly used heuristic” (Glorot & Bengio 2010, eq. 1)
WIDTH, DEPTH = 400, 8


@pytest.mark.parametrize(
    ("weights", "kept"),
    [
        (STANDARD, sqrt(1 / 3)),
        (XavierUniform(), 1.0),
        (XavierNormal(), 1.0),
        (KaimingNormal(nonlinearity="linear"), 1.0),
    ],
)
def test_glorot_and_bengio_2010_standard_weights_lose_two_thirds_of_the_variance_a_layer(
    weights: Initializer, kept: float
) -> None:
    """In the linear regime of tanh, n Var(w) = 1/3 for the standard weights, and 1 for the normalised ones (eqs. 5 to 16)."""
    forward, backward = both_ways(deep(weights, Tanh, DEPTH, WIDTH, Normal(std=1e-3 / sqrt(WIDTH))), DEPTH)
    tolerance = sure(2, DEPTH, WIDTH)
    assert tolerance < 0.07
    assert forward == pytest.approx(kept, rel=tolerance)
    assert backward == pytest.approx(kept, rel=tolerance)


@pytest.mark.parametrize(
    ("weights", "kept"),
    [
        (XavierNormal(), sqrt(1 / 2)),
        (XavierUniform(), sqrt(1 / 2)),
        (KaimingNormal(), 1.0),
        (KaimingUniform(), 1.0),
        (KaimingNormal(mode="fan_out"), 1.0),  # square layers: the two fans are one
        (STANDARD, sqrt(1 / 6)),  # E[z²] = n · 1/(3n) · E[relu(z)²] = 1/3 · 1/2 of the layer before
    ],
)
def test_he_et_al_2015_xavier_halves_the_variance_of_a_relu_layer_he_keeps_it_and_torchs_default_leaves_a_sixth(
    weights: Initializer, kept: float
) -> None:
    depth, width = 30, 300
    forward, backward = both_ways(deep(weights, ReLU, depth, width, KaimingNormal(nonlinearity="linear")), depth)
    tolerance = sure(5, depth, width)
    assert tolerance < 0.06
    assert forward == pytest.approx(kept, rel=tolerance)
    assert backward == pytest.approx(kept, rel=tolerance)


def test_lecun_1998_variance_one_by_fan_in_keeps_the_signal_whatever_the_widths() -> None:
    """Forward it is kept; back, the variance is multiplied by fan_out / fan_in, and the length of the gradient is kept."""
    widths = [200, 600, 300, 900, 250]
    lecun = KaimingNormal(nonlinearity="linear")
    layers = [
        Linear(name=f"linear{n}", out_features=width, bias=False, weight_init=lecun) for n, width in enumerate(widths)
    ]
    signals = looked_at(plan_of(*layers, inputs=400), rows=ROWS)
    first, last = signals.layers[1], signals.layers[-1]
    assert first.backward and last.backward
    tolerance = 5 * 0.5 * sqrt(sum(2 / width for width in widths))
    assert last.forward.std / first.forward.std == pytest.approx(1, rel=tolerance)
    assert first.backward.length / last.backward.length == pytest.approx(1, rel=tolerance)
    assert first.backward.std / last.backward.std == pytest.approx(sqrt(widths[-1] / widths[0]), rel=tolerance)


def test_the_gradient_starts_out_with_variance_one_at_the_logits() -> None:
    signals = looked_at(plan_of(Linear(name="out", out_features=500), Softmax(name="p")), rows=200)
    out, softmax = signals.layers[1:]
    assert signals.logits == "out" and softmax.backward is None
    assert out.backward and out.backward.std == pytest.approx(1, abs=5 / sqrt(2 * 200 * 500))


@given(networks())
def test_what_is_told_is_what_torch_computes_and_looking_changes_nothing(network: NetworkSpec) -> None:
    plan = make_plan(network)
    if not (rows := min(rows_for(plan), 4)) or isinstance(plan.input_shape, TokenShape):
        return
    module = build_module(plan)
    state = {name: values.clone() for name, values in module.state_dict().items()}
    random = torch.get_rng_state()
    given: dict[str, Tensor] = {}
    hooks = [
        module.get_submodule(step.path).register_forward_hook(lambda _m, _i, out, at=step.path: given.update({at: out}))
        for step in plan.steps
    ]
    twin = in_training(module)
    for hook in hooks:
        hook.remove()
    signals = measure(module, plan, rows, seed=7)
    with drawing_from(7), dropping_from(7), torch.no_grad():
        twin(torch.randn(rows, *plan.input_shape))
    for layer in signals.layers[1:]:
        values = given[layer.path].detach().double().flatten(1)
        same(layer.forward.mean, values.mean())
        same(layer.forward.std, values.std(correction=0))
        same(layer.forward.between, values.var(dim=0, correction=0).mean().sqrt())
        same(layer.forward.length, values.square().sum(dim=1).mean().sqrt())
        finite = int(values.isfinite().sum())
        assert sum(layer.forward.own.counts) == sum(layer.forward.common.counts) == finite
        assert layer.forward.finite == finite / values.numel()
    assert all(parameter.grad is None for parameter in module.parameters())
    assert not any(part.training for part in module.modules())
    assert torch.equal(torch.get_rng_state(), random)
    for name, values in module.state_dict().items():
        torch.testing.assert_close(values, state[name], rtol=0, atol=0, equal_nan=True)
    for step in plan.steps:
        trainable = {parameter.requires_grad for parameter in module.get_submodule(step.module_path).parameters()}
        assert trainable <= {not step.frozen}
    assert measure(module, plan, rows, seed=7) == signals or not all(p.forward.finite == 1 for p in signals.layers)


def same(found: float, expected: Tensor) -> None:
    torch.testing.assert_close(torch.tensor(found, dtype=torch.float64), expected, equal_nan=True)


def test_the_gradient_is_the_product_of_the_matrices_that_follow() -> None:
    plan = plan_of(
        Linear(name="a", out_features=4),
        Identity(name="same"),
        Dropout(name="drop", p=0.0),
        Linear(name="b", out_features=3),
        Softmax(name="p"),
    )
    module = build_module(plan)
    signals = measure(module, plan, 5, seed=3)
    torch.manual_seed(3)
    torch.randn(5, 6)
    expected = torch.randn(5, 3) @ module.get_parameter("b.weight").detach()
    for path in ("a", "same", "drop"):
        backward = signals.at(path).backward
        assert backward and backward.std == pytest.approx(float(expected.std(correction=0)), rel=1e-5)


def test_dead_is_zero_for_every_row_and_saturated_is_flat() -> None:
    one_dead = plan_of(Linear(name="a", out_features=3, weight_init=Eye()), ReLU(name="r"), inputs=3)
    module = build_module(one_dead)
    with torch.no_grad():
        module.get_parameter("a.bias").copy_(torch.tensor([-100.0, 0.0, 100.0]))
    assert measure(module, one_dead, 50, 0).at("r").dead == pytest.approx(1 / 3)  # the second is zero for some rows
    large = Constant(val=1000.0)
    for kind in (Sigmoid, Tanh):
        plan = plan_of(Linear(name="a", bias=False, weight_init=large), kind(name="s"), inputs=1)
        assert looked_at(plan, 100).at("s").saturated == pytest.approx(1, abs=0.02)
        flat = plan_of(Linear(name="a", bias=False, weight_init=Zeros()), kind(name="s"), inputs=1)
        assert looked_at(flat).at("s").saturated == 0
        assert looked_at(flat).at("s").dead is None


def test_a_value_is_saturated_where_the_slope_is_less_than_a_twentieth_of_the_steepest() -> None:
    for kind, steepest in ((Sigmoid, 0.25), (Tanh, 1.0)):
        plan = plan_of(Linear(name="a", bias=False, weight_init=Constant(val=3.0)), kind(name="s"), inputs=1)
        signals = looked_at(plan, 256)
        x = 3 * torch.randn(256, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float32)
        x.requires_grad_()
        (slopes,) = torch.autograd.grad((torch.sigmoid(x) if kind is Sigmoid else torch.tanh(x)).sum(), x)
        share = float((slopes < 0.05 * steepest).double().mean())
        assert 0 < share < 1 and signals.at("s").saturated == pytest.approx(share, abs=1 / 256)


def test_numbers_that_are_not_finite_are_left_out_of_the_histograms_and_counted() -> None:
    huge = [Linear(name=f"linear{n}", out_features=4, weight_init=Normal(std=1e6)) for n in range(9)]
    last = looked_at(plan_of(*huge)).layers[-1]
    assert last.forward.finite == 0 and sum(last.forward.own.counts) == 0
    first = looked_at(plan_of(*huge)).layers[1]
    assert (
        first.forward.finite == 1 and sum(first.forward.own.counts) == 64 * 4 and len(first.forward.own.counts) == BINS
    )


def test_the_rows_become_fewer_in_a_large_network_and_none_where_it_can_not_live() -> None:
    assert rows_for(make_plan(TUTORIAL)) == ROWS
    wide = plan_of(Linear(name="a", out_features=100_000), Linear(name="b", out_features=2), inputs=3)
    rows = rows_for(wide)
    assert 0 < rows < ROWS and excess(wide, rows) is None and excess(wide, 2 * rows) is not None
    assert rows_for(plan_of(Linear(name="a", out_features=1_000_000), inputs=1000)) == 0
    assert rows_for(plan_of()) == 0


def test_a_band_is_made_of_networks_built_anew_for_each_seed() -> None:
    plan = make_plan(TUTORIAL)
    every = list(over_seeds(plan, 32, seed=0, count=5))
    for n, found in enumerate(every):
        other = make_plan(TUTORIAL.model_copy(update={"seed": TUTORIAL.seed + n}))
        assert found == sizes(measure(build_module(other), other, 32, seed=0))
        assert len(found.forward) == len(plan.steps) + 1 and len(found.backward) == len(plan.steps)
    made = band([found.forward for found in every])
    for at in range(len(plan.steps) + 1):
        column = sorted(found.forward[at] for found in every)
        assert (made.low[at], made.high[at]) == (column[0], column[4])
    assert band([[float("nan")], [1.0]]).high == (float("inf"),)


def test_the_signal_of_the_logits_is_what_differs_between_the_rows() -> None:
    plan = make_plan(TUTORIAL)
    module = build_module(plan)
    assert logits_signal(module, plan, 64, 5) == pytest.approx(measure(module, plan, 64, 5).at("out").forward.between)
    alike = plan_of(Linear(name="a", out_features=4, weight_init=Zeros()))
    assert logits_signal(build_module(alike), alike, 64, 5) == 0


@pytest.mark.parametrize("trainable", [True, False])
def test_the_gradient_comes_back_as_far_as_the_vectors_of_words_frozen_or_not(trainable: bool) -> None:
    spec = LOOKED_AT["gpt"].network
    frozen = [layer.with_option("trainable", trainable) for layer in spec.layers[:2]]
    plan = make_plan(spec.with_layers((*frozen, *spec.layers[2:])))
    module = build_module(plan)
    signals = measure(module, plan, 8, seed=0)
    assert [layer.path for layer in signals.layers] == [
        "emb", "blocks.0.r.att", "blocks.0.n", "blocks.1.r.att", "blocks.1.n", "head", "softmax1",
    ]  # fmt: skip
    assert signals.logits == "head"
    lengths = [layer.backward.length for layer in signals.layers if layer.backward]
    assert len(lengths) == 6 and all(0 < length < 1000 for length in lengths)
    assert all(values.requires_grad == trainable for values in module.parameters())


def test_the_gradient_of_a_residual_network_is_that_of_autograd_through_the_module() -> None:
    plan = make_plan(LOOKED_AT["cnn"].network)
    module = build_module(plan)
    signals = measure(module, plan, 8, seed=3)
    with drawing_from(3):
        x = torch.randn(8, 1, 8, 8).requires_grad_()
        logits = in_training(module)[:-1](x)
        (wanted,) = torch.autograd.grad(logits, [x], torch.randn(logits.shape))
    found = signals.layers[0].backward
    assert found and found.length == pytest.approx(float(wanted.flatten(1).square().sum(dim=1).mean().sqrt()), rel=1e-5)


def deeper(name: str) -> Linear:
    return Linear(name=name, out_features=6, weight_init=Normal(std=2.0))


@pytest.mark.parametrize(
    "last",
    [
        Residual(name="last", layers=(deeper("a"), deeper("b"))),
        Branches(name="last", layers=(deeper("a"), Group(name="b", layers=(deeper("c"), Softmax(name="p"))))),
        Branches(name="last", layers=(deeper("a"), Dropout(name="b")), merge="product"),
    ],
)
@pytest.mark.parametrize("behind", [(), (Softmax(name="q"),)])
def test_where_branches_come_together_at_the_end_their_merge_gives_the_logits(
    last: Layer, behind: tuple[Layer, ...]
) -> None:
    plan = plan_of(deeper("first"), last, *behind)
    module = build_module(plan)
    signals = measure(module, plan, 8, seed=3)
    with drawing_from(3), dropping_from(3):
        x = torch.randn(8, 6).requires_grad_()
        logits = in_training(module)[:2](x)
        (wanted,) = torch.autograd.grad(logits, [x], torch.randn(logits.shape))
    assert signals.logits == "last"
    found = signals.layers[0].backward
    assert found and found.std == pytest.approx(float(wanted.double().std(correction=0)), rel=1e-5)
    assert all(layer.backward for layer in signals.layers if layer.path != "q")
    between = float(logits.detach().double().var(dim=0, correction=0).mean().sqrt())
    assert logits_signal(module, plan, 8, 3) == pytest.approx(between, rel=1e-5)


@pytest.mark.parametrize("std", [0.01, 0.125, 1.0])
def test_batchnorm_is_measured_as_training_runs_it_and_stays_as_it_is(std: float) -> None:
    spec = opened("batchnorm_signals")
    for path, layer in spec.by_path.items():
        if isinstance(layer, Linear) and path != "out1":
            spec = spec.replaced(path, layer.with_option("weight_init", Normal(std=std)))
    plan = make_plan(spec)
    module = build_module(plan)
    before = {name: values.clone() for name, values in module.state_dict().items()}
    found = measure(module, plan, 256, seed=0)
    assert all(torch.equal(values, before[name]) for name, values in module.state_dict().items())
    assert not any(part.training for part in module.modules())
    torch.manual_seed(0)
    wanted = build_module(plan).train()(torch.randn(256, 128))
    same(found.at("out1").forward.std, wanted.double().std(correction=0))
    assert found.at("out1").forward.std == pytest.approx(0.396, abs=0.01)
    verdict = judge(plan, found)
    assert verdict and verdict.regime == "steady"
    assert logits_signal(module, plan, 256, 0) == pytest.approx(found.at("out1").forward.between)


def test_dropout_sets_to_zero_as_in_training_and_the_global_generator_is_as_before() -> None:
    plan = plan_of(Dropout(name="d", p=0.5), Linear(name="a", out_features=2))
    module, random = build_module(plan), torch.get_rng_state()
    found = measure(module, plan, 64, seed=4)
    assert found == measure(module, plan, 64, seed=4)
    assert torch.equal(torch.get_rng_state(), random)
    torch.manual_seed(4)
    dropped = torch.nn.functional.dropout(torch.empty(64, 6).normal_(generator=torch.Generator().manual_seed(4)), 0.5)
    same(found.at("d").forward.std, dropped.double().std(correction=0))


def test_a_batchnorm_of_single_numbers_is_measured_over_two_rows_at_least() -> None:
    flat = plan_of(Linear(name="a", out_features=2), BatchNorm1d(name="n"))
    image = make_plan(LOOKED_AT["cnn"].network)
    assert (fewest(flat), fewest(image)) == (2, 1)
    measure(build_module(flat), flat, 2, 0)
    wide = plan_of(Linear(name="a", out_features=1_300_000 // 6), BatchNorm1d(name="n"))
    assert rows_for(wide) in (0, *(2**n for n in range(1, 9)))


def test_a_generator_with_the_weights_of_dcgan_does_not_vanish() -> None:
    """Radford et al. 2016, “Unsupervised representation learning with deep convolutional GANs”: N(0, 0.02) and BatchNorm."""
    weights = {"kernel_size": 4, "bias": False, "weight_init": Normal(std=0.02)}
    layers = [made("ConvTranspose2d", "up0", out_channels=64, **weights), made("BatchNorm2d", "n0"), ReLU(name="r0")]
    for n, filters in enumerate((32, 16), 1):
        layers += [
            made("ConvTranspose2d", f"up{n}", out_channels=filters, stride=2, padding=1, **weights),
            made("BatchNorm2d", f"n{n}"),
            ReLU(name=f"r{n}"),
        ]
    layers += [made("ConvTranspose2d", "out", out_channels=3, stride=2, padding=1, **weights), Tanh(name="t")]
    plan = make_plan(NetworkSpec(input=Image(channels=100, height=1, width=1), layers=tuple(layers)))
    verdict = judge(plan, measure(build_module(plan), plan, rows_for(plan), 0))
    assert verdict and verdict.regime == "steady"
