"""Weights that training came to, in the place of those that a network draws."""

from __future__ import annotations

import pytest
import torch

from builder.core.options import Refusal
from builder.network.planner import make_plan
from builder.runtime.module import build_module
from builder.runtime.tensors import packed
from builder.training.data import DATA, load
from builder.training.fit import fitted
from builder.training.loop import Run
from builder.training.settings import Training
from builder.ui.state.keyed import canonical
from builder.workers.wire import from_line, to_line
from builder.zoo.presets import PRESETS

SPIRALS = fitted(PRESETS["deep_relu"].experiment, load(DATA["spirals"]()))
DRAWN = make_plan(SPIRALS.network)


def learned() -> Run:
    run = Run(SPIRALS, Training())
    run.advance(20)
    return run


def test_the_module_of_a_plan_has_the_weights_that_were_learned_and_gives_what_the_run_gives() -> None:
    run = learned()
    plan = DRAWN.with_learned(packed(run.module.state_dict()))
    module, x = build_module(plan), run.prepared.x
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), run.module.parameters(), strict=True))
    run.module.eval()
    with torch.no_grad():
        torch.testing.assert_close(module(x), run.module(x).softmax(dim=1))
    assert not torch.equal(next(module.parameters()), next(build_module(DRAWN).parameters()))
    assert build_module(plan, meta=True).training is False


def test_it_is_another_plan_to_caches_and_arrives_whole_at_the_programs() -> None:
    plan = DRAWN.with_learned(packed(learned().module.state_dict()))
    assert canonical(plan) != canonical(DRAWN) == canonical(make_plan(SPIRALS.network))
    sent = from_line(to_line([plan, DRAWN]))
    assert [each.text for each in sent] == [plan.text, DRAWN.text] and sent[0].learned == plan.learned


def test_weights_of_another_network_are_refused() -> None:
    other = build_module(make_plan(PRESETS["tutorial"].experiment.network))
    with pytest.raises(Refusal):
        build_module(DRAWN.with_learned(packed(other.state_dict())))
