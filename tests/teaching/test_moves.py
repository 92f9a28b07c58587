"""Numbers that come about in several moves are torch's own, gate by gate and head by head, and each line is true as it is written."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn

from builder.core.arithmetic import value_of
from builder.core.messages import LANGUAGES
from builder.layers import LAYERS
from builder.runtime.trace import Activation
from builder.teaching.walkthrough import Move, in_moves, neuron_sum
from tests.arithmetic import expect_true
from tests.depth import examples
from tests.networks import made
from tests.strategies import frozen
from tests.teaching.test_walkthrough import alone

RECURRENT = ("RNN", "LSTM", "GRU")
LENGTH = 4


def walked(kind: str, shape: tuple[int, ...], **options: Any) -> tuple[nn.Module, Activation]:
    """A layer with weights of both signs, and one row that went through it."""
    module, activation = alone(made(kind, "a", **options), shape)
    with torch.no_grad():
        for values in module.parameters():
            values.sub_(1.0)
    x = torch.stack([activation.input, activation.input])
    with torch.inference_mode():
        after = module(x)
    return module, Activation(activation.path, activation.step, (x[1],), after[1])


def by_name(moves: tuple[Move, ...]) -> dict[str, str]:
    """The line of each move that has one, by the letter it is about."""
    return {move.line.partition(" = ")[0]: move.line.partition(" = ")[2] for move in moves if move.line}


def said(line: str) -> float:
    """What stands behind the last sign of equality."""
    return value_of(line.replace(" ≈ ", " = ").rpartition(" = ")[2])


@pytest.mark.parametrize("kind", RECURRENT)
@settings(examples(fixed=40, deep=1000), suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_the_moves_of_a_recurrent_layer_come_to_what_torch_gives(kind: str, data: st.DataObject) -> None:
    layer = data.draw(frozen(LAYERS[kind], name="a"))
    shape = (data.draw(st.integers(1, 5)), data.draw(st.integers(1, 9)))
    assume(layer.unfit(shape) is None)
    module, activation = walked(kind, shape, **{n: getattr(layer, n) for n in type(layer).model_fields if n != "name"})
    index = data.draw(st.integers(0, activation.output.numel() - 1))
    moves = in_moves(module, activation, index)
    for line in filter(None, (move.line for move in moves)):
        expect_true(line)
    new = by_name(moves)["h"]
    assert said(new) == pytest.approx(float(activation.output.flatten()[index]), abs=2e-3)
    written = value_of(new.replace(" ≈ ", " = ").partition(" = ")[0])
    assert written == pytest.approx(float(activation.output.flatten()[index]), abs=1e-2)


@pytest.mark.parametrize("kind", RECURRENT)
@pytest.mark.parametrize(
    "options", [{}, {"bidirectional": True}, {"num_layers": 2, "bidirectional": True, "bias": False}]
)
def test_nearly_every_line_is_true_without_rounding_signs(kind: str, options: dict[str, Any]) -> None:
    module, activation = walked(kind, (LENGTH, 3), hidden_size=2, **options)
    lines = [
        move.line for n in range(activation.output.numel()) for move in in_moves(module, activation, n) if move.line
    ]
    assert sum(" = " in line and " ≈ " not in line for line in lines) > 0.95 * len(lines)


def test_the_gates_are_those_of_torchs_own_cell() -> None:
    module, activation = walked("LSTM", (LENGTH, 3), hidden_size=2)
    own = module.get_submodule("a")
    cell = nn.LSTMCell(3, 2)
    cell.load_state_dict({name.removesuffix("_l0"): values for name, values in own.named_parameters()})
    state = (torch.zeros(2), torch.zeros(2))
    for step, x in enumerate(activation.input):
        with torch.no_grad():
            sums = cell.weight_ih @ x + cell.bias_ih + cell.weight_hh @ state[0] + cell.bias_hh
            state = cell(x, state)
        for neuron in range(2):
            lines = by_name(in_moves(module, activation, step * 2 + neuron))
            assert list(lines) == ["i", "f", "g", "o", "c", "h"]
            i, f, g, o = sums.view(4, 2)[:, neuron]
            for name, value in (("i", i.sigmoid()), ("f", f.sigmoid()), ("g", g.tanh()), ("o", o.sigmoid())):
                assert said(lines[name]) == pytest.approx(float(value), rel=6e-3, abs=1e-3), name
            assert said(lines["c"]) == pytest.approx(float(state[1][neuron]), rel=6e-3, abs=1e-3)


def test_a_pass_backwards_reads_from_the_end() -> None:
    module, activation = walked("GRU", (LENGTH, 3), hidden_size=2, bidirectional=True)

    def first(index: int) -> list[str]:
        return [in_moves(module, activation, index)[0].said.text(language) for language in LANGUAGES]

    assert first(3 * 4 + 2)[0] == "Backwards: step 4 of 4 comes first, with a state h of zeros."
    assert first(1 * 4 + 2)[0] == "Backwards: step 2 of 4, with the state h that step 3 left behind."
    assert first(1 * 4)[0] == "Forwards: step 2 of 4, with the state h that step 1 left behind."


@examples(fixed=40, deep=1000)
@given(
    st.integers(1, 5), st.sampled_from([1, 2, 3]), st.integers(1, 3), st.booleans(), st.booleans(), st.integers(0, 500)
)
def test_one_query_of_attention_is_torchs(steps: int, heads: int, size: int, causal: bool, bias: bool, n: int) -> None:
    width = heads * size
    module, activation = walked("MultiheadAttention", (steps, width), num_heads=heads, causal=causal, bias=bias)
    index = n % activation.output.numel()
    step, feature = divmod(index, width)
    moves = in_moves(module, activation, index)
    for line in filter(None, (move.line for move in moves)):
        expect_true(line)
    lines = by_name(moves)
    assert list(lines) == ["q[1]", "s", "a", "m", "y"]
    assert said(lines["y"]) == pytest.approx(float(activation.output[step, feature]), rel=6e-3, abs=1e-3)
    torchs = nn.MultiheadAttention(width, heads, bias=bias, batch_first=True)
    torchs.load_state_dict(module.get_submodule("a").state_dict())
    mask = torch.ones(steps, steps, dtype=torch.bool).triu(1) if causal else None
    x = activation.input[None].clone()
    with torch.no_grad():
        _, shares = torchs.eval()(x, x, x, attn_mask=mask, average_attn_weights=False)
    assert said(lines["a"]) == pytest.approx(float(shares[0, feature // size, step].max()), rel=6e-3)


@pytest.mark.parametrize("kind", ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"])
@settings(examples(fixed=40, deep=1000), suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_a_transposed_convolution_adds_up_what_is_laid_down(kind: str, data: st.DataObject) -> None:
    groups = data.draw(st.integers(1, 2))
    bounds = {"kernel_size": (1, 3), "stride": (1, 3), "padding": (0, 2), "dilation": (1, 2), "output_padding": (0, 1)}
    options = {name: data.draw(st.integers(*between)) for name, between in bounds.items()}
    layer = made(kind, "a", out_channels=2 * groups, groups=groups, bias=data.draw(st.booleans()), **options)
    shape = (
        groups * data.draw(st.integers(1, 2)),
        *(data.draw(st.integers(1, 4)) for _ in range(LAYERS[kind].ranks[0] - 1)),
    )
    assume(layer.unfit(shape) is None)
    module, activation = alone(layer, shape)
    index = data.draw(st.integers(0, activation.output.numel() - 1))
    added = neuron_sum(module, activation, index)
    assert added is not None
    total = float((added.weights.double() * added.inputs).sum()) + (added.bias or 0.0)
    assert total == pytest.approx(float(activation.output.flatten()[index]), rel=1e-4, abs=1e-5)
    expect_true(added.line())
