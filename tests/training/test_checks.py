"""The three lamps tell networks that will learn from those that will not, and their mends make them good."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from builder.initializers import Constant, Default, Initializer, KaimingNormal, Normal, XavierUniform, Zeros
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.spec import NetworkSpec
from builder.training.checks import Lamp, at_start, lamps, one_batch
from builder.training.data import Data, bundled, load, sequences, toys
from builder.training.fit import fitted
from builder.training.loop import Run
from builder.training.optimisers import SGD, Adam, Optimiser
from builder.training.settings import Training
from builder.training.task import Task, make_task
from builder.zoo.presets import PRESETS
from tests.networks import made

DIGITS = bundled.Digits()


def task(weights: Initializer, activation: str = "ReLU", depth: int = 2, optimiser: Optimiser | None = None) -> Task:
    hidden = [
        layer
        for n in range(depth)
        for layer in (Linear(name=f"l{n}", out_features=32, weight_init=weights), made(activation, f"a{n}"))
    ]
    out = Linear(name="out", out_features=10, weight_init=weights)
    spec = NetworkSpec(input=Features(in_features=64), layers=(*hidden, out))
    return make_task(Experiment(network=spec), Training(data=DIGITS, optimiser=optimiser or Adam()), load(DIGITS))


def states(found: tuple[Lamp, ...]) -> list[str]:
    return [lamp.state for lamp in found]


@pytest.mark.parametrize("weights", [Default(), XavierUniform(), KaimingNormal()])
@pytest.mark.parametrize("activation", ["ReLU", "Tanh"])
def test_good_weights_are_good(weights: Initializer, activation: str) -> None:
    assert states(lamps(task(weights, activation))) == ["good", "good", "good"]


def test_weights_that_are_too_large_are_told_by_the_loss_at_the_start() -> None:
    lamp = lamps(task(Normal()))[0]
    assert lamp.state == "bad"
    assert "ln 10 = 2.303" in lamp.message.text() and "too large" in lamp.message.text()


@pytest.mark.parametrize(("weights", "depth"), [(Zeros(), 2), (Constant(val=0.5), 2), (Normal(std=0.01), 8)])
def test_weights_that_teach_nothing_are_told_by_one_batch(weights: Initializer, depth: int) -> None:
    assert one_batch(task(weights, depth=depth)).state in ("bad", "slow")


@pytest.mark.parametrize("weights", [Normal(), Zeros(), Normal(std=0.01)])
def test_a_mend_makes_its_lamp_good(weights: Initializer) -> None:
    ill = task(weights, depth=8)
    lamp = next(lamp for lamp in lamps(ill) if lamp.state != "good")
    assert lamp.mend is not None and lamp.label is not None
    mended = make_task(*lamp.mend(ill.experiment, ill.training), ill.dataset)
    again = next(other for other in lamps(mended) if other.question == lamp.question)
    assert again.state == "good"


@pytest.mark.parametrize("lr", [500.0, 1e-7])
def test_a_learning_rate_far_from_what_works_is_told_and_mended(lr: float) -> None:
    ill = task(Default(), optimiser=SGD(lr=lr))
    lamp = lamps(ill)[2]
    assert lamp.state == "bad" and lamp.mend is not None
    assert [rate for rate, _ in lamp.curve] == sorted(rate for rate, _ in lamp.curve)
    experiment, training = lamp.mend(ill.experiment, ill.training)
    run = Run(experiment, training.with_option("epochs", 6))
    run.advance(run.total)
    assert run.epochs[-1].train_loss < run.epochs[0].train_loss / 2


def test_the_loss_of_knowing_nothing_is_what_torch_says() -> None:
    sentence = at_start(task(Default())).message.text()
    uniform = functional.cross_entropy(torch.zeros(5, 10), torch.arange(5)).item()
    assert f"ln 10 = {uniform:.4g}" in sentence
    assert uniform == pytest.approx(math.log(10))


@pytest.mark.parametrize(
    "data", [toys.Circles(), bundled.Diabetes(), sequences.Parity(rows=60), sequences.Sine(rows=60)]
)
def test_every_kind_of_data_is_asked(data: Data) -> None:
    before = torch.get_rng_state()
    fit = fitted(PRESETS["tutorial"].experiment, load(data))
    found = lamps(make_task(fit, Training(data=data), load(data)))
    assert [lamp.question for lamp in found] == ["start", "one_batch", "rates"]
    assert all(lamp.message.text("zh") for lamp in found)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_that_is_too_large_is_not_tried() -> None:
    layers = (
        Linear(name="a", out_features=20_000),
        Linear(name="b", out_features=2000),
        Linear(name="o", out_features=10),
    )
    experiment = Experiment(network=NetworkSpec(input=Features(in_features=64), layers=layers))
    large = make_task(experiment, Training(data=DIGITS), load(DIGITS))
    assert states(lamps(large)) == ["unknown"] * 3
