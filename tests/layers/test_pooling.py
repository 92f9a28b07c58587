"""Pooling: what its windows see is held against torch."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.layers.pooling import MaxPool1d, Window
from tests.depth import examples
from tests.strategies import frozen


@examples(fixed=300, deep=5000)
@given(frozen(MaxPool1d, name="pool1"), st.integers(1, 40))
def test_no_window_of_a_maximum_sees_padding_alone(layer: MaxPool1d, size: int) -> None:
    """torch gives −∞ there; of zeros no other maximum is infinite."""
    if Window.problem(layer, (1, size)) is not None:
        return
    window = (layer.kernel_size, layer.steps, layer.padding, layer.dilation, layer.ceil_mode)
    try:
        found = torch.nn.functional.max_pool1d(torch.zeros(1, 1, size), *window)
    except RuntimeError:  # more padding than torch takes
        return
    assert bool(found.isinf().any()) == (layer.problem((1, size)) is not None)
    mended = layer.mended((1, size)) if layer.problem((1, size)) else layer
    assert mended is not None and mended.problem((1, size)) is None
