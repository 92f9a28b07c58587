"""What autograd saves of each kind of layer for the backward pass, on the CPU. A kind without an entry saves its input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from math import prod

from builder.analysis.memory.layout import Layout
from builder.layers import Layer
from builder.layers.activations import LogSigmoid, ReLU, RReLU, Sigmoid, Softsign, Tanh, Tanhshrink
from builder.layers.arranging import ChannelShuffle, Reshape
from builder.layers.attention import MultiheadAttention, TransformerEncoderLayer
from builder.layers.convolution import Conv
from builder.layers.embedding import ClassToken, Embedding, LearnedPositions, SegmentEmbedding, SinusoidalPositions
from builder.layers.framing import Crop2d, ZeroPad2d
from builder.layers.grouped import GroupedQueryAttention
from builder.layers.linear import Linear, TiedLinear
from builder.layers.normalization import (
    BatchNorm,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
    LayerNorm2d,
    LayerScale,
    LocalResponseNorm,
    RMSNorm,
    Scale,
    normalized_shape,
)
from builder.layers.output import LogSoftmax, Softmax, Softmin
from builder.layers.pooling import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool3d,
    MaxPool,
    SequencePool,
)
from builder.layers.reading import ImageRows, Patches
from builder.layers.recurrent import GRU, LSTM, RNN
from builder.layers.regularization import AlphaDropout, Dropout, Dropout1d, Dropout2d, StochasticDepth
from builder.layers.shape import Flatten, PixelShuffle, Upsample
from builder.layers.shapes import numel
from builder.network.temporaries import bordered


@dataclass(frozen=True)
class Grads:
    """Where gradients go: back to the layer's input, to its weights, or both."""

    input: bool
    weight: bool


@dataclass(frozen=True)
class Saved:
    """Saved tensors: the input, the output, and of the whole batch `numel` numbers and `int64` whole ones beside them."""

    input: bool = False
    output: bool = False
    numel: int = 0
    int64: int = 0


@singledispatch
def saved_tensors(layer: Layer, x: Layout, grads: Grads) -> Saved:
    """What autograd saves of `layer` for the batch `x`. Asked where some gradient goes, and where the output is no view."""
    return Saved(input=True)


@singledispatch
def is_estimated(layer: Layer, size: int) -> bool:
    """Is what it saves only nearly known, with numbers of `size` bytes?"""
    return False


@is_estimated.register
def _(
    layer: MultiheadAttention
    | GroupedQueryAttention
    | TransformerEncoderLayer
    | RMSNorm
    | LocalResponseNorm
    | AvgPool3d,
    size: int,
) -> bool:
    return size < 4  # some of it stays float32; the last two torch calculates on no CPU


@is_estimated.register
def _(layer: LSTM, size: int) -> bool:
    return not layer.proj_size  # the work space of oneDNN


@saved_tensors.register
def _(
    layer: Flatten
    | Reshape
    | ImageRows
    | Patches
    | Upsample
    | PixelShuffle
    | ChannelShuffle
    | ZeroPad2d
    | Crop2d
    | SequencePool
    | Scale,
    x: Layout,
    grads: Grads,
) -> Saved:
    return Saved()


@saved_tensors.register
def _(layer: StochasticDepth, x: Layout, grads: Grads) -> Saved:
    return Saved(numel=x.rows)  # a number for each row


@saved_tensors.register
def _(layer: ReLU | Sigmoid | Tanh | Softmax | LogSoftmax | Softmin, x: Layout, grads: Grads) -> Saved:
    return Saved(output=True)


@saved_tensors.register
def _(layer: RReLU | LogSigmoid | Softsign, x: Layout, grads: Grads) -> Saved:
    return Saved(input=True, numel=x.numel)  # the noise, the sigmoid, 1 + |x|


@saved_tensors.register
def _(layer: Tanhshrink, x: Layout, grads: Grads) -> Saved:
    return Saved(numel=x.numel)  # the tanh


@saved_tensors.register
def _(layer: Dropout | AlphaDropout, x: Layout, grads: Grads) -> Saved:
    return Saved(numel=1 if layer.p == 1 else x.numel)  # one zero for all, or the mask


@saved_tensors.register
def _(layer: Dropout1d | Dropout2d, x: Layout, grads: Grads) -> Saved:
    return Saved(numel=1 if layer.p == 1 else x.rows * x.shape[0])  # a mask of whole channels


@saved_tensors.register
def _(layer: MaxPool | AdaptiveMaxPool, x: Layout, grads: Grads) -> Saved:
    return Saved(input=True, int64=x.rows * numel(layer.output_shape(x.shape)))  # the places of the maxima


@saved_tensors.register
def _(layer: AdaptiveAvgPool, x: Layout, grads: Grads) -> Saved:
    return Saved(input=layer.output_size != 1)  # to 1 torch takes a plain mean


@saved_tensors.register
def _(layer: Linear | TiedLinear, x: Layout, grads: Grads) -> Saved:
    if x.view(x.numel // x.sizes[-1], x.sizes[-1]) is None:  # it sees all axes but the last as one
        return Saved(numel=grads.weight * x.numel)
    return Saved(input=grads.weight)


@saved_tensors.register
def _(layer: Embedding | LayerScale, x: Layout, grads: Grads) -> Saved:
    return Saved(input=grads.weight)


@saved_tensors.register
def _(layer: LearnedPositions | SinusoidalPositions | SegmentEmbedding | ClassToken, x: Layout, grads: Grads) -> Saved:
    return Saved()


@saved_tensors.register
def _(layer: Conv, x: Layout, grads: Grads) -> Saved:
    padded = bordered(layer, x.shape)
    if layer.padding_mode == "zeros" and padded == x.shape:
        return Saved(input=True)
    mirrored = layer.padding_mode in (
        "reflect",
        "replicate",
    )  # on the way back torch asks what was mirrored for its shape
    return Saved(input=mirrored and grads.input, numel=x.rows * numel(padded))  # the copy, with what stands around it


@saved_tensors.register
def _(layer: BatchNorm, x: Layout, grads: Grads) -> Saved:
    return Saved(input=True, numel=2 * x.shape[0])  # mean and 1 / standard deviation


@saved_tensors.register
def _(layer: InstanceNorm2d, x: Layout, grads: Grads) -> Saved:
    return _contiguous(x, (3 if layer.affine else 2) * x.rows * x.shape[0])  # and γ for each row


@saved_tensors.register
def _(layer: GroupNorm, x: Layout, grads: Grads) -> Saved:
    return _contiguous(x, 2 * x.rows * layer.num_groups)


def _contiguous(x: Layout, beside: int) -> Saved:
    """The input where it is contiguous, otherwise a copy that is; and so many numbers beside."""
    return Saved(input=True, numel=beside) if x.is_contiguous else Saved(numel=x.numel + beside)


@saved_tensors.register
def _(layer: LayerNorm, x: Layout, grads: Grads) -> Saved:
    return Saved(input=True, numel=2 * x.numel // numel(normalized_shape(x.shape)))


@saved_tensors.register
def _(layer: LayerNorm2d, x: Layout, grads: Grads) -> Saved:
    return Saved(input=True, numel=2 * x.numel // x.shape[0])


@saved_tensors.register
def _(layer: GroupedQueryAttention, x: Layout, grads: Grads) -> Saved:
    """Queries, keys and values of each head, the weighted sums, and a number for each query; of rotary positions the sines and
    cosines, each twice for queries and for keys, and the sums once more, since they then lie head by head."""
    length, wide = x.shape[0], layer.num_heads * layer.head_dim
    again = layer.rotary and grads.weight and layer.num_heads > 1 and length > 1
    waves = 8 * length * (layer.head_dim // 2) if layer.rotary else 0
    given = Saved(input=grads.weight)
    if x.view(x.rows * length, x.shape[1]) is None:  # each of the three projections makes its own copy
        given = Saved(numel=3 * grads.weight * x.numel)
    numel = given.numel + x.rows * length * ((5 if again else 4) * wide + layer.num_heads) + waves
    return Saved(input=given.input, numel=numel)


@saved_tensors.register
def _(layer: RMSNorm, x: Layout, grads: Grads) -> Saved:
    roots = x.numel // numel(normalized_shape(x.shape)) if grads.input else 0
    scaled = x.numel if layer.elementwise_affine and grads.weight else 0
    return Saved(input=grads.input, numel=roots + scaled)


@saved_tensors.register
def _(layer: LocalResponseNorm, x: Layout, grads: Grads) -> Saved:
    channels, *sides = x.shape
    squares = x.rows * (channels + layer.size - 1) * prod(sides)  # with zeros before the first and behind the last
    return Saved(input=True, numel=squares + 2 * x.numel)  # and their means with k, and those to the power of beta


@saved_tensors.register
def _(layer: MultiheadAttention, x: Layout, grads: Grads) -> Saved:
    """Queries, keys and values lie together. Without dropout torch saves one number for each query and head, the logarithm of
    the sum of exponentials, and the weighted sums; with dropout the attention itself: softmax, mask, and both together."""
    length, squares = x.shape[0], x.rows * layer.num_heads * x.shape[0] ** 2
    steps = _steps(x, grads.weight)
    inside = steps.numel + 3 * x.numel
    if layer.dropout == 0:
        mask = length**2 if layer.causal else 0
        return Saved(input=steps.input, numel=inside + x.numel + x.rows * layer.num_heads * length + mask)
    inside += (3 if grads.weight else 2) * x.numel  # queries and keys, scaled, and the weighted sums
    return Saved(input=steps.input, numel=inside + (3 * squares if layer.dropout < 1 else 2 * squares + 1))


def _steps(x: Layout, needed: bool, copies: int = 1) -> Saved:
    """The input as a matrix, one step of all rows after the other: itself where it lies so, or so many copies."""
    if x.transposed(0, 1).view(x.rows * x.shape[0], x.shape[1]) is not None:
        return Saved(input=needed)
    return Saved(numel=copies * x.numel if needed else 0)


@saved_tensors.register
def _(layer: RNN | LSTM | GRU, x: Layout, grads: Grads) -> Saved:
    length, further = x.shape[0], layer.num_layers - 1
    onednn = isinstance(layer, LSTM) and not layer.proj_size  # it saves the input even where no weight learns
    steps = _steps(x, grads.weight or onednn, layer.directions)
    between = length * layer.directions * layer.state * further  # what each further layer reads
    a_row = between if grads.weight else 0
    weights = [shape for name, shape in layer.parameter_shapes(x.shape).items() if name.startswith("weight_ih")]
    a_row += sum(_saved_in_a_pass(layer, length, inputs, grads.weight) for _, inputs in weights)
    mask = x.rows * between if 0 < layer.dropout < 1 else further * (layer.dropout == 1)
    return Saved(input=steps.input, numel=steps.numel + x.rows * a_row + mask)


def _saved_in_a_pass(layer: RNN | LSTM | GRU, length: int, inputs: int, trains: bool) -> int:
    """How many numbers of each row are saved of one pass over `length` steps of `inputs` numbers."""
    hidden = layer.hidden_size
    match layer:
        case RNN():
            return (length + trains) * hidden  # the states, and the first one for its weights
        case GRU():
            return (
                (7 if trains else 6) * length * hidden
            )  # gates, the new part, the state's three sums; the state before
        case LSTM(proj_size=projected) if projected:
            # Four gates; the cell before, its tanh, and the state before it is projected; the projected state.
            return length * (7 * hidden + projected if trains else 6 * hidden)
    # As measured: oneDNN's work space is laid out in blocks of memory. With it the output, and both first states.
    return length * (9 * hidden + 6 * max(hidden, inputs) + hidden) + 2 * hidden
