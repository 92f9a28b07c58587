"""What takes programs further takes ours: TorchScript, torch.export with any number of rows, torch.compile as one graph.

Graphs are captured and run by Python (`backend="eager"`): that a graph becomes machine code is torch's own part, and needs g++.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from builder.formats.torch_source import Form, to_python
from builder.layers import LAYERS
from builder.layers.blocks import Branches, Residual, Shortcut
from builder.layers.linear import Linear
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import draw
from builder.zoo.presets import FIRST_STEPS, PRESETS
from tests.depth import examples, is_deep
from tests.networks import of_every_kind
from tests.oracle.programs import FORMS
from tests.strategies import nested_experiments

Send = Callable[[Tensor], Tensor]
NUMBERS = count()
EVERY = of_every_kind()
EXPORTED = ("lenet5", "unet", "resnet18", "encoder")  # of the others only in `make test-deep`: it takes 20 s each
LITERATURE = [key for key, preset in PRESETS.items() if preset.heading != FIRST_STEPS and key != "gpt3"]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    torch._dynamo.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, and says so
        yield


def imported(plan: Plan, form: Form, folder: Path) -> nn.Module:
    """The model of the program, from a file: compilers read the text of classes."""
    name = f"exported{next(NUMBERS)}"
    (folder / f"{name}.py").write_text(to_python(plan, Batch(), form), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec and spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return (module.Model() if form == "class" else module.make_model()).eval()  # type: ignore[no-any-return]


def exported(model: nn.Module, rows: Tensor) -> Send:
    batch = {0: torch.export.Dim("batch")}
    return torch.export.export(model, (rows,), dynamic_shapes=(batch,)).module()


def captured(model: nn.Module, rows: Tensor) -> Send:
    return torch.compile(model, backend="eager", fullgraph=True, dynamic=True)


def scripted(model: nn.Module, rows: Tensor) -> Send:
    return torch.jit.script(model)


def captures(kind: Any) -> bool:
    """Does torch.compile make a graph of torch's own class `kind`?"""
    try:
        captured(kind(3, 2), torch.zeros(1))(torch.zeros(1, 2, 3))
    except torch._dynamo.exc.Unsupported:
        return False
    return True


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", range(len(EVERY)))
def test_programs_of_every_kind_of_layer_and_block(number: int, form: Form, tmp_path: Path) -> None:
    plan = make_plan(EVERY[number])
    model = imported(plan, form, tmp_path)
    model.load_state_dict(build_module(plan).state_dict())
    rows, more = (draw(Batch(rows=n), plan.spec.input) for n in (2, 5))
    for through in (scripted, exported, captured):
        taken = through(model, rows)
        with torch.no_grad(), torch._dynamo.config.patch(allow_rnn=True):  # what that is for, a test below tells
            for given in (rows, more):
                torch.testing.assert_close(taken(given), model(given), equal_nan=True)


@examples(fixed=25, deep=500)
@given(nested_experiments())
def test_programs_of_any_network_are_taken_by_torchscript(tmp_path_factory: Any, experiment: Experiment) -> None:
    plan = make_plan(experiment.network)
    rows = draw(experiment.batch, plan.spec.input)
    for form in FORMS:
        model = imported(plan, form, tmp_path_factory.mktemp("scripted"))
        torch.testing.assert_close(scripted(model, rows)(rows), model(rows), equal_nan=True)


def test_every_kind_was_among_them() -> None:
    kinds = {layer.kind for network in EVERY for layer in network.by_path.values()}
    assert kinds == set(LAYERS)


@pytest.mark.parametrize("merge", ["sum", "product", "concatenate"])
def test_blocks_whose_ways_come_together(merge: str, tmp_path: Path) -> None:
    def linear(name: str) -> Linear:
        return Linear(name=name, out_features=3)

    around = Residual(name="around", layers=(linear("a"), Shortcut(name="way", layers=(linear("b"),))))
    ways = Branches.checked({"name": "ways", "layers": (around, linear("merge"), linear("dim")), "merge": merge})
    plan = make_plan(NetworkSpec(input=Features(in_features=3), layers=(ways,)))
    rows = draw(Batch(rows=4), plan.spec.input)
    for form in FORMS:
        model = imported(plan, form, tmp_path)
        for through in (scripted, exported, captured):
            torch.testing.assert_close(through(model, rows)(rows), model(rows))


def test_what_torch_refuses_itself() -> None:
    """torch.compile leaves recurrent layers out of graphs unless its own switch `allow_rnn` is on, and it refuses nothing else."""
    assert [kind.__name__ for kind in (nn.RNN, nn.LSTM, nn.GRU, nn.Linear) if not captures(kind)] == [
        "RNN",
        "LSTM",
        "GRU",
    ]


@pytest.mark.parametrize("preset", LITERATURE)
def test_programs_of_the_literature(preset: str, tmp_path: Path) -> None:
    """On the meta device, since most of them are large: graphs are made of shapes."""
    plan = make_plan(PRESETS[preset].experiment.network)
    with torch.device("meta"):
        model = imported(plan, "class", tmp_path)
    rows = draw(Batch(rows=2), plan.spec.input).to("meta")
    for through in (scripted, exported) if is_deep() or preset in EXPORTED else (scripted,):
        assert through(model, rows)(rows).shape == (2, *plan.output_shape)
