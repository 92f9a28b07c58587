"""The exported program is run in another process: the same weights, outputs and summary as in the app, to the bit."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torchsummary
from hypothesis import given

from builder.analysis.summary import table_text
from builder.formats.torch_source import Form, to_python
from builder.layers import Learned
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from builder.runtime.module import build_module
from builder.runtime.probe import draw, probe
from builder.zoo.presets import PRESETS
from tests.depth import examples
from tests.strategies import FIRST, experiments, nested_experiments

FORMS: tuple[Form, ...] = ("class", "sequential")
Run = Callable[[str], tuple[dict[str, Any], str]]


@pytest.fixture(scope="module")
def run_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("programs")
    worker = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("worker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
    )
    assert worker.stdin and worker.stdout

    def run(source: str) -> tuple[dict[str, Any], str]:
        path = folder / "model.py"
        path.write_text(source, encoding="utf-8")
        assert worker.stdin and worker.stdout
        print(path, file=worker.stdin, flush=True)
        answer = worker.stdout.readline().strip()
        assert answer == "done", f"{answer}\n{source}"
        return torch.load(f"{path}.pt"), Path(f"{path}.txt").read_text(encoding="utf-8")

    yield run
    worker.stdin.close()
    worker.wait(30)


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and bool(((a == b) | (a.isnan() & b.isnan())).all())


def check(experiment: Experiment, run_program: Run) -> None:
    plan = make_plan(experiment.network)
    module = build_module(plan)
    sent = probe(module, plan, experiment.batch)
    for form in FORMS:
        made, printed = run_program(to_python(plan, experiment.batch, form))
        assert list(made["state"]) == list(module.state_dict())
        for name, values in module.state_dict().items():
            assert same(values, made["state"][name]), name
        assert made["grads"] == [p.requires_grad for p in module.parameters()]
        assert same(sent.inputs, made["x"])
        assert same(sent.outputs, made["y"])
        if form == "class":
            assert table_text(plan, experiment.batch.rows) in printed


@examples(fixed=150, deep=2000)
@given(experiments())
def test_programs_in_both_forms_reproduce_the_app_to_the_bit(run_program: Run, experiment: Experiment) -> None:
    check(experiment, run_program)


@examples(fixed=100, deep=1000)
@given(nested_experiments())
def test_programs_of_nested_networks_do_too(run_program: Run, experiment: Experiment) -> None:
    """Inputs, layers and blocks of every kind."""
    check(experiment, run_program)


@pytest.mark.parametrize("preset", [*FIRST, "lenet5", "unet", "lstm", "encoder"])  # those that live with several rows
def test_every_preset_does_too(preset: str, run_program: Run) -> None:
    check(PRESETS[preset].experiment, run_program)


def test_a_program_needs_nothing_but_python_and_torch(tmp_path: Path) -> None:
    experiment = PRESETS["tutorial"].experiment
    plan = make_plan(experiment.network)
    (tmp_path / "model.py").write_text(to_python(plan, experiment.batch), encoding="utf-8")
    ran = subprocess.run([sys.executable, "-I", "model.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    module = build_module(plan)
    assert table_text(plan, 5) in ran.stdout
    assert ran.stdout.endswith(f"{probe(module, plan, experiment.batch).outputs!r}\n")


@examples(fixed=40, deep=500)
@given(experiments())
def test_the_table_is_what_torchsummary_prints_of_the_program(experiment: Experiment) -> None:
    plan = make_plan(experiment.network)
    modules = [step for step in plan.steps if step.is_module]
    if not any(step.count for step in modules) or plan.blocks:
        return  # torchsummary itself fails on a model without parameters, and lists blocks as layers without any
    names: dict[str, Any] = {"__name__": "exported"}
    exec(to_python(plan, experiment.batch), names)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        torchsummary.summary(names["Model"](), plan.input_shape, experiment.batch.rows, device="cpu")
    assert printed.getvalue() == table_text(plan, experiment.batch.rows)


def test_drawing_the_input_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    draw(PRESETS["tutorial"].experiment.batch, PRESETS["tutorial"].experiment.network.input)
    assert torch.equal(torch.get_rng_state(), before)


def test_frozen_layers_stay_frozen_in_the_program(run_program: Run) -> None:
    experiment = PRESETS["tutorial"].experiment
    layer = experiment.network.layer("linear2")
    assert isinstance(layer, Learned)
    frozen = experiment.with_network(experiment.network.replaced("linear2", layer.with_option("trainable", False)))
    made, printed = run_program(to_python(make_plan(frozen.network), frozen.batch))
    assert made["grads"] == [True, True, False, False, True, True]
    assert "Non-trainable params: 8\n" in printed
