"""A run goes on from any checkpoint with the same bits, and bytes that are none are refused."""

from __future__ import annotations

import contextlib
from hashlib import sha256

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.core.options import Refusal
from builder.network.experiment import Experiment
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module, put_weights
from builder.runtime.tensors import packed, unpacked
from builder.training.checkpoint import weights_of
from builder.training.data import load, sequences, toys
from builder.training.loop import MAX_SHELF, Run
from builder.training.optimisers import SGD, Adam, AdamW, Optimiser, RMSprop
from builder.training.schedules import Cosine
from builder.training.settings import Training
from tests.depth import examples
from tests.networks import made

OPTIMISERS: list[Optimiser] = [
    SGD(),
    SGD(momentum=0.9, nesterov=True),
    RMSprop(momentum=0.5, centered=True),
    Adam(amsgrad=True),
    AdamW(),
]
LAYERS = (
    made("Linear", "a", out_features=6),
    made("BatchNorm1d", "n"),
    made("RReLU", "r"),
    made("Dropout", "d", p=0.3),
    made("Linear", "o", out_features=2),
)
DATA = toys.Moons(rows=50)
EXPERIMENT = Experiment(network=NetworkSpec(input=load(DATA).inputs[0], layers=LAYERS))


def training(optimiser: Optimiser = OPTIMISERS[0]) -> Training:
    return Training(data=DATA, optimiser=optimiser, schedule=Cosine(warmup=4), epochs=6, batch_size=9)


def digest(run: Run) -> str:
    """All that a run came to, as one text; it has no more steps to do."""
    run.advance(run.total)
    assert run.end is not None and run.end.kind == "done"
    return sha256(run.checkpoint()).hexdigest()


@examples(fixed=30, deep=1000)
@given(st.data(), st.sampled_from(OPTIMISERS))
def test_a_run_killed_at_any_step_comes_to_the_same_in_the_end(data: st.DataObject, optimiser: Optimiser) -> None:
    run = Run(EXPERIMENT, training(optimiser))
    run.advance(data.draw(st.integers(0, run.total)))
    kept = run.checkpoint()
    run.advance(data.draw(st.integers(0, run.total)))  # what was done and lost
    again = Run.resumed(kept, EXPERIMENT, run.training)
    if again.step < again.total:
        assert digest(again) == digest(Run(EXPERIMENT, training(optimiser)))


def test_rewinding_gives_the_same_bits_and_shows_the_shelf() -> None:
    run = Run(EXPERIMENT, training())
    first = digest(run)
    assert {0, 1, 2, run.total} <= run.shelf.keys()
    for step in run.shelf:
        assert run.rewind(step) == run.step == len(run.losses) == step
        assert run.epochs[-1].number == step // run.task.per_epoch
        if step < run.total:
            assert digest(run) == first
    assert run.rewind(run.total - 1) < run.total


def test_what_was_kept_of_another_learning_rate_is_gone() -> None:
    run = Run(EXPERIMENT, training())
    run.advance(run.total)
    at = run.rewind(10)
    run.set_lr(0.5)
    assert max(run.shelf) == at
    run.advance(run.total)
    again = Run(EXPERIMENT, run.training)
    assert digest(again) == sha256(run.checkpoint()).hexdigest()


def test_checkpoints_are_bounded() -> None:
    data = sequences.Parity(rows=20)
    wide = (made("Flatten", "f"), made("Linear", "a", out_features=20_000), made("Linear", "o", out_features=2))
    experiment = Experiment(network=NetworkSpec(input=load(data).inputs[1], layers=wide))
    run = Run(experiment, Training(data=data, epochs=3, batch_size=4))
    run.advance(run.total)
    assert {0, run.total} <= run.shelf.keys()
    assert sum(map(len, run.shelf.values())) <= MAX_SHELF


def test_trained_weights_go_into_the_network_as_it_was_built() -> None:
    run = Run(EXPERIMENT, training())
    run.advance(9)
    module = build_module(run.task.plan)
    put_weights(module, weights_of(run.checkpoint()))
    for name, values in module.state_dict().items():
        assert torch.equal(values, run.module.state_dict()[name])


@examples(fixed=200, deep=5000)
@given(st.data())
def test_damaged_bytes_are_refused_and_change_nothing(data: st.DataObject) -> None:
    run = Run(EXPERIMENT, training())
    run.advance(5)
    whole = run.checkpoint()
    content = bytearray(whole)
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        at = data.draw(st.integers(0, 1500))
        content[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(Refusal):  # damage to a number may be read; to anything else not
        Run.resumed(bytes(content), EXPERIMENT, training()).advance(3)
    with pytest.raises(Refusal):
        Run.resumed(whole, EXPERIMENT, training(AdamW()))
    assert run.checkpoint() == whole


def test_tensors_are_as_safetensors_has_them() -> None:

    tensors = {"a": torch.randn(3, 2), "count": torch.tensor(7), "b": torch.zeros(0, 4), "s": torch.arange(5).byte()}
    for name, values in safetensors.torch.load(packed(tensors, {"x": "y"})).items():
        assert torch.equal(values, tensors[name])
    again, _ = unpacked(safetensors.torch.save(tensors))
    assert {name: values.tolist() for name, values in again.items()} == {n: v.tolist() for n, v in tensors.items()}
