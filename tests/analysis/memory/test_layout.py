"""Sizes and strides, held against torch's own."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from builder.analysis.memory.layout import Layout, output_layout
from builder.layers.pooling import AvgPool1d

SIDES = st.integers(1, 4)
SIZES = st.lists(SIDES, min_size=2, max_size=4)


def layout_of(x: Tensor) -> Layout:
    return Layout(tuple(x.shape), x.stride(), x.untyped_storage().nbytes() // 4)


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    """Of any order of axes, perhaps with one place selected along an axis."""
    x = torch.empty(draw(SIZES))
    x = x.permute(draw(st.permutations(range(x.dim()))))
    if x.dim() > 2 and draw(st.booleans()):
        x = x.select(draw(st.integers(0, x.dim() - 1)), 0)
    return x


@given(tensors(), st.data())
@settings(max_examples=500)
def test_a_view_is_one_where_torch_makes_it_one(x: Tensor, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, x.dim() - 1))
    last = data.draw(st.integers(first, x.dim() - 1))
    sizes = [*x.shape[:first], x.shape[first : last + 1].numel(), *x.shape[last + 1 :]]
    seen = layout_of(x).view(*sizes)
    try:
        wanted = x.view(sizes)
    except RuntimeError:
        assert seen is None
    else:
        assert seen == layout_of(wanted)
        assert seen.view(*x.shape) == layout_of(wanted.view(x.shape))


@given(tensors(), st.data())
@settings(max_examples=200)
def test_axes_are_swapped_and_places_selected_as_torch_does(x: Tensor, data: st.DataObject) -> None:
    axes = st.integers(0, x.dim() - 1)
    a, b = data.draw(axes), data.draw(axes)
    assert layout_of(x).transposed(a, b) == layout_of(x.transpose(a, b))
    assert layout_of(x).selected(a) == layout_of(x.select(a, 0))
    assert layout_of(x).is_contiguous == x.is_contiguous()


def steps(layout: Layout) -> list[tuple[int, int]]:
    """Sizes and strides of the axes that have more than one place."""
    return [(size, stride) for size, stride in zip(layout.sizes, layout.strides, strict=True) if size > 1]


@given(tensors())
@settings(max_examples=200)
def test_an_element_wise_function_keeps_the_order_of_the_axes(x: Tensor) -> None:
    made = layout_of(x).dense()
    assert steps(made) == steps(layout_of(torch.relu(x)))
    assert made.storage == made.numel == x.numel()


@given(st.tuples(SIDES, SIDES, SIDES), st.permutations(range(3)))
@settings(max_examples=200)
def test_pooling_keeps_channels_last(sizes: tuple[int, ...], order: list[int]) -> None:
    x = torch.empty(sizes).permute(order)
    made = output_layout(AvgPool1d(name="a", kernel_size=1), layout_of(x))
    assert steps(made) == steps(layout_of(torch.nn.functional.avg_pool1d(x, 1)))
