"""The exported program is run in another process: the same weights, outputs and summary as in the app, to the bit."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torchsummary
from hypothesis import given

from builder.analysis.summary import table_text, unlike_torchsummary
from builder.formats.torch_source import to_python
from builder.layers import Learned
from builder.layers.blocks import Block, Branches, Group, Repeat, Residual
from builder.layers.linear import Linear
from builder.network.experiment import Batch, Experiment
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import draw, probe
from builder.zoo.presets import PRESETS
from tests.depth import examples
from tests.networks import LOOKED_AT
from tests.oracle.programs import Run, check
from tests.strategies import FIRST, experiments, nested_experiments


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


@pytest.mark.parametrize("kind", [Group, Residual, Branches, Repeat])
def test_a_block_without_layers_does_too(kind: type[Block], run_program: Run) -> None:
    block = kind.checked({"name": "empty"} | ({"dim": 3} if kind is Branches else {}))
    layers = (Linear(name="linear1", out_features=2), block)
    check(Experiment(network=NetworkSpec(layers=layers), batch=Batch(rows=3)), run_program)


def test_a_program_needs_nothing_but_python_and_torch(tmp_path: Path) -> None:
    experiment = PRESETS["tutorial"].experiment
    plan = make_plan(experiment.network)
    (tmp_path / "model.py").write_text(to_python(plan, experiment.batch, extent="summary"), encoding="utf-8")
    ran = subprocess.run([sys.executable, "-I", "model.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    module = build_module(plan)
    assert table_text(plan, 5) in ran.stdout
    assert ran.stdout.endswith(f"{probe(module, plan, experiment.batch).outputs!r}\n")


@examples(fixed=40, deep=500)
@given(experiments() | nested_experiments())
def test_the_table_is_what_torchsummary_prints_of_the_program_where_the_page_says_so(experiment: Experiment) -> None:
    plan = make_plan(experiment.network)
    if plan.problem is None and unlike_torchsummary(plan) is None:
        assert printed(plan, experiment) == table_text(plan, experiment.batch.rows)


@pytest.mark.parametrize("sort", LOOKED_AT)
def test_networks_of_every_sort_are_printed_by_torchsummary_as_the_page_says(sort: str) -> None:
    plan = make_plan(LOOKED_AT[sort].network)
    same = printed(plan, LOOKED_AT[sort]) == table_text(plan, LOOKED_AT[sort].batch.rows)
    assert same == (unlike_torchsummary(plan) is None) == (sort in ("conv1d", "volume", "pixels"))


def printed(plan: Plan, experiment: Experiment) -> str | None:
    """What torchsummary prints of the program; None where it fails."""
    names: dict[str, Any] = {"__name__": "exported"}
    exec(to_python(plan, experiment.batch), names)
    text = io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            torchsummary.summary(names["Model"](), tuple(plan.input_shape), experiment.batch.rows, device="cpu")
    except (AttributeError, RuntimeError):
        return None
    return text.getvalue()


def test_drawing_the_input_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    draw(PRESETS["tutorial"].experiment.batch, PRESETS["tutorial"].experiment.network.input)
    assert torch.equal(torch.get_rng_state(), before)


def test_frozen_layers_stay_frozen_in_the_program(run_program: Run) -> None:
    experiment = PRESETS["tutorial"].experiment
    layer = experiment.network.layer("linear2")
    assert isinstance(layer, Learned)
    frozen = experiment.with_network(experiment.network.replaced("linear2", layer.with_option("trainable", False)))
    made, printed = run_program(to_python(make_plan(frozen.network), frozen.batch, extent="summary"))
    assert made["grads"] == [True, True, False, False, True, True]
    assert "Non-trainable params: 8\n" in printed
