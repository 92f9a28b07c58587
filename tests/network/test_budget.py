"""What a network may take, held against what torch itself allocates, and against networks that once took much more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch.profiler import ProfilerActivity, profile

from builder.analysis.signals import ROWS, excess, measure, rows_for
from builder.layers import LAYERS, Layer, Shape
from builder.layers.blocks import Block, Repeat
from builder.layers.shapes import TokenShape, numel
from builder.network import budget
from builder.network.inputs import Features, Image, Input, Sequence, Tokens
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.network.temporaries import temporaries
from builder.runtime.module import build_module, run
from tests.depth import examples
from tests.networks import LOOKED_AT, made
from tests.strategies import placed

ABOVE = 6  # times as much as torch's peak is the most that an estimate may be
SLACK = 8192  # numbers: a small tensor is aligned, and oneDNN takes whole pages
UNHEARD = 262_144  # numbers, a megabyte: an estimate may be too high by so much, whatever it is of
SIMPLE = {name: kind for name, kind in LAYERS.items() if not issubclass(kind, Block)}


def peak(calculate: Callable[[], object]) -> int:
    """The most numbers that torch had allocated at once, of those that it allocated in `calculate`."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        result = calculate()  # freed after the last event
    assert profiled.profiler is not None and profiled.profiler.kineto_results is not None
    events = [event for event in profiled.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    del result
    return most // 4


def check(layer: Layer, shape: Shape, rows: int) -> None:
    module = run(layer.constructor(shape)).eval()
    size = (rows, *shape)
    x = torch.zeros(size, dtype=torch.long if isinstance(shape, TokenShape) else torch.float32)
    with torch.inference_mode():
        module(x)
        real = x.numel() + peak(lambda: module(x))
    estimate = rows * (numel(shape) + numel(layer.output_shape(shape))) + temporaries(layer, shape, rows)
    assert estimate + SLACK >= real, (estimate, real)
    assert real + UNHEARD >= estimate / ABOVE, (estimate, real)


@pytest.mark.parametrize("kind", SIMPLE.values(), ids=SIMPLE)
@settings(examples(fixed=4, deep=200), suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data(), rows=st.sampled_from([1, 2, 64]))
def test_a_layer_takes_no_more_than_is_said_and_not_much_less(
    kind: type[Layer], data: st.DataObject, rows: int
) -> None:
    layer, shape = data.draw(placed(kind))
    assume(layer.unfit(shape) is None)
    assume(rows * max(numel(shape), numel(layer.output_shape(shape))) < 2_000_000)
    check(layer, shape, rows)


LARGE: list[tuple[str, Shape, int, dict[str, Any]]] = [
    ("TransformerEncoderLayer", (512, 16), 1, {"nhead": 16}),
    ("TransformerEncoderLayer", (300, 8), 2, {"nhead": 8, "dim_feedforward": 8, "norm_first": True}),
    ("TransformerEncoderLayer", (1000, 8), 1, {"bias": False}),
    ("MultiheadAttention", (512, 16), 1, {"num_heads": 16}),
    ("MultiheadAttention", (512, 16), 1, {"num_heads": 16, "causal": True}),
    ("MultiheadAttention", (1000, 8), 1, {"num_heads": 1, "causal": True, "bias": False}),
    ("Conv1d", (1, 4096), 1, {"kernel_size": 1000}),
    ("Conv1d", (1, 4096), 16, {"kernel_size": 1000}),
    ("Conv1d", (16, 1024), 1, {"kernel_size": 100, "out_channels": 16}),
    ("Conv2d", (3, 64, 64), 1, {"out_channels": 16, "padding": 1}),
    ("Conv2d", (64, 32, 32), 4, {"out_channels": 64, "groups": 64, "same": True, "kernel_size": 4}),
    ("Conv2d", (1, 128, 128), 4, {"kernel_size": 30}),
    ("Conv3d", (1, 24, 24, 24), 1, {"kernel_size": 10}),
    ("Conv2d", (16, 64, 8), 2, {"kernel_size": (31, 3), "padding": (15, 1), "padding_mode": "circular"}),
    ("Conv2d", (16, 64, 64), 2, {"kernel_size": (8, 3), "same": True, "padding_mode": "reflect"}),
    ("ConvTranspose3d", (8, 8, 8, 8), 2, {"kernel_size": (9, 1, 5), "out_channels": 16}),
    ("MaxPool3d", (8, 16, 16, 16), 2, {"kernel_size": (3, 2, 1), "stride": 1}),
    ("ConvTranspose1d", (16, 256), 1, {"kernel_size": 100, "out_channels": 16, "dilation": 7}),
    ("ConvTranspose2d", (16, 16, 16), 4, {"kernel_size": 20, "out_channels": 16}),
    ("ConvTranspose2d", (64, 16, 16), 4, {"groups": 64, "out_channels": 64, "stride": 2}),
    ("RNN", (200, 4), 8, {"num_layers": 3, "bidirectional": True}),
    ("LSTM", (16, 512), 1, {"hidden_size": 512}),
    ("LSTM", (64, 32), 8, {"hidden_size": 32, "num_layers": 3, "bidirectional": True}),
    ("LSTM", (64, 32), 8, {"hidden_size": 32, "proj_size": 4, "last": True}),
    ("GRU", (64, 256), 8, {"hidden_size": 2, "last": True}),
]


@pytest.mark.parametrize(("kind", "shape", "rows", "options"), LARGE)
def test_a_large_layer_takes_no_more_than_is_said_and_not_much_less(
    kind: str, shape: Shape, rows: int, options: dict[str, Any]
) -> None:
    check(made(kind, "layer1", **options), shape, rows)


def test_a_new_kind_is_taken_for_one_that_makes_copies() -> None:
    layer = made("Tanhshrink", "layer1")
    assert temporaries(layer, (10,), 3) == 3 * (10 + 2 * 10)


@pytest.mark.parametrize("name", LOOKED_AT)
def test_measuring_signals_takes_no_more_memory_than_is_said(name: str) -> None:
    plan = make_plan(LOOKED_AT[name].network)
    module, rows = build_module(plan), 16
    kept = sum(step.count + step.buffer_count for step in plan.steps)
    estimate = budget.live_bytes(plan.steps, plan.merges, plan.input_shape, rows, graded=True) // 4 - kept
    real = peak(lambda: measure(module, plan, rows, seed=0))
    assert estimate + SLACK >= real
    assert real + UNHEARD >= estimate / ABOVE


def plan_of(given: Input, *layers: Layer) -> Plan:
    plan = make_plan(NetworkSpec(input=given, layers=layers))
    assert plan.problem is None
    return plan


LINE = Sequence(length=10_000, features=16)
IMAGE = Image(channels=1, height=300, width=300)
REFUSED: dict[str, tuple[Input, str, dict[str, Any]]] = {
    "scores": (LINE, "TransformerEncoderLayer", {"nhead": 16}),
    "fewer scores": (LINE, "TransformerEncoderLayer", {"nhead": 4}),
    "many heads": (Sequence(length=2000, features=64), "TransformerEncoderLayer", {"nhead": 64}),
    "a mask": (Sequence(length=8000, features=8), "MultiheadAttention", {"causal": True}),
    "a long window": (Sequence(length=50, features=10_000), "Conv1d", {"kernel_size": 1000, "out_channels": 50}),
    "a wide window": (Image(channels=1, height=1000, width=1000), "Conv2d", {"kernel_size": 300}),
    "many steps": (Sequence(length=10_000, features=2), "GRU", {"hidden_size": 2, "num_layers": 16}),
    "a pool": (Image(channels=1, height=1000, width=1000), "MaxPool2d", {"kernel_size": 500, "stride": 1}),
    "laid down": (Image(channels=3, height=200, width=200), "ConvTranspose2d", {"kernel_size": 100, "out_channels": 3}),
    "neighbours": (Image(channels=1000, height=60, width=60), "LocalResponseNorm", {"size": 1000}),
}


@pytest.mark.parametrize(("given", "kind", "options"), REFUSED.values(), ids=REFUSED)
def test_what_would_stall_the_server_is_refused_and_the_layer_named(
    given: Input, kind: str, options: dict[str, Any]
) -> None:
    plan = plan_of(given, made("Identity", "first"), made(kind, "heavy", **options))
    problem = plan.over_budget(1)
    assert problem is not None and problem.path == "heavy"
    assert rows_for(plan) == 0


@pytest.mark.parametrize(
    ("given", "kind", "options"),
    [
        (Sequence(length=500, features=16), "TransformerEncoderLayer", {"nhead": 4}),
        (LINE, "LSTM", {"hidden_size": 8}),
        (IMAGE, "Conv2d", {"kernel_size": 30}),
        (Tokens(length=5, vocabulary=1_000_000), "Embedding", {"embedding_dim": 8}),
        (Image(channels=3, height=64, width=64), "ConvTranspose2d", {"kernel_size": 4, "out_channels": 16}),
    ],
)
def test_what_is_soon_done_lives(given: Input, kind: str, options: dict[str, Any]) -> None:
    assert plan_of(given, made(kind, "light", **options)).fits_budget(1)


@pytest.mark.parametrize(
    ("image", "kind", "size"),
    [
        (Image(channels=1, height=128, width=128), "Conv2d", 60),
        (Image(channels=1, height=60, width=60, depth=60), "Conv3d", 20),
    ],
)
def test_signals_judge_their_own_rows(image: Input, kind: str, size: int) -> None:
    """A row may pass where 256 there and back, with the statistics of each signal, would take from ten seconds to minutes."""
    plan = plan_of(image, made(kind, "conv1", kernel_size=size), made("ReLU", "relu1"))
    assert plan.fits_budget(1) and rows_for(plan) < ROWS
    assert plan.live_seconds(rows_for(plan), graded=True) <= budget.LIVE_SECONDS < plan.live_seconds(ROWS, graded=True)


def test_where_no_row_can_be_measured_the_layer_is_named() -> None:
    """The many copies live, but statistics of each of their signals would take seconds."""
    copies = Repeat(name="rep", times=1000, layers=tuple(made("Tanh", f"tanh{n}") for n in range(4)))
    plan = plan_of(Features(in_features=8), copies)
    assert plan.fits_budget(1) and rows_for(plan) == 0
    problem = excess(plan)
    assert problem is not None and problem.path.startswith("rep.tanh")
    assert problem.message.text().startswith("Drawing the weights and calculating would take about")
