"""Our own modules, which call torch's functions themselves, give what torch's own classes give with the same parameters."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from builder.layers import modules

X = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(1))


def pair(kind: str, **options: Any) -> tuple[Any, Any]:
    """One of ours, and torch's with its parameters."""
    ours = getattr(modules, kind)(4, 6, **options)
    torchs = getattr(nn, kind)(4, 6, batch_first=True, **{n: v for n, v in options.items() if n != "last"})
    torchs.load_state_dict(ours.state_dict())
    return ours, torchs


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("options", [{}, {"num_layers": 3, "bias": False}, {"bidirectional": True, "num_layers": 2}])
def test_a_recurrent_layer_gives_what_torchs_gives_to_the_bit(kind: str, options: dict[str, Any]) -> None:
    ours, torchs = pair(kind, **options)
    assert torch.equal(ours(X), torchs(X)[0])
    (ours(X).square().sum() + torchs(X)[0].square().sum()).backward()
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(ours.parameters(), torchs.parameters(), strict=True))


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_the_last_state_is_the_one_that_torch_hands_on(kind: str) -> None:
    for options in ({}, {"bidirectional": True}, {"num_layers": 2, "bidirectional": True}):
        ours, torchs = pair(kind, last=True, **options)
        _, state = torchs(X)
        state = state[0] if kind == "LSTM" else state
        assert torch.equal(ours(X), torch.cat(list(state[-2:]), dim=1) if options else state[-1])


def test_the_options_of_one_kind_alone() -> None:
    for kind, options in (("RNN", {"nonlinearity": "relu"}), ("LSTM", {"proj_size": 3})):
        ours, torchs = pair(kind, **options)
        assert torch.equal(ours(X), torchs(X)[0])


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_attention_is_torchs_in_training_and_in_evaluation(causal: bool, bias: bool) -> None:
    ours = modules.SelfAttention(4, 2, causal=causal, bias=bias)  # type: ignore[no-untyped-call]
    torchs = nn.MultiheadAttention(4, 2, bias=bias, batch_first=True)
    torchs.load_state_dict(ours.state_dict())
    mask = torch.ones(5, 5, dtype=torch.bool).triu(1) if causal else None
    for training in (True, False):
        ours.train(training), torchs.train(training)
        with torch.no_grad():
            torch.testing.assert_close(ours(X), torchs(X, X, X, attn_mask=mask, need_weights=False)[0])
