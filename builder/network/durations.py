"""About how long a layer calculates on one core: its multiplications, the numbers it moves, and what a call of it costs.

An entry a kind that does more than that. All figures are nanoseconds, measured on a 2-core AVX2 machine with torch 2.13; what
they lead to is seldom wrong by more than a factor of 3, and not by 5 on the slow side.
"""

from __future__ import annotations

from functools import singledispatch
from math import prod

from builder.layers import Layer, Shape
from builder.layers.convolution import Conv
from builder.layers.normalization import LocalResponseNorm
from builder.layers.pooling import Window
from builder.layers.recurrent import GRU, LSTM, RNN
from builder.layers.shapes import numel
from builder.layers.transposed import ConvTranspose
from builder.network.temporaries import columns, fused, temporaries, windows

CALL = 20_000  # of a module
MULTIPLICATION = 0.1  # a multiply-accumulate of a matrix
NUMBER = 3.0  # read and written: in, out and between
WEIGHT = 0.5  # read; for a single row that takes longer than the multiplication
PLACED = 6.0  # a number of a window that is copied to its place, or added where it belongs
GATE = 8.0  # a number of a gate: its exponential
STEP, FUSED_STEP = 15_000, 2500  # of a sequence, for each pass over it
TOGETHER = 8  # outputs that oneDNN calculates together; where there are fewer, it takes as long


def merging(numbers: int) -> float:
    """How long it takes to put tensors of `numbers` numbers, in and out, together."""
    return CALL + NUMBER * numbers


@singledispatch
def nanoseconds(layer: Layer, shape: Shape, rows: int) -> float:
    """How long `layer` takes for `rows` rows of `shape`, forward."""
    return CALL + MULTIPLICATION * rows * _products(layer, shape) + _moved(layer, shape, rows)


def _products(layer: Layer, shape: Shape) -> int:
    return sum(map(prod, layer.products(shape)))


def _moved(layer: Layer, shape: Shape, rows: int) -> float:
    numbers = rows * (numel(shape) + numel(layer.output_shape(shape)))
    weights = sum(map(prod, layer.parameter_shapes(shape).values()))
    return NUMBER * (numbers + temporaries(layer, shape, rows)) + WEIGHT * weights


@nanoseconds.register
def _of_convolution(layer: Conv, shape: Shape, rows: int) -> float:
    """Few filters take as long as eight, but for depthwise ones, which lie side by side themselves."""
    filters = layer.out_channels // layer.groups
    idle = 1.0 if shape[0] == layer.groups > 1 else -(-filters // TOGETHER) * TOGETHER / filters
    products = idle * rows * _products(layer, shape)
    copied = PLACED * columns(layer, shape, rows)
    return CALL + MULTIPLICATION * products + copied + _moved(layer, shape, rows)


@nanoseconds.register
def _of_transposed(layer: ConvTranspose, shape: Shape, rows: int) -> float:
    products = MULTIPLICATION * rows * _products(layer, shape)
    calls = CALL * (1 + rows * layer.groups / 4)
    return calls + products + PLACED * rows * windows(layer, shape) + _moved(layer, shape, rows)


@nanoseconds.register
def _of_window(layer: Window, shape: Shape, rows: int) -> float:
    seen = rows * numel(layer.output_shape(shape)) * prod(layer.each(layer.kernel_size))
    return CALL + seen + _moved(layer, shape, rows)


@nanoseconds.register
def _of_neighbours(layer: LocalResponseNorm, shape: Shape, rows: int) -> float:
    return CALL + rows * numel(shape) * layer.size + 3 * _moved(layer, shape, rows)


@nanoseconds.register(RNN)
@nanoseconds.register(GRU)
@nanoseconds.register(LSTM)
def _of_recurrent(layer: RNN | GRU | LSTM, shape: Shape, rows: int) -> float:
    steps = shape[0] * layer.num_layers * layer.directions
    gates = rows * steps * layer.gates * layer.hidden_size
    products = MULTIPLICATION * rows * _products(layer, shape)
    return CALL + steps * (FUSED_STEP if fused(layer) else STEP) + products + GATE * gates + _moved(layer, shape, rows)
