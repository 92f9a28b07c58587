"""What an exported program has to do: give the weights, outputs and summary of the app, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from builder.analysis.summary import table_text
from builder.formats.torch_source import Form, to_python
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from builder.runtime.module import build_module
from builder.runtime.probe import probe

Run = Callable[[str], tuple[dict[str, Any], str]]
"""Runs a program and gives what its model holds and gave, and what it printed."""


FORMS: tuple[Form, ...] = ("class", "sequential")


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Are they equal to the bit, NaN where NaN is?"""
    return a.dtype == b.dtype and a.shape == b.shape and bool(((a == b) | (a.isnan() & b.isnan())).all())


def check(experiment: Experiment, run_program: Run) -> None:
    """Run the program of `experiment` in both forms and compare all that it made and gave with the app."""
    plan = make_plan(experiment.network)
    module = build_module(plan)
    sent = probe(module, plan, experiment.batch)
    for form in FORMS:
        made, printed = run_program(to_python(plan, experiment.batch, form, "summary"))
        assert list(made["state"]) == list(module.state_dict())
        for name, values in module.state_dict().items():
            assert same(values, made["state"][name]), name
        assert made["grads"] == [p.requires_grad for p in module.parameters()]
        assert same(sent.inputs, made["x"])
        assert same(sent.outputs, made["y"])
        if form == "class":
            assert table_text(plan, experiment.batch.rows) in printed
