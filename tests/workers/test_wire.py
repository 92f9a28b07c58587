"""The wire between server and worker programs: everything that crosses it comes out as it went in."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.network.experiment import Experiment
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.workers.wire import from_line, to_line
from tests.depth import examples
from tests.mutations import accepted_experiments

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
NESTED = st.recursive(
    PLAIN,
    lambda inside: (
        st.lists(inside)
        | st.lists(inside).map(tuple)
        | st.dictionaries(st.text() | st.floats(allow_nan=False) | st.integers(), inside)
    ),
    max_leaves=12,
)


@given(value=NESTED)
def test_values_keep_their_types(value: object) -> None:
    line = to_line(value)
    assert line.count(b"\n") == 1
    assert repr(from_line(line)) == repr(value)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.int64, torch.bool])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3)])
def test_tensors_keep_their_bits(kind: torch.dtype, shape: tuple[int, ...]) -> None:
    values = (torch.rand(shape) * 9 - 4).to(kind)
    if kind is torch.float32 and values.numel() > 1:
        values.view(-1)[0], values.view(-1)[1] = math.nan, -math.inf
    again = from_line(to_line(values.mT if len(shape) == 2 else values))
    assert again.dtype == kind
    assert torch.equal(again.nan_to_num(), (values.mT if len(shape) == 2 else values).nan_to_num())


@examples(30, 1000)
@given(experiment=accepted_experiments())
def test_networks_cross_it(experiment: Experiment) -> None:
    plan, batch = from_line(to_line([make_plan(experiment.network), experiment.batch]))
    assert (plan.spec, batch) == (experiment.network, experiment.batch)


def test_what_has_no_form_is_refused_before_it_is_sent() -> None:
    for value in (object(), {1, 2}, Plan, b"bytes"):
        with pytest.raises(TypeError):
            to_line(value)
    with pytest.raises((KeyError, ValueError)):
        from_line(b'{"os.system": ["true"]}\n')
