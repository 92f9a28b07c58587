"""Signals through time are what torch's own cells give step by step, and the verdict follows them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from builder.analysis.signals import Signals, measure
from builder.analysis.verdict import Verdict, find_fix, judge
from builder.layers.linear import Linear
from builder.network.inputs import Sequence
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from tests.networks import made


def reader(kind: str, length: int, **options: object) -> Plan:
    layers = (made(kind, "r", hidden_size=16, **options), Linear(name="out", out_features=2))
    return make_plan(NetworkSpec(input=Sequence(length=length, features=8), layers=layers))


def looked_at(plan: Plan, rows: int = 64) -> tuple[Signals, Verdict]:
    signals = measure(build_module(plan), plan, rows, seed=0)
    verdict = judge(plan, signals)
    assert verdict is not None
    return signals, verdict


@pytest.mark.parametrize("last", [True, False])
def test_the_gradient_of_the_last_state_is_that_of_a_cell_stepping_by_hand(last: bool) -> None:
    plan = reader("RNN", 6, last=last)
    module = build_module(plan)
    found = measure(module, plan, 5, seed=0).recurrences[0]
    cell = nn.RNNCell(8, 16)
    torch.manual_seed(0)
    x = torch.randn(5, 6, 8)
    steps = [x[:, n].clone().requires_grad_() for n in range(6)]
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(cell, name).data = module.get_parameter(f"r.{name}_l0").detach()
    state, spread = torch.zeros(5, 16), []
    for step in steps:
        state = cell(step, state)
        spread.append(float(state.detach().double().std(correction=0)))
    torch.randn((5, 2) if last else (5, 6, 2))  # the gradient of the logits is drawn first
    gradients = torch.autograd.grad(state, steps, torch.randn(5, 16))
    assert found.forward == pytest.approx(spread, rel=1e-4)
    wanted = [float(each.double().square().sum(dim=1).mean().sqrt()) for each in gradients]
    assert found.backward == pytest.approx(wanted, rel=1e-4)


def test_an_rnn_over_200_steps_vanishes_and_no_gradient_at_all_reaches_its_first_step() -> None:
    signals, verdict = looked_at(reader("RNN", 200, last=True))
    assert signals.recurrences[0].backward[0] == 0
    assert verdict.through_time is not None and verdict.through_time.regime == verdict.regime == "vanishing"
    assert verdict.through_time.backward.layers == 199


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "last": True}, {"num_layers": 2, "dropout": 0.5}])
def test_every_kind_has_a_number_for_each_step_and_looking_changes_nothing(
    kind: str, options: dict[str, object]
) -> None:
    plan = reader(kind, 4, **options)
    module = build_module(plan)
    before = {name: values.clone() for name, values in module.state_dict().items()}
    found = measure(module, plan, 8, seed=0)
    assert [(len(each.forward), len(each.backward)) for each in found.recurrences] == [(4, 4)]
    assert all(0 < value < 10 for value in (*found.recurrences[0].forward, *found.recurrences[0].backward))
    assert all(torch.equal(values, before[name]) for name, values in module.state_dict().items())
    assert not any(part.training for part in module.modules())
    assert found == measure(module, plan, 8, seed=0)


def test_a_short_rnn_is_mended_by_orthogonal_recurrent_weights() -> None:
    plan = reader("RNN", 6, last=True)
    _, verdict = looked_at(plan)
    assert verdict.regime == "vanishing"
    fix = find_fix(plan, 0)
    assert fix is not None and fix.kind == "remembering"
    assert looked_at(make_plan(fix.mend(plan.spec)), 256)[1].regime == "steady"


def test_attention_is_judged_through_depth() -> None:
    layers = [made("TransformerEncoderLayer", f"e{n}", dim_feedforward=16) for n in range(3)]
    plan = make_plan(NetworkSpec(input=Sequence(length=5, features=8), layers=tuple(layers)))
    signals, verdict = looked_at(plan)
    assert (verdict.first, verdict.last) == ("e0", "e2") and signals.recurrences == ()
