"""The cross-check counts three things that have nothing in common; it can fail."""

from __future__ import annotations

import torch
from hypothesis import given
from torch import nn

from builder.analysis.crosscheck import count_three_ways, run_program, unique_parameters
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.networks import dense
from tests.strategies import networks

TUTORIAL = make_plan(PRESETS["tutorial"].experiment.network)


@given(networks())
def test_the_three_counts_agree(network: NetworkSpec) -> None:
    plan = make_plan(network)
    counts = count_three_ways(plan, build_module(plan))
    assert counts.agree
    assert counts.plan == sum(p.numel() for p in build_module(plan).parameters())


def test_a_module_that_is_another_is_noticed() -> None:
    other = build_module(TUTORIAL)
    other.append(nn.Linear(2, 2))
    counts = count_three_ways(TUTORIAL, other)
    assert not counts.agree
    assert (counts.plan, counts.module, counts.program) == (26, 32, 26)


def test_a_shared_parameter_counts_once() -> None:
    layer = nn.Linear(3, 3)
    assert unique_parameters(nn.Sequential(layer, nn.ReLU(), layer)) == 12


def test_the_program_is_counted_without_storage_and_without_draws() -> None:
    plan = make_plan(dense(1_000_000, 100_000, 1_000_000))
    before = torch.get_rng_state()
    counts = count_three_ways(plan, build_module(plan, meta=True))
    assert counts.agree and counts.plan > 2 * 10**11
    assert torch.equal(torch.get_rng_state(), before)


def test_running_a_program_prints_nothing(capsys: object) -> None:
    from builder.formats.torch_source import to_python

    run_program(to_python(TUTORIAL, PRESETS["tutorial"].experiment.batch))
    assert capsys.readouterr().out == ""  # type: ignore[attr-defined]
