"""The program with a training loop runs, whatever the network, and takes the loss that goes with the network's end."""

from __future__ import annotations

import contextlib
import io
import math
import re

import pytest
import torch

from builder.formats.torch_source import Form, to_python
from builder.layers import Layer
from builder.layers.blocks import Group
from builder.layers.linear import Linear
from builder.network.experiment import Batch
from builder.network.inputs import Features, Image, Sequence, Tokens
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.networks import made, of_every_kind
from tests.oracle.programs import FORMS
from tests.strategies import FIRST

EVERY = of_every_kind()


def losses(network: NetworkSpec, form: Form = "class", steps: int = 100, rows: int = 5) -> list[float]:
    """What the program prints when it runs for so many steps."""
    source = to_python(make_plan(network), Batch(rows=rows), form, "training")
    assert "in range(100):" in source or not make_plan(network).trainable
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), torch.random.fork_rng():
        exec(
            compile(source.replace("in range(100):", f"in range({steps}):"), "training", "exec"),
            {"__name__": "__main__"},
        )
    return [float(number) for number in re.findall(r": loss (.*)", printed.getvalue())]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("preset", [name for name in FIRST if name != "blank"])
def test_it_learns_the_first_networks(preset: str, form: Form) -> None:
    found = losses(PRESETS[preset].experiment.network, form)
    assert len(found) == 10 and found[-1] <= found[0]


@pytest.mark.parametrize("number", range(len(EVERY)))
def test_it_runs_with_layers_of_every_kind(number: int) -> None:
    assert len(losses(EVERY[number], steps=10, rows=1)) == bool(make_plan(EVERY[number]).trainable)


def end(*layers: Layer, given: object = None) -> str:
    network = NetworkSpec.model_validate({"input": given or Features(in_features=4), "layers": layers})
    assert all(map(math.isfinite, losses(network, steps=20)))
    return to_python(make_plan(network), Batch(rows=3), extent="training")


def test_the_loss_follows_from_the_end() -> None:
    three, one = Linear(name="a", out_features=3), Linear(name="a", out_features=1)
    softmax, sigmoid = made("Softmax", "p"), made("Sigmoid", "p")
    for layers in ((three,), (three, softmax), (Group(name="g", layers=(three, softmax)),)):
        program = end(*layers)
        assert "nn.CrossEntropyLoss()" in program and "torch.randint(3, (3,))" in program
        assert "torch.softmax(x" not in program
    assert "nn.NLLLoss()" in end(three, made("LogSoftmax", "p"))
    assert "nn.BCEWithLogitsLoss()" in end(one, sigmoid) and "torch.sigmoid(x)" not in end(one, sigmoid)
    assert "nn.MSELoss()" in end(one) and "nn.MSELoss()" in end(three, made("Tanh", "t"))
    assert "nn.MSELoss()" in end(Linear(name="a", out_features=4))  # as large as what comes in: it is given back


def test_classes_at_each_place_have_a_target_each() -> None:
    words = (made("Embedding", "e", embedding_dim=4), Linear(name="a", out_features=7))
    program = end(*words, given=Tokens(length=5, vocabulary=9))
    assert "loss_function(model(x).transpose(1, 2), target)" in program and "torch.randint(7, (3, 5))" in program
    pixels = end(made("Conv2d", "c", out_channels=3, padding=1), made("Softmax", "p"), given=Image(height=6, width=7))
    assert "loss_function(model(x), target)" in pixels and "torch.randint(3, (3, 6, 7))" in pixels
    steps = end(Linear(name="a", out_features=3), made("Softmax", "p"), given=Sequence(length=6, features=2))
    assert "transpose(1, 2)" in steps and "torch.randint(3, (3, 6))" in steps


def test_a_network_without_anything_to_train_says_so() -> None:
    assert "nothing that training could change" in to_python(
        make_plan(NetworkSpec(layers=())), Batch(), extent="training"
    )


def test_the_model_alone_is_its_classes_and_no_more() -> None:
    plan = make_plan(PRESETS["tutorial"].experiment.network)
    alone, run, counted = (to_python(plan, Batch(), extent=extent) for extent in ("model", "run", "summary"))
    assert run.startswith(alone) and "__main__" not in alone and "def summary" not in run and "def summary" in counted
