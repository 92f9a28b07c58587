"""The loop stops where it has to, goes on where it was, and leaves no trace outside."""

from __future__ import annotations

import math

import pytest
import torch

from builder.core.options import Refusal
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.spec import NetworkSpec
from builder.training.data import bundled, toys
from builder.training.loop import Run
from builder.training.optimisers import SGD
from builder.training.settings import Training
from tests.networks import made


def network(*layers: object, seed: int = 0) -> Experiment:
    inner = layers or (made("Linear", "hidden", out_features=8), made("Tanh", "tanh1"), made("Dropout", "drop", p=0.2))
    spec = NetworkSpec(input=Features(in_features=2), layers=(*inner, Linear(name="out", out_features=2)), seed=seed)
    return Experiment(network=spec)


MOONS = Training(data=toys.Moons(rows=60), epochs=4, batch_size=10)


def weights(run: Run) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in run.module.parameters()]


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_steps_taken_one_by_one_or_in_slices_come_to_the_same_bits() -> None:
    one, other = Run(network(), MOONS), Run(network(), MOONS)
    while one.advance():
        torch.rand(7)  # others draw from the global generator
        one.module.eval()
    while not other.end:
        other.work(0.002)
    assert one.end is not None and one.end.kind == "done"
    assert one.losses == other.losses
    assert one.epochs[1:] == other.epochs[1:]
    assert same(weights(one), weights(other))


def test_it_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    Run(network(), MOONS).advance(10)
    assert torch.equal(torch.get_rng_state(), before)


def test_it_learns_and_says_what_it_measured() -> None:
    run = Run(network(), MOONS.with_option("epochs", 40))
    assert run.advance(10_000) == run.total
    assert [epoch.number for epoch in run.epochs] == list(range(41))
    assert run.step == run.total == len(run.losses) == 40 * run.task.per_epoch
    assert run.epochs[-1].train_loss < run.epochs[0].train_loss / 2
    mean = math.fsum(run.losses[-run.task.per_epoch :]) / run.task.per_epoch
    assert run.epochs[-1].mean_loss == pytest.approx(mean)


def test_divergence_stops_and_names_the_layer() -> None:
    layers = (made("Linear", "hidden", out_features=8), Linear(name="out", out_features=1))
    experiment = Experiment(network=NetworkSpec(input=Features(in_features=10), layers=layers))
    run = Run(experiment, Training(data=bundled.Diabetes(), optimiser=SGD(lr=1.0)))
    run.advance(1000)
    assert run.end is not None and run.end.kind == "diverged"
    assert run.end.path in ("hidden", "out")
    assert run.end.path in run.end.message.text()
    assert run.step == len(run.losses)
    assert not run.advance()


def test_it_stops_early_when_validation_gets_no_better() -> None:
    still = Training(data=toys.Moons(rows=60), optimiser=SGD(lr=0.0), epochs=50, patience=3)
    run = Run(network(), still)
    run.advance(1000)
    assert run.end is not None and run.end.kind == "patience"
    assert run.epochs[-1].number == 3
    assert run.best.number == 0


def test_another_learning_rate_goes_on_where_it_was_and_belongs_to_the_settings() -> None:
    run = Run(network(), MOONS)
    run.advance(7)
    run.set_lr(0.5)
    run.advance(1000)
    again = Run(network(), run.training)
    again.advance(1000)
    assert [(change.step, change.lr) for change in run.training.changes] == [(7, 0.5)]
    assert same(weights(run), weights(again))
    assert not same(weights(run), weights(_trained()))


def _trained() -> Run:
    run = Run(network(), MOONS)
    run.advance(1000)
    return run


def test_seeds_decide() -> None:
    usual = weights(_trained())
    for other in (
        Run(network(seed=1), MOONS),
        *(Run(network(), MOONS.with_option(name, 1)) for name in ("dropout_seed", "shuffle_seed", "split_seed")),
    ):
        other.advance(1000)
        assert not same(weights(other), usual)


def test_a_learning_rate_of_a_thousand_million_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        SGD.checked({"lr": 1e9})
    assert refusal.value.message.text() == "Learning rate must be at most 1000; 1e9 is too large."


def test_what_torch_refuses_is_an_end_with_its_words() -> None:
    run = Run(network(), MOONS)
    run._x = run._x[:, :1]  # no obstacle left that torch would see first, so the rows are made unfit
    assert run.advance(3) == 0
    assert run.end is not None and run.end.kind == "failed"
    assert run.end.message.text().startswith("PyTorch refuses this network with this data: mat1 and mat2")
