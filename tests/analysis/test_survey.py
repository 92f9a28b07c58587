"""Every initializer against every common activation: each cell is the network that it opens."""

from __future__ import annotations

import pytest

from builder.analysis.fitting import dense_layers
from builder.analysis.signals import ROWS, logits_signal
from builder.analysis.survey import ACTIVATIONS, CELLS, combination, survey
from builder.initializers import WEIGHTS
from builder.layers.linear import Linear
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS

TUTORIAL = make_plan(PRESETS["tutorial"].experiment.network)


def test_a_cell_is_the_signal_of_the_network_that_it_opens() -> None:
    cells = list(survey(TUTORIAL, seed=3))
    assert [(cell.weights, cell.activation) for cell in cells] == list(CELLS)
    assert len(cells) == len(WEIGHTS) * len(ACTIVATIONS)
    for cell in cells[::9]:
        plan = make_plan(combination(TUTORIAL, cell.weights, cell.activation))
        assert cell.signal == logits_signal(build_module(plan), plan, ROWS, 3)
        dense = dense_layers(plan)
        assert {each.weights.kind for each in dense} == {cell.weights}
        assert {each.activation.layer.kind for each in dense if each.activation} == {cell.activation}
    assert {cell.signal for cell in cells if cell.weights == "zeros_"} == {0.0}


def test_it_is_made_cell_by_cell_so_that_it_can_be_stopped() -> None:
    deep = PRESETS["deep_relu"].experiment.network
    first = next(survey(make_plan(deep), seed=0))
    assert (first.weights, first.activation) == CELLS[0] and first.signal


@pytest.mark.parametrize("width", [100_000, 1])
def test_what_can_not_be_built_here_is_no_number(width: int) -> None:
    layers = (Linear(name="a", out_features=width), Linear(name="b", out_features=1000))
    first = next(survey(make_plan(NetworkSpec(input=Features(in_features=1000), layers=layers)), seed=0))
    assert (first.signal is None) == (width > 1)
