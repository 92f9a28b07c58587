"""A row walked through a network: what is written out is what torch computed, and looking changes nothing."""

from __future__ import annotations

import math
import re

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor, nn

from builder.core.numerals import brief
from builder.initializers import Constant
from builder.layers import LAYERS, Layer, kinds
from builder.layers.activations import PReLU
from builder.layers.blocks import Branches
from builder.layers.linear import Linear
from builder.layers.pooling import AvgPool, MaxPool
from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.network.step import Step
from builder.runtime.module import build_module, run
from builder.runtime.probe import draw
from builder.runtime.trace import Activation, trace_row
from builder.teaching.walkthrough import (
    TERMS,
    Sum,
    curve,
    in_numbers,
    neuron_sum,
    plane,
    plane_side,
    reach_of,
    shapes,
    shares,
)
from builder.teaching.walkthrough.plane import REACH
from builder.teaching.walkthrough.pooling import pooled
from builder.zoo.presets import PRESETS
from tests.arithmetic import calculated, expect_true
from tests.depth import examples
from tests.strategies import frozen, nested_experiments, placed

TUTORIAL = PRESETS["tutorial"].experiment
TERM = re.compile(r"\(?(−?[\d.e−]+)\)? × \(?(−?[\d.e−]+)\)?")


def number(text: str) -> float:
    return float(text.strip("( )").replace("−", "-"))


def walked(experiment: Experiment, row: int = 0) -> tuple[nn.Module, Plan, list[Activation]]:
    plan = make_plan(experiment.network)
    module = build_module(plan)
    return module, plan, trace_row(module, plan, draw(experiment.batch, plan.spec.input), row)


def evaluated(line: str) -> tuple[float, float]:
    """What the terms of a written sum come to, and what it says that they come to."""
    left, right = line.rsplit(" = ", 1)
    total = sum(number(w) * number(x) for w, x in TERM.findall(left))
    total += sum(number(part.strip(" …")) for part in left.split(" + ") if "×" not in part)
    return total, number(right)


@examples(fixed=25, deep=500)
@given(nested_experiments())
def test_in_any_blocks_every_line_can_be_written_every_sum_is_torchs_and_looking_changes_nothing(
    experiment: Experiment,
) -> None:
    plan = make_plan(experiment.network)
    if not plan.steps or not plan.fits_budget(experiment.batch.rows):
        return
    module = build_module(plan)
    before = {name: values.clone() for name, values in module.state_dict().items()}
    rows = draw(experiment.batch, plan.spec.input)
    state = torch.get_rng_state()
    activations = trace_row(module, plan, rows, 1)
    for activation in activations:
        last = activation.output.numel() - 1
        assert tuple(activation.output.shape) == tuple(activation.step.output_shape)
        for index in {0, last // 2, last}:
            in_numbers(module, activation, index)
            curve(module, activation, index)
            shares(activation, 1.0, index)
            if added := neuron_sum(module, activation, index):
                assert (
                    added.line() and added.result == float(activation.output.flatten()[index])
                ) or added.result != added.result
                terms = added.weights.double() * added.inputs.double()
                if bool(terms.isfinite().all()) and math.isfinite(added.result):
                    rounding = 1e-5 * (1 + float(terms.abs().sum() + abs(added.bias or 0)))
                    assert added.result == pytest.approx(float(terms.sum()) + (added.bias or 0), abs=rounding)
    assert torch.equal(torch.get_rng_state(), state) and not module.training
    for name, values in module.state_dict().items():
        torch.testing.assert_close(values, before[name], rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("kind", ["Conv1d", "Conv2d", "Conv3d"])
@given(data=st.data())
def test_a_pixel_of_a_convolution_is_the_sum_that_torch_computes(kind: str, data: st.DataObject) -> None:
    layer, shape = data.draw(placed(LAYERS[kind]))
    if layer.unfit(shape) or math.prod(layer.output_shape(shape)) > 5000:
        return
    module, activation = alone(layer, shape)
    index = data.draw(st.integers(0, activation.output.numel() - 1))
    added = neuron_sum(module, activation, index)
    assert added is not None and len(added.inputs) == math.prod(added.window)
    total = float((added.weights.double() * added.inputs).sum()) + (added.bias or 0)
    size = float((added.weights.double() * added.inputs).abs().sum()) + abs(added.bias or 0)
    assert float(activation.output.flatten()[index]) == pytest.approx(total, abs=1e-5 * (size + 1e-30))
    for place, value in zip(added.places, added.inputs.tolist(), strict=True):
        assert value == (0.0 if place is None else float(activation.input[place]))


def alone(layer: Layer, shape: tuple[int, ...], scale: float = 1.0) -> tuple[nn.Module, Activation]:
    """`layer` as it is after its constructor, with all it has learned drawn anew, and one random row walked through it."""
    module = nn.Sequential()
    module.add_module(layer.name, run(layer.constructor(shape)).eval())
    generator = torch.Generator().manual_seed(7)
    for values in [*module.parameters(), *module.buffers()]:
        if values.is_floating_point():
            values.data = torch.rand(values.shape, generator=generator) + 0.5
    x = scale * torch.randn(2, *shape, generator=generator)
    with torch.inference_mode():
        after = module(x)
    step = Step(layer.name, layer.name, layer, shape, layer.output_shape(shape), layer.parameter_shapes(shape), ())
    return module, Activation(layer.name, step, (x[1],), after[1])


POOLS = sorted(kind.kind for kind in kinds("pooling") if kind.kind != "SequencePool")


@pytest.mark.parametrize("kind", POOLS)
@given(data=st.data())
def test_the_window_of_a_pooling_is_the_one_that_torch_takes(kind: str, data: st.DataObject) -> None:
    layer, shape = data.draw(placed(LAYERS[kind]))
    if layer.unfit(shape) or math.prod(layer.output_shape(shape)) > 5000:
        return
    module, activation = alone(layer, shape)
    index = data.draw(st.integers(0, activation.output.numel() - 1))
    values, divisor = pooled(activation, activation.at(index))
    made = max(values, default=-math.inf) if "Max" in kind else math.fsum(values) / divisor
    assert made == pytest.approx(float(activation.output.flatten()[index]), rel=1e-5, abs=1e-6)
    assert in_numbers(module, activation, index).endswith(f" = {brief(float(activation.output.flatten()[index]))}")


def test_a_new_kind_has_its_line_from_the_class_it_extends_or_from_its_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("MaxPool3d", "AvgPool3d", "Sine", "FeatureAlphaDropout"):
        monkeypatch.setitem(LAYERS, kind, Layer)  # taken out again after the test

    class MaxPool3d(MaxPool):
        torch_class, axes, ranks = "nn.MaxPool3d", 3, (4,)

    class AvgPool3d(AvgPool):
        torch_class, axes, ranks = "nn.AvgPool3d", 3, (4,)

    class Sine(Layer):
        kind, torch_class, family, formula = "Sine", "nn.Tanh", "activation", "tanh(x)"

    class Nothing(Layer):
        torch_class, family = "nn.FeatureAlphaDropout", "regularization"

    shape = (2, 3, 4, 5)
    for layer, place in ((MaxPool3d(name="a", padding=1), 0), (AvgPool3d(name="a", padding=1, stride=1), 7)):
        module, activation = alone(layer, shape)
        values, divisor = pooled(activation, activation.at(place))
        made = max(values) if isinstance(layer, MaxPool3d) else math.fsum(values) / divisor
        after = float(activation.output.flatten()[place])
        assert made == pytest.approx(after, abs=1e-5)
        assert in_numbers(module, activation, place).endswith(f" = {brief(after)}")
    for other, written in ((Sine(name="a"), "tanh({x}) = {y}"), (Nothing(name="a"), "{x} → {y}")):
        module, activation = alone(other, shape)
        x, y = (brief(float(values.flatten()[3])) for values in (activation.input, activation.output))
        assert in_numbers(module, activation, 3) == written.format(x=x, y=y)


@pytest.mark.parametrize("kind", sorted(kind.kind for kind in kinds("normalization")))
@given(data=st.data())
def test_what_is_said_of_any_normalization_comes_to_what_torch_computed(kind: str, data: st.DataObject) -> None:
    layer, shape = data.draw(placed(LAYERS[kind]))
    if layer.unfit(shape) or math.prod(shape) > 5000:
        return
    module, activation = alone(layer, shape)
    index = data.draw(st.integers(0, activation.output.numel() - 1))
    line = in_numbers(module, activation, index)
    if kind == "LocalResponseNorm":  # no short line can say it, but where it does nothing
        said = brief(float(activation.output.flatten()[index]))
        assert line in ("", f"{said} → {said}")
        return
    left, right = re.split(" = | ≈ ", line)
    made = eval(re.sub(r"√(\([^()]*\))", r"sqrt\1", spoken(left)).replace("×", "*"), {"sqrt": math.sqrt})
    value = float(activation.output.flatten()[index])
    if kind == "LayerScale" or (float(activation.input.var()) > 0.1 and line.count("√")):
        assert made == pytest.approx(value, rel=0.05, abs=0.05), line
    assert number(right) == pytest.approx(value, rel=0.05, abs=1e-30)


def test_a_linear_layer_sums_along_the_last_axis_of_a_sequence() -> None:
    layer = Linear(name="a", out_features=3)
    module, activation = alone(layer, (5, 4))
    for index in range(15):
        added = neuron_sum(module, activation, index)
        assert added is not None
        wanted = module.get_submodule("a")(activation.input[index // 3])[index % 3]
        assert added.result == pytest.approx(float(wanted.detach()), abs=1e-5)
        assert torch.equal(added.inputs, activation.input[index // 3])
        assert float((added.weights * added.inputs).sum()) + (added.bias or 0) == pytest.approx(added.result, abs=1e-5)


@pytest.mark.parametrize("merge", ["concatenate", "sum", "product"])
def test_what_branches_give_is_joined_as_the_module_does(merge: str) -> None:
    ways = tuple(Linear(name=f"a{n}", out_features=2) for n in range(3))
    block = Branches(name="both", layers=ways, merge=merge)  # type: ignore[arg-type]
    module, _, activations = walked(Experiment(network=NetworkSpec(layers=(block,))))
    assert [activation.path for activation in activations] == ["both.a0", "both.a1", "both.a2", "both"]
    assert len(activations[-1].inputs) == 3
    line = in_numbers(module, activations[-1], 1)
    if merge == "concatenate":
        for index in range(6):
            own = float(activations[index // 2].output[index % 2])
            assert in_numbers(module, activations[-1], index) == f"f{index // 2 + 1}[{index % 2 + 1}] = {brief(own)}"
        return
    left, right = re.split(" [=≈] ", line)
    assert eval(spoken(left).replace("×", "*")) == pytest.approx(number(right), rel=0.01)
    assert number(right) == pytest.approx(float(activations[-1].output[1]), rel=0.01)


@given(st.integers(1, 30), st.integers(0, 2**31), st.sampled_from([1e-6, 0.05, 1.0, 300.0, 1e9]))
def test_a_sum_written_out_comes_to_the_very_digits_it_says(width: int, seed: int, size: float) -> None:
    network = NetworkSpec(input=Features(in_features=width), layers=(Linear(name="a", out_features=3),), seed=seed)
    plan = make_plan(network)
    module, point = build_module(plan), size * torch.randn(width, generator=torch.Generator().manual_seed(seed))
    activation = trace_row(module, plan, point[None], 0)[0]
    for neuron in range(3):
        added = neuron_sum(module, activation, neuron)
        assert added is not None
        assert added.between == max(0, width - TERMS)
        terms = added.weights.double() * added.inputs.double()
        rounding = 1e-6 * width * float(terms.abs().sum() + abs(added.bias or 0))
        assert added.result == pytest.approx(float(terms.sum()) + (added.bias or 0), abs=rounding)
        line = added.line()
        if " ≈ " in line:  # nine digits are float32's own, so it is torch's rounding that is in the way
            assert rounding > 0.0005 * abs(added.result)
        else:
            total, said = evaluated(line)
            assert brief(total) == brief(said) == line.rsplit(" = ", 1)[1]


def test_digits_are_added_where_terms_cancel() -> None:
    added = Sum(torch.tensor([1.0, -1.0]), torch.tensor([1.2345, 1.2342]), None, 0.0003)
    assert added.line() == "1.0000 × 1.2345 + (−1.0000) × 1.2342 = 3e−4"


def test_a_sum_is_written_as_a_teacher_writes_it() -> None:
    written = Sum(torch.tensor([0.39, 0.48]), torch.tensor([1.2, -0.31]), 0.31, 0.6292)
    assert written.line() == "0.390 × 1.20 + 0.480 × (−0.310) + 0.310 = 0.629"
    bare = Sum(torch.tensor([-2.0]), torch.tensor([3.0]), None, -6.0)
    assert bare.line() == "(−2.00) × 3.00 = −6.00"
    long = Sum(torch.ones(9), torch.arange(9.0), 1.0, 37.0)
    assert "… 18.0 … + 1.00 × 8.00 + 1.00 = 37.0" in long.line()


ACTIVATIONS = sorted(kind.kind for kind in kinds("activation"))


@pytest.mark.parametrize("kind", ACTIVATIONS)
@pytest.mark.parametrize("value", [-7.5, -0.4, 0.0, 1.3, 40.0])
def test_the_point_lies_on_the_curve_of_every_activation(kind: str, value: float) -> None:
    first = Linear(name="a", out_features=2, weight_init=Constant(val=value), bias=False)
    network = NetworkSpec(input=Features(in_features=1), layers=(first, LAYERS[kind](name="b")))
    plan = make_plan(network)
    module = build_module(plan)
    activations = trace_row(module, plan, torch.ones(1, 1), 0)
    drawn = curve(module, activations[1], 1)
    assert drawn is not None
    xs, ys = drawn
    assert float(xs[0]) < value < float(xs[-1])
    place = int(torch.searchsorted(xs, torch.tensor(value)))
    near = ys[max(0, place - 1) : place + 1].tolist()
    step = float(xs[1] - xs[0])
    # the lines between two points of the graph: no activation is steeper than about 1.3, but for the jumps of the shrinks
    assert min(abs(float(activations[1].output[1]) - y) for y in near) <= max(
        1.3 * step, 0.51 if "shrink" in kind.lower() else 0
    )
    assert curve(module, activations[0], 0) is None


def test_a_slope_of_its_own_for_each_feature_has_a_curve_of_its_own() -> None:
    network = NetworkSpec(layers=(PReLU(name="b", per_feature=True),))
    plan = make_plan(network)
    module = build_module(plan)
    with torch.no_grad():
        module.get_parameter("b.weight").copy_(torch.tensor([0.1, 0.5, 0.9]))
    activations = trace_row(module, plan, torch.tensor([[-2.0, -2.0, -2.0]]), 0)
    for neuron, slope in enumerate([0.1, 0.5, 0.9]):
        drawn = curve(module, activations[0], neuron)
        assert drawn is not None
        torch.testing.assert_close(drawn[1][0], slope * drawn[0][0])


SAID = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "sign": lambda x: math.copysign(1.0, x) if x else 0.0,
    "Φ": lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "σ": lambda x: 1 / (1 + math.exp(-x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "max": max,
    "min": min,
    "abs": abs,
}


@pytest.mark.parametrize("kind", ACTIVATIONS)
@given(data=st.data(), value=st.floats(-9, 9, width=32))
def test_an_activation_written_out_comes_to_what_it_says(kind: str, data: st.DataObject, value: float) -> None:
    layer = data.draw(frozen(LAYERS[kind], name="b"))
    floats = [value, *(number for _, number in layer if type(number) is float)]
    assume(all(number == 0 or abs(number) > 1e-30 for number in floats))  # float32 keeps fewer digits of the smallest
    network = NetworkSpec(input=Features(in_features=1), layers=(layer,))
    plan = make_plan(network)
    module = build_module(plan)
    value = float(brief(value).replace("−", "-"))  # so that nothing is lost where the line shows it
    activation = trace_row(module, plan, torch.tensor([[value]]), 0)[0]
    line = in_numbers(module, activation, 0)
    assert not re.search(r"[−+·/] ?−\d", line), line  # a negative number behind an operator has brackets
    expect_true(line)
    left, _, right = (
        re.split("( [=≈] )", line.rpartition(": ")[2])
        if re.search(" [=≈] ", line)
        else ("", "", line.rpartition(": ")[2])
    )
    made = calculated(left or right)
    if math.isfinite(made) and math.isfinite(number(right.replace("∞", "inf"))):
        extent = max(1.0, *(abs(float(part)) for part in re.findall(r"\d[\d.]*(?:e-?\d+)?", spoken(line))))
        assert made == pytest.approx(float(activation.output[0]), rel=0.01, abs=1e-3 * extent), line


def spoken(line: str) -> str:
    """Arithmetic as it is written on the page, as Python."""
    line = re.sub(r"\|([^|]*)\|", r"abs(\1)", line)
    return line.replace("−", "-").replace("·", "*").replace("≤", "<=").replace(",0", "0").replace("∞", "1e999")


@pytest.mark.parametrize("kind", ["Softmax", "LogSoftmax", "Softmin"])
@given(
    scores=st.lists(st.floats(-1000, 1000, width=32), min_size=1, max_size=12),
    temperature=st.sampled_from([1.0, 0.1, 7]),
)
def test_softmax_is_walked_as_torch_computes_it(kind: str, scores: list[float], temperature: float) -> None:
    values = torch.tensor(scores)
    network = NetworkSpec(input=Features(in_features=len(scores)), layers=(LAYERS[kind](name="s"),))
    plan = make_plan(network)
    activation = trace_row(build_module(plan), plan, values[None], 0)[0]
    made = shares(activation, temperature)
    assert made is not None
    signed = -values if kind == "Softmin" else values
    torch.testing.assert_close(made.shares, torch.softmax(signed / temperature, dim=-1))
    torch.testing.assert_close(made.exponentials / made.total, made.shares)
    assert float(made.exponentials.max()) == 1.0 and 1.0 <= made.total <= len(scores) + 1e-3
    if temperature == 1.0:
        own = made.shares.log() if kind == "LogSoftmax" else made.shares
        if kind != "LogSoftmax":
            assert torch.equal(own, activation.output)
        for index in range(len(scores)):
            line = made.line(index)
            left, right = re.split(" [=≈] ", line)
            wanted = float(activation.output[index])
            assert number(right) == pytest.approx(wanted, rel=0.5, abs=1e-30), line
            largest = max(1.0, float(signed.abs().max()))
            # the scores are shown with two digits at least, so that the exponent is off by a fiftieth of them at most
            exponent = math.log(made.total) if kind == "LogSoftmax" else 0.0
            assert eval(spoken(left), dict(SAID)) == pytest.approx(wanted, abs=0.1 * largest + 0.1 * exponent), line
        assert made.unshifted == math.exp(min(float(signed.max()), 88.7)) or made.unshifted == pytest.approx(
            float(signed.max().exp())
        )


def test_at_temperature_one_the_shares_are_the_networks_own_to_the_bit() -> None:
    _, _, activations = walked(TUTORIAL)
    made = shares(activations[-1])
    assert made is not None and torch.equal(made.shares, activations[-1].output)
    assert shares(activations[0]) is None


def test_scores_that_are_not_finite_are_walked_without_an_exception() -> None:
    network = NetworkSpec(input=Features(in_features=2), layers=(LAYERS["Softmax"](name="s"),))
    plan = make_plan(network)
    for scores in ([math.inf, 1.0], [math.nan, 0.0], [-math.inf, -math.inf]):
        activation = trace_row(build_module(plan), plan, torch.tensor([scores]), 0)[0]
        made = shares(activation)
        assert made is not None and not made.finite
        assert "nan" in made.line(0) or "∞" in made.line(0)


@pytest.mark.parametrize("kind", ["BatchNorm1d", "LayerNorm"])
def test_a_normalization_is_written_with_the_numbers_that_it_used(kind: str) -> None:
    network = TUTORIAL.network.inserted(LAYERS[kind](name="norm1"), "linear1")
    module, _, activations = walked(TUTORIAL.with_network(network))
    activation = next(activation for activation in activations if activation.step.path == "norm1")
    line = in_numbers(module, activation, 1)
    found = re.fullmatch(r"\((.+) − (.+)\) / √\((.+) \+ (.+)\) × (.+) \+ (.+) = (.+)", line)
    assert found, line
    x, mean, variance, eps, scale, shift, said = map(number, found.groups())
    assert (x - mean) / math.sqrt(variance + eps) * scale + shift == pytest.approx(said, rel=0.02, abs=0.01)
    assert said == pytest.approx(float(activation.output[1]), rel=0.01)


@given(st.integers(0, 2), st.integers(0, 2), st.lists(st.floats(-5, 5, width=16), min_size=3, max_size=3))
def test_the_plane_holds_what_a_single_input_gives(across: int, up: int, values: list[float]) -> None:
    plan = make_plan(TUTORIAL.network)
    module, point = build_module(plan), torch.tensor(values)
    reach, side = reach_of(point), 5
    assert reach >= REACH and bool((point.abs() <= reach).all())
    every = plane(module, plan, point, across, up, reach, side)
    assert every.shape == (side, side, 2)
    ticks = torch.linspace(-reach, reach, side)
    for row, column in ((0, 0), (1, 3), (4, 4)):
        one: Tensor = point.clone()
        one[up] = ticks[side - 1 - row]
        one[across] = ticks[column]
        torch.testing.assert_close(every[row, column], module(one[None])[0].detach(), rtol=1e-5, atol=1e-6)


def test_a_network_that_is_too_large_for_a_fine_plane_gets_a_coarser_one_or_none() -> None:
    def side(width: int) -> int | None:
        layers: tuple[Layer, ...] = (Linear(name="a", out_features=width), Linear(name="b", out_features=2))
        return plane_side(make_plan(NetworkSpec(layers=layers)))

    assert side(3) == 61
    assert side(20_000) == 41
    assert side(1_000_000) is None


def test_shapes_tell_data_from_parameters() -> None:
    plan = make_plan(TUTORIAL.network)
    assert shapes(plan.steps[2], 5) == [
        ("[5, 3]", "data"),
        (" · ", ""),
        ("[2, 3]ᵀ", "parameters"),
        (" + ", ""),
        ("[2]", "parameters"),
        (" → ", ""),
        ("[5, 2]", "data"),
    ]
    assert shapes(plan.steps[1], 1) == [("[1, 3]", "data"), (" → ", ""), ("[1, 3]", "data")]


def test_a_single_output_is_shown_as_it_is_on_the_plane() -> None:
    plan = make_plan(PRESETS["perceptron"].experiment.network)
    module, point = build_module(plan), torch.zeros(2)
    every = plane(module, plan, point, 0, 1, 3.0, 5)[..., 0]
    assert 0 < float(every.min()) < float(every.max()) < 1
    assert float(every[0, 0]) == pytest.approx(float(module(torch.tensor([[-3.0, 3.0]])).detach()[0, 0]), rel=1e-5)
