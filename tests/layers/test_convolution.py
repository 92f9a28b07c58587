"""Padding “same” as torch says it, and what it comes to where a stride forbids it."""

from __future__ import annotations

from math import ceil

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.core.options import Refusal, options_of
from builder.layers import Shape
from builder.layers.convolution import Conv, Conv1d, Conv2d, Conv3d
from builder.runtime.module import run


@given(
    kind=st.sampled_from([Conv1d, Conv2d, Conv3d]),
    kernel=st.integers(1, 8),
    stride=st.integers(2, 4),
    dilation=st.integers(1, 3),
    size=st.integers(1, 20),
)
def test_same_with_a_stride_becomes_the_padding_that_it_would_be(
    kind: type[Conv], kernel: int, stride: int, dilation: int, size: int
) -> None:
    layer = kind(name="c", kernel_size=kernel, stride=stride, dilation=dilation, same=True)
    shape = (2, *[size] * layer.axes)
    assert layer.unfit(shape) is not None
    mended = layer.mended(shape)
    assert isinstance(mended, Conv) and mended.unfit(shape) is None
    if mended.stride == 1:
        return  # the window is wider than all there is, with any padding of half of it
    assert (mended.stride, mended.kernel_size, mended.same) == (stride, kernel, False)
    assert isinstance(mended.padding, int)
    assert abs(2 * mended.padding - dilation * (kernel - 1)) <= 1
    with torch.device("meta"):
        made = run(mended.constructor(shape))(torch.empty(1, *shape))
    if dilation * (kernel - 1) % 2 == 0 or stride == 2:
        assert tuple(made.shape[2:]) == (ceil(size / stride),) * layer.axes


def test_the_first_layer_of_a_resnet_keeps_its_stride() -> None:
    layer = Conv2d(name="conv1", out_channels=64, kernel_size=7, stride=2, same=True)
    mended = layer.mended((3, 224, 224))
    assert mended == Conv2d(name="conv1", out_channels=64, kernel_size=7, stride=2, padding=3)
    assert mended.output_shape((3, 224, 224)) == (64, 112, 112)


def test_the_padding_is_said_in_torchs_words_or_as_a_number() -> None:
    plain = Conv2d(name="c", padding=2)
    same = plain.with_option("padding", "same")
    assert same == Conv2d(name="c", same=True)
    assert same.with_option("padding", 3) == Conv2d(name="c", padding=3)
    assert same.with_option("padding", "valid") == Conv2d(name="c")
    assert Conv2d.checked({"name": "c", "padding": "same"}) == Conv2d(name="c", same=True)
    with pytest.raises(Refusal):
        plain.with_option("padding", "full")
    assert {o.name: o.words for o in options_of(Conv2d) if o.words} == {"padding": ("same", "valid")}


@pytest.mark.parametrize(("shape", "filters"), [((3, 9, 9), 8), ((32, 9, 7), 32), (None, 8), ((5,), 8)])
def test_a_new_convolution_keeps_the_channels_and_the_size_that_come(shape: Shape | None, filters: int) -> None:
    layer = Conv2d.arriving("conv1", shape)
    assert layer == Conv2d(name="conv1", out_channels=filters, kernel_size=3, padding=1)
    if shape and len(shape) == 3:
        assert layer.output_shape(shape) == (filters, *shape[1:])
