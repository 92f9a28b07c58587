"""How many numbers torch holds for a while as a layer calculates, beside its input, its output and its parameters.

An entry a kind where it is more than a copy of what goes in and two of what comes out, which a new kind is taken for; tests
hold all of them against torch's own allocations on the CPU (torch 2.13).
"""

from __future__ import annotations

from functools import singledispatch
from math import prod

from builder.layers import Layer, Shape
from builder.layers.attention import MultiheadAttention, TransformerEncoderLayer
from builder.layers.convolution import Conv, Convolution
from builder.layers.grouped import GroupedQueryAttention
from builder.layers.linear import Linear, TiedLinear
from builder.layers.normalization import LocalResponseNorm
from builder.layers.pooling import AdaptivePool, Window
from builder.layers.recurrent import GRU, LSTM, RNN
from builder.layers.shapes import numel
from builder.layers.transposed import ConvTranspose

BLOCKED = 16  # channels that oneDNN lays side by side: it fills up what is missing with zeros
FEW = 4  # channels that it leaves as they lie
NATIVE = 20480  # numbers of an input up to which torch does not ask oneDNN (`use_mkldnn` in ATen's Convolution.cpp)


@singledispatch
def temporaries(layer: Layer, shape: Shape, rows: int, graded: bool = False) -> int:
    """How many float32 numbers, at most about, `layer` holds at once for `rows` rows of `shape`.

    With `graded` those that autograd keeps of them till the way back, which itself takes up to twice as many as forward.
    """
    out = numel(layer.output_shape(shape))
    return rows * (out if graded else numel(shape) + 2 * out)


@temporaries.register(Window)
@temporaries.register(AdaptivePool)
def _of_pooling(layer: Window | AdaptivePool, shape: Shape, rows: int, graded: bool = False) -> int:
    """Where each largest number was, in 64 bits."""
    return rows * (2 * numel(layer.output_shape(shape)) + (0 if graded else numel(shape)))


@temporaries.register(Linear)
@temporaries.register(TiedLinear)
def _of_linear(layer: Linear | TiedLinear, shape: Shape, rows: int, graded: bool = False) -> int:
    return rows * numel(shape) if len(shape) > 1 else 0  # in order, where its axes were swapped


@temporaries.register
def _of_neighbours(layer: LocalResponseNorm, shape: Shape, rows: int, graded: bool = False) -> int:
    bordered = (shape[0] + layer.size) * prod(shape[1:])  # the squares, with zeros before and behind the channels
    return rows * (2 * bordered + 3 * numel(shape))


@temporaries.register
def _of_convolution(layer: Conv, shape: Shape, rows: int, graded: bool = False) -> int:
    """In and out as oneDNN lays them out, the weights so, too, and a copy with a border; or all windows side by side."""
    padded = bordered(layer, shape)
    copied = rows * numel(padded) if layer.same or padded != shape or layer.padding_mode != "zeros" else 0
    if graded:
        return copied
    laid = rows * (
        (blocked(padded) if shape[0] > FEW else max(blocked(shape), numel(padded))) + blocked(layer.output_shape(shape))
    )
    return copied + laid + _blocked_weights(layer, shape) + columns(layer, shape, rows)


@temporaries.register
def _of_transposed(layer: ConvTranspose, shape: Shape, rows: int, graded: bool = False) -> int:
    """What one row's windows lay down, or in and out as oneDNN lays them out."""
    if graded:
        return 0
    if layer.axes == 3 and layer.dilation != 1:  # oneDNN has none of these
        return rows * (numel(shape) + 2 * numel(layer.output_shape(shape))) + windows(layer, shape)
    each = 4 if layer.groups > 1 and layer.dilation != 1 else 2  # where torch goes through the groups one by one
    laid = rows * (blocked(shape) + each * blocked(layer.output_shape(shape)))
    down = 0 if layer.axes == 3 else windows(layer, shape) // layer.groups
    return laid + _blocked_weights(layer, shape) + down


def bordered(layer: Conv, shape: Shape) -> Shape:
    """`shape` with what torch puts around it in a copy."""
    return (shape[0], *(size + sum(sides) for size, sides in zip(shape[1:], layer.copied, strict=True)))


def blocked(shape: Shape) -> int:
    """How many numbers a row of `shape` is for oneDNN."""
    return -(-shape[0] // BLOCKED) * BLOCKED * prod(shape[1:])


def _blocked_weights(layer: Convolution, shape: Shape) -> int:
    if layer.groups == shape[0]:
        return 2 * prod(layer.parameter_shapes(shape)["weight"])
    inside, outside = shape[0] // layer.groups, layer.out_channels // layer.groups
    return layer.groups * blocked((inside,)) * blocked((outside,)) * prod(layer.each(layer.kernel_size))


def columns(layer: Conv, shape: Shape, rows: int) -> int:
    """The windows of one row side by side, where torch lays them out so (im2col)."""
    small = rows == 1 and numel(shape) <= NATIVE and layer.groups == 1
    if not small or not (layer.axes == 1 or max(layer.each(layer.kernel_size)) <= 3):
        return 0
    return shape[0] * prod(layer.each(layer.kernel_size)) * prod(layer.output_shape(shape)[1:])


def windows(layer: ConvTranspose, shape: Shape) -> int:
    """What the windows of one row lay down, before it is added up."""
    return layer.out_channels * prod(layer.each(layer.kernel_size)) * prod(shape[1:])


@temporaries.register
def _of_attention(layer: MultiheadAttention, shape: Shape, rows: int, graded: bool = False) -> int:
    if graded and layer.dropout:
        return _dropped_scores(shape, layer.num_heads, rows, masked=layer.causal)
    return _without_scores(shape, rows, masked=layer.causal)


@temporaries.register
def _of_grouped(layer: GroupedQueryAttention, shape: Shape, rows: int, graded: bool = False) -> int:
    """Queries, keys and values, laid out for each head, and with rotary positions each half of them once more."""
    wide = (shape[0], layer.num_heads * layer.head_dim)
    turned = 4 * rows * numel(wide) if layer.rotary else 0
    return _without_scores(wide, rows) + turned + 2 * rows * numel(shape)


@temporaries.register
def _of_encoder(layer: TransformerEncoderLayer, shape: Shape, rows: int, graded: bool = False) -> int:
    inner = 2 * rows * shape[0] * layer.dim_feedforward
    if graded and layer.dropout:
        return _dropped_scores(shape, layer.nhead, rows) + 2 * inner + 6 * rows * numel(shape)
    if graded:
        return _without_scores(shape, rows) + inner + 4 * rows * numel(shape)
    attention = _scores(shape, layer.nhead, rows) if layer.bias else _without_scores(shape, rows)
    return max(attention, inner) + 3 * rows * numel(shape)


def _scores(shape: Shape, heads: int, rows: int) -> int:
    """Torch's fast path has all scores at once (`native_multi_head_attention`)."""
    return 5 * rows * numel(shape) + rows * heads * shape[0] ** 2


def _dropped_scores(shape: Shape, heads: int, rows: int, masked: bool = False) -> int:
    """With dropout, in training, torch has the attention, its mask, and both together."""
    square = shape[0] ** 2
    return 7 * rows * numel(shape) + 4 * rows * heads * square + (3 * square if masked else 0)


def _without_scores(shape: Shape, rows: int, masked: bool = False) -> int:
    """Flash attention has the scores of some queries and keys at a time (`cpu_flash_attention`, a thread)."""
    length = shape[0]
    queries = 256 if length >= 768 else 64 if length >= 192 else 32
    return 7 * rows * numel(shape) + queries * min(512, length) + (3 * length**2 if masked else 0)


@temporaries.register(RNN)
@temporaries.register(GRU)
@temporaries.register(LSTM)
def _of_recurrent(layer: RNN | GRU | LSTM, shape: Shape, rows: int, graded: bool = False) -> int:
    """The gates of all steps of a pass, or oneDNN's work space with the weights once more, and what goes from layer to layer."""
    width = layer.directions * layer.state
    between = rows * shape[0] * width * (4 + graded * layer.num_layers)
    widest = max(shape[1], width) if layer.num_layers > 1 else shape[1]
    passes = layer.num_layers * layer.directions if graded else 1
    return rows * numel(shape) + between + passes * _of_pass(layer, shape[0], widest, rows, graded)


def _of_pass(layer: RNN | GRU | LSTM, length: int, inputs: int, rows: int, graded: bool) -> int:
    hidden = layer.hidden_size
    if fused(layer):
        hidden = max(hidden, 4)  # what is narrower takes as much, and the first state as a step
        work = rows * (length + 1) * (10 * hidden + 6 * max(hidden, inputs))
        return work + 4 * blocked((hidden,)) * (blocked((hidden,)) + blocked((inputs,)))
    a_step = 6 * layer.gates  # those it calculates with, before the next one
    return rows * hidden * (length * (layer.directions * layer.gates + (7 if graded else 1)) + a_step)


def fused(layer: RNN | GRU | LSTM) -> bool:
    """Does oneDNN go through the whole sequence at once? Otherwise torch goes step by step."""
    return isinstance(layer, LSTM) and not layer.proj_size
